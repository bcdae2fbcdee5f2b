/* The page and answers made up: large clusters, hostile names, all that a lab has not. node shown.js ORIGIN */
"use strict";
const { check, becomes, open, text, accessible, fits, picture, end } = require("./lib.js");
const { cluster, serve } = require("./made.js");
const origin = process.argv[2];

async function shown(made, options, story) {
	const { browser, page, seen } = await open(options);
	await serve(page, origin, made);
	await page.goto(origin + "/");
	await becomes("the page is there", page, () => document.querySelectorAll("#hosts tbody tr").length > 0 && document.querySelector("#matrix").children.length > 0 && document.querySelector("#plots .trace") !== null);
	await story(page);
	check("  without a complaint of the browser", seen.complaints.length === 0, seen.complaints.join("; "));
	check("  and without a request to elsewhere", seen.requests.every((r) => r.startsWith(origin + "/") || r.startsWith("data:")), seen.requests.join(" "));
	await browser.close();
}

const hundred = Array.from({ length: 100 }, (_, i) => "node" + String(i + 1).padStart(3, "0"));
const services = ["chronyd", "systemd-timesyncd", "ntpd"];
const skewed = { names: hundred, offsets: { node042: 1900.002, node077: -0.23 }, cell: (from, to, r, c) => (r * 7 + c * 3) % 11 === 0 ? { implied: true } : (r * 5 + c) % 37 === 0 ? { age_s: 40 } : (r * 3 + c * 5) % 53 === 0 ? null : {} };

const EVIL = "<img src=x onerror=window.hacked=1>", SCRIPT = "\"><script>window.hacked=2</scr" + "ipt>";

/* Labels of a plot's time axis that run into each other. */
const collisions = (page) => page.evaluate(() => [...document.querySelectorAll("#plots svg[role=img]")].flatMap((svg) => {
	const labels = [...svg.querySelectorAll("text[dy=\"1.35em\"]")].map((t) => [t.textContent, t.getBoundingClientRect()]).sort((a, b) => a[1].left - b[1].left);
	return labels.slice(1).filter((l, i) => l[1].left < labels[i][1].right + 2).map((l) => l[0]);
}));

/* A cluster that is well, but for what is not known here: a reference, and hosts that others ask. */
function partly(reference) {
	const far = (name) => name.startsWith("far"), nothing = { offset_s: null, low_s: null, high_s: null };
	const made = cluster({ names: ["db1", "db2", "db3", "gps1", "far1", "far2"], peer: (name) => name === "gps1" ? { role: "reference", voter: false, ...reference } : far(name) ? { watched: false, voter: false, state: "unknown", reach: 0, last_heard_s: null, synchronised: null, version: null, ...nothing } : {} });
	made.matrix.verdicts = made.matrix.verdicts.filter((v) => v.node !== "gps1");
	for (const v of made.matrix.verdicts.filter((v) => far(v.node))) { Object.assign(v, nothing, { state: "unknown" }); Object.assign(v.proved, nothing, { state: "unknown" }); }
	return made;
}

