#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../sentinel/galera/allowlist.h"

/* As one of three data nodes sees it; the others are conf->peers 0 and 1, and the third of all is skewed. */
static struct conf *conf;
static struct wanted_joins wanted;
static struct allowlist_seen seen;
static bool apart;

static void add_row(const char *ip)
{
	snprintf(seen.rows[seen.n_rows++].name, DB_NAME_SIZE, "%s", ip);
}

/* Beside each address that we write stands a row that says so. */
static void add_our_row(const char *ip)
{
	add_row(ip);
	snprintf(seen.rows[seen.n_rows++].name, DB_NAME_SIZE, ALLOWLIST_MARK " %s", ip);
}

static void add_member(const char *name, const char *address)
{
	struct db_row *row = &seen.members[seen.n_members++];

	snprintf(row->name, sizeof row->name, "%s", name);
	snprintf(row->value, sizeof row->value, "%s", address);
}

/* db3 is skewed and no member; nobody has a list. */
static void begin(const char *node, const char *more)
{
	struct conf_host host = { .name = node };
	struct conf_error error = { "" };
	char text[8192 + 512];

	snprintf(text, sizeof text,
		"peers: [{name: db1, address: 10.0.1.11}, {name: db2, address: 10.0.2.11}, {name: db3, "
		"address: 10.0.3.11}, {name: mon1, address: 10.0.1.5, role: witness}%s]\n"
		"galera: {measures: [desync, block_joins]}\n",
		more);
	conf = conf_parse("s.yaml", text, strlen(text), &host, &error);
	assert_string_equal(error.text, "");
	wanted = (struct wanted_joins){ .want = WANT_ON,
		.n = 2,
		.peers = { { .peer = 0, .able = true, .word = JOIN_NO_LIST },
			{ .peer = 1, .out = true, .word = JOIN_SILENT } } };
	seen = (struct allowlist_seen){ .has_table = true, .primary = true, .ignores = 7 };
	snprintf(seen.node_name, sizeof seen.node_name, "%s", node);
	add_member("db1", "10.0.1.11:3306");
	add_member("db2", "10.0.2.11:3306");
	apart = false;
}

static void begin_with_list(const char *node, const char *more)
{
	begin(node, more);
	wanted.peers[0].word = JOIN_LIST;
	add_row(ALLOWLIST_MARK);
	add_our_row("10.0.1.11");
	add_our_row("10.0.2.11");
}

static void end(void)
{
	conf_free(conf);
}

static struct allowlist_choice decided(void)
{
	struct allowlist_facts facts = { .conf = conf, .wanted = &wanted, .seen = &seen, .apart = apart };

	return allowlist_decide(&facts);
}

static void assert_nothing_is_written(enum action_state state, const char *because)
{
	struct allowlist_choice choice = decided();

	assert_string_equal(choice.sql, "");
	assert_int_equal(choice.state, state);
	if (!strstr(choice.detail, because))
		fail_msg("%s", choice.detail);
}

static void assert_written(const char *sql)
{
	assert_string_equal(decided().sql, sql);
}

static void the_first_by_name_writes_the_list_whole(void **state)
{
	(void)state;
	begin("db1", "");
	assert_written("INSERT INTO mysql.wsrep_allowlist (ip) VALUES ('skew-sentinel'), ('10.0.1.11'), "
		       "('skew-sentinel 10.0.1.11'), ('10.0.2.11'), ('skew-sentinel 10.0.2.11')");
	assert_int_equal(decided().state, ACTION_PENDING);
	assert_true(decided().no_list);
	end();
	begin("db2", "");
	assert_nothing_is_written(ACTION_PENDING, "db3 is to be kept from joining: db1 writes the list");
	wanted.peers[0].able = false;
	assert_written("INSERT INTO mysql.wsrep_allowlist (ip) VALUES ('skew-sentinel'), ('10.0.2.11'), "
		       "('skew-sentinel 10.0.2.11'), ('10.0.1.11'), ('skew-sentinel 10.0.1.11')");
	end();
}

static void where_it_is_written_it_stands(void **state)
{
	(void)state;
	begin_with_list("db1", "");
	assert_nothing_is_written(ACTION_ACTIVE, "db3 is kept from joining");
	assert_false(decided().no_list);
	end();
}

