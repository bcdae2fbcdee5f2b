#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../sentinel/history/record.h"

/* db3 is 1900 s ahead of db1, db2 and mon1; mon2 was not heard. */
static struct decision night(void)
{
	static const char *const names[] = { "db1", "db2", "mon1", "mon2" };
	struct decision d = { .n = 4, .electorate = 5, .votes = true, .state = VERDICT_CRITICAL };
	const int64_t limits[] = { 100, 500, 2000 };

	for (size_t i = 0; i < d.n; i++) {
		struct span at = span_add(span_s(-1900), span_us((int64_t)i));

		snprintf(d.names[i], sizeof d.names[i], "%s", names[i]);
		d.ballots[i].known = i < 3;
		d.ballots[i].recent = true;
		d.ballots[i].offset = interval_of(at, span_add(at, span_ns(200001)));
		d.ballots[i].alone = interval_of(at, span_add(at, span_ns(300001)));
	}
	for (size_t i = 0; i < DECISION_LEVELS; i++)
		d.levels[i].limit = span_ms(limits[i]);
	d.levels[1].raised = true;
	decision_find(&d);
	return d;
}

static void the_majority_convicts(void **state)
{
	struct decision d = night();

	(void)state;
	for (size_t i = 0; i < DECISION_LEVELS; i++) {
		assert_true(d.levels[i].found.beyond);
		assert_int_equal(d.levels[i].found.beyond_by, 3);
		assert_int_equal(d.levels[i].found.side, 1);
		assert_true(d.levels[i].since_step.beyond);
	}
}

static void what_was_heard_before_a_step_convicts_nobody_since(void **state)
{
	struct decision d = night();

	(void)state;
	d.ballots[0].recent = false;
	decision_find(&d);
	assert_true(d.levels[1].found.beyond);
	assert_false(d.levels[1].since_step.beyond);
	assert_int_equal(d.levels[1].since_step.beyond_by, 2);
}

static void assert_same_ballot(const struct ballot *a, const struct ballot *b)
{
	assert_int_equal(a->known, b->known);
	assert_int_equal(a->recent, b->recent);
	assert_int_equal(a->offset.low.ns, b->offset.low.ns);
	assert_int_equal(a->offset.high.ns, b->offset.high.ns);
	assert_int_equal(a->alone.low.ns, b->alone.low.ns);
	assert_int_equal(a->alone.high.ns, b->alone.high.ns);
}

static void assert_same_level(const struct decision_level *a, const struct decision_level *b)
{
	assert_int_equal(a->limit.ns, b->limit.ns);
	assert_int_equal(a->raised, b->raised);
	assert_true(finding_equal(&a->found, &b->found));
	assert_true(finding_equal(&a->since_step, &b->since_step));
}

static void a_record_loses_nothing(void **state)
{
	struct decision before = night(), after;
	char why[128] = "";
	json_t *json, *again;
	char *text;

	(void)state;
	before.ballots[1].offset = interval_of(span_ns(-1789000000123456789), span_ns(1789000000987654321));
	before.ballots[3].offset = INTERVAL_ALL;
	decision_find(&before);
	json = record_json(&before, "0.1.0");
	text = json_dumps(json, JSON_COMPACT);
	again = json_loads(text, 0, NULL);
	if (!record_read(again, &after, why, sizeof why))
		fail_msg("%s", why);
	for (size_t i = 0; i < before.n; i++)
		assert_same_ballot(&before.ballots[i], &after.ballots[i]);
	for (size_t i = 0; i < DECISION_LEVELS; i++)
		assert_same_level(&before.levels[i], &after.levels[i]);
	assert_string_equal(after.names[3], "mon2");
	assert_int_equal(after.n, 4);
	assert_int_equal(after.electorate, 5);
	assert_int_equal(after.state, VERDICT_CRITICAL);
	assert_true(after.votes);
	free(text);
	json_decref(json);
	json_decref(again);
}

/* The record with one member of one part changed. */
static void assert_refused(const char *where, const char *name, json_t *value, const char *sentence)
{
	struct decision d = night();
	json_t *json = record_json(&d, "0.1.0");
	json_t *part = *where ? json_array_get(json_object_get(json, where), 0) : json;
	char why[128] = "";

	json_object_set_new(part, name, value);
	assert_false(record_read(json, &d, why, sizeof why));
	assert_string_equal(why, sentence);
	json_decref(json);
}

static void a_record_of_something_else_is_refused(void **state)
{
	json_t *many = json_array();

	(void)state;
	for (int i = 0; i < 65; i++)
		json_array_append_new(many, json_object());
	assert_refused(
		"", "electorate", json_integer(0), "\"electorate\" must be a whole number that makes sense");
	assert_refused("", "votes", json_null(), "\"votes\" must be true or false");
	assert_refused("", "state", json_string("good"), "\"state\" must be a verdict's state");
	assert_refused("", "ballots", many, "\"ballots\" must be no more than 64");
	assert_refused("ballots", "voter", json_integer(1), "\"voter\" must be a name");
	assert_refused(
		"ballots", "low_ns", json_real(1.5), "\"low_ns\" must be a whole number that makes sense");
	assert_refused("ballots", "low_ns", json_integer(1), "\"high_ns\" must be no less than the low end");
	assert_refused("levels", "limit_ns", json_integer(0),
		"\"limit_ns\" must be a whole number that makes sense");
	assert_refused("levels", "name", json_string("x"),
		"\"levels\" must be those of warning, critical and action");
	assert_refused("levels", "found", json_null(), "\"beyond\" must be true or false");
}

/* Saved events may hold anything: no number in them is one that cannot be counted with. */
static void extremes_are_judged_like_anything_else(void **state)
{
	static const int64_t extremes[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX };
	enum { N = sizeof extremes / sizeof extremes[0] };
	struct decision d = { .n = N, .electorate = 5, .votes = true };
	char why[128] = "";

	(void)state;
	for (size_t low = 0; low < N; low++)
		for (size_t high = low; high < N; high++)
			for (size_t limit = 4; limit < N; limit++) {
				json_t *json;

				for (size_t i = 0; i < N; i++) {
					d.ballots[i] = (struct ballot){ .known = true, .recent = i % 2 };
					d.ballots[i].offset =
						interval_of(span_ns(extremes[low < i ? low : i]),
							span_ns(extremes[high]));
					d.ballots[i].alone = d.ballots[i].offset;
					if (!interval_valid(d.ballots[i].offset))
						d.ballots[i].offset = d.ballots[i].alone = INTERVAL_ALL;
				}
				for (size_t i = 0; i < DECISION_LEVELS; i++)
					d.levels[i].limit = span_ns(extremes[limit]);
				decision_find(&d);
				json = record_json(&d, "x");
				assert_true(record_read(json, &d, why, sizeof why));
				json_decref(json);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_majority_convicts),
		cmocka_unit_test(what_was_heard_before_a_step_convicts_nobody_since),
		cmocka_unit_test(a_record_loses_nothing),
		cmocka_unit_test(a_record_of_something_else_is_refused),
		cmocka_unit_test(extremes_are_judged_like_anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
