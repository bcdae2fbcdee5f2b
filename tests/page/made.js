/* Answers of a sentinel as it would give them, made up: for clusters that no lab has, and names that no configuration takes. */
"use strict";

const instant = (ago) => new Date(Date.now() - ago * 1000).toISOString().replace("Z", "000Z");

function verdict(node, offset, half, extra) {
	const size = Math.abs(offset), state = size > 0.5 ? "critical" : size > 0.1 ? "warning" : "ok";
	const summary = state === "ok" ? node + " agrees with the cluster; 4 of 4 agree" : node + " is " + +size.toFixed(3) + " s " + (offset > 0 ? "ahead" : "behind") + " (+-0.4 ms) of the cluster; 3 of 4 agree";
	return { node, state, offset_s: offset, low_s: offset - half, high_s: offset + half, agree: 4, electorate: 4, cause: "", summary, since: instant(750), as_of: instant(0.2), threshold_in_s: null, ...extra };
}

/* offsets: name -> s. What is measured is what is so. */
function cluster({ names, offsets = {}, cluster: title = "prod", version = "0.1.0", half = 3e-5, cell = () => ({}), peer = () => ({}), status = {}, self = {} }) {
	const of = (name) => (offsets[name] || 0) + ((name.charCodeAt(name.length - 1) * 7 + name.length) % 13 - 6) * 2e-6;
	const own = verdict(names[0], of(names[0]), half, self);
	const peers = names.slice(1).map((name, i) => {
		const v = verdict(name, of(name), half);
		return { name, address: "10.0.0." + i + ":9123", role: "database", site: i % 2 ? "fra" : "ams", voter: i < 4, state: v.state, offset_s: v.offset_s - own.offset_s, low_s: v.low_s, high_s: v.high_s, as_of: v.as_of, delay_s: 2e-4, drift_ppm: 0.1 * (i % 5), reach: 255, last_heard_s: 0.3, sent: 100, received: 99, rejected: 0, version, drill: false, synchronised: true, summary: v.summary, ...peer(name, i) };
	});
	const cells = [];
	names.forEach((from, r) => names.forEach((to, c) => {
		const d = of(to) - of(from), more = cell(from, to, r, c);
		if (r !== c && more) cells.push({ from, to, offset_s: d, low_s: d - half / 2, high_s: d + half / 2, age_s: 0.4, implied: false, mesh_low_s: null, mesh_high_s: null, ...more });
	}));
	const verdicts = names.map((name, i) => ({ ...(i ? { ...verdict(name, of(name), half), summary: name + " says of itself: ok; 4 of 4 agree" } : own), in_force: [], time_service: "chronyd", database: "Synced", proved: verdict(name, of(name), half) }));
	return {
		status: { cluster: title, node: names[0], version, instance: "00000000deadbeef", time: instant(0), uptime_s: 86400 * 3.2, verdict: own, thresholds: { warning_s: 0.1, critical_s: 0.5, action_s: 2, raise_after_s: 3, clear_below: 0.8, clear_after_s: 30 }, levels: [], peers, actions: [{ name: "galera", measure: "desync", state: "idle", since: instant(4000), detail: "Synced" }], timesync: { service: "chronyd", running: true, whole_host: true, synchronised: true, max_error_s: 0.002, leap: "none" }, galera: { connection: "up", local_state_comment: "Synced", desync_count: 0, cluster_status: "Primary", cluster_size: 3, dry_run: false }, drill: null, hold: null, receive_stamps: "kernel", epoch: 0, steps: 0, stalls: 0, longest_stall_s: 0, requests: 1, answers: 1, rejected: { malformed: 0 }, longest_callback_s: 0.001, ...status },
		matrix: { time: instant(0), nodes: names.map((name, i) => ({ name, role: "database", site: "", voter: i < 5 })), omitted: 0, cells, verdicts },
		events: { instance: "00000000deadbeef", oldest: 1, newest: 2, events: [{ id: 1, time: instant(300), severity: "notice", kind: "step", node: names[names.length - 1], text: "the clock of " + names[names.length - 1] + " was stepped by 1900 s" }, { id: 2, time: instant(250), severity: "warning", kind: "verdict", node: names[0], text: names[0] + " wonders" }] },
		history: (name) => ({ node: name, time: instant(0), step_s: 1, columns: [], points: Array.from({ length: 880 }, (_, i) => {
			const age = 890 - i, off = of(name), away = Math.abs(off) > 0.05 && age > 420 ? 0 : off, wobble = Math.sin(i / 9 + name.length) * 4e-6;
			return [age, away + wobble - half, away + wobble + half, away + wobble, away + wobble, Math.abs(away) > 0.5 ? "critical" : "ok", false];
		}) }),
	};
}

/* Answers in the sentinel's place, but for the page itself, which is the sentinel's own with its policy. */
async function serve(page, origin, made) {
	const json = (route, value) => route.fulfill({ contentType: "application/json", body: JSON.stringify(value) });
	await page.route(origin + "/v1/**", (route) => {
		const url = new URL(route.request().url());
		if (url.pathname === "/v1/stream") return route.fulfill({ contentType: "text/event-stream", body: "retry: 1000\n\nevent: status\ndata: " + JSON.stringify({ ...made.status, time: instant(0) }) + "\n\n" });
		if (url.pathname === "/v1/matrix") return json(route, made.matrix);
		if (url.pathname === "/v1/events") return json(route, made.events);
		if (url.pathname === "/v1/history") return json(route, made.history(url.searchParams.get("node")));
		return route.abort();
	});
}

module.exports = { cluster, serve, verdict, instant };
