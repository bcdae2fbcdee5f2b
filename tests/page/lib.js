/*
 * A browser that is watched: what the page complains of, where it asks, and what axe-core finds. Checks are told as the
 * lab's are: "ok" or "not ok" and a sentence.
 */
"use strict";
const fs = require("node:fs");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const LIMIT_MS = 30000;
let failures = 0;

function check(sentence, holds, more) {
	console.log((holds ? "ok - " : "not ok - ") + sentence + (holds || more === undefined ? "" : ": " + more));
	if (!holds) failures++;
}

/* Polled from here: the page's own policy forbids what page.waitForFunction does. Tells how long it took; -1: never. */
async function until(page, condition, argument) {
	const begun = Date.now();
	while (Date.now() - begun < LIMIT_MS) {
		if (await page.evaluate(condition, argument)) return Date.now() - begun;
		await page.waitForTimeout(50);
	}
	return -1;
}

/* The sentence holds once the condition does, within a generous limit; how long it took is told. */
async function becomes(sentence, page, condition, argument) {
	const took = await until(page, condition, argument);
	if (took >= 0) console.log("ok - " + sentence + " (" + took + " ms)");
	else check(sentence, false, "not within " + LIMIT_MS + " ms; the page says: " + (await page.evaluate(() => document.body.innerText)).slice(0, 1500));
	return took;
}

async function open(options) {
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-component-update"] });
	const page = await browser.newPage({ viewport: { width: 1600, height: 1000 }, ...options });
	const seen = { complaints: [], requests: [] };
	page.setDefaultTimeout(LIMIT_MS);
	page.on("console", (m) => { if (["error", "warning"].includes(m.type())) seen.complaints.push(m.type() + ": " + m.text()); });
	page.on("pageerror", (e) => seen.complaints.push(e.stack));
	page.on("request", (r) => seen.requests.push(r.url()));
	return { browser, page, seen };
}

const text = (page, selector) => page.textContent(selector);

async function accessible(sentence, page) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
	check(sentence, found.violations.length === 0, JSON.stringify(found.violations.map((v) => [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary)])));
}

/* Nothing is cut off at the sides: what is wider scrolls within itself. */
async function fits(sentence, page) {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	check(sentence, over <= 0, over + " px too wide");
}

async function picture(page, name, options) {
	if (process.env.SHOTS) await page.screenshot({ path: process.env.SHOTS + "/" + name + ".png", ...options });
}

function end() { process.exit(failures ? 1 : 0); }

module.exports = { check, until, becomes, open, text, accessible, fits, picture, end, LIMIT_MS };
