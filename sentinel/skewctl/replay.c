#include "replay.h"

#include <string.h>

#include "../../conf/span.h"
#include "../history/record.h"
#include "reply.h"

/* ---- reading ---- */

static void take(json_t *list, json_t *value)
{
	json_t *events = json_object_get(value, "events");

	if (json_is_array(events))
		json_array_extend(list, events);
	else if (json_is_array(value))
		json_array_extend(list, value);
	else
		json_array_append(list, value);
}

static bool at_end(FILE *in)
{
	int c;

	while ((c = fgetc(in)) == ' ' || c == '\n' || c == '\r' || c == '\t')
		;
	if (c == EOF)
		return true;
	ungetc(c, in);
	return false;
}

json_t *replay_read(FILE *in, char *why, size_t room)
{
	json_t *list = json_array();

	while (!at_end(in)) {
		json_error_t error;
		json_t *value = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error);

		if (!value) {
			snprintf(
				why, room, "no JSON after %zu events: %s", json_array_size(list), error.text);
			json_decref(list);
			return NULL;
		}
		take(list, value);
		json_decref(value);
	}
	return list;
}

/* ---- judging ---- */

static json_t *finding_words(const struct finding *f)
{
	return json_pack("{s:b, s:i, s:i, s:b, s:i}", "beyond", f->beyond, "side", f->side, "beyond_by",
		(int)f->beyond_by, "within", f->within, "within_by", (int)f->within_by);
}

static bool level_same(const struct decision_level *then, const struct decision_level *now)
{
	return finding_equal(&then->found, &now->found) && finding_equal(&then->since_step, &now->since_step);
}

static json_t *levels_report(const struct decision *then, const struct decision *now, bool *same)
{
	json_t *levels = json_array();

	*same = true;
	for (size_t i = 0; i < DECISION_LEVELS; i++) {
		bool alike = level_same(&then->levels[i], &now->levels[i]);

		*same = *same && alike;
		json_array_append_new(levels,
			json_pack("{s:s, s:f, s:b, s:b, s:o, s:o}", "name", record_level_name(i), "limit_s",
				span_seconds(then->levels[i].limit), "raised", then->levels[i].raised, "same",
				alike, "then", finding_words(&then->levels[i].found), "now",
				finding_words(&now->levels[i].found)));
	}
	return levels;
}

/* Counts into *same. */
static json_t *replay_one(const json_t *event, unsigned *count)
{
	const json_t *record = json_object_get(event, "decision");
	json_t *report = json_object();
	struct decision then, now;
	char why[128] = "";
	bool same = false;

	json_object_set(report, "id", json_object_get(event, "id"));
	json_object_set(report, "time", json_object_get(event, "time"));
	json_object_set(report, "text", json_object_get(event, "text"));
	json_object_set(report, "version", json_object_get(record, "version"));
	if (record_read(record, &then, why, sizeof why)) {
		now = then;
		decision_find(&now);
		json_object_set_new(report, "levels", levels_report(&then, &now, &same));
		json_object_set_new(report, "decision", json_incref(json_object_get(event, "decision")));
	} else {
		json_object_set_new(report, "error", json_string(why));
	}
	json_object_set_new(report, "same", json_boolean(same));
	*count += same;
	return report;
}

json_t *replay_events(const json_t *events)
{
	json_t *list = json_array();
	unsigned same = 0;
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
	{
		if (json_is_object(json_object_get(event, "decision")))
			json_array_append_new(list, replay_one(event, &same));
	}
	return json_pack(
		"{s:i, s:i, s:o}", "replayed", (int)json_array_size(list), "same", (int)same, "events", list);
}

/* ---- showing ---- */

