/* Everyone against everyone: a table while it can be read, and a field of squares for large clusters. */
const MATRIX_TABLE_MAX = 12, STALE_S = 15, OLD_S = 5;
let matrixAt = null; /* the cell with the focus: { row, column } */
const matrixView = { names: "", cells: [], field: null };

const cellClass = (cell) => !cell ? "none" : "c-" + judge(cell.low_s, cell.high_s, model.thresholds) +
	(cell.implied ? " implied" : "") + (cell.age_s > STALE_S ? " old" : "");

const WORDS = { ok: "within the critical threshold", warning: "proved beyond the warning threshold", critical: "proved beyond the critical threshold", unknown: "the bounds are too wide to tell" };

function cellWords(from, to, cell) {
	if (from === to) return from + ": a clock against itself";
	if (!cell) return from + " has no measurement of " + to;
	return (cell.implied ? "By way of other hosts, " : from + " measured: ") + to + " is " + offsetText(cell.offset_s) + " (" + rangeText(cell.low_s, cell.high_s) +
		"), " + WORDS[judge(cell.low_s, cell.high_s, model.thresholds)] + ", " + spanText(cell.age_s) + " ago";
}

/* ---- the table ---- */

function matrixTable(names) {
	matrixView.cells = names.map((from, r) => names.map((to, c) => {
		const td = h("td", { role: "gridcell", tabindex: r === 0 && c === 0 ? 0 : -1 });
		td.addEventListener("focus", () => { matrixAt = { row: r, column: c }; preview(from === to ? { node: to } : { from, to }); });
		td.addEventListener("blur", () => preview(null));
		td.addEventListener("mouseenter", () => preview(from === to ? { node: to } : { from, to }));
		td.addEventListener("mouseleave", () => preview(null));
		td.addEventListener("click", () => choose(from === to ? { node: to } : { from, to, node: to }));
		td.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose({ from, to, node: to }); } else moveInMatrix(e, names.length); });
		return td;
	}));
	matrixView.heads = { rows: names.map((n) => h("th", { scope: "row", role: "rowheader" })), columns: names.map((n) => h("th", { scope: "col", role: "columnheader" })) };
	return h("table", { role: "grid", "aria-labelledby": "matrix-head" },
		h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("th", { role: "columnheader" }, "row \u2193 sees \u2192"), ...matrixView.heads.columns)),
		h("tbody", { role: "rowgroup" }, ...names.map((n, r) => h("tr", { role: "row" }, matrixView.heads.rows[r], ...matrixView.cells[r]))));
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
function moved(e, n) {
	const at = matrixAt || { row: 0, column: 0 }, step = STEPS[e.key];
	if (!step && e.key !== "Home" && e.key !== "End") return null;
	e.preventDefault();
	if (e.key === "Home") return { row: at.row, column: 0 };
	if (e.key === "End") return { row: at.row, column: n - 1 };
	const within = (i) => Math.max(0, Math.min(n - 1, i));
	return { row: within(at.row + step[0]), column: within(at.column + step[1]) };
}
function moveInMatrix(e, n) {
	const to = moved(e, n);
	if (!to) return;
	matrixView.cells.flat().forEach((td) => td.setAttribute("tabindex", "-1"));
	const td = matrixView.cells[to.row][to.column];
	td.setAttribute("tabindex", "0");
	td.focus();
}

function showCell(td, from, to, cell) {
	if (from === to) { setClass(td, "self"); setText(td, "\u2014"); return; }
	setClass(td, cellClass(cell));
	if (!cell) { setText(td, "no word"); return; }
	const state = judge(cell.low_s, cell.high_s, model.thresholds);
	const old = cell.age_s > OLD_S ? ", " + spanText(cell.age_s) + " old" : "";
	setList(td, [cell.offset_s, cell.low_s, cell.high_s, state, cell.implied, old].join(), () => [
		state === "ok" ? null : mark(state), state === "ok" ? null : " ", (cell.implied ? "\u2248 " : "") + offsetText(cell.offset_s),
		h("small", {}, boundText(cell.low_s, cell.high_s) + (cell.implied ? ", implied" : "") + old)].filter(Boolean));
}

