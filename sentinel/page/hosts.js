/* The table of hosts, the worst first. Rows are made once, and keep the focus while they change. */
const hostRows = new Map();

/* A dot with its bounds between the thresholds on both sides. */
function standing(node) {
	const width = 180, height = 26, middle = height / 2;
	const { warning_s: warning, critical_s: critical, action_s: action } = model.thresholds;
	const most = Math.max(critical * 4, (action || 0) * 1.5, Math.abs(node.verdict.offset_s || 0) * 1.1);
	const x = (v) => width / 2 + symlog(v, warning / 1000, most) * (width / 2 - 8);
	const parts = [s("path", { d: `M0 ${middle} H${width}`, class: "axis-line" })];
	for (const [value, name] of [[warning, "warning"], [critical, "critical"]])
		for (const side of [-1, 1])
			parts.push(s("path", { d: `M${x(side * value).toFixed(1)} 3 V${height - 3}`, class: "tick t-" + name }));
	parts.push(s("path", { d: `M${width / 2} 7 V${height - 7}`, class: "tick zero" }));
	if (known(node.verdict.low_s) && known(node.verdict.high_s)) {
		const low = x(node.verdict.low_s), high = x(node.verdict.high_s);
		parts.push(s("rect", { x: low.toFixed(1), y: middle - 3, width: Math.max(2, high - low).toFixed(1), height: 6, class: "bounds" }));
		parts.push(s("circle", { cx: x(node.verdict.offset_s || 0).toFixed(1), cy: middle, r: 5, class: "fill-" + (node.drill ? "drill" : node.state === "unreachable" ? "unknown" : node.state) }));
	}
	return s("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" }, ...parts);
}

function makeRow(name) {
	const cell = (c) => h("td", { class: c });
	const row = { button: h("button", { class: "host", type: "button" }, name), role: h("small"), state: cell(""), offset: cell("num"), bar: cell("bar"), drift: cell("num wide wider"), heard: cell("wide"), time: cell("wide wider soft"), database: cell("wide"), word: h("span"), force: h("small", { class: "taken" }) };
	row.state.append(row.word, row.force);
	row.button.addEventListener("click", () => choose({ node: name }, true));
	row.tr = h("tr", {}, h("th", { scope: "row" }, row.button, row.role), row.state, row.offset, row.bar, row.drift, row.heard, row.time, row.database);
	return row;
}

/* What looks after its clock, and what its kernel says; then its database. By its own word, as far as it gives one. */
function timeService(node) {
	const told = model.matrix && model.matrix.verdicts.find((v) => v.node === node.name), word = told && told.time_service;
	const synced = node.self ? model.status.timesync && model.status.timesync.synchronised : node.peer.synchronised;
	const name = word === "none" ? "none runs" : word || "";
	return [name, synced === null || synced === undefined ? "" : synced ? (name ? "" : "in sync") : "not in sync"].filter(Boolean).join(", ") || NONE;
}
function database(node) {
	const told = model.matrix && model.matrix.verdicts.find((v) => v.node === node.name);
	return (told && told.database) || "";
}

function showReach(cell, node) {
	if (node.self) { setText(cell, NONE); return; }
	const bits = node.peer.reach;
	const heard = known(node.peer.last_heard_s) ? spanText(Math.round(node.peer.last_heard_s)) + " ago" : "never";
	setList(cell, bits + heard, () => {
		const dots = h("span", { class: "reach", "aria-hidden": "true" });
		for (let i = 7; i >= 0; i--) dots.append(h("i", { class: bits >> i & 1 ? null : "no" }));
		const answered = bits.toString(2).split("1").length - 1;
		return [dots, h("span", { class: "hidden" }, answered + " of the last 8, "), h("span", { class: "heard" }, heard)];
	});
}

function showRow(row, node) {
	setText(row.role, [node.role, node.site, node.voter ? "" : "no vote"].filter(Boolean).join(", "));
	const word = node.drill ? node.state + " (drill)" : node.state;
	setState(row.word, node.drill && node.state !== "ok" ? "drill" : node.state, node.elsewhere ? "asked by others" : word);
	const v = node.verdict;
	setList(row.offset, [v.offset_s, v.low_s, v.high_s].join(), () =>
		known(v.offset_s) ? [offsetText(v.offset_s), h("small", {}, boundText(v.low_s, v.high_s))] : [NONE]);
	row.bar.replaceChildren(standing(node));
	setText(row.drift, node.peer && known(node.peer.drift_ppm) ? (node.peer.drift_ppm < 0 ? MINUS : "+") + Math.abs(node.peer.drift_ppm).toFixed(2) + " ppm" : NONE);
	showReach(row.heard, node);
	setText(row.time, timeService(node));
	row.time.title = row.time.textContent;
	setText(row.database, database(node).replace("/", "/\u200b") || NONE); /* may be broken there */
	setText(row.force, node.force.filter((f) => OUT.includes(f) || f === "hold").join(", "));
	setClass(row.tr, [{ critical: "bad", warning: "warn" }[node.state] || "", chosen.node === node.name ? "chosen" : ""].join(" ").trim());
	row.button.setAttribute("aria-pressed", chosen.node === node.name ? "true" : "false");
}

function showHosts(nodes) {
	const body = byId("hosts").tBodies[0], elsewhere = elsewhereText(nodes);
	setText(byId("hosts-hint"), elsewhere);
	byId("hosts-hint").hidden = !elsewhere;
	const sorted = nodes.map((n, i) => [n, i]).sort((a, b) => rank(b[0]) - rank(a[0]) || a[1] - b[1]).map((p) => p[0]);
	for (const node of nodes) if (!hostRows.has(node.name)) hostRows.set(node.name, makeRow(node.name));
	for (const [name, row] of hostRows) if (!nodes.some((n) => n.name === name)) { row.tr.remove(); hostRows.delete(name); }
	sorted.forEach((node, i) => {
		const row = hostRows.get(node.name);
		showRow(row, node);
		/* Moving a row takes the focus from what is in it. */
		if (body.rows[i] !== row.tr) {
			const had = body.contains(document.activeElement) ? document.activeElement : null;
			body.insertBefore(row.tr, body.rows[i] || null);
			if (had && document.activeElement !== had) had.focus({ preventScroll: true });
		}
	});
}
