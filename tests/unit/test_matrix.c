#include "story.h"

#include "../../sentinel/status/matrix.h"
#include "../../sentinel/text/told.h"
#include "shown.h"

enum { DB1, DB2, DB3, MON1 };

static struct net net;
static struct shown shown;

/* As db1 sees it, with db3 ahead by 1900 s. */
static json_t *matrix_at_db1(void)
{
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(8));
	shown_open(&shown, &net, DB1);
	return matrix_json(&shown.source);
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

	return value ? value : "";
}

static double offset(const json_t *matrix, const char *from, const char *to)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(matrix, "cells"), i,
		cell) if (strcmp(text(cell, "from"), from) == 0 &&
			  strcmp(text(cell, "to"), to) ==
				  0) return json_number_value(json_object_get(cell, "offset_s"));
	fail_msg("no cell from %s to %s", from, to);
	return 0;
}

static const json_t *verdict(const json_t *matrix, const char *node)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(matrix, "verdicts"), i,
		item) if (strcmp(text(item, "node"), node) == 0) return item;
	fail_msg("no verdict on %s", node);
	return NULL;
}

static void the_whole_cluster_is_in_it_at_each_of_its_hosts(void **state)
{
	json_t *matrix = matrix_at_db1();

	(void)state;
	assert_int_equal(json_array_size(json_object_get(matrix, "nodes")), 4);
	assert_int_equal(json_array_size(json_object_get(matrix, "cells")), 4 * 3);
	assert_int_equal(json_array_size(json_object_get(matrix, "verdicts")), 4);
	assert_int_equal(json_integer_value(json_object_get(matrix, "omitted")), 0);
	done(matrix);
}

static void a_cell_is_the_column_minus_the_row(void **state)
{
	json_t *matrix = matrix_at_db1();

	(void)state;
	assert_true(offset(matrix, "db1", "db3") > 1899.9 && offset(matrix, "db1", "db3") < 1900.1);
	assert_true(offset(matrix, "db3", "mon1") < -1899.9 && offset(matrix, "db3", "mon1") > -1900.1);
	assert_true(offset(matrix, "db2", "mon1") < 0.1 && offset(matrix, "db2", "mon1") > -0.1);
	done(matrix);
}

static void what_a_peer_says_stands_beside_what_is_proved_of_it(void **state)
{
	json_t *matrix = matrix_at_db1();
	const json_t *db3 = verdict(matrix, "db3");

	(void)state;
	assert_string_equal(text(db3, "state"), "critical");
	assert_string_equal(text(db3, "summary"), "db3 says of itself: critical; 3 of 4 agree");
	assert_string_equal(text(json_object_get(db3, "proved"), "state"), "critical");
	assert_string_equal(text(verdict(matrix, "db1"), "state"), "ok");
	done(matrix);
}

static void what_hosts_tell_of_time_service_and_database_is_shown(void **state)
{
	json_t *matrix;

	(void)state;
	net_open(&net, "");
	core_host_is(net.hosts[DB1].core, TOLD_SERVICE_CHRONYD, TOLD_DATABASE_SYNCED);
	core_host_is(net.hosts[DB3].core, TOLD_SERVICE_NONE, TOLD_DATABASE_DONOR);
	core_host_is(net.hosts[MON1].core, (enum told_service)200, (enum told_database)200);
	net_run(&net, span_s(8));
	shown_open(&shown, &net, DB1);
	matrix = matrix_json(&shown.source);
	assert_string_equal(text(verdict(matrix, "db1"), "time_service"), "chronyd");
	assert_string_equal(text(verdict(matrix, "db1"), "database"), "Synced");
	assert_string_equal(text(verdict(matrix, "db3"), "time_service"), "none");
	assert_string_equal(text(verdict(matrix, "db3"), "database"), "Donor/Desynced");
	assert_string_equal(text(verdict(matrix, "mon1"), "time_service"), "another");
	assert_true(json_is_null(json_object_get(verdict(matrix, "mon1"), "database")));
	assert_true(json_is_null(json_object_get(verdict(matrix, "db2"), "time_service")));
	assert_true(json_is_null(json_object_get(verdict(matrix, "db2"), "database")));
	done(matrix);
}