const stories = {
	async hundred() {
		const made = cluster(skewed);
		made.matrix.verdicts.forEach((v, i) => { v.time_service = services[i % 3]; v.database = i % 9 ? "Synced" : "Donor/Desynced"; });
		await shown(made, {}, async (page) => {
			check("with 100 hosts the sentence names the worst", /^node042 is 1900\.002 s ahead \(\u00b10\.4 ms\) of the cluster; 3 of 4 agree$/.test(await text(page, "#headline")), await text(page, "#headline"));
			check("and the other one beneath it", (await text(page, "#others")).includes("node077 is 0.23 s behind"));
			check("they come first in the table", (await page.$$eval("#hosts tbody .host", (b) => b.slice(0, 2).map((x) => x.textContent))).join() === "node042,node077");
			await page.focus("#matrix .field");
			for (const key of ["ArrowDown", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
			check("the arrow keys tell each cell of the matrix", /node002 .*node003 is/.test(await text(page, "#matrix-word")), await text(page, "#matrix-word"));
			check("and its pair's chain of proof", (await text(page, "#proof-head")) === "Between node002 and node003");
			await page.evaluate(() => document.activeElement.blur());
			await fits("nothing is cut off", page);
			for (const width of [1280, 1920, 1600]) {
				await page.setViewportSize({ width, height: 1000 });
				const over = await page.evaluate(() => { const box = document.querySelector("#hosts-scroll"); return box.scrollWidth - box.clientWidth; });
				check("nor in the table of hosts at " + width + " px", over <= 0, over + " px too wide");
			}
			check("the labels of the time axis do not collide", (await collisions(page)).length === 0, await collisions(page));
			await accessible("axe-core finds no violation with 100 hosts", page);
			await picture(page, "hundred", { fullPage: true });
		});
	},
	async partly() {
		await shown(partly({}), {}, async (page) => {
			check("what is not bounded here is not vouched for", /^All 3 clocks that are measured here agree: each is provably within .* of the cluster; 3 more are not bounded here$/.test(await text(page, "#headline")), await text(page, "#headline"));
			check("whom others ask is no problem", (await text(page, "#others")) === "" && (await page.title()) === "prod \u2013 Skew Sentinel");
			check("but is counted in a line", /^2 hosts are not measured from here/.test(await text(page, "#hosts-hint")), await text(page, "#hosts-hint"));
			check("and comes last in the table", (await page.$$eval("#hosts tbody .host", (b) => b.slice(-2).map((x) => x.textContent))).join() === "far1,far2");
			await accessible("axe-core finds no violation", page);
		});
		await shown(partly({ state: "unknown", offset_s: null, low_s: null, high_s: null }), {}, async (page) => {
			check("nor are all said to agree while a reference is not known", /^Of 6 clocks 3 are bounded here, and agree: .*; nothing is known of gps1$/.test(await text(page, "#headline")), await text(page, "#headline"));
		});
	},
	async hostile() {
		const names = [EVIL + "a", EVIL, SCRIPT, "javascript:alert(1)", "\u202edb1", "x".repeat(63)];
		const made = cluster({ names, cluster: EVIL, version: EVIL, offsets: { [EVIL]: 1900 }, peer: () => ({ role: EVIL, site: SCRIPT, version: EVIL }), cell: () => ({}) });
		made.status.hold = { reason: SCRIPT, left_s: 100 };
		made.status.drill = { offset_s: 5, drift_ppm: 0, left_s: 10 };
		made.status.timesync.service = EVIL;
		made.status.galera.local_state_comment = SCRIPT;
		made.status.actions[0].detail = EVIL;
		made.matrix.verdicts.forEach((v) => { v.in_force = [EVIL, "desync"]; v.summary = EVIL; });
		made.events.events.forEach((e) => { e.text = EVIL + SCRIPT; e.node = EVIL; e.kind = "step"; e.severity = EVIL; });
		await shown(made, {}, async (page) => {
			await page.click("#hosts tbody tr:nth-child(2) .host");
			check("a peer named " + EVIL + " stays text", (await text(page, "#headline")).startsWith(EVIL + " is 1900 s ahead"), await text(page, "#headline"));
			check("in the table, the matrix and the plots", (await page.$$eval("#hosts .host, #matrix th, #plots b", (all, evil) => all.filter((x) => x.textContent.trim().startsWith(evil)).length, EVIL)) >= 5);
			check("no element came of it and nothing ran", await page.evaluate(() => document.querySelectorAll("img, iframe, main script, [onerror]").length === 0 && window.hacked === undefined));
			await fits("long names cut nothing off", page);
			await page.setViewportSize({ width: 360, height: 740 });
			await fits("nor at 360 px", page);
		});
	},
	async broken() {
		/* A sentinel of another version, or one that knows little: every value may be null. */
		const made = cluster({ names: ["db1", "db2", "db3"], cell: (from) => from === "db3" ? null : {}, peer: (name) => name === "db3" ? { state: "unreachable", offset_s: null, low_s: null, high_s: null, drift_ppm: null, reach: 0, last_heard_s: null, synchronised: null, as_of: null, delay_s: null, summary: "nobody has measured db3" } : {} });
		made.status.timesync = null;
		made.status.galera = null;
		made.status.verdict = { ...made.status.verdict, state: "unknown", offset_s: null, low_s: null, high_s: null, as_of: null, summary: "cannot tell whether the clock of db1 is right: no majority of the 4 voters is in reach" };
		made.matrix.verdicts[2] = { node: "db3", state: "unknown", offset_s: null, low_s: null, high_s: null, since: null, in_force: [], proved: { node: "db3", state: "unknown", offset_s: null, low_s: null, high_s: null, agree: 0, electorate: 4, summary: "nobody has measured db3" }, summary: "db3 has told nothing of itself" };
		await shown(made, { colorScheme: "dark" }, async (page) => {
			check("what is worse than unknown comes first: a host that does not answer", (await text(page, "#headline")) === "db3 has never answered", await text(page, "#headline"));
			check("what is not known is told as that", (await text(page, "#others")).includes("cannot tell whether the clock of db1 is right"));
			check("a direction that nobody measured is shown", (await page.$$eval("#matrix td.none", (c) => c.length)) === 2);
			await accessible("axe-core finds no violation in the dark", page);
			await picture(page, "unknown", { fullPage: true });
		});
	},
	async stranger() {
		/* Its datagrams come, with another key: no firewall is to be looked for. */
		const made = cluster({ names: ["db1", "db2", "db3"], cell: (from, to) => from === "db3" || to === "db3" ? null : {}, peer: (name) => name === "db3" ? { state: "unreachable", offset_s: null, low_s: null, high_s: null, drift_ppm: null, reach: 0, last_heard_s: null, synchronised: null, as_of: null, delay_s: null, summary: "nobody has measured db3", not_believed: "its key is another one than ours: compare the key files" } : {} });
		await shown(made, {}, async (page) => {
			check("one that is heard and not believed is no silent one", (await text(page, "#headline")) === "db3 is heard, and not believed", await text(page, "#headline"));
			check("and what to do is said", (await text(page, "#advice")) === "Its key is another one than ours: compare the key files. More: skewctl doctor", await text(page, "#advice"));
			await picture(page, "stranger");
		});
	},
	async drift() {
		const made = cluster({ names: ["db1", "db2", "db3"], offsets: { db1: 0.31 }, self: { threshold_in_s: 640 } });
		made.status.hold = { reason: "on all nodes, by db2: maintenance", left_s: null };
		made.status.galera.hold = { by: "db2", reason: "maintenance", left_s: null };
		await shown(made, {}, async (page) => {
			check("a hold on all nodes is told with what lifts it", !/skewctl unhold(?! --cluster)/.test(await text(page, "#force-list")), await text(page, "#force-list"));
			check("a drift towards the threshold is told", (await text(page, "#plots")).includes("at this drift critical in 11 min"), await text(page, "#plots"));
			check("and drawn ahead of now", (await page.$$("#plots .ahead")).length === 1);
			for (const range of ["1 h", "6 h", "24 h", "7 days"]) {
				const asked = page.waitForRequest((r) => r.url().includes("/v1/history"));
				await page.click("#ranges span:text-is(\"" + range + "\")");
				await asked;
			}
			check("the plots go back 7 days", (await page.getAttribute("#plots svg[role=img]", "aria-label")).includes("over the last 7 days"));
			await picture(page, "drift", { fullPage: true });
		});
	},
	async phone() {
		const made = cluster({ names: ["db1", "db2", "db3", "mon1"], offsets: { db3: 1900.002 } });
		await shown(made, { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 }, async (page) => {
			await fits("at 360 px nothing is cut off", page);
			await accessible("axe-core finds no violation at 360 px", page);
			await picture(page, "phone", { fullPage: true });
		});
		await shown(made, { viewport: { width: 3840, height: 2160 } }, async (page) => {
			await fits("nor at 3840 px", page);
			const size = await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
			check("where the letters are larger", size > 22, size);
			check("and the labels of the time axis do not collide", (await collisions(page)).length === 0, await collisions(page));
			await picture(page, "wall");
		});
	},
};

(async () => {
	for (const name of process.argv[3] ? process.argv.slice(3) : Object.keys(stories)) await stories[name]();
	end();
})().catch((error) => { console.log("not ok - " + error.stack); process.exit(1); });
