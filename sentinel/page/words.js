"use strict";
/* Numbers, spans and instants as people read them. Seconds come in; text goes out. */
const MINUS = "\u2212", PLUS_MINUS = "\u00b1", MICRO = "\u00b5s", NONE = "\u2013";

const known = (value) => typeof value === "number" && Number.isFinite(value);

/* The size alone: "36.3 us", "12.35 ms", "1900.002 s", "8 h 2 min". */
function sizeText(seconds) {
	const size = Math.abs(seconds);
	if (size < 1e-7) return Math.round(size * 1e9) + " ns";
	if (size < 1e-3) return (size * 1e6).toFixed(size < 1e-5 ? 2 : 1) + " " + MICRO;
	if (size < 1) return (size * 1e3).toFixed(size < 0.1 ? 2 : 1) + " ms";
	if (size < 10000) return size.toFixed(3) + " s";
	return spanText(size);
}

const offsetText = (seconds) => known(seconds) ? (seconds < 0 ? MINUS : "+") + sizeText(seconds) : NONE;
const boundText = (low, high) => known(low) && known(high) ? PLUS_MINUS + sizeText((high - low) / 2) : "no bound";
const rangeText = (low, high) => (known(low) ? offsetText(low) : "no bound") + " to " + (known(high) ? offsetText(high) : "no bound");

/* "12 s", "5 min", "3 h 20 min", "2 d 4 h". */
function spanText(seconds) {
	const s = Math.max(0, Math.abs(seconds));
	const two = (big, bigUnit, small, smallUnit) => small ? big + " " + bigUnit + " " + small + " " + smallUnit : big + " " + bigUnit;
	if (s < 9.95) return s < 0.05 ? "0 s" : s.toFixed(1) + " s";
	if (s < 90) return Math.round(s) + " s";
	if (s < 3600) return Math.round(s / 60) + " min";
	if (s < 86400) return two(Math.floor(s / 3600), "h", Math.floor(s % 3600 / 60), "min");
	return two(Math.floor(s / 86400), "d", Math.floor(s % 86400 / 3600), "h");
}

/* A threshold as it was configured: "500 ms", "2 s". */
function levelText(seconds) {
	if (seconds < 1e-3) return +(seconds * 1e6).toPrecision(4) + " " + MICRO;
	return seconds < 1 ? +(seconds * 1e3).toPrecision(4) + " ms" : +seconds.toPrecision(6) + " s";
}

/* The sentinel writes for terminals of any kind; a page need not. */
const pretty = (sentence) => sentence.replace(/\+-(?=\d)/g, PLUS_MINUS).replace(/(\d) us\b/g, "$1 " + MICRO);

const two = (n) => String(n).padStart(2, "0");
function clockText(ms) {
	const d = new Date(ms);
	return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()) + ":" + two(d.getUTCSeconds());
}
const dayText = (ms) => new Date(ms).toISOString().slice(5, 10);
const isoMs = (text) => text ? Date.parse(text) : NaN;

/* States from the best to the worst. */
const STATES = ["ok", "unknown", "unreachable", "warning", "critical"];
const stateOf = (word) => STATES.includes(word) ? word : "unknown";
const badness = (word) => STATES.indexOf(stateOf(word));

/* How an interval stands to the thresholds: what is proved, or that nothing is. */
function judge(low, high, thresholds) {
	if (!known(low) || !known(high)) return "unknown";
	const most = Math.max(Math.abs(low), Math.abs(high));
	const least = low <= 0 && high >= 0 ? 0 : Math.min(Math.abs(low), Math.abs(high));
	if (least > thresholds.critical_s) return "critical";
	if (least > thresholds.warning_s) return "warning";
	return most <= thresholds.critical_s ? "ok" : "unknown";
}

/* An axis that is linear up to `bend` and logarithmic beyond: microseconds and half hours on one plot. -1 to 1. */
function symlog(value, bend, most) {
	const y = Math.log10(1 + Math.abs(value) / bend) / Math.log10(1 + most / bend);
	return value < 0 ? -Math.min(1, y) : Math.min(1, y);
}
