/* What is in force, this host, and what happened. */
const OUT = ["desync", "fence"]; /* block_joins is in force all the time where it is configured */

function forceChips(nodes) {
	const status = model.status, chips = [];
	const all = status.galera && status.galera.hold;
	const lift = all && status.hold && (status.hold.reason || "").startsWith("on all nodes, by " + all.by) ? "skewctl unhold --cluster" : "skewctl unhold";
	const chip = (kind, head, text) => chips.push(h("li", { class: "chip " + kind }, kind === "drill" ? mark("drill") : null, h("span", {}, h("b", {}, head), " " + text)));
	for (const node of nodes) {
		if (node.self && status.drill)
			chip("drill", "DRILL", node.name + " believes its clock to be shifted by " + offsetText(status.drill.offset_s) + (known(status.drill.left_s) ? ", for " + spanText(status.drill.left_s) + " more" : ""));
		else if (node.drill || node.force.includes("drill")) chip("drill", "DRILL", node.name + " believes its clock to be shifted");
		if (node.self && status.hold)
			chip("hold", "HOLD", "actions on " + node.name + " stand still" + (known(status.hold.left_s) ? " for " + spanText(status.hold.left_s) : " until " + lift) + (status.hold.reason ? ": " + status.hold.reason : ""));
		else if (node.force.includes("hold")) chip("hold", "HOLD", "actions on " + node.name + " stand still");
		for (const measure of node.force) if (OUT.includes(measure)) chip("action", measure.toUpperCase(), node.name + " is taken out of work");
	}
	if (all) chip("hold", "HOLD", "actions on all nodes stand still, by the word of " + all.by + (known(all.left_s) ? ", for " + spanText(all.left_s) : ", until skewctl unhold --cluster") + (all.reason ? ": " + all.reason : ""));
	return chips;
}

function showForce(nodes) {
	const key = JSON.stringify([nodes.map((n) => [n.name, n.force, n.drill]), model.status.drill, model.status.hold, model.status.galera && model.status.galera.hold]);
	setList(byId("force-list"), key, () => forceChips(nodes));
	byId("force").hidden = !byId("force-list").children.length;
}

function galeraText(galera) {
	if (!galera) return "no galera: block is configured, so nothing is done";
	const parts = [];
	if (galera.local_state_comment) parts.push(galera.local_state_comment + (galera.desync_count ? ", desync count " + galera.desync_count : ""));
	if (galera.cluster_status) parts.push(galera.cluster_status + " with " + galera.cluster_size + " nodes");
	if (galera.connection && galera.connection !== "up") parts.push(galera.connection);
	if (galera.claims && galera.claims.length) parts.push("a claim to leave work: " + galera.claims.join(", "));
	if (galera.dry_run) parts.push("dry run: nothing is really done");
	return parts.join("; ") || NONE;
}

function hereItems(status) {
	const items = [], add = (name, text) => items.push(h("dt", {}, name), h("dd", {}, text));
	const t = status.timesync;
	for (const a of status.actions) add("Action: " + a.measure, a.state + " since " + clockText(isoMs(a.since)) + (a.detail ? "; " + a.detail : ""));
	add("Galera", galeraText(status.galera));
	add("Time service", !t ? NONE : (t.running ? t.service : t.running === false ? "none runs" : "looking") + "; the kernel says " + (t.synchronised ? "synchronised" : "not synchronised") + (known(t.max_error_s) ? ", error at most " + levelText(t.max_error_s) : "") + (t.leap === "insert" || t.leap === "delete" ? "; leap second: " + t.leap : ""));
	add("Own clock", status.steps + (status.steps === 1 ? " step, " : " steps, ") + status.stalls + (status.stalls === 1 ? " stall" : " stalls") + " since the daemon started");
	add("Thresholds", "warning " + levelText(model.thresholds.warning_s) + ", critical " + levelText(model.thresholds.critical_s) + (known(model.thresholds.action_s) ? ", action " + levelText(model.thresholds.action_s) : ""));
	const refused = Object.entries(status.rejected || {}).filter((e) => e[1] > 0).map((e) => e[1] + " " + e[0]);
	if (refused.length) add("Not believed", refused.join(", "));
	add("Daemon", "version " + status.version + ", up " + spanText(status.uptime_s));
	return items;
}

/* What changes all the time is shown by the minute: this is not the place to watch it. */
function showHere(status) {
	const key = JSON.stringify([status.actions, status.galera && { ...status.galera, age_s: 0 }, status.timesync && { ...status.timesync, max_error_s: Math.round((status.timesync.max_error_s || 0) * 10) }, status.steps, status.stalls, status.rejected, Math.floor(status.uptime_s / 60), status.version, model.thresholds]);
	setList(byId("here"), key, () => hereItems(status));
}

function eventItem(e) {
	const state = /^DRILL/.test(e.text) || e.kind === "drill" ? "drill" : { error: "critical", warning: "warning" }[e.severity] || "ok";
	const plain = state === "ok", ms = isoMs(e.time);
	return h("li", {}, h("time", { datetime: e.time }, dayText(ms) + " " + clockText(ms)),
		h("span", { class: plain ? null : "is-" + state }, plain ? null : mark(state), plain ? null : " ", h("span", { class: "hidden" }, plain ? "" : e.severity + ": "), pretty(e.text)));
}

function showEvents() {
	const latest = [...model.events.values()].sort((a, b) => b.id - a.id).slice(0, 100);
	setList(byId("events"), latest.length ? latest[0].id + "/" + latest.length + latest[0].time : "", () => latest.map(eventItem));
}
