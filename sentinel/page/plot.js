/* Each host's offset over time, with its bounds, against the thresholds. */
const RANGES = [["15m", 900, "15 min"], ["1h", 3600, "1 h"], ["6h", 21600, "6 h"], ["24h", 86400, "24 h"], ["7d", 604800, "7 days"]];
const PLOTS_MAX = 6;
let range = RANGES[0];
const series = new Map(); /* name -> { step, points: [{ t, low, high, least, greatest, state, drill }], asked } */
const figures = new Map();

function takeHistory(name, json, asked) {
	const at = now();
	series.set(name, { step: json.step_s, asked, points: json.points.map(([age, low, high, least, greatest, state, drill]) => ({ t: at - age, low, high, least, greatest, state, drill })) });
}

async function fetchHistory(name) {
	const asked = range[0], entry = series.get(name);
	if (entry && entry.asked === asked && entry.until > now()) return;
	if (entry) entry.until = now() + 2;
	else series.set(name, { step: 1, points: [], asked: "", until: now() + 2 });
	try {
		const answer = await fetch("/v1/history?node=" + encodeURIComponent(name) + "&since=" + asked, { cache: "no-store" });
		if (!answer.ok) return;
		takeHistory(name, await answer.json(), asked);
		series.get(name).until = now() + (range[1] > 900 ? 20 : 60);
		drawPlots();
	} catch (error) { /* The sign that the connection is lost is elsewhere; it is asked again. */ }
}

/* What came since the history was asked for. */
function appendLive(nodes) {
	for (const node of nodes) {
		const entry = series.get(node.name), v = node.verdict;
		if (!entry || !known(v.low_s) || !known(v.high_s) || node.state === "unreachable") continue;
		entry.points.push({ t: now(), low: v.low_s, high: v.high_s, least: v.offset_s, greatest: v.offset_s, state: node.state, drill: node.drill });
		while (entry.points.length > 4000) entry.points.shift();
	}
}

/* All of a few, each in its place; of many what was chosen, the worst and this host, in this order. */
function plotted(nodes) {
	if (nodes.length <= PLOTS_MAX) return nodes;
	return nodes.map((n, i) => [n, i]).sort((a, b) => Number(chosen.node === b[0].name) - Number(chosen.node === a[0].name) || rank(b[0]) - rank(a[0]) || a[1] - b[1]).slice(0, PLOTS_MAX).map((p) => p[0]);
}

/* ---- scales ---- */

function scaleFor(shown) {
	const { critical_s: critical, action_s: action } = model.thresholds;
	let most = Math.max(critical * 1.8, (action || 0) * 1.5), widths = [];
	for (const node of shown)
		for (const p of (series.get(node.name) || { points: [] }).points) {
			if (p.t < now() - range[1]) continue;
			most = Math.max(most, Math.abs(p.low) * 1.15, Math.abs(p.high) * 1.15);
			widths.push(p.high - p.low);
		}
	widths.sort((a, b) => a - b);
	const typical = widths.length ? widths[widths.length >> 1] / 2 : 1e-4;
	const bend = Math.min(1e-2, Math.max(1e-6, Math.pow(10, Math.floor(Math.log10(typical || 1e-6)))));
	return { bend, most, y: (v, height) => height / 2 * (1 - symlog(v, bend, most)) };
}

function ticksOf(scale, height, rem) {
	const ticks = [0];
	let last = height / 2;
	for (let k = -7; k <= 5; k++) {
		const v = Math.pow(10, k), y = scale.y(v, height);
		if (v > scale.most || v < scale.bend || last - y < rem * 1.05 || y < rem * 0.4) continue;
		ticks.push(v, -v);
		last = y;
	}
	return ticks;
}