static void what_is_seen_of_this_host_is_told_of_it(void **state)
{
	struct timesync timesync = { .looked = true, .running = true, .service = "systemd-timesyncd" };
	struct wsrep wsrep = { .cluster_status = "Primary", .local_state = WSREP_DONOR_DESYNCED };

	(void)state;
	assert_int_equal(told_service(&timesync), TOLD_SERVICE_TIMESYNCD);
	strcpy(timesync.service, "clockwork");
	assert_int_equal(told_service(&timesync), TOLD_SERVICE_OTHER);
	timesync.running = false;
	assert_int_equal(told_service(&timesync), TOLD_SERVICE_NOT);
	timesync.whole_host = true;
	assert_int_equal(told_service(&timesync), TOLD_SERVICE_NONE);
	assert_int_equal(told_service(NULL), TOLD_SERVICE_NOT);
	assert_int_equal(told_database(true, &wsrep), TOLD_DATABASE_DONOR);
	assert_int_equal(told_database(false, &wsrep), TOLD_DATABASE_AWAY);
	strcpy(wsrep.cluster_status, "non-Primary");
	assert_int_equal(told_database(true, &wsrep), TOLD_DATABASE_OUTSIDE);
}

static void who_is_not_at_work_is_told_by_what_it_says(void **state)
{
	static const uint8_t at_work[] = { TOLD_DATABASE_NOT, TOLD_DATABASE_SYNCED, 200 };
	static const uint8_t away[] = { TOLD_DATABASE_JOINER, TOLD_DATABASE_DONOR, TOLD_DATABASE_JOINED,
		TOLD_DATABASE_AWAY, TOLD_DATABASE_OUTSIDE };
	struct state_report report = { .in_force = IN_FORCE_HOLD | IN_FORCE_BLOCK_JOINS };

	(void)state;
	for (size_t i = 0; i < sizeof at_work; i++) {
		report.database = at_work[i];
		assert_false(told_away(&report));
	}
	for (size_t i = 0; i < sizeof away; i++) {
		report.database = away[i];
		assert_true(told_away(&report));
	}
	report.database = TOLD_DATABASE_SYNCED;
	report.in_force = IN_FORCE_FENCE;
	assert_true(told_away(&report));
	report.in_force = IN_FORCE_DESYNC;
	assert_true(told_away(&report));
}

static void a_node_that_was_never_heard_has_said_nothing(void **state)
{
	json_t *matrix;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].silent = true;
	net_run(&net, span_s(8));
	shown_open(&shown, &net, DB1);
	matrix = matrix_json(&shown.source);
	assert_string_equal(text(verdict(matrix, "db3"), "state"), "unknown");
	assert_string_equal(text(verdict(matrix, "db3"), "cause"), "silent");
	assert_string_equal(text(verdict(matrix, "db3"), "summary"), "db3 has told nothing of itself");
	done(matrix);
}

static void a_drill_is_seen_from_everywhere(void **state)
{
	struct event event = { .kind = EVENT_DRILL };
	const json_t *in_force;
	json_t *matrix = matrix_at_db1();

	(void)state;
	event.drill.on = true;
	event.drill.offset = span_s(5);
	event.drill.for_span = span_s(60);
	net_event(&net, DB2, &event);
	net_run(&net, span_s(5));
	json_decref(matrix);
	matrix = matrix_json(&shown.source);
	in_force = json_object_get(verdict(matrix, "db2"), "in_force");
	assert_int_equal(json_array_size(in_force), 1);
	assert_string_equal(json_string_value(json_array_get(in_force, 0)), "drill");
	assert_int_equal(json_array_size(json_object_get(verdict(matrix, "db1"), "in_force")), 0);
	done(matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_cluster_is_in_it_at_each_of_its_hosts),
		cmocka_unit_test(a_cell_is_the_column_minus_the_row),
		cmocka_unit_test(what_a_peer_says_stands_beside_what_is_proved_of_it),
		cmocka_unit_test(what_hosts_tell_of_time_service_and_database_is_shown),
		cmocka_unit_test(what_is_seen_of_this_host_is_told_of_it),
		cmocka_unit_test(who_is_not_at_work_is_told_by_what_it_says),
		cmocka_unit_test(a_node_that_was_never_heard_has_said_nothing),
		cmocka_unit_test(a_drill_is_seen_from_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
