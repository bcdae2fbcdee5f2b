/* Elements. Text goes in as text and nowhere as markup: the names in it are others'. */
const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
	node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
	return node;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/* Leaves alone what is as it should be, so that nothing is read out or flickers without need. */
function setText(node, text) { if (node.textContent !== text) node.textContent = text; }
function setClass(node, text) { if (node.getAttribute("class") !== text) node.setAttribute("class", text); }
function setList(node, key, make) {
	if (node.dataset.key === key) return;
	node.dataset.key = key;
	node.replaceChildren(...make());
}

/* A shape for each state, so that no colour is needed to tell them apart. */
function mark(state) {
	const shapes = {
		ok: () => [s("circle", { cx: 8, cy: 8, r: 6, class: "fill-ok" })],
		warning: () => [s("path", { d: "M8 1 L15.5 14.5 H0.5 Z", class: "fill-warning" })],
		critical: () => [s("path", { d: "M5 0.5 H11 L15.5 5 V11 L11 15.5 H5 L0.5 11 V5 Z", class: "fill-critical" }), s("path", { d: "M7 3.5 H9 V9 H7 Z M7 10.5 H9 V12.5 H7 Z", class: "on-fill" })],
		unknown: () => [s("circle", { cx: 8, cy: 8, r: 6, class: "stroke-unknown", "stroke-width": 2, "stroke-dasharray": "3 2" })],
		unreachable: () => [s("path", { d: "M2.5 2.5 L13.5 13.5 M13.5 2.5 L2.5 13.5", class: "stroke-unreachable", "stroke-width": 2.5 })],
		drill: () => [s("path", { d: "M8 0.5 L15.5 8 L8 15.5 L0.5 8 Z", class: "fill-drill" })],
	};
	return s("svg", { class: "mark", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" }, ...shapes[state]());
}
const stateWord = (state, word) => h("span", { class: "state is-" + state }, mark(state), word || state);
function setState(node, state, word) {
	setList(node, state + "|" + word, () => [stateWord(state, word)]);
}