/* How far ahead of the present the plot goes: only where the drift leads to a threshold. */
function aheadOf(node) {
	const v = node.verdict;
	if (node.self && known(v.threshold_in_s)) return v.threshold_in_s;
	const drift = node.peer && node.peer.drift_ppm, left = model.thresholds.critical_s - Math.abs(v.offset_s || 0);
	if (!known(drift) || !known(v.offset_s) || Math.abs(drift) < 5 || left <= 0) return null;
	return drift * v.offset_s < 0 ? null : left / (Math.abs(drift) * 1e-6);
}

/* ---- one plot ---- */

function columnsOf(points, x, from) {
	/* One column a pixel: the least and the greatest of what falls into it. */
	const columns = [];
	for (const p of points) {
		if (p.t < from) continue;
		const at = Math.round(x(p.t)), last = columns[columns.length - 1];
		if (!last || last.x !== at) { columns.push({ x: at, t: p.t, low: p.low, high: p.high, least: p.least, greatest: p.greatest, state: p.state, drill: p.drill }); continue; }
		last.low = Math.min(last.low, p.low);
		last.high = Math.max(last.high, p.high);
		last.least = Math.min(last.least, p.least);
		last.greatest = Math.max(last.greatest, p.greatest);
		last.t = p.t;
		if (badness(p.state) > badness(last.state)) last.state = p.state;
		last.drill = last.drill || p.drill;
	}
	return columns;
}

/* Where nothing was measured the line is broken. */
function runsOf(columns, gap) {
	const runs = [];
	for (const c of columns) {
		const run = runs[runs.length - 1];
		if (run && c.t - run[run.length - 1].t <= gap) run.push(c);
		else runs.push([c]);
	}
	return runs;
}

function shapeOf(run, y, high, low) {
	const there = run.map((c) => c.x + " " + y(c[high]).toFixed(1)), back = [...run].reverse().map((c) => c.x + " " + y(c[low]).toFixed(1));
	const wider = run.length === 1 ? " h1.5" : "";
	return "M" + there.join(" L") + wider + " L" + back.join(" L") + " Z";
}
const lineOf = (run, y) => "M" + run.map((c) => c.least === c.greatest || Math.abs(y(c.least) - y(c.greatest)) < 1
	? c.x + " " + y(c.greatest).toFixed(1) : c.x + " " + y(c.least).toFixed(1) + " L" + c.x + " " + y(c.greatest).toFixed(1)).join(" L") + (run.length === 1 ? " h1.5" : "");

const GLYPHS = { step: "M0 -5 L4 1 H-4 Z M0 8 L-4 2 H4 Z", action: "M-4 -4 H4 V4 H-4 Z", drill: "M0 -5 L5 0 L0 5 L-5 0 Z", command: "M0 -4 A4 4 0 1 0 0.1 -4 Z" };

/* That something came into force, or went; not that a database was away. */
const MARKED = / is (pending|active|failed|held|latched|dry-run|idle(?!: mariadbd))\b/;

function eventMarks(name, x, height, left, right) {
	const marks = [];
	for (const e of model.events.values()) {
		if (e.node !== name || !GLYPHS[e.kind] || (e.kind === "action" && !MARKED.test(e.text))) continue;
		const at = x(now() - (serverMs() - isoMs(e.time)) / 1000);
		if (!(at > left && at < right)) continue;
		marks.push(s("g", { transform: `translate(${at.toFixed(1)} 0)` }, s("title", {}, clockText(isoMs(e.time)) + " " + e.text),
			s("path", { d: `M0 0 V${height}`, class: "event" }), s("path", { d: GLYPHS[e.kind], class: "glyph " + (e.kind === "drill" ? "drill" : "") })));
	}
	return marks.slice(-60);
}

