#include "story.h"

#include "shown.h"

enum { DB1, DB2, DB3, MON1 };

static struct net net;
static struct shown shown;

/* The net as it is seen from db3, which is ahead by so much, after so long. */
static json_t *status_of_db3(struct span ahead, struct span after)
{
	net_open(&net, "galera: {above: 2s, after: 10s}\n");
	net.hosts[DB3].shift = ahead;
	net_run(&net, after);
	shown_open(&shown, &net, DB3);
	return status_json(&shown.source);
}

static void done(json_t *json)
{
	json_decref(json);
	shown_close(&shown);
	net_close(&net);
}

static const char *text(const json_t *json, const char *name)
{
	const char *value = json_string_value(json_object_get(json, name));

	assert_non_null(value);
	return value;
}

static double number(const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void assert_null_member(const json_t *json, const char *name)
{
	assert_true(json_is_null(json_object_get(json, name)));
}

static void assert_near(double value, double wanted, double by)
{
	assert_true(value >= wanted - by && value <= wanted + by);
}

static void all_that_is_promised_is_there(void **state)
{
	static const char *const members[] = { "cluster", "node", "version", "time", "uptime_s", "verdict",
		"peers", "actions", "timesync", "drill", "hold", "hold_kept", "levels", "thresholds",
		"rejected", "steps", "stalls", "epoch", "instance", "receive_stamps" };
	static const char *const of_verdict[] = { "node", "state", "offset_s", "low_s", "high_s", "agree",
		"electorate", "since", "as_of", "cause", "summary", "threshold_in_s" };
	static const char *const of_peer[] = { "name", "address", "role", "site", "state", "offset_s",
		"low_s", "high_s", "as_of", "delay_s", "drift_ppm", "reach", "last_heard_s", "sent",
		"received", "rejected", "not_believed", "other_list" };
	json_t *json = status_of_db3(SPAN_ZERO, span_s(3));
	const json_t *peer = json_array_get(json_object_get(json, "peers"), 0);

	(void)state;
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		assert_non_null(json_object_get(json, members[i]));
	for (size_t i = 0; i < sizeof of_verdict / sizeof of_verdict[0]; i++)
		assert_non_null(json_object_get(json_object_get(json, "verdict"), of_verdict[i]));
	for (size_t i = 0; i < sizeof of_peer / sizeof of_peer[0]; i++)
		assert_non_null(json_object_get(peer, of_peer[i]));
	done(json);
}

static void a_node_that_is_ahead_says_so_with_numbers(void **state)
{
	json_t *json = status_of_db3(span_s(1900), span_s(5));
	const json_t *verdict = json_object_get(json, "verdict");

	(void)state;
	assert_string_equal(text(verdict, "node"), "db3");
	assert_string_equal(text(verdict, "state"), "critical");
	assert_near(number(verdict, "offset_s"), 1900, 0.002);
	assert_true(number(verdict, "low_s") <= 1900 && number(verdict, "high_s") >= 1900);
	assert_int_equal(json_integer_value(json_object_get(verdict, "agree")), 3);
	assert_int_equal(json_integer_value(json_object_get(verdict, "electorate")), 4);
	assert_string_equal(text(json, "time"), "2027-01-15T08:31:45.000000Z");
	done(json);
}

static void the_sentence_ends_with_the_cure(void **state)
{
	json_t *json = status_of_db3(span_s(1900), span_s(5));
	const char *summary = text(json_object_get(json, "verdict"), "summary");

	(void)state;
	assert_ptr_equal(strstr(summary, "db3 is 1900"), summary);
	assert_non_null(strstr(summary, " of the cluster; 3 of 4 agree"));
	assert_string_equal(strrchr(summary, ';'), "; no time service runs on db3: enable one (chronyd)");
	done(json);
}

static void where_all_is_well_no_cure_is_needed(void **state)
{
	json_t *json = status_of_db3(SPAN_ZERO, span_s(5));

	(void)state;
	assert_null(strstr(text(json_object_get(json, "verdict"), "summary"), "chronyd"));
	done(json);
}

static void a_drill_needs_no_cure_and_is_said_to_be_one(void **state)
{
	json_t *json = status_of_db3(SPAN_ZERO, span_s(5));
	struct event event = { .kind = EVENT_DRILL };

	(void)state;
	assert_null_member(json, "drill");
	event.drill.on = true;
	event.drill.offset = span_s(1900);
	event.drill.drift_ppb = 40000;
	event.drill.for_span = span_s(60);
	net_event(&net, DB3, &event);
	net_run(&net, span_s(5));
	json_decref(json);
	json = status_json(&shown.source);
	assert_string_equal(text(json_object_get(json, "verdict"), "state"), "critical");
	assert_non_null(strstr(text(json_object_get(json, "verdict"), "summary"), "DRILL"));
	assert_null(strstr(text(json_object_get(json, "verdict"), "summary"), "chronyd"));
	assert_near(number(json_object_get(json, "drill"), "offset_s"), 1900, 0);
	assert_near(number(json_object_get(json, "drill"), "drift_ppm"), 40, 0);
	assert_near(number(json_object_get(json, "drill"), "left_s"), 55, 0.001);
	done(json);
}

static void a_hold_without_an_end_has_no_number(void **state)
{
	json_t *json = status_of_db3(SPAN_ZERO, span_s(5));
	struct event event = { .kind = EVENT_HOLD };

	(void)state;
	assert_null_member(json, "hold");
	event.hold.on = true;
	event.hold.for_span = SPAN_MAX;
	snprintf(event.hold.reason, sizeof event.hold.reason, "moving the time servers");
	net_event(&net, DB3, &event);
	json_decref(json);
	json = status_json(&shown.source);
	assert_string_equal(text(json_object_get(json, "hold"), "reason"), "moving the time servers");
	assert_null_member(json_object_get(json, "hold"), "left_s");
	done(json);
}

static void a_peer_that_was_never_heard_has_no_offset(void **state)
{
	const json_t *peer;
	json_t *json;

	(void)state;
	net_open(&net, "");
	net.hosts[DB1].silent = true;
	net_run(&net, span_s(10));
	shown_open(&shown, &net, DB3);
	json = status_json(&shown.source);
	peer = json_array_get(json_object_get(json, "peers"), 0);
	assert_string_equal(text(peer, "name"), "db1");
	assert_string_equal(text(peer, "state"), "unreachable");
	assert_null_member(peer, "offset_s");
	assert_null_member(peer, "low_s");
	assert_null_member(peer, "delay_s");
	assert_null_member(peer, "last_heard_s");
	assert_int_equal(json_integer_value(json_object_get(peer, "reach")), 0);
	done(json);
}

static void the_levels_tell_how_far_they_are(void **state)
{
	static const char *const names[] = { "warning", "critical", "action" };
	json_t *json = status_of_db3(span_s(1900), span_s(8));
	const json_t *levels = json_object_get(json, "levels");

	(void)state;
	assert_int_equal(json_array_size(levels), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(text(json_array_get(levels, i), "name"), names[i]);
		assert_int_equal(json_integer_value(json_object_get(json_array_get(levels, i), "agree")), 3);
		assert_true(json_is_true(json_object_get(json_array_get(levels, i), "provable")));
	}
	assert_near(number(json_array_get(levels, 1), "limit_s"), 0.5, 0);
	assert_true(json_is_true(json_object_get(json_array_get(levels, 1), "raised")));
	assert_true(json_is_false(json_object_get(json_array_get(levels, 2), "raised")));
	assert_true(number(json_array_get(levels, 2), "held_s") > 5);
	done(json);
}

static void assert_proof(const json_t *level, const char *proved, bool itself)
{
	static const char *const others[] = { "db1", "db2", "mon1" };
	const json_t *by = json_object_get(level, "by");

	assert_string_equal(text(level, "proved"), proved);
	assert_int_equal(json_array_size(by), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(json_string_value(json_array_get(by, i)), others[i]);
	assert_true(json_is_true(json_object_get(level, "itself_counts")) == itself);
}

static void who_proves_a_level_is_named(void **state)
{
	json_t *json = status_of_db3(span_s(1900), span_s(8));

	(void)state;
	assert_proof(json_array_get(json_object_get(json, "levels"), 2), "beyond", false);
	done(json);
	json = status_of_db3(SPAN_ZERO, span_s(8));
	assert_proof(json_array_get(json_object_get(json, "levels"), 0), "within", true);
	done(json);
}

/* 1 ms each way: each bound by itself is 1 ms, and the ends of the interval rest on exchanges of such a round trip. */
static void the_exchanges_behind_an_interval_are_told(void **state)
{
	json_t *json = status_of_db3(SPAN_ZERO, span_s(8));
	const json_t *peer = json_array_get(json_object_get(json, "peers"), 0);
	const json_t *proof = json_object_get(peer, "proof");
	const json_t *latest = json_object_get(proof, "latest");

	(void)state;
	assert_string_equal(text(latest, "as_of"), text(peer, "as_of"));
	assert_near(number(latest, "round_trip_s"), 0.002, 1e-6);
	assert_near(number(latest, "low_s"), -0.001, 1e-5);
	assert_near(number(latest, "high_s"), 0.001, 1e-5);
	assert_near(number(json_object_get(proof, "low"), "round_trip_s"), 0.002, 1e-6);
	assert_near(number(json_object_get(proof, "high"), "round_trip_s"), 0.002, 1e-6);
	done(json);
}

static void a_report_of_a_driver_becomes_an_action(void **state)
{
	struct action_report report = { MEASURE_DESYNC, ACTION_PENDING, false, "asking the server" };
	const json_t *action;
	json_t *json;

	(void)state;
	json_decref(status_of_db3(SPAN_ZERO, span_s(3)));
	assert_true(status_actions_report(&shown.actions, "galera", &report, (struct wall){ 1 * NS_PER_S }));
	report.state = ACTION_ACTIVE;
	assert_true(status_actions_report(&shown.actions, "galera", &report, (struct wall){ 2 * NS_PER_S }));
	snprintf(report.detail, sizeof report.detail, "wsrep_desync_count 1");
	assert_false(status_actions_report(&shown.actions, "galera", &report, (struct wall){ 3 * NS_PER_S }));
	json = status_json(&shown.source);
	assert_int_equal(json_array_size(json_object_get(json, "actions")), 1);
	action = json_array_get(json_object_get(json, "actions"), 0);
	assert_string_equal(text(action, "name"), "galera");
	assert_string_equal(text(action, "measure"), "desync");
	assert_string_equal(text(action, "state"), "active");
	assert_string_equal(text(action, "since"), "1970-01-01T00:00:02.000000Z");
	assert_string_equal(text(action, "detail"), "wsrep_desync_count 1");
	done(json);
}

static json_t *block(const void *self)
{
	return json_pack("{s:s}", "local_state_comment", self);
}

static void a_driver_puts_its_own_block(void **state)
{
	static const struct action_driver driver = { .name = "galera", .status = block };
	char comment[] = "Synced";
	struct status_driver slot = { &driver, comment };
	json_t *json;

	(void)state;
	json_decref(status_of_db3(SPAN_ZERO, span_s(3)));
	shown.source.drivers = &slot;
	shown.source.n_drivers = 1;
	json = status_json(&shown.source);
	assert_string_equal(text(json_object_get(json, "galera"), "local_state_comment"), "Synced");
	json_decref(json);
	slot.self = NULL;
	json = status_json(&shown.source);
	assert_null_member(json, "galera");
	done(json);
}

static void a_name_that_is_no_utf8_does_not_spoil_the_document(void **state)
{
	struct action_report report = { MEASURE_DESYNC, ACTION_FAILED, false, "\xff\xfe refused" };
	const json_t *action;
	json_t *json;

	(void)state;
	json_decref(status_of_db3(SPAN_ZERO, span_s(3)));
	assert_true(status_actions_report(&shown.actions, "galera", &report, (struct wall){ 0 }));
	json = status_json(&shown.source);
	action = json_array_get(json_object_get(json, "actions"), 0);
	assert_string_equal(text(action, "detail"), "?? refused");
	done(json);
}

static void events_come_from_the_number_asked_for(void **state)
{
	json_t *json;

	(void)state;
	json_decref(status_of_db3(SPAN_ZERO, span_s(3)));
	for (int i = 0; i < 5; i++)
		events_add(
			shown.events, (struct wall){ 0 }, SEVERITY_ERROR, "verdict", "db3", "db3 is ahead");
	json = events_json(&shown.source, 4, 100);
	assert_int_equal(json_integer_value(json_object_get(json, "oldest")), 1);
	assert_int_equal(json_integer_value(json_object_get(json, "newest")), 5);
	assert_int_equal(json_array_size(json_object_get(json, "events")), 2);
	assert_string_equal(text(json_array_get(json_object_get(json, "events"), 0), "severity"), "error");
	assert_string_equal(text(json_array_get(json_object_get(json, "events"), 0), "time"),
		"1970-01-01T00:00:00.000000Z");
	json_decref(json);
	json = events_json(&shown.source, 1, 3);
	assert_int_equal(json_array_size(json_object_get(json, "events")), 3);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(json_object_get(json, "events"), 2), "id")),
		3);
	done(json);
}

