#include "story.h"

#include "../../sentinel/status/gate.h"
#include "shown.h"

enum { DB1, DB2, DB3, MON1 };

static struct net net;

static struct gate_view gate_of(size_t host)
{
	struct gate_view view;

	core_gate(net.hosts[host].core, &view);
	return view;
}

/* db3 has only been started, and nothing is raised yet. */
static void it_tells_within_half_a_second_of_the_start(void **state)
{
	struct gate_view view;

	(void)state;
	net_open(&net, "thresholds: {raise_after: 1h}");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_ms(500));
	view = gate_of(DB3);
	assert_int_equal(view.answer, GATE_WRONG);
	assert_ptr_equal(strstr(view.verdict.summary, "db3 is 1900"), view.verdict.summary);
	assert_non_null(strstr(view.verdict.summary, "of the cluster; 3 of 4 agree"));
	assert_int_not_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
	assert_int_equal(gate_of(DB1).answer, GATE_RIGHT);
	assert_int_equal(gate_of(MON1).answer, GATE_RIGHT);
	net_close(&net);
}

static void it_has_a_level_of_its_own(void **state)
{
	(void)state;
	net_open(&net, "gate: {above: 30m}");
	net.hosts[DB3].shift = span_s(1700);
	net_run(&net, span_s(2));
	assert_int_equal(gate_of(DB3).answer, GATE_RIGHT);
	net_close(&net);
	net_open(&net, "gate: {above: 30m}");
	net.hosts[DB3].shift = span_s(-1900);
	net_run(&net, span_s(2));
	assert_int_equal(gate_of(DB3).answer, GATE_WRONG);
	net_close(&net);
}

static void without_a_majority_nothing_is_proved(void **state)
{
	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net.hosts[DB1].silent = net.hosts[MON1].silent = true;
	net_run(&net, span_s(12));
	assert_int_equal(gate_of(DB3).answer, GATE_UNKNOWN);
	assert_non_null(strstr(gate_of(DB3).verdict.summary, "db3 cannot tell: "));
	net_close(&net);
}

/* All come up at once, and every clock says something else. */
static void clocks_that_all_differ_convict_nobody(void **state)
{
	(void)state;
	net_open(&net, "");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net.hosts[i].shift = span_s(3600 * (int64_t)i);
	net_run(&net, span_s(12));
	for (size_t i = 0; i < NET_HOSTS; i++)
		assert_int_equal(gate_of(i).answer, GATE_UNKNOWN);
	net_close(&net);
}

/* Stepped to where it is right: what was measured before the step, carried over it, already says so. */
static void a_clock_that_is_set_right_opens_it(void **state)
{
	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(5));
	assert_int_equal(gate_of(DB3).answer, GATE_WRONG);
	net.hosts[DB3].shift = SPAN_ZERO;
	net_run(&net, span_s(2));
	assert_int_equal(gate_of(DB3).answer, GATE_RIGHT);
	net_close(&net);
}

static const char *text(const json_t *json, const char *name)
{
	const char *value = json_string_value(json_object_get(json, name));

	assert_non_null(value);
	return value;
}

static void the_daemon_tells_it_with_the_cure_and_the_rule(void **state)
{
	struct shown shown;
	json_t *json;

	(void)state;
	net_open(&net, "gate: {wait: 90s, when_unknown: block}");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(2));
	shown_open(&shown, &net, DB3);
	json = gate_json(&shown.source);
	assert_string_equal(text(json, "node"), "db3");
	assert_string_equal(text(json, "answer"), "wrong");
	assert_string_equal(text(json, "when_unknown"), "block");
	assert_string_equal(
		strrchr(text(json, "summary"), ';'), "; no time service runs on db3: enable one (chronyd)");
	assert_int_equal(json_number_value(json_object_get(json, "wait_s")), 90);
	assert_int_equal(json_number_value(json_object_get(json, "above_s")), 2);
	json_decref(json);
	shown_close(&shown);
	net_close(&net);
}

static void a_word_that_it_does_not_know_is_unknown(void **state)
{
	(void)state;
	for (enum gate_answer answer = GATE_UNKNOWN; answer <= GATE_WRONG; answer++)
		assert_int_equal(gate_answer_of_word(gate_word(answer)), answer);
	assert_int_equal(gate_answer_of_word(""), GATE_UNKNOWN);
	assert_int_equal(gate_answer_of_word("maybe"), GATE_UNKNOWN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_tells_within_half_a_second_of_the_start),
		cmocka_unit_test(it_has_a_level_of_its_own),
		cmocka_unit_test(without_a_majority_nothing_is_proved),
		cmocka_unit_test(clocks_that_all_differ_convict_nobody),
		cmocka_unit_test(a_clock_that_is_set_right_opens_it),
		cmocka_unit_test(the_daemon_tells_it_with_the_cure_and_the_rule),
		cmocka_unit_test(a_word_that_it_does_not_know_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