function showMatrixTable(names, cells, states) {
	names.forEach((from, r) => {
		for (const head of [matrixView.heads.rows[r], matrixView.heads.columns[r]]) {
			const state = states.get(from) || "ok";
			setList(head, from + state, () => state === "ok" ? [from] : [mark(state), " " + from, h("span", { class: "hidden" }, " " + state)]);
			setClass(head, badness(state) >= badness("warning") ? "bad" : "");
		}
		names.forEach((to, c) => showCell(matrixView.cells[r][c], from, to, cells.get(cellKey(from, to))));
	});
}

/* ---- the field ---- */

const fieldColours = () => {
	const style = getComputedStyle(document.documentElement), of = (n) => style.getPropertyValue(n).trim();
	return { ok: of("--ok-soft"), okLine: of("--ok-fill"), warning: of("--warning-fill"), critical: of("--critical-fill"), warningText: of("--warning"), unknown: of("--unknown-soft"), ink: of("--ink"), muted: of("--muted"), panel: of("--panel"), line: of("--line"), focus: of("--focus") };
};

function matrixField(names) {
	const canvas = h("canvas", { "aria-hidden": "true" });
	const field = h("div", { class: "field", tabindex: 0, role: "group", "aria-describedby": "matrix-hint", "aria-label": "Matrix of " + names.length + " hosts; the arrow keys go from cell to cell" }, canvas);
	const word = h("p", { id: "matrix-word", "aria-live": "polite" }, "Point at a cell, or go there with the arrow keys.");
	const point = (e) => {
		const box = canvas.getBoundingClientRect(), g = matrixView.geometry;
		const column = Math.floor((e.clientX - box.left - g.head) / g.size), row = Math.floor((e.clientY - box.top - g.head) / g.size);
		return row >= 0 && column >= 0 && row < names.length && column < names.length ? { row, column } : null;
	};
	const tell = (at) => {
		matrixAt = at;
		const from = names[at.row], to = names[at.column];
		setText(word, cellWords(from, to, matrixView.map.get(cellKey(from, to))));
		preview({ from, to });
		drawField();
	};
	field.addEventListener("mousemove", (e) => { const at = point(e); if (at && (!matrixAt || at.row !== matrixAt.row || at.column !== matrixAt.column)) tell(at); });
	field.addEventListener("mouseleave", () => preview(null));
	field.addEventListener("blur", () => preview(null));
	field.addEventListener("click", (e) => { const at = point(e); if (at) choose({ from: names[at.row], to: names[at.column], node: names[at.column] }); });
	field.addEventListener("keydown", (e) => {
		if (e.key === "Enter" && matrixAt) choose({ from: names[matrixAt.row], to: names[matrixAt.column], node: names[matrixAt.column] });
		const to = moved(e, names.length);
		if (to) tell(to);
	});
	matrixView.field = canvas;
	return [field, word];
}

/* A square each: full for what is proved off, a small one for what is not known for sure, none where nobody measured. */
function drawSquare(pen, x, y, size, cell, colours) {
	if (!cell) { pen.fillStyle = colours.line; pen.fillRect(x + size / 2 - 0.5, y + size / 2 - 0.5, 1, 1); return; }
	const state = judge(cell.low_s, cell.high_s, model.thresholds), gap = size > 6 ? 1 : 0.5;
	pen.globalAlpha = cell.age_s > 60 ? 0.3 : cell.age_s > STALE_S ? 0.55 : 1;
	pen.fillStyle = colours[state];
	const inset = cell.implied ? size * 0.22 : gap;
	pen.fillRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
	if (state === "critical") { pen.fillStyle = colours.panel; pen.fillRect(x + size / 2 - 1, y + size / 4, 2, size / 2); }
	if (state === "unknown") { pen.fillStyle = colours.muted; pen.fillRect(x + size / 2 - 1, y + size / 2 - 1, 2, 2); }
	pen.globalAlpha = 1;
}

