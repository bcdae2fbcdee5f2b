#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/history/record.h"
#include "../../sentinel/skewctl/replay.h"
#include "../../sentinel/skewctl/reply.h"

static struct decision night(void)
{
	struct decision d = { .n = 2, .electorate = 3, .votes = true, .state = VERDICT_CRITICAL };

	for (size_t i = 0; i < d.n; i++) {
		snprintf(d.names[i], sizeof d.names[i], "db%zu", i + 1);
		d.ballots[i] = (struct ballot){ .known = true, .recent = true };
		d.ballots[i].offset = interval_of(span_s(-1900), span_add(span_s(-1900), span_us(800)));
		d.ballots[i].alone = d.ballots[i].offset;
	}
	for (size_t i = 0; i < DECISION_LEVELS; i++)
		d.levels[i].limit = span_ms(100 << (2 * i));
	decision_find(&d);
	return d;
}

static json_t *event_of(const struct decision *decision)
{
	return json_pack("{s:i, s:s, s:s, s:o}", "id", 7, "time", "2026-11-23T01:35:00Z", "text",
		"db3 is 1900 s ahead", "decision", record_json(decision, "0.1.0"));
}

static void assert_shown(const json_t *report, const char *part)
{
	struct page page = { .width = 80 };
	char *text = NULL;
	size_t len;

	page.out = open_memstream(&text, &len);
	replay_show(report, &page);
	fclose(page.out);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
	free(text);
}

static void a_decision_comes_to_the_same_finding(void **state)
{
	struct decision d = night();
	json_t *events = json_pack("[o, {s:i}]", event_of(&d), "id", 8);
	json_t *report = replay_events(events);

	(void)state;
	assert_int_equal(reply_count(report, "replayed"), 1);
	assert_int_equal(reply_count(report, "same"), 1);
	assert_shown(report,
		"2026-11-23 01:35:00  db3 is 1900 s ahead\n"
		"Judged critical by skew-sentinel 0.1.0: 2 of an electorate of 3 make a majority,\n"
		"this host votes.\n"
		"Voter   Offset     Bound  Since the last step\n"
		"db1    -1900 s  +-0.4 ms  yes\n");
	assert_shown(report, "critical  400 ms: proved ahead, by 2; the same today\n");
	assert_shown(report, "1 decision replayed: each comes to the same finding.\n");
	json_decref(report);
	json_decref(events);
}

/* As if it had been judged otherwise: what was tampered with shows, whether it is the finding or the evidence. */
static void one_that_does_not_is_named(void **state)
{
	struct decision d = night();
	json_t *events, *report;

	(void)state;
	d.levels[1].found.beyond = false;
	events = json_pack("[o]", event_of(&d));
	report = replay_events(events);
	assert_int_equal(reply_count(report, "same"), 0);
	assert_shown(report, "critical  400 ms: not proved: beyond by 2, within by 1; today: proved");
	assert_shown(report, "1 of 1 decisions come to another finding than then.\n");
	json_decref(report);
	json_decref(events);

	d = night();
	d.ballots[0].known = false;
	events = json_pack("[o]", event_of(&d));
	report = replay_events(events);
	assert_int_equal(reply_count(report, "same"), 0);
	json_decref(report);
	json_decref(events);
}

static void one_that_cannot_be_read_is_no_success(void **state)
{
	json_t *events = json_pack("[{s:i, s:s, s:s, s:{s:i}}]", "id", 1, "time", "2026-11-23T01:35:00Z",
		"text", "x", "decision", "electorate", 3);
	json_t *report = replay_events(events);

	(void)state;
	assert_int_equal(reply_count(report, "replayed"), 1);
	assert_int_equal(reply_count(report, "same"), 0);
	assert_shown(report, "cannot be replayed: \"votes\" must be true or false\n");
	json_decref(report);
	json_decref(events);
}

static void extremes_are_shown_like_anything_else(void **state)
{
	struct decision d = night();
	json_t *events, *report;

	(void)state;
	d.ballots[0].offset = d.ballots[0].alone = INTERVAL_ALL;
	d.ballots[1].offset = interval_of(SPAN_MIN, SPAN_MIN);
	d.levels[2].limit = SPAN_MAX;
	decision_find(&d);
	events = json_pack("[o]", event_of(&d));
	report = replay_events(events);
	assert_int_equal(reply_count(report, "same"), 1);
	assert_shown(report, "1 decision replayed: each comes to the same finding.\n");
	json_decref(report);
	json_decref(events);
}

static void where_nothing_was_decided_that_is_said(void **state)
{
	json_t *events = json_array();
	json_t *report = replay_events(events);

	(void)state;
	assert_shown(report, "None of these events holds a decision.\n");
	json_decref(report);
	json_decref(events);
}

static json_t *read_text(const char *text)
{
	FILE *in = tmpfile();
	char why[256] = "";
	json_t *events;

	fputs(text, in);
	rewind(in);
	events = replay_read(in, why, sizeof why);
	fclose(in);
	if (!events)
		assert_int_equal(strncmp(why, "no JSON after 1 events: ", 24), 0);
	return events;
}

static void it_reads_what_the_daemon_says_and_what_it_keeps(void **state)
{
	static const char *const texts[] = { "{\"oldest\": 1, \"events\": [{\"id\": 1}, {\"id\": 2}]}\n",
		"[{\"id\": 1}, {\"id\": 2}]", "{\"id\": 1}\n{\"id\": 2}\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		json_t *events = read_text(texts[i]);

		assert_int_equal(json_array_size(events), 2);
		assert_int_equal(reply_count(json_array_get(events, 1), "id"), 2);
		json_decref(events);
	}
	assert_null(read_text("{\"id\": 1}\n{\"id\": "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decision_comes_to_the_same_finding),
		cmocka_unit_test(one_that_does_not_is_named),
		cmocka_unit_test(one_that_cannot_be_read_is_no_success),
		cmocka_unit_test(extremes_are_shown_like_anything_else),
		cmocka_unit_test(where_nothing_was_decided_that_is_said),
		cmocka_unit_test(it_reads_what_the_daemon_says_and_what_it_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
