#include <string.h>

#include "../../conf/span.h"
#include "../core/verdict.h"
#include "reply.h"
#include "show.h"

/* What is known here of the node in question and of the voters against it. */
struct why {
	const json_t *status, *matrix;
	const char *self, *node;
	bool own; /* the node is this host */
	bool known;
	struct interval offset; /* its clock minus ours */
	unsigned electorate;
	unsigned voters, heard; /* others that vote, and those of them whose offset to the node is known */
};

/* `name`'s clock minus ours, from our own row. */
static bool measured(const struct why *why, const char *name, struct interval *out)
{
	const json_t *cell;
	size_t i;

	if (strcmp(name, why->self) == 0) {
		*out = INTERVAL_ZERO;
		return true;
	}
	json_array_foreach(json_object_get(why->matrix, "cells"), i,
		cell) if (strcmp(reply_text(cell, "from"), why->self) == 0 &&
			  strcmp(reply_text(cell, "to"), name) == 0) return reply_interval(cell, out);
	return false;
}

/* A peer whose answers are too old takes no part, whatever the matrix still shows of it. */
static bool counts(const struct why *why, const char *name)
{
	const json_t *peer = reply_find(json_object_get(why->status, "peers"), "name", name);

	return strcmp(name, why->self) == 0 ||
	       (peer && strcmp(reply_text(peer, "state"), "unreachable") != 0);
}

/* The node's clock minus the voter's. */
static bool against(const struct why *why, const char *voter, struct interval *out)
{
	struct interval offset;

	if (!why->known || !counts(why, voter) || !measured(why, voter, &offset))
		return false;
	*out = interval_sub(why->offset, offset);
	return true;
}

/* The highest level that the interval alone proves the node to be beyond, or within which it proves it to be. */
static void proves(const struct why *why, struct interval offset, char out[REPLY_TEXT_SIZE])
{
	const json_t *level;
	size_t i;

	snprintf(out, REPLY_TEXT_SIZE, "nothing");
	json_array_foreach(json_object_get(why->status, "levels"), i, level)
	{
		const char *name = reply_text(level, "name");
		struct span limit;

		if (!reply_span(level, "limit_s", &limit))
			continue;
		if (offset.low.ns > limit.ns || offset.high.ns < -limit.ns) {
			snprintf(out, REPLY_TEXT_SIZE, "beyond %s", name);
		} else if (interval_reach(offset).ns <= limit.ns) {
			if (strncmp(out, "beyond", 6) != 0)
				snprintf(out, REPLY_TEXT_SIZE, "within %s", name);
			return;
		}
	}
}

static void add_voter(struct table *table, struct why *why, const json_t *voter)
{
	const char *name = reply_text(voter, "name");
	struct interval offset;
	char text[REPLY_TEXT_SIZE];

	why->voters++;
	table_add(table, TONE_PLAIN, "%s", name);
	table_add(table, TONE_PLAIN, "%s", reply_text(voter, "role"));
	if (!against(why, name, &offset)) {
		table_add(table, TONE_WARN, "no answer");
		table_add(table, TONE_PLAIN, "%s", "");
		table_add(table, TONE_PLAIN, "%s", "");
		return;
	}
	why->heard++;
	table_add(table, TONE_PLAIN, "%s", reply_offset(offset, text));
	table_add(table, TONE_PLAIN, "%s", reply_bound(offset, text));
	proves(why, offset, text);
	table_add(table, TONE_PLAIN, "%s", text);
}

