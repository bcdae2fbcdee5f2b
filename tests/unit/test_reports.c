#include "story.h"

#include <math.h>

#include "../../sentinel/icinga/reports.h"
#include "shown.h"

enum { DB1, DB2, DB3, MON1 };

static struct net net;
static struct shown shown;
static struct reports reports;

static const char icinga[] = "icinga: {endpoints: [\"https://m\"], interval: 20s}\n";

/* Four hosts that all report, seen from db1 from the beginning. */
static void begin(const char *extra)
{
	char text[256];

	snprintf(text, sizeof text, "%s%s", icinga, extra);
	net_open(&net, text);
	for (size_t i = 0; i < NET_HOSTS; i++)
		net_reporting(&net, i, true);
	shown_open(&shown, &net, DB1);
	assert_true(reports_init(&reports, &shown.source));
}

static void end(void)
{
	reports_free(&reports);
	shown_close(&shown);
	net_close(&net);
}

/* Goes on for so long, looking twice a second. */
static void go_on(int64_t seconds)
{
	for (int64_t i = 0; i < 2 * seconds; i++) {
		net_run(&net, span_ms(500));
		reports_look(&reports);
	}
}

static const struct subject *of(size_t host)
{
	return &reports.subjects[host];
}

static void assert_says(size_t host, const char *words)
{
	struct result result;

	reports_write(&reports, host, &result);
	if (!strstr(result.text, words))
		fail_msg("'%s' is not in: %s", words, result.text);
}

static void a_host_that_knows_nothing_yet_says_nothing(void **state)
{
	(void)state;
	begin("");
	reports_look(&reports);
	assert_false(of(DB1)->ours);
	go_on(3);
	assert_true(of(DB1)->ours);
	assert_int_equal(of(DB1)->state, VERDICT_OK);
	assert_says(DB1, "SKEW OK - default: db1 agrees with the cluster");
	end();
}

static void nor_does_one_that_hears_nobody_until_it_is_sure(void **state)
{
	(void)state;
	begin("");
	net.hosts[DB1].silent = true;
	go_on(9);
	assert_false(of(DB1)->ours);
	go_on(3);
	assert_int_equal(of(DB1)->state, VERDICT_UNKNOWN);
	assert_true(of(DB1)->silent);
	end();
}

static void a_change_is_news_and_a_new_number_is_none(void **state)
{
	uint64_t version;

	(void)state;
	begin("");
	go_on(5);
	version = of(DB1)->version;
	net.hosts[DB1].shift = span_ms(20);
	go_on(10);
	assert_int_equal(of(DB1)->version, version);
	net.hosts[DB1].shift = span_s(1900);
	go_on(10);
	assert_int_equal(of(DB1)->state, VERDICT_CRITICAL);
	assert_int_equal(of(DB1)->version, version + 1);
	end();
}

static void a_hold_is_news_and_shows(void **state)
{
	struct event hold = { .kind = EVENT_HOLD };
	uint64_t version;

	(void)state;
	begin("");
	go_on(5);
	version = of(DB1)->version;
	hold.hold.on = true;
	hold.hold.for_span = span_s(3600);
	snprintf(hold.hold.reason, sizeof hold.hold.reason, "an upgrade");
	net_event(&net, DB1, &hold);
	go_on(1);
	assert_int_equal(of(DB1)->version, version + 1);
	assert_says(DB1, "actions on db1 are held for ");
	assert_says(DB1, "(an upgrade)");
	end();
}

static void who_cannot_report_itself_is_reported_in_its_own_words(void **state)
{
	struct result result;

	(void)state;
	begin("galera: {above: 2s}\n");
	go_on(5);
	net.hosts[DB3].shift = span_s(-1900);
	net_reporting(&net, DB3, false);
	go_on(2);
	assert_false(of(DB3)->ours); /* its levels have not risen */
	go_on(4);
	assert_true(of(DB3)->ours);
	assert_int_equal(of(DB3)->state, VERDICT_CRITICAL);
	assert_says(DB3, "default: db3 is 1900 s behind (+-");
	assert_says(DB3, "its own results do not arrive here");
	assert_says(DB3, "a downtime or acknowledgement here does not keep the sentinel from acting on db3");
	reports_write(&reports, DB3, &result);
	assert_int_equal(lround(strtod(result.items[0] + strlen("offset="), NULL)), -1900);
	assert_non_null(strstr(result.items[0], ";-0.1:0.1;-0.5:0.5;;"));
	/* Set right it is not ok at once, but when its own levels have cleared: no flapping. */
	net.hosts[DB3].shift = SPAN_ZERO;
	go_on(10);
	assert_int_equal(of(DB3)->state, VERDICT_CRITICAL);
	assert_says(DB3, "db3 says of itself: critical; seen from here: db3 agrees with the cluster");
	go_on(40);
	assert_int_equal(of(DB3)->state, VERDICT_OK);
	net_reporting(&net, DB3, true);
	go_on(2);
	assert_false(of(DB3)->ours);
	end();
}

/* What it knows of the others is of before then: one of them may have been set right, and have said so itself. */
static void after_a_standstill_others_are_heard_before_they_are_reported(void **state)
{
	uint64_t version;

	(void)state;
	begin("");
	go_on(5);
	net.hosts[DB3].shift = span_s(-1900);
	net_reporting(&net, DB3, false);
	go_on(6);
	assert_true(of(DB3)->ours);
	version = of(DB1)->version;
	net_run(&net, span_s(4));
	assert_false(reports_look(&reports));
	assert_false(of(DB3)->ours);
	assert_false(reports_look(&reports));
	go_on(2);
	assert_true(reports_look(&reports));
	assert_int_equal(of(DB1)->version, version);
	assert_false(of(DB3)->ours);
	go_on(5);
	assert_true(of(DB3)->ours);
	assert_int_equal(of(DB3)->state, VERDICT_CRITICAL);
	end();
}