function drawField() {
	const canvas = matrixView.field, names = matrixView.list, n = names.length, colours = fieldColours();
	const scale = window.devicePixelRatio || 1, room = byId("matrix").clientWidth || 600;
	const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
	const head = Math.round(rem * 5.5), size = Math.max(5, Math.min(2 * rem, Math.floor((room - head - 4) / n))), all = head + n * size + 2;
	matrixView.geometry = { head, size };
	canvas.width = all * scale;
	canvas.height = all * scale;
	canvas.style.width = canvas.style.height = all + "px";
	const pen = canvas.getContext("2d");
	pen.scale(scale, scale);
	names.forEach((from, r) => names.forEach((to, c) => {
		const x = head + c * size, y = head + r * size;
		if (r === c) { pen.fillStyle = colours.line; pen.fillRect(x, y, size, size); return; }
		drawSquare(pen, x, y, size, matrixView.map.get(cellKey(from, to)), colours);
	}));
	labelField(pen, head, size, colours, rem);
	if (matrixAt && matrixAt.row < n && matrixAt.column < n) {
		pen.strokeStyle = colours.focus;
		pen.lineWidth = 2;
		pen.strokeRect(head + matrixAt.column * size, head + matrixAt.row * size, size, size);
	}
}

/* Names that fit, and in any case those of hosts that something is wrong with. */
function labelField(pen, head, size, colours, rem) {
	const names = matrixView.list, n = names.length, every = Math.max(1, Math.ceil(rem * 0.85 / size));
	const worst = names.map((name, i) => i).filter((i) => badness(matrixView.states.get(names[i]) || "ok") >= badness("warning"));
	const near = (i) => worst.some((w) => w !== i && Math.abs(w - i) < every);
	pen.textBaseline = "middle";
	names.forEach((name, i) => {
		const bad = worst.includes(i);
		if (!bad && (i % every || near(i))) return;
		const font = (bad ? "700 " : "") + Math.round(rem * 0.72) + "px system-ui, sans-serif";
		const text = (bad ? (matrixView.states.get(name) === "critical" ? "\u25a0 " : "\u25b2 ") : "") + (name.length > 11 ? name.slice(0, 10) + "\u2026" : name), at = head + i * size + size / 2;
		const worstColour = matrixView.states.get(name) === "critical" ? colours.critical : colours.warningText;
		pen.fillStyle = bad ? worstColour : colours.muted;
		pen.font = font;
		pen.textAlign = "right";
		pen.fillText(text, head - 5, at);
		pen.save();
		pen.translate(at, head - 5);
		pen.rotate(-Math.PI / 2);
		pen.textAlign = "left";
		pen.fillText(text, 0, 0);
		pen.restore();
		if (!bad) return;
		pen.strokeStyle = worstColour;
		pen.lineWidth = 1.5;
		pen.strokeRect(head, head + i * size, n * size, size);
		pen.strokeRect(head + i * size, head, size, n * size);
	});
}

/* ---- both ---- */

function legendItems() {
	const box = (attributes, ...inside) => s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, s("rect", { x: 1, y: 1, width: 14, height: 14, rx: 2, class: "sample", ...attributes }), ...inside);
	const { warning_s: warning, critical_s: critical } = model.thresholds;
	return [
		h("li", {}, box({}), "proved within " + levelText(critical)),
		h("li", {}, mark("warning"), "proved beyond " + levelText(warning)),
		h("li", {}, mark("critical"), "proved beyond " + levelText(critical)),
		h("li", {}, mark("unknown"), "bounds too wide to tell"),
		h("li", {}, box({ "stroke-dasharray": "3 2" }), "\u2248 implied: follows from others"),
		h("li", {}, box({ class: "sample faded" }), "fading: older than " + STALE_S + " s"),
	];
}

function showMatrix(nodes) {
	const matrix = model.matrix;
	if (!matrix) return;
	const names = matrix.nodes.map((n) => n.name), states = new Map(nodes.map((n) => [n.name, n.state]));
	const key = names.join("\n"), table = names.length <= MATRIX_TABLE_MAX;
	if (matrixView.names !== key) {
		matrixView.names = key;
		matrixAt = null;
		byId("matrix").replaceChildren(...(table ? [matrixTable(names)] : matrixField(names)));
	}
	Object.assign(matrixView, { list: names, map: cellsOf(matrix), states });
	if (table) showMatrixTable(names, matrixView.map, states);
	else drawField();
	setText(byId("matrix-hint"), "Each cell: the clock of the column minus that of the row, as the row\u2019s host measured it." +
		(matrix.omitted ? " " + matrix.omitted + " more hosts are not shown." : ""));
	setList(byId("legend"), JSON.stringify(model.thresholds), legendItems);
}