static void who_is_mended_is_let_in_and_the_table_is_as_it_was(void **state)
{
	(void)state;
	begin_with_list("db1", "");
	wanted.peers[1].out = false;
	/* As after a restart: nothing is proved yet, and it stays out. */
	assert_nothing_is_written(ACTION_ACTIVE, "db3 is kept from joining");
	wanted.peers[1].in = true;
	assert_written("DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('skew-sentinel', '10.0.1.11', "
		       "'skew-sentinel 10.0.1.11', '10.0.2.11', 'skew-sentinel 10.0.2.11')");
	wanted.want = WANT_OFF;
	assert_written("DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('skew-sentinel', '10.0.1.11', "
		       "'skew-sentinel 10.0.1.11', '10.0.2.11', 'skew-sentinel 10.0.2.11')");
	wanted.want = WANT_KEEP;
	assert_nothing_is_written(ACTION_ACTIVE, "stands as it is");
	end();
}

static void of_two_that_are_out_one_is_let_in(void **state)
{
	(void)state;
	begin_with_list("db1", ", {name: db4, address: 10.0.4.11}");
	wanted.n = 3;
	wanted.peers[2] = (struct join_peer){ .peer = 3, .in = true };
	assert_written(
		"INSERT INTO mysql.wsrep_allowlist (ip) VALUES ('10.0.4.11'), ('skew-sentinel 10.0.4.11')");
	add_our_row("10.0.4.11");
	assert_nothing_is_written(ACTION_ACTIVE, "db3");
	wanted.peers[2].out = true;
	assert_written(
		"DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('10.0.4.11', 'skew-sentinel 10.0.4.11')");
	end();
}

static void a_member_is_never_kept_out(void **state)
{
	(void)state;
	begin("db1", "");
	add_member("db3", "10.0.3.11:3306");
	assert_nothing_is_written(ACTION_IDLE, "");
	end();
}

static void a_member_that_says_nothing_of_its_table_is_waited_for(void **state)
{
	(void)state;
	begin("db1", "");
	wanted.peers[0].word = JOIN_SILENT;
	assert_nothing_is_written(ACTION_PENDING, "db2 does not say that it has no list");
	end();
}

/* After a new cluster was formed the one that did it has an empty table, and the others have theirs. */
static void tables_that_differ_are_emptied_first_from_where_the_rows_are(void **state)
{
	(void)state;
	begin("db1", "");
	wanted.peers[0].word = JOIN_LIST;
	assert_nothing_is_written(ACTION_PENDING, "db2 does not say that it has no list");
	end();
	begin_with_list("db2", "");
	wanted.peers[0].word = JOIN_NO_LIST;
	assert_true(decided().apart);
	assert_nothing_is_written(ACTION_ACTIVE, "db3");
	apart = true;
	assert_written("DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('skew-sentinel', '10.0.1.11', "
		       "'skew-sentinel 10.0.1.11', '10.0.2.11', 'skew-sentinel 10.0.2.11')");
	end();
}

static void what_is_others_is_left_alone(void **state)
{
	(void)state;
	begin("db1", "");
	add_row("10.0.9.9");
	assert_nothing_is_written(ACTION_FAILED, "has a row of somebody else's, '10.0.9.9'");
	assert_false(decided().no_list);
	end();
	begin("db1", "");
	add_row("10.0.1.11"); /* without our mark it is not ours either */
	assert_nothing_is_written(ACTION_FAILED, "'10.0.1.11'");
	end();
	begin("db1", "");
	snprintf(seen.setting, sizeof seen.setting, "10.0.1.11");
	assert_nothing_is_written(ACTION_FAILED, "wsrep_allowlist is set on this server (10.0.1.11)");
	end();
}

static void a_row_that_somebody_added_to_our_list_is_told_how_to_be_removed(void **state)
{
	(void)state;
	begin_with_list("db1", "");
	add_row("10.0.9.9");
	assert_nothing_is_written(ACTION_FAILED,
		"our list has a row of somebody else's, and is left as it is until that is gone: DELETE FROM "
		"mysql.wsrep_allowlist WHERE ip='10.0.9.9'");
	add_row(ALLOWLIST_MARK " 10.0.9.8"); /* of another one we had */
	assert_nothing_is_written(ACTION_FAILED, "WHERE ip='10.0.9.9'");
	end();
	begin_with_list("db1", "");
	add_our_row("10.0.9.9' OR ip <> '"); /* no address: not ours, whatever it says */
	assert_nothing_is_written(ACTION_FAILED, "has a row of somebody else's");
	end();
}

