/*
 * The page of a running sentinel, db1's, through what happens in its cluster. node live.js ORIGIN; CLUSTER is the lab's
 * command, with which drills are begun and sentinels stopped.
 */
"use strict";
const { execFileSync } = require("node:child_process");
const { check, becomes, open, text, accessible, fits, picture, end } = require("./lib.js");
const origin = process.argv[2];

const lab = (...args) => execFileSync(process.env.CLUSTER, args, { stdio: ["ignore", "pipe", "inherit"] }).toString();

/* What the test looks at, all at once: the sentence, the row and the plot of db3. */
const tells = (wanted) => {
	const row = [...document.querySelectorAll("#hosts tbody tr")].find((r) => r.querySelector(".host").textContent === "db3");
	const figure = [...document.querySelectorAll("#plots figure")].find((f) => f.querySelector("b").textContent === "db3");
	if (!row || !figure) return false;
	const rowText = row.textContent, plot = figure.querySelector("figcaption").textContent;
	if (wanted === "drill")
		return /^DRILL: db3 is 1900 s ahead .* of the cluster; \d of 4 agree/.test(document.querySelector("#headline").textContent) &&
			/critical \(drill\)/.test(rowText) && /\+1900\.0\d\d s/.test(rowText) && /critical \(drill\)/.test(plot) && figure.querySelector(".drilled") !== null && figure.querySelector(".off") !== null;
	return /^All 4 clocks agree/.test(document.querySelector("#headline").textContent) && /ok/.test(rowText) && !/critical/.test(rowText + plot);
};

/* From the first thing that can be reached by the keyboard to the last, and what was found. */
async function walk(page) {
	const found = [];
	await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() => {
			const e = document.activeElement, style = getComputedStyle(e), label = e.closest("label");
			const ring = label ? getComputedStyle(label.querySelector("span")) : style;
			return e === document.body ? null : { what: e.id || e.getAttribute("aria-label") || e.textContent || e.value, ring: ring.outlineStyle !== "none" };
		});
		if (!at) break;
		found.push(at);
	}
	return found;
}

async function keyboard(page) {
	const found = await walk(page), names = found.map((f) => f.what);
	const wanted = ["To the verdict", "hosts-scroll", "db1", "db2", "db3", "mon1", "15m", "List of events"];
	check("by keyboard everything is reached: " + wanted.join(", "), wanted.every((w) => names.some((n) => n.includes(w))), names.join(" | "));
	check("and seen to be", found.every((f) => f.ring), found.filter((f) => !f.ring).map((f) => f.what).join(" | "));
	await page.focus("#matrix td[tabindex=\"0\"]");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("End");
	check("the arrow keys go about in the matrix, and tell of each pair", (await text(page, "#proof-head")) === "Between db2 and mon1", await text(page, "#proof-head"));
	check("with how it is known", /db2 measured: mon1 is [+\u2212].* ago/.test(await text(page, "#proof")), await text(page, "#proof"));
	await page.focus("#hosts tbody tr:nth-child(2) .host");
	await page.keyboard.press("Enter");
	check("Enter on a host gives its chain of proof", (await text(page, "#proof-head")) === "Chain of proof: db2");
	await page.focus("#ranges input");
	await page.keyboard.press("ArrowRight");
	check("arrows change how far back the plots go", await page.isChecked("#ranges input[value=\"1h\"]"));
	await page.keyboard.press("ArrowLeft");
}

async function drill(page) {
	lab("ctl", "3", "drill", "--offset", "1900s", "--for", "10m");
	const begun = Date.now();
	await becomes("a drill turns sentence, row and plot", page, tells, "drill");
	console.log("# " + (Date.now() - begun) + " ms after skewctl said so, with 250 ms of raise_after in it");
	check("unmistakably", (await page.getAttribute("#verdict", "class")).includes("drill") && (await text(page, "#force-list")).includes("DRILL") && (await page.title()).startsWith("DRILL db3"), await page.title());
	await becomes("db3 is shown to be taken out", page, () => /DESYNC\s*db3 is taken out of work/.test(document.querySelector("#force-list").textContent));
	await becomes("and what Galera says of it", page, () => [...document.querySelectorAll("#hosts tbody tr")].some((r) => r.textContent.includes("db3") && /Donor\/\u200b?Desynced/.test(r.textContent)));
	await becomes("the step is told among the events", page, () => /the clock of db3 was stepped by 1900 s/.test(document.querySelector("#events").textContent));
	await becomes("and marked in its plot", page, () => document.querySelectorAll("#plots .glyph").length > 0);
	await page.click("#headline");
	await accessible("axe-core finds no violation during a drill", page);
	await picture(page, "drill");
	lab("ctl", "3", "drill", "--stop");
	const stopped = Date.now();
	await becomes("its end turns them back", page, tells, "well");
	console.log("# " + (Date.now() - stopped) + " ms after skewctl said so, with 250 ms of clear_after in it");
}

/* How many seconds of db1 the sentinel itself has. */
const plotted = async () => (await (await fetch("/v1/history?node=db1")).json()).points.length;

async function connection(page) {
	await becomes("ten seconds are plotted, however fast all went so far", page, async () => (await (await fetch("/v1/history?node=db1")).json()).points.length >= 10);
	const before = await page.evaluate(plotted);
	lab("stop", "1");
	await becomes("when the connection is lost it is seen", page, () => !document.querySelector("#lost").hidden && document.querySelector("#lost").textContent.startsWith("The connection to the sentinel is lost; what you see is from ") && document.body.classList.contains("stale"));
	check("and what was known is told as what it was", /^At \d\d:\d\d:\d\d UTC it was: /.test(await text(page, "#headline")) && (await page.title()).startsWith("NOT KNOWN"), await text(page, "#headline"));
	await picture(page, "lost");
	await accessible("axe-core finds no violation then", page);
	lab("start", "1");
	await becomes("and when it is back", page, () => document.querySelector("#lost").hidden && !document.body.classList.contains("stale") && /^live/.test(document.querySelector("#live-text").textContent));
	await becomes("and the cluster agrees again", page, tells, "well");
	const after = await page.evaluate(plotted);
	check("what was plotted before is there still", after >= before * 0.8, before + " points before, " + after + " after");
}

(async () => {
	const { browser, page, seen } = await open();
	await page.goto(origin + "/");
	await becomes("the page is there, and all is well", page, tells, "well");
	check("with a policy that allows its own script and nothing else", /script-src 'sha256-[^']*';/.test((await page.request.get(origin + "/")).headers()["content-security-policy"]));
	await becomes("four hosts, and everybody's measurement of everybody", page, () => document.querySelectorAll("#matrix td.c-ok").length === 12);
	await becomes("each host's Galera state is shown", page, () => [...document.querySelectorAll("#hosts tbody tr")].filter((r) => r.textContent.includes("Synced")).length === 3);
	await accessible("axe-core finds no violation", page);
	await fits("nothing is cut off", page);
	await keyboard(page);
	await picture(page, "well");
	await drill(page);
	const quiet = seen.complaints.length;
	check("the browser has nothing to complain of", quiet === 0, seen.complaints.join("; "));
	await connection(page);
	const others = seen.complaints.slice(quiet).filter((c) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(c));
	check("nor later, but that nobody answered", others.length === 0, others.join("; "));
	check("nothing was asked of anybody else", seen.requests.every((r) => r.startsWith(origin + "/") || r.startsWith("data:")), seen.requests.filter((r) => !r.startsWith(origin)).join(" "));
	await browser.close();
	end();
})().catch((error) => { console.log("not ok - " + error.stack); process.exit(1); });