static void show_voters(struct why *why, const struct page *page)
{
	char *plain = page_plain(why->node);
	char title[REPLY_TEXT_SIZE];
	const struct table_column columns[] = {
		{ "Voter", false, 0 },
		{ "Role", false, 1 },
		{ title, false, 0 },
		{ "Bound", false, 0 },
		{ "Proves", false, 0 },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
	const json_t *node;
	size_t i;

	snprintf(title, sizeof title, "%.60s against it", plain);
	json_array_foreach(json_object_get(why->matrix, "nodes"), i,
		node) if (reply_true(node, "voter") && strcmp(reply_text(node, "name"), why->node) != 0)
		add_voter(table, why, node);
	page_gap(page);
	table_print(table, page, false);
	table_free(table);
	free(plain);
}

/* ---- the exchanges ---- */

/* How long before the daemon answered that was. */
static char *ago(const struct why *why, const json_t *exchange, char out[REPLY_TEXT_SIZE])
{
	struct wall at, now;
	char text[REPLY_TEXT_SIZE];

	if (!reply_wall(exchange, "as_of", &at) || !reply_wall(why->status, "time", &now))
		snprintf(out, REPLY_TEXT_SIZE, "-");
	else
		snprintf(out, REPLY_TEXT_SIZE, "%s ago",
			reply_rough(span_max(SPAN_ZERO, wall_sub(now, at)), text));
	return out;
}

/* "12 s ago, 0.3 ms" */
static void add_exchange(struct table *table, const struct why *why, const json_t *exchange)
{
	struct span took;
	char when[REPLY_TEXT_SIZE], text[REPLY_TEXT_SIZE];

	if (reply_span(exchange, "round_trip_s", &took))
		table_add(table, TONE_PLAIN, "%s, %s", ago(why, exchange, when),
			reply_short(took, text) + 1); /* without its sign */
	else
		table_add(table, TONE_DIM, "-");
}

static void add_exchanges(struct table *table, const struct why *why, const char *name)
{
	const json_t *peer = reply_find(json_object_get(why->status, "peers"), "name", name);
	const json_t *proof = json_object_get(peer, "proof"), *latest = json_object_get(proof, "latest");
	struct interval alone;
	char offset[REPLY_TEXT_SIZE];

	if (!json_is_object(latest))
		return;
	table_add(table, TONE_PLAIN, "%s", name);
	add_exchange(table, why, latest);
	if (reply_interval(latest, &alone))
		table_add(table, TONE_PLAIN, "%s", reply_bound(alone, offset));
	else
		table_add(table, TONE_DIM, "-");
	add_exchange(table, why, json_object_get(proof, "low"));
	add_exchange(table, why, json_object_get(proof, "high"));
}

/* What the intervals rest on: this host's exchanges with each voter, and with the node, where it is another one. */
static void show_exchanges(const struct why *why, const struct page *page)
{
	static const struct table_column columns[] = {
		{ "With", false, 0 },
		{ "Latest exchange", false, 0 },
		{ "Alone", false, 3 },
		{ "Low end rests on", false, 2 },
		{ "High end on", false, 1 },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
	const json_t *node;
	size_t i;

	if (!why->own)
		add_exchanges(table, why, why->node);
	json_array_foreach(json_object_get(why->matrix, "nodes"), i, node)
	{
		const char *name = reply_text(node, "name");

		if (reply_true(node, "voter") && strcmp(name, why->node) != 0 && strcmp(name, why->self) != 0)
			add_exchanges(table, why, name);
	}
	page_gap(page);
	page_line(page, NULL, TONE_PLAIN, "From the exchanges of %s, each with its round trip:", why->self);
	table_print(table, page, false);
	table_free(table);
}

/* ---- the levels ---- */

static void add_level(struct table *table, const struct why *why, const json_t *level)
{
	bool raised = reply_true(level, "raised");
	struct span span = SPAN_ZERO;
	bool moving = reply_span(level, "held_s", &span) && span.ns > 0;
	char text[REPLY_TEXT_SIZE];

	table_add(table, TONE_PLAIN, "%s", reply_text(level, "name"));
	reply_rough(span, text);
	if (raised)
		table_add(table, TONE_BAD, "raised%s%s", moving ? ", clearing for " : "", moving ? text : "");
	else if (moving)
		table_add(table, TONE_WARN, "proved for %s", text);
	else
		table_add(table, TONE_PLAIN,
			reply_true(level, "provable") ? "clear" : "the links cannot prove it");
	if (!reply_span(level, "limit_s", &span))
		span = SPAN_ZERO;
	table_add(table, TONE_PLAIN, "%s", span_format(span, text, sizeof text));
	table_add(table, TONE_PLAIN, "%lld, needs %u", (long long)reply_count(level, "agree"),
		quorum_majority(why->electorate));
}

static void show_levels(const struct why *why, const struct page *page)
{
	static const struct table_column columns[] = {
		{ "Level", false, 0 },
		{ "State", false, 0 },
		{ "Limit", true, 0 },
		{ "Proved by", true, 0 },
	};
	struct table *table;
	const json_t *level;
	size_t i;

	if (!why->own)
		return;
	table = table_new(columns, sizeof columns / sizeof columns[0]);
	json_array_foreach(json_object_get(why->status, "levels"), i, level) add_level(table, why, level);
	page_gap(page);
	table_print(table, page, false);
	table_free(table);
}

/* ---- the majority ---- */

/* "db1, db2, mon1" of a level's `by`; the node itself last, where it counts. */
static void list_names(const struct why *why, const json_t *level, char *out, size_t room)
{
	const json_t *name;
	size_t i, len = 0;

	out[0] = '\0';
	json_array_foreach(json_object_get(level, "by"), i, name)
	{
		if (len >= room)
			return;
		len += (size_t)snprintf(
			out + len, room - len, "%s%s", i ? ", " : "", json_string_value(name));
	}
	if (len < room && reply_true(level, "itself_counts"))
		snprintf(out + len, room - len, "%s%s itself", len ? ", " : "", why->node);
}

/* The highest level beyond which it is proved; else the lowest within which it is. */
static const json_t *deciding_level(const struct why *why)
{
	const json_t *level, *within = NULL, *beyond = NULL;
	struct span limit, most = SPAN_ZERO, least = SPAN_MAX;
	size_t i;

	json_array_foreach(json_object_get(why->status, "levels"), i, level)
	{
		const char *proved = reply_text(level, "proved");

		if (!reply_span(level, "limit_s", &limit))
			continue;
		if (strcmp(proved, "beyond") == 0 && span_less(most, limit)) {
			most = limit;
			beyond = level;
		} else if (strcmp(proved, "within") == 0 && span_less(limit, least)) {
			least = limit;
			within = level;
		}
	}
	return beyond ? beyond : within;
}

/* Of this host alone: its own verdict has a majority that can be named. */
static void show_proof(const struct why *why, const struct page *page)
{
	const json_t *level = why->own ? deciding_level(why) : NULL;
	bool beyond = level && strcmp(reply_text(level, "proved"), "beyond") == 0;
	char names[1024], limit_text[REPLY_TEXT_SIZE];
	struct span limit = SPAN_ZERO;

	if (!level || !reply_span(level, "limit_s", &limit))
		return;
	list_names(why, level, names, sizeof names);
	span_format(limit, limit_text, sizeof limit_text);
	if (beyond)
		page_line(page, NULL, TONE_PLAIN,
			"Proved beyond %s (%s) by %s: all on one side of it, and within %s of each other.",
			reply_text(level, "name"), limit_text, names, limit_text);
	else
		page_line(page, NULL, TONE_PLAIN, "Proved within %s (%s) by %s.", reply_text(level, "name"),
			limit_text, names);
}

static void show_majority(const struct why *why, const struct page *page)
{
	const json_t *node = reply_find(json_object_get(why->matrix, "nodes"), "name", why->node);
	unsigned need = quorum_majority(why->electorate);
	bool convict = why->heard >= need;
	bool clear = why->heard + reply_true(node, "voter") >= need;

	page_gap(page);
	page_line(page, NULL, TONE_PLAIN, "A majority is %u of %u. Of %u other voters %u can be counted: %s",
		need, why->electorate, why->voters, why->heard,
		convict ? "enough to prove it wrong or right."
			: (clear ? "enough, with the node itself, to prove it right; too few to prove it "
				   "wrong."
				 : "too few to prove anything."));
	show_proof(why, page);
}

/* This host's verdict has timers behind it; about another one there is what this host proves, and what it says. */
static const json_t *verdict_of(const struct why *why)
{
	const json_t *verdict = reply_find(json_object_get(why->matrix, "verdicts"), "node", why->node);

	return why->own ? json_object_get(why->status, "verdict") : json_object_get(verdict, "proved");
}

bool show_why(const json_t *status, const json_t *matrix, const char *node, const struct page *page)
{
	struct why why = { .status = status, .matrix = matrix, .self = reply_text(status, "node") };
	const json_t *verdict;

	why.node = node ? node : why.self;
	why.own = strcmp(why.node, why.self) == 0;
	why.electorate = (unsigned)reply_count(json_object_get(status, "verdict"), "electorate");
	verdict = verdict_of(&why);
	if (!verdict)
		return false;
	why.known = counts(&why, why.node) && measured(&why, why.node, &why.offset);
	page_line(page, NULL, show_tone(reply_text(verdict, "state")), "%s", reply_text(verdict, "summary"));
	if (!why.own)
		page_line(page, NULL, TONE_PLAIN, "%s",
			reply_text(reply_find(json_object_get(matrix, "verdicts"), "node", why.node),
				"summary"));
	show_voters(&why, page);
	show_exchanges(&why, page);
	show_levels(&why, page);
	show_majority(&why, page);
	return true;
}