/* Or one at another address now. By what stands in the table any node knows it, whoever wrote it and whenever. */
static void a_row_of_ours_goes_with_the_peer(void **state)
{
	(void)state;
	begin_with_list("db1", "");
	add_our_row("10.0.9.9");
	assert_written(
		"DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('10.0.9.9', 'skew-sentinel 10.0.9.9')");
	assert_int_equal(decided().state, ACTION_ACTIVE);
	end();
	begin_with_list("db2", "");
	add_our_row("10.0.9.9");
	assert_nothing_is_written(ACTION_ACTIVE, "db3 is kept from joining"); /* db1 does */
	end();
	begin_with_list("db1", "");
	add_our_row("10.0.9.9");
	wanted.want = WANT_OFF;
	assert_written(
		"DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('skew-sentinel', '10.0.1.11', 'skew-sentinel "
		"10.0.1.11', '10.0.2.11', 'skew-sentinel 10.0.2.11', '10.0.9.9', 'skew-sentinel 10.0.9.9')");
	end();
}

/* An operator let it in by hand, and takes it for his own. */
static void a_row_of_a_peer_that_somebody_else_wrote_is_his_once_the_peer_is_gone(void **state)
{
	(void)state;
	begin_with_list("db1", ", {name: db4, address: 10.0.4.11}");
	wanted.n = 3;
	wanted.peers[2] = (struct join_peer){ .peer = 3, .in = true };
	add_row("10.0.4.11");
	assert_nothing_is_written(ACTION_ACTIVE, "db3 is kept from joining");
	end();
	begin_with_list("db1", "");
	add_row("10.0.4.11");
	assert_nothing_is_written(ACTION_FAILED, "WHERE ip='10.0.4.11'");
	end();
}

static void half_of_a_row_is_mended(void **state)
{
	(void)state;
	begin_with_list("db1", "");
	seen.n_rows = 0;
	add_row(ALLOWLIST_MARK);
	add_our_row("10.0.1.11");
	add_row(ALLOWLIST_MARK " 10.0.2.11");
	assert_written("INSERT INTO mysql.wsrep_allowlist (ip) VALUES ('10.0.2.11')");
	add_row("10.0.2.11");
	add_row(ALLOWLIST_MARK " 10.0.9.9");
	assert_written("DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('skew-sentinel 10.0.9.9')");
	end();
}

/* The largest that fits; what does not is said. */
static void a_large_cluster_has_room_in_one_statement(void **state)
{
	char more[8192] = "", *at = more;

	(void)state;
	for (int i = 4; i < 30; i++)
		at += sprintf(
			at, ", {name: db%d, address: '2001:db8:1111:2222:3333:4444:5555:66%02d'}", i, i);
	begin("db1", more);
	for (size_t i = 2; i < conf->n_peers - 1; i++)
		wanted.peers[wanted.n++] = (struct join_peer){ .peer = i + 1, .in = true };
	assert_int_equal(wanted.n, 28);
	assert_non_null(strstr(decided().sql, "('skew-sentinel 2001:db8:1111:2222:3333:4444:5555:6629')"));
	end();
}

/* What the driver wants then is all hosts, and no list (blockjoins.c). */
static void configured_no_more_the_list_is_taken_away(void **state)
{
	(void)state;
	begin_with_list("db2", "");
	conf->galera.measures = MEASURE_DESYNC;
	wanted.want = WANT_OFF;
	wanted.peers[0] = (struct join_peer){ .peer = 0 };
	wanted.peers[1] = (struct join_peer){ .peer = 1 };
	assert_written("DELETE FROM mysql.wsrep_allowlist WHERE ip IN ('skew-sentinel', '10.0.1.11', "
		       "'skew-sentinel 10.0.1.11', '10.0.2.11', 'skew-sentinel 10.0.2.11')");
	assert_int_equal(decided().state, ACTION_PENDING);
	assert_string_equal(decided().detail, "galera.measures has no block_joins any more: db2 takes the "
					      "list of those who may join away");
	end();
}

static void a_member_that_is_no_configured_host_might_be_locked_out(void **state)
{
	(void)state;
	begin("db1", "");
	add_member("db9", "10.0.9.11:3306");
	assert_nothing_is_written(ACTION_FAILED, "member db9 is no configured database");
	assert_false(decided().no_list);
	end();
	begin("db1", "");
	add_member("garb", "");
	assert_nothing_is_written(ACTION_FAILED, "member garb is no configured database");
	end();
	begin("db1", ", {name: mon2, address: 10.0.5.5, role: arbitrator}");
	add_member("garb", "");
	assert_written("INSERT INTO mysql.wsrep_allowlist (ip) VALUES ('skew-sentinel'), ('10.0.1.11'), "
		       "('skew-sentinel 10.0.1.11'), ('10.0.2.11'), ('skew-sentinel 10.0.2.11'), "
		       "('10.0.5.5'), ('skew-sentinel 10.0.5.5')");
	end();
}