static void a_core_that_is_not_called_is_ill(void **state)
{
	char why[256] = "";

	(void)state;
	json_decref(status_of_db3(SPAN_ZERO, span_s(3)));
	assert_true(status_healthy(&shown.source, why, sizeof why));
	net.now += 60 * NS_PER_S;
	assert_false(status_healthy(&shown.source, why, sizeof why));
	assert_non_null(strstr(why, "the core has not been called for"));
	done(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_promised_is_there),
		cmocka_unit_test(a_node_that_is_ahead_says_so_with_numbers),
		cmocka_unit_test(the_sentence_ends_with_the_cure),
		cmocka_unit_test(where_all_is_well_no_cure_is_needed),
		cmocka_unit_test(a_drill_needs_no_cure_and_is_said_to_be_one),
		cmocka_unit_test(a_hold_without_an_end_has_no_number),
		cmocka_unit_test(a_peer_that_was_never_heard_has_no_offset),
		cmocka_unit_test(the_levels_tell_how_far_they_are),
		cmocka_unit_test(who_proves_a_level_is_named),
		cmocka_unit_test(the_exchanges_behind_an_interval_are_told),
		cmocka_unit_test(a_report_of_a_driver_becomes_an_action),
		cmocka_unit_test(a_driver_puts_its_own_block),
		cmocka_unit_test(a_name_that_is_no_utf8_does_not_spoil_the_document),
		cmocka_unit_test(events_come_from_the_number_asked_for),
		cmocka_unit_test(a_core_that_is_not_called_is_ill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