/* The instants along the axis; none so near to the present that it runs into "now". */
function timeTicks(x, left, right, span, height, rem) {
	const steps = [60, 180, 300, 900, 3600, 10800, 21600, 43200, 86400], width = right - left;
	const step = steps.find((t) => width * t / span > 4.5 * rem) || 86400;
	const parts = [], server = serverMs() / 1000, first = Math.ceil((server - span) / step) * step;
	for (let t = first; t <= server; t += step) {
		const at = x(now() - (server - t));
		if (at < left + rem || at > right - 3.4 * rem) continue;
		const text = step >= 86400 ? dayText(t * 1000) : clockText(t * 1000).slice(0, 5);
		parts.push(s("path", { d: `M${at.toFixed(1)} ${height} v4`, class: "axis" }), s("text", { x: at.toFixed(1), y: height, dy: "1.35em", "text-anchor": "middle" }, text));
	}
	return parts;
}

function thresholdLines(scale, height, left, right, apart, inside) {
	const levels = [["action", model.thresholds.action_s], ["critical", model.thresholds.critical_s], ["warning", model.thresholds.warning_s]]
		.filter((l) => known(l[1])).sort((a, b) => b[1] - a[1]);
	const parts = [];
	let below = -Infinity;
	for (const [name, value] of levels) {
		for (const side of [1, -1])
			parts.push(s("path", { d: `M${left} ${scale.y(side * value, height).toFixed(1)} H${right}`, class: "t-" + name, fill: "none" }));
		below = Math.max(scale.y(value, height), below + apart);
		parts.push(s("text", { x: inside ? left + 4 : right + 4, y: below.toFixed(1), dy: "0.32em", class: "l-" + name }, name + " " + levelText(value)));
	}
	return parts;
}

function drawPlot(svg, node, scale, width, height, rem) {
	const entry = series.get(node.name) || { points: [], step: 1 }, ahead = aheadOf(node);
	const narrow = width < 34 * rem, left = rem * 4.2, right = width - rem * (narrow ? 0.6 : 7), future = known(ahead) && ahead < range[1] * 4 ? (right - left) * 0.2 : 0;
	const present = right - future, from = now() - range[1];
	const x = (t) => left + (t - from) / range[1] * (present - left), y = (v) => scale.y(v, height);
	const columns = columnsOf(entry.points, x, from), parts = [];
	for (const v of ticksOf(scale, height, rem)) {
		const at = y(v).toFixed(1);
		parts.push(s("path", { d: `M${left} ${at} H${right}`, class: v ? "axis" : "zero" }), s("text", { x: left - 5, y: at, dy: "0.32em", "text-anchor": "end" }, v ? (v < 0 ? MINUS : "+") + levelText(Math.abs(v)) : "0"));
	}
	let labelled = -Infinity;
	for (const run of runsOf(columns.filter((c) => c.drill), entry.step * 3 + 2)) {
		const a = run[0].x, b = run[run.length - 1].x + 2;
		parts.push(s("rect", { x: a, y: 0, width: b - a, height, class: "drilled" }));
		if (a - labelled > 2.5 * rem) parts.push(s("text", { x: (labelled = Math.min(a + 3, present - 2 * rem)), y: height - 4, class: "l-drill" }, "drill"));
	}
	for (const run of runsOf(columns, entry.step * 3 + 2 + range[1] / 400)) {
		parts.push(s("path", { d: shapeOf(run, y, "high", "low"), class: "band" }), s("path", { d: lineOf(run, y), class: "trace" }));
		for (const c of run) if (badness(c.state) >= badness("warning")) parts.push(s("rect", { x: c.x - 1.2, y: (y(c.greatest) - 2).toFixed(1), width: 2.4, height: Math.max(4, y(c.least) - y(c.greatest) + 4).toFixed(1), class: "off" }));
	}
	parts.push(...thresholdLines(scale, height, left, right, rem * 0.8, narrow), ...eventMarks(node.name, x, height, left, present), ...timeTicks(x, left, present, range[1], height, rem));
	if (future) {
		const start = node.verdict.offset_s || 0, end = (start < 0 ? -1 : 1) * model.thresholds.critical_s, steps = 24;
		/* Linear in time, and so a bent line on this axis. */
		const line = Array.from({ length: steps + 1 }, (_, i) => (present + future * i / steps).toFixed(1) + " " + y(start + (end - start) * i / steps).toFixed(1));
		parts.push(s("rect", { x: present, y: 0, width: future, height, class: "future" }), s("path", { d: "M" + line.join(" L"), class: "ahead" }),
			s("text", { x: present + future / 2, y: height, dy: "1.35em", "text-anchor": "middle" }, "in " + spanText(ahead)));
	} else parts.push(s("text", { x: present, y: height, dy: "1.35em", "text-anchor": "end" }, "now"));
	svg.setAttribute("viewBox", `0 0 ${width} ${(height + rem * 1.3).toFixed(0)}`);
	svg.setAttribute("height", (height + rem * 1.3).toFixed(0));
	svg.replaceChildren(...parts);
}

