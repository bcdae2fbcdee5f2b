#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../sentinel/galera/wsrep.h"

/* What a node of three answered. */
static const struct db_row status[] = {
	{ "wsrep_local_state", "2" },
	{ "wsrep_local_state_comment", "Donor/Desynced" },
	{ "wsrep_desync_count", "1" },
	{ "wsrep_gcomm_uuid", "384b22e8-e6e0-11f1-a712-0e8936031326" },
	{ "wsrep_cluster_conf_id", "28" },
	{ "wsrep_cluster_size", "3" },
	{ "wsrep_cluster_state_uuid", "c5e496f1-e6de-11f1-988c-5bb12303f8df" },
	{ "wsrep_cluster_status", "Primary" },
	{ "wsrep_connected", "ON" },
	{ "wsrep_ready", "ON" },
};
static const struct db_row variables[] = {
	{ "wsrep_desync", "1" },
	{ "wsrep_node_name", "db3" },
	{ "version", "10.11.19-MariaDB-0+deb12u1" },
};

enum { STATUS = sizeof status / sizeof status[0], VARIABLES = sizeof variables / sizeof variables[0] };

static struct wsrep seen(void)
{
	struct wsrep wsrep = { 0 };

	wsrep_read(&wsrep, status, STATUS);
	wsrep_read(&wsrep, variables, VARIABLES);
	return wsrep;
}

static void a_node_tells_of_itself(void **state)
{
	struct wsrep wsrep = seen();

	(void)state;
	assert_string_equal(wsrep.node_name, "db3");
	assert_string_equal(wsrep.version, "10.11.19-MariaDB-0+deb12u1");
	assert_string_equal(wsrep.cluster_status, "Primary");
	assert_string_equal(wsrep.local_state_comment, "Donor/Desynced");
	assert_string_equal(wsrep.incarnation, "384b22e8-e6e0-11f1-a712-0e8936031326");
	assert_string_equal(wsrep.cluster_uuid, "c5e496f1-e6de-11f1-988c-5bb12303f8df");
	assert_int_equal(wsrep.view, 28);
	assert_int_equal(wsrep.cluster_size, 3);
	assert_int_equal(wsrep.local_state, WSREP_DONOR_DESYNCED);
	assert_int_equal(wsrep.desync_count, 1);
	assert_true(wsrep.ready);
	assert_true(wsrep.connected);
	assert_true(wsrep.desync_variable);
	assert_true(wsrep_primary(&wsrep));
	assert_true(wsrep_desynced(&wsrep));
}

static void a_node_that_is_not_primary_has_no_view(void **state)
{
	static const struct db_row rows[] = {
		{ "wsrep_cluster_status", "non-Primary" },
		{ "wsrep_cluster_conf_id", "18446744073709551615" },
		{ "wsrep_ready", "OFF" },
		{ "wsrep_local_state", "0" },
	};
	struct wsrep wsrep = seen();

	(void)state;
	wsrep_read(&wsrep, rows, sizeof rows / sizeof rows[0]);
	assert_false(wsrep_primary(&wsrep));
	assert_true(wsrep.view == UINT64_MAX);
	assert_false(wsrep.ready);
	assert_int_equal(wsrep.local_state, WSREP_INITIALIZED);
}

static void what_is_no_number_changes_nothing(void **state)
{
	static const char *const texts[] = { "", "-1", "2x", "18446744073709551616", "NULL" };
	struct wsrep wsrep = seen();

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct db_row row = { "wsrep_desync_count", "" };

		snprintf(row.value, sizeof row.value, "%s", texts[i]);
		wsrep_read(&wsrep, &row, 1);
		assert_int_equal(wsrep.desync_count, 1);
	}
}

static void what_is_not_known_is_passed_over(void **state)
{
	static const struct db_row row = { "wsrep_something_new", "7" };
	struct wsrep before = seen(), wsrep = seen();

	(void)state;
	wsrep_read(&wsrep, &row, 1);
	assert_memory_equal(&wsrep, &before, sizeof wsrep);
}

static void a_long_name_is_cut(void **state)
{
	struct db_row row = { "wsrep_node_name", "" };
	struct wsrep wsrep = { 0 };

	(void)state;
	memset(row.value, 'x', sizeof row.value - 1);
	wsrep_read(&wsrep, &row, 1);
	assert_int_equal(strlen(wsrep.node_name), sizeof wsrep.node_name - 1);
}

static void looks_are_the_same_while_state_and_view_are(void **state)
{
	static const struct db_row changes[] = {
		{ "wsrep_local_state", "4" },
		{ "wsrep_desync_count", "0" },
		{ "wsrep_desync", "0" },
		{ "wsrep_cluster_conf_id", "29" },
		{ "wsrep_gcomm_uuid", "384b22e8-e6e0-11f1-a713-0e8936031326" },
		{ "wsrep_cluster_status", "non-Primary" },
		{ "wsrep_connected", "OFF" },
	};
	static const struct db_row no_change = { "wsrep_node_name", "renamed" };
	struct wsrep before = seen(), wsrep = seen();

	(void)state;
	wsrep_read(&wsrep, &no_change, 1);
	assert_true(wsrep_same(&wsrep, &before));
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		wsrep = seen();
		wsrep_read(&wsrep, &changes[i], 1);
		assert_false(wsrep_same(&wsrep, &before));
	}
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(a_node_tells_of_itself),
		cmocka_unit_test(a_node_that_is_not_primary_has_no_view),
		cmocka_unit_test(what_is_no_number_changes_nothing),
		cmocka_unit_test(what_is_not_known_is_passed_over),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(looks_are_the_same_while_state_and_view_are),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
