/* Keeps the page true: the stream, what is asked for beside it, and the sign that it has ended. */
const LOST_AFTER_S = 3.5;
let source = null, matrixAsked = -Infinity, matrixBusy = false, matrixUrgent = false, lastStates = "";

const isLost = () => model.status ? now() - model.heard > LOST_AFTER_S : now() > LOST_AFTER_S;

function showVerdict(nodes) {
	const problems = problemsOf(nodes), worst = problems[0], lost = isLost();
	const drill = !!worst && worst.drill, known = worst ? worst.state : "ok";
	/* What was right a while ago is nothing to be green about. */
	const look = lost ? "unknown" : drill ? "drill" : known, word = lost ? "not known" : drill ? "drill" : known;
	setClass(byId("verdict"), "verdict " + look);
	setList(byId("badge"), look + word, () => [mark(look), h("span", { class: "is-" + look }, word)]);
	const since = worst ? worst.since : nodes[0].since;
	setText(byId("headline"), (lost ? "At " + clockText(isoMs(model.status.time)) + " UTC it was: " : "") + (worst ? problemText(worst) : wellText(nodes)));
	setText(byId("advice"), (since ? "Since " + dayText(isoMs(since)) + " " + clockText(isoMs(since)) + " UTC. " : "") + (worst ? adviceText(worst) : pretty(nodes[0].summary) + "."));
	const others = problems.slice(1, 6), more = problems.length - 6;
	setList(byId("others"), JSON.stringify([others.map((n) => [n.name, n.state, problemText(n)]), more]), () =>
		[...others.map((n) => h("li", {}, stateWord(n.drill ? "drill" : n.state, n.state), h("span", {}, problemText(n)))), more > 0 ? h("li", {}, "", h("span", {}, "and " + more + " more hosts")) : null].filter(Boolean));
	document.title = (look === "ok" ? "" : word.toUpperCase() + " ") + (worst && !lost ? worst.name + " \u2013 " : "") + model.status.cluster + " \u2013 Skew Sentinel";
	showIcon(look);
}

const ICONS = { ok: "<circle cx='8' cy='8' r='6' fill='%231b9e77'/>", warning: "<path d='M8 1L15.5 14.5H.5Z' fill='%23e69f00'/>", critical: "<path d='M5 .5H11L15.5 5V11L11 15.5H5L.5 11V5Z' fill='%23d3330a'/>", unknown: "<circle cx='8' cy='8' r='6' fill='none' stroke='%237c86a6' stroke-width='3'/>", drill: "<path d='M8 .5L15.5 8L8 15.5L.5 8Z' fill='%23c0599b'/>" };
function showIcon(state) {
	const icon = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>" + (ICONS[state] || ICONS.unknown) + "</svg>", link = document.querySelector("link[rel=icon]");
	if (link.getAttribute("href") !== icon) link.setAttribute("href", icon);
}

function showLive() {
	const lost = isLost();
	if (document.body.classList.toggle("stale", lost) && model.status) showVerdict(nodesOf(model.status, model.matrix));
	setClass(byId("live"), lost ? "live off" : "live");
	setText(byId("live-text"), lost ? "connection lost" : model.status ? "live, " + clockText(serverMs()) + " UTC" : "connecting");
	const box = byId("lost");
	if (lost) setText(box, "The connection to the sentinel is lost" + (model.status ? "; what you see is from " + clockText(isoMs(model.status.time)) + " UTC and may be wrong by now" : "") + ". Trying again. Is it up? systemctl status skew-sentinel");
	box.hidden = !lost;
}

function show() {
	if (!model.status) return;
	const nodes = nodesOf(model.status, model.matrix);
	setText(byId("where"), "cluster " + model.status.cluster + ", as " + model.status.node + " sees it");
	showVerdict(nodes);
	showForce(nodes);
	showHosts(nodes);
	showMatrix(nodes);
	showProof(nodes);
	showPlots(nodes);
	showHere(model.status);
	showLive();
	return nodes;
}

async function ask(path) {
	const answer = await fetch(path, { cache: "no-store" });
	if (!answer.ok) throw new Error(path + ": " + answer.status);
	return answer.json();
}

/* It grows with the square of the cluster, so it is asked for less often in a large one. */
async function fetchMatrix(urgent) {
	const size = model.matrix ? model.matrix.nodes.length : 0, every = size > 40 ? 5 : size > MATRIX_TABLE_MAX ? 2 : 0.9;
	if (matrixBusy) { matrixUrgent = matrixUrgent || urgent; return; }
	if (!urgent && now() - matrixAsked < every) return;
	matrixBusy = true;
	matrixUrgent = false;
	matrixAsked = now();
	try {
		model.matrix = await ask("/v1/matrix");
		appendLive(show() || []);
	} catch (error) { /* The stream tells when the connection is lost. */ }
	matrixBusy = false;
	if (matrixUrgent) fetchMatrix(true);
}

function takeEvent(e) {
	model.events.set(e.id, e);
	if (model.events.size > 1500) model.events.delete(model.events.keys().next().value);
	showEvents();
}

function takeStatus(status) {
	if (model.status && model.status.instance !== status.instance) fetchEvents();
	model.status = status;
	model.heard = now();
	model.thresholds = status.thresholds;
	const states = status.verdict.state + status.peers.map((p) => p.state + p.drill).join() + JSON.stringify(status.actions.map((a) => a.state)) + !!status.drill + !!status.hold;
	show();
	fetchMatrix(states !== lastStates);
	lastStates = states;
}

async function fetchEvents() {
	try {
		const answer = await ask("/v1/events");
		model.events = new Map(answer.events.map((e) => [e.id, e]));
		showEvents();
	} catch (error) { /* as above */ }
}

function connect() {
	source = new EventSource("/v1/stream");
	source.addEventListener("open", fetchEvents);
	source.addEventListener("status", (e) => takeStatus(JSON.parse(e.data)));
	source.addEventListener("event", (e) => takeEvent(JSON.parse(e.data)));
	source.addEventListener("error", () => {
		/* It tries by itself, unless it was turned away. */
		if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
	});
}

/* A connection that hangs, or a computer that slept: better to begin anew than to wait. */
function watch() {
	showLive();
	if (model.status && now() - model.heard > 15 && source.readyState === EventSource.OPEN) { source.close(); model.heard = now() - LOST_AFTER_S - 0.1; connect(); }
}

makeRanges();
connect();
setInterval(watch, 500);
let resized = 0;
window.addEventListener("resize", () => { cancelAnimationFrame(resized); resized = requestAnimationFrame(() => { if (model.status) { drawPlots(); if (matrixView.field && byId("matrix").contains(matrixView.field)) drawField(); } }); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
