/* Why a host is judged as it is, or what is known of a pair. */
let chosen = {}, previewed = null;

function choose(what, scroll) {
	chosen = what;
	previewed = null;
	show();
	if (scroll && byId("proof").getBoundingClientRect().top > window.innerHeight) byId("proof-head").scrollIntoView({ block: "nearest" });
}
function preview(what) {
	previewed = what;
	if (model.status) showProof(nodesOf(model.status, model.matrix));
}

const PROVES = { ok: "within critical", warning: "beyond warning", critical: "beyond critical", unknown: "nothing" };

function proofRow(voter, to, cell) {
	const state = judge(cell.low_s, cell.high_s, model.thresholds);
	return h("tr", {}, h("th", { scope: "row" }, voter),
		h("td", { class: "num" }, offsetText(cell.offset_s), h("small", {}, boundText(cell.low_s, cell.high_s))),
		h("td", {}, stateWord(state, PROVES[state])),
		h("td", { class: "wide" }, cell.implied ? "follows from others" : voter === model.status.node ? "measured here" : "measured there, told to us"),
		h("td", { class: "num" }, spanText(cell.age_s)));
}

function proofTable(name) {
	const cells = model.matrix ? model.matrix.cells.filter((c) => c.to === name) : [];
	const voters = new Set(model.matrix ? model.matrix.nodes.filter((n) => n.voter).map((n) => n.name) : []);
	const rows = cells.filter((c) => voters.has(c.from)).slice(0, 31).map((c) => proofRow(c.from, name, c));
	if (!rows.length) return h("p", {}, "Nobody has a measurement of " + name + ".");
	return h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Voter"), h("th", { scope: "col", class: "num" }, name + " is"), h("th", { scope: "col" }, "Proves"), h("th", { scope: "col", class: "wide" }, "How"), h("th", { scope: "col", class: "num" }, "Age"))),
		h("tbody", {}, ...rows));
}

function proofOfNode(node) {
	const v = node.verdict, majority = v.electorate ? Math.floor(v.electorate / 2) + 1 : 0;
	const said = node.told && (node.told.state !== node.state || known(node.told.offset_s)) ? node.told.summary : null;
	return [
		h("p", {}, stateWord(node.state), " ", pretty(node.summary) + "."),
		majority ? h("p", { class: "hint" }, v.agree + " of " + v.electorate + " voters prove it; it takes " + majority + " that agree with one another.") : null,
		said ? h("p", { class: "hint" }, pretty(said) + " (hearsay: it convicts nobody).") : null,
		proofTable(node.name),
	];
}

function proofOfPair(from, to) {
	const cells = cellsOf(model.matrix), there = cells.get(cellKey(from, to)), back = cells.get(cellKey(to, from));
	const mesh = there && known(there.mesh_low_s) ? h("p", {}, "Over third hosts it follows that it lies between " + rangeText(there.mesh_low_s, there.mesh_high_s) + ".") : null;
	return [
		h("p", {}, cellWords(from, to, there) + "."), mesh,
		h("p", {}, "The other way: " + cellWords(to, from, back) + "."),
		there && back ? null : h("p", { class: "hint" }, "Where one direction is missing, look for a firewall on UDP port 9123, or a host that does not run."),
	];
}

function showProof(nodes) {
	const problems = problemsOf(nodes), what = previewed || chosen, names = new Set(nodes.map((n) => n.name));
	let key, make;
	if (what.from && names.has(what.from) && names.has(what.to)) {
		const cells = cellsOf(model.matrix);
		key = JSON.stringify(["pair", what, cells.get(cellKey(what.from, what.to)), cells.get(cellKey(what.to, what.from))]);
		make = () => proofOfPair(what.from, what.to);
		setText(byId("proof-head"), "Between " + what.from + " and " + what.to);
	} else {
		const node = nodes.find((n) => n.name === what.node) || problems[0] || nodes[0];
		key = JSON.stringify(["node", node.name, node.state, node.summary, node.told, model.matrix && model.matrix.time]);
		make = () => proofOfNode(node).filter(Boolean);
		setText(byId("proof-head"), "Chain of proof: " + node.name);
	}
	setList(byId("proof"), key, () => make().filter(Boolean));
}