static void what_it_cannot_do_it_says(void **state)
{
	(void)state;
	begin("db1", ", db4.example.net");
	wanted.n = 3;
	wanted.peers[2] = (struct join_peer){ .peer = 3 };
	assert_nothing_is_written(ACTION_FAILED, "needs the IP address that db4.example.net replicates from");
	end();
	begin("db1", "");
	seen.ignores = 1;
	assert_nothing_is_written(ACTION_FAILED, "wsrep_ignore_apply_errors is 1 here");
	seen.ignores = 7;
	seen.primary = false;
	assert_nothing_is_written(ACTION_PENDING, "not synchronised with a primary component");
	seen.primary = true;
	conf->galera.dry_run = true;
	assert_nothing_is_written(ACTION_DRY_RUN, "db1 writes the list");
	end();
}

static void settings_are_read_from_rows(void **state)
{
	static const struct db_row rows[] = { { "wsrep_node_name", "db1" }, { "wsrep_allowlist", "10.0.0.1" },
		{ "wsrep_ignore_apply_errors", "7" } };

	(void)state;
	seen = (struct allowlist_seen){ 0 };
	allowlist_read_settings(&seen, rows, 3);
	assert_string_equal(seen.node_name, "db1");
	assert_string_equal(seen.setting, "10.0.0.1");
	assert_int_equal(seen.ignores, 7);
}

static void a_server_without_such_a_list_is_said_to_be_too_old(void **state)
{
	const struct db_row older[] = { { "version", "10.5.23-MariaDB-0+deb11u1" },
		{ "wsrep_ignore_apply_errors", "7" }, { "wsrep_node_name", "db1" } };
	const struct db_row newer[] = { { "version", "10.11.14-MariaDB" }, { "wsrep_allowlist", "" },
		{ "wsrep_ignore_apply_errors", "7" }, { "wsrep_node_name", "db1" } };

	(void)state;
	begin("db1", "");
	seen.has_table = false;
	allowlist_read_settings(&seen, older, 3);
	assert_nothing_is_written(ACTION_FAILED,
		"block_joins needs MariaDB 10.10 or later: this server (10.5.23-MariaDB-0+deb11u1) has no "
		"mysql.wsrep_allowlist; take it out of galera.measures");
	seen.primary = false;
	assert_nothing_is_written(ACTION_FAILED, "block_joins needs MariaDB 10.10 or later");
	assert_false(decided().no_list);
	seen.primary = true;
	allowlist_read_settings(&seen, newer, 4);
	assert_written("INSERT INTO mysql.wsrep_allowlist (ip) VALUES ('skew-sentinel'), ('10.0.1.11'), "
		       "('skew-sentinel 10.0.1.11'), ('10.0.2.11'), ('skew-sentinel 10.0.2.11')");
	end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_by_name_writes_the_list_whole),
		cmocka_unit_test(where_it_is_written_it_stands),
		cmocka_unit_test(who_is_mended_is_let_in_and_the_table_is_as_it_was),
		cmocka_unit_test(of_two_that_are_out_one_is_let_in),
		cmocka_unit_test(a_member_is_never_kept_out),
		cmocka_unit_test(a_member_that_says_nothing_of_its_table_is_waited_for),
		cmocka_unit_test(tables_that_differ_are_emptied_first_from_where_the_rows_are),
		cmocka_unit_test(what_is_others_is_left_alone),
		cmocka_unit_test(a_row_that_somebody_added_to_our_list_is_told_how_to_be_removed),
		cmocka_unit_test(a_row_of_ours_goes_with_the_peer),
		cmocka_unit_test(a_row_of_a_peer_that_somebody_else_wrote_is_his_once_the_peer_is_gone),
		cmocka_unit_test(half_of_a_row_is_mended),
		cmocka_unit_test(a_large_cluster_has_room_in_one_statement),
		cmocka_unit_test(configured_no_more_the_list_is_taken_away),
		cmocka_unit_test(a_member_that_is_no_configured_host_might_be_locked_out),
		cmocka_unit_test(what_it_cannot_do_it_says),
		cmocka_unit_test(settings_are_read_from_rows),
		cmocka_unit_test(a_server_without_such_a_list_is_said_to_be_too_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