static void show_ballots(const json_t *record, const struct page *page)
{
	static const struct table_column columns[] = { { "Voter", false, 0 }, { "Offset", true, 0 },
		{ "Bound", true, 0 }, { "Since the last step", false, 1 } };
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
	struct decision decision;
	char why[128];

	if (record_read(record, &decision, why, sizeof why)) {
		for (size_t i = 0; i < decision.n; i++) {
			const struct ballot *ballot = &decision.ballots[i];
			char offset[REPLY_TEXT_SIZE], bound[REPLY_TEXT_SIZE];

			table_add(table, TONE_PLAIN, "%s", decision.names[i]);
			table_add(table, TONE_PLAIN, "%s",
				ballot->known ? reply_signed(interval_middle(ballot->offset), offset)
					      : "not known");
			table_add(table, TONE_PLAIN, "%s",
				ballot->known ? reply_bound(ballot->offset, bound) : "");
			table_add(table, TONE_PLAIN, "%s", ballot->recent ? "yes" : "no");
		}
	}
	table_print(table, page, false);
	table_free(table);
}

static char *finding_text(const json_t *finding, char out[REPLY_TEXT_SIZE])
{
	bool ahead = reply_count(finding, "side") > 0;
	int beyond_by = (int)reply_count(finding, "beyond_by");

	if (reply_true(finding, "beyond"))
		snprintf(out, REPLY_TEXT_SIZE, "proved %s, by %d", ahead ? "ahead" : "behind", beyond_by);
	else if (reply_true(finding, "within"))
		snprintf(
			out, REPLY_TEXT_SIZE, "proved within, by %d", (int)reply_count(finding, "within_by"));
	else
		snprintf(out, REPLY_TEXT_SIZE, "not proved: beyond by %d, within by %d", beyond_by,
			(int)reply_count(finding, "within_by"));
	return out;
}

static void show_level(const json_t *level, const struct page *page)
{
	char then[REPLY_TEXT_SIZE], now[REPLY_TEXT_SIZE], limit[SPAN_TEXT_SIZE];
	struct span span = SPAN_ZERO;

	if (!reply_span(level, "limit_s", &span))
		return;
	span_format(span, limit, sizeof limit);
	finding_text(json_object_get(level, "then"), then);
	if (reply_true(level, "same"))
		page_line(page, reply_text(level, "name"), TONE_PLAIN, "%s: %s; the same today", limit, then);
	else
		page_line(page, reply_text(level, "name"), TONE_BAD, "%s: %s; today: %s", limit, then,
			finding_text(json_object_get(level, "now"), now));
}

static void show_event(const json_t *event, const struct page *page)
{
	const json_t *record = json_object_get(event, "decision");
	char clock[REPLY_TEXT_SIZE];
	const json_t *level;
	size_t i;

	page_line(page, NULL, TONE_STRONG, "%s  %s", reply_clock(reply_text(event, "time"), clock),
		reply_text(event, "text"));
	if (!record) {
		page_line(page, NULL, TONE_BAD, "cannot be replayed: %s", reply_text(event, "error"));
		page_gap(page);
		return;
	}
	page_line(page, NULL, TONE_PLAIN,
		"Judged %s by skew-sentinel %s: %d of an electorate of %d make a majority, this host %s.",
		reply_text(record, "state"), reply_text(event, "version"),
		(int)reply_count(record, "majority"), (int)reply_count(record, "electorate"),
		reply_true(record, "votes") ? "votes" : "does not vote");
	show_ballots(record, page);
	json_array_foreach(json_object_get(event, "levels"), i, level) show_level(level, page);
	page_gap(page);
}

void replay_show(const json_t *report, const struct page *page)
{
	int replayed = (int)reply_count(report, "replayed"), same = (int)reply_count(report, "same");
	const json_t *event;
	size_t i;

	json_array_foreach(json_object_get(report, "events"), i, event) show_event(event, page);
	if (replayed == 0)
		page_line(page, NULL, TONE_PLAIN, "None of these events holds a decision.");
	else if (same == replayed)
		page_line(page, NULL, TONE_GOOD, "%d decision%s replayed: each comes to the same finding.",
			replayed, replayed == 1 ? "" : "s");
	else
		page_line(page, NULL, TONE_BAD, "%d of %d decisions come to another finding than then.",
			replayed - same, replayed);
}