static void a_restart_is_no_alert(void **state)
{
	(void)state;
	begin("");
	go_on(5);
	net.hosts[DB3].silent = true;
	go_on(13); /* 5 s until it is called silent, 10 s of patience */
	assert_false(of(DB3)->ours);
	net.hosts[DB3].silent = false;
	go_on(20);
	assert_false(of(DB3)->ours);
	end();
}

static void whom_nobody_hears_is_unknown_or_critical(void **state)
{
	(void)state;
	begin("");
	go_on(5);
	net.hosts[DB3].silent = true;
	go_on(20);
	assert_true(of(DB3)->ours && of(DB3)->silent);
	assert_int_equal(of(DB3)->state, VERDICT_UNKNOWN);
	assert_says(DB3,
		"SKEW UNKNOWN - default: db3 is silent: none of db1, db2, mon1 hears it, the last time ");
	end();
}

static void by_configuration_critical(void **state)
{
	(void)state;
	net_open(&net, "icinga: {endpoints: [\"https://m\"], interval: 20s, silent: critical}\n");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net_reporting(&net, i, true);
	shown_open(&shown, &net, DB1);
	assert_true(reports_init(&reports, &shown.source));
	go_on(5);
	net.hosts[DB3].silent = true;
	go_on(20);
	assert_int_equal(of(DB3)->state, VERDICT_CRITICAL);
	end();
}

/* To the majority such a host is silent: what it says of itself is the same, even where it is not alone. */
static void who_hears_too_few_says_of_itself_what_the_others_do(void **state)
{
	(void)state;
	net_open(&net, "icinga: {endpoints: [\"https://m\"], interval: 20s, silent: critical}\n");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net_reporting(&net, i, true);
	shown_open(&shown, &net, DB1);
	assert_true(reports_init(&reports, &shown.source));
	go_on(5);
	for (size_t i = 0; i < NET_HOSTS; i++)
		for (size_t k = 0; k < NET_HOSTS; k++)
			net.cut[i][k] = (i <= DB2) != (k <= DB2);
	go_on(20);
	assert_true(of(DB1)->silent);
	assert_int_equal(of(DB1)->state, VERDICT_CRITICAL);
	assert_says(DB1, "db1 cannot tell: 1 of 3 others in reach, 3 of 4 make a majority");
	end();
}

static void two_camps_are_not_silence(void **state)
{
	(void)state;
	begin("");
	go_on(5);
	net.hosts[DB2].shift = net.hosts[DB3].shift = span_s(1900);
	go_on(20);
	assert_int_equal(of(DB1)->state, VERDICT_UNKNOWN);
	assert_false(of(DB1)->silent);
	end();
}

static void report_self_reports_nobody_else(void **state)
{
	(void)state;
	net_open(&net, "icinga: {endpoints: [\"https://m\"], interval: 20s, report: self}\n");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net_reporting(&net, i, i != DB3);
	shown_open(&shown, &net, DB1);
	assert_true(reports_init(&reports, &shown.source));
	net.hosts[DB3].shift = span_s(1900);
	go_on(40);
	assert_true(of(DB1)->ours);
	assert_false(of(DB3)->ours);
	end();
}

static void a_body_bears_no_time_and_no_breaks(void **state)
{
	struct result result = { .host = "db3", .state = VERDICT_CRITICAL, .text = "SKEW CRITICAL - \"x\"" };
	char *body;
	json_t *json;

	(void)state;
	result.n_items = 1;
	snprintf(result.items[0], sizeof result.items[0], "offset=1s;;;;");
	body = result_body(&result, "db1", span_s(180));
	json = json_loads(body, 0, NULL);
	assert_int_equal(json_object_size(json), 5);
	assert_int_equal(json_integer_value(json_object_get(json, "exit_status")), 2);
	assert_string_equal(
		json_string_value(json_object_get(json, "plugin_output")), "SKEW CRITICAL - \"x\"");
	assert_string_equal(json_string_value(json_object_get(json, "check_source")), "db1");
	assert_int_equal(json_number_value(json_object_get(json, "ttl")), 180);
	assert_string_equal(json_string_value(json_array_get(json_object_get(json, "performance_data"), 0)),
		"offset=1s;;;;");
	json_decref(json);
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_that_knows_nothing_yet_says_nothing),
		cmocka_unit_test(nor_does_one_that_hears_nobody_until_it_is_sure),
		cmocka_unit_test(a_change_is_news_and_a_new_number_is_none),
		cmocka_unit_test(a_hold_is_news_and_shows),
		cmocka_unit_test(who_cannot_report_itself_is_reported_in_its_own_words),
		cmocka_unit_test(after_a_standstill_others_are_heard_before_they_are_reported),
		cmocka_unit_test(a_restart_is_no_alert),
		cmocka_unit_test(whom_nobody_hears_is_unknown_or_critical),
		cmocka_unit_test(by_configuration_critical),
		cmocka_unit_test(who_hears_too_few_says_of_itself_what_the_others_do),
		cmocka_unit_test(two_camps_are_not_silence),
		cmocka_unit_test(report_self_reports_nobody_else),
		cmocka_unit_test(a_body_bears_no_time_and_no_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