function plotWords(node, ahead) {
	const v = node.verdict, entry = series.get(node.name);
	let most = 0;
	for (const p of entry ? entry.points : []) if (p.t > now() - range[1] && Math.abs(p.least) + Math.abs(p.greatest) > 2 * most) most = Math.max(Math.abs(p.least), Math.abs(p.greatest));
	return node.name + " over the last " + range[2] + ": now " + offsetText(v.offset_s) + ", between " + rangeText(v.low_s, v.high_s) + "; at most " + sizeText(most) + " off" +
		(known(ahead) ? "; at its present drift critical in " + spanText(ahead) : "");
}

function makeFigure(name) {
	const figure = { name: h("b", {}, name), state: h("span"), ahead: h("span", { class: "hint" }), now: h("span", { class: "now" }), svg: s("svg", { role: "img" }) };
	figure.element = h("figure", { class: "plot" }, h("figcaption", {}, figure.name, figure.state, figure.ahead, figure.now), figure.svg);
	return figure;
}

function drawPlots() {
	if (!model.status) return;
	const nodes = nodesOf(model.status, model.matrix), shown = plotted(nodes), box = byId("plots");
	const rem = parseFloat(getComputedStyle(document.documentElement).fontSize), width = Math.max(280, box.clientWidth || 600);
	const height = rem * (shown.length > 4 ? 6.5 : shown.length > 2 ? 8 : 11), scale = scaleFor(shown);
	for (const [name, figure] of figures) if (!shown.some((n) => n.name === name)) { figure.element.remove(); figures.delete(name); }
	shown.forEach((node, i) => {
		if (!figures.has(node.name)) figures.set(node.name, makeFigure(node.name));
		const figure = figures.get(node.name), ahead = aheadOf(node);
		if (box.children[i] !== figure.element) box.insertBefore(figure.element, box.children[i] || null);
		setState(figure.state, node.drill && node.state !== "ok" ? "drill" : node.state, node.drill ? node.state + " (drill)" : node.state);
		setText(figure.ahead, known(ahead) && ahead < range[1] * 100 ? "at this drift critical in " + spanText(ahead) : "");
		setText(figure.now, offsetText(node.verdict.offset_s) + " " + boundText(node.verdict.low_s, node.verdict.high_s));
		drawPlot(figure.svg, node, scale, width, height, rem);
		figure.svg.setAttribute("aria-label", plotWords(node, ahead));
	});
	setText(byId("plots-hint"), (shown.length < nodes.length ? shown.length + " of " + nodes.length + " hosts, the worst first; choose one in the table to see it here. " : "") +
		"Offset against the cluster, UTC; the pale band is what is proved, the line its middle. The axis is linear near zero and logarithmic beyond.");
}

function showPlots(nodes) {
	for (const node of plotted(nodes)) fetchHistory(node.name);
	drawPlots();
}

function makeRanges() {
	for (const r of RANGES) {
		const input = h("input", { type: "radio", name: "range", value: r[0], checked: r === range });
		input.addEventListener("change", () => { range = r; for (const entry of series.values()) entry.until = 0; show(); });
		byId("ranges").append(h("label", {}, input, h("span", {}, r[2])));
	}
}
