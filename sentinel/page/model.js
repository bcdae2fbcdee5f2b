/* What is known, put together from /v1/status, /v1/matrix and /v1/events: plain values, no elements. */
const model = {
	status: null, matrix: null, events: new Map(), heard: 0, /* when the status came: performance.now() */
	thresholds: { warning_s: 0.1, critical_s: 0.5 },
};

const now = () => performance.now() / 1000;
/* The sentinel's clock now, in ms since 1970. */
const serverMs = () => model.status ? isoMs(model.status.time) + (now() - model.heard) * 1000 : Date.now();

/* One entry for each node: this host first. */
function nodesOf(status, matrix) {
	const told = new Map(((matrix && matrix.verdicts) || []).map((v) => [v.node, v]));
	const self = told.get(status.node);
	const nodes = [{
		name: status.node, self: true, role: "this host", site: "", voter: true, state: stateOf(status.verdict.state),
		verdict: status.verdict, since: status.verdict.since, told: null, summary: status.verdict.summary,
		drill: !!status.drill, force: (self && self.in_force) || [], peer: null,
	}];
	for (const peer of status.peers) {
		const about = told.get(peer.name);
		const proved = (about && about.proved) || { low_s: null, high_s: null, offset_s: null };
		nodes.push({
			name: peer.name, self: false, role: peer.role, site: peer.site, voter: peer.voter, state: stateOf(peer.state),
			verdict: proved, since: about && about.state === peer.state ? about.since : null, told: about || null,
			summary: peer.summary, drill: !!peer.drill, force: (about && about.in_force) || [], peer,
			elsewhere: peer.watched === false, /* in a large cluster: it is for others to ask it */
		});
	}
	return nodes;
}

const roleOf = (name) => ((model.matrix && model.matrix.nodes.find((n) => n.name === name)) || {}).role || "";
const cellKey = (from, to) => from + "\n" + to;
const cellsOf = (matrix) => new Map(((matrix && matrix.cells) || []).map((cell) => [cellKey(cell.from, cell.to), cell]));

/* The worst last; below them all those whom others ask, of whom nothing is known here. */
const rank = (node) => node.elsewhere ? -1 : badness(node.state);

/* What is wrong, the worst first. */
function problemsOf(nodes) {
	return nodes.filter((n) => n.state !== "ok" && !n.elsewhere && !(n.peer && n.peer.role === "reference" && n.state === "unknown"))
		.sort((a, b) => badness(b.state) - badness(a.state) || Number(b.self) - Number(a.self));
}

function problemText(node) {
	if (node.state !== "unreachable") return pretty(node.summary);
	const heard = node.peer.last_heard_s, why = node.peer.not_believed;
	if (why) return node.name + " is heard, and not believed";
	return node.name + (known(heard) ? " has not answered for " + spanText(heard) : " has never answered");
}

function adviceText(node) {
	if (node.drill) return "This is a drill: the clock itself is not judged. Stop it on " + node.name + ": skewctl drill --stop";
	const why = node.state === "unreachable" && node.peer.not_believed;
	if (why) return why[0].toUpperCase() + why.slice(1) + ". More: skewctl doctor";
	if (node.state === "unreachable") return "Does its daemon run, and is UDP port 9123 open both ways? The matrix shows who still hears it.";
	if (node.state === "unknown") return "Nothing is raised or released while this lasts. More: skewctl why " + node.name;
	/* The sentence about this host ends with the cure already. */
	return node.self ? "The chain of proof: skewctl why" : "On " + node.name + ": look after its time service. The chain of proof: skewctl why " + node.name;
}

/* The sentence for when all is well. */
function wellText(nodes) {
	const bounded = nodes.filter((n) => known(n.verdict.low_s) && known(n.verdict.high_s)), others = nodes.length - bounded.length;
	const most = Math.max(0, ...bounded.map((n) => Math.max(Math.abs(n.verdict.low_s), Math.abs(n.verdict.high_s))));
	const clocks = bounded.length + (bounded.length === 1 ? " clock" : " clocks"), within = ": each is provably within " + sizeText(most) + " of the cluster";
	if (others === 0) return "All " + clocks + " agree" + within;
	/* The only ones that may be unknown here while all is well: see problemsOf. */
	const lost = nodes.filter((n) => !n.elsewhere && n.state === "unknown").map((n) => n.name);
	const rest = others + (others === 1 ? " more is" : " more are") + " not bounded here";
	if (lost.length) return "Of " + nodes.length + " clocks " + bounded.length + " are bounded here, and agree" + within + "; nothing is known of " + lost.join(", ");
	return "All " + clocks + " that are measured here agree" + within + "; " + rest;
}

/* In one line what there is to say of those whom others ask. */
function elsewhereText(nodes) {
	const n = nodes.filter((node) => node.elsewhere).length;
	return n ? n + (n === 1 ? " host is" : " hosts are") + " not measured from here: in a cluster this large each host asks those that vote and a few others. They come last; their own sentinels know." : "";
}
