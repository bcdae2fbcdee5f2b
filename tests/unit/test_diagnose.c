#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/skewctl/diagnose.h"
#include "../../sentinel/skewctl/reply.h"

static json_t *list;

static int set_up(void **state)
{
	(void)state;
	list = json_array();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(list);
	return 0;
}

/* One finding says so, in that state. */
static void assert_found(const char *state, const char *part)
{
	const json_t *item;
	size_t i;
	char *all;

	json_array_foreach(list, i, item)
	{
		if (strcmp(reply_text(item, "state"), state) == 0 && strstr(reply_text(item, "text"), part))
			return;
	}
	all = json_dumps(list, JSON_INDENT(2));
	print_error("%s: \"%s\" is not in:\n%s\n", state, part, all);
	free(all);
	fail();
}

static json_t *peer(const char *name, const char *state, const char *not_believed)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s}", "name", name, "address", "10.0.1.1:9123", "role",
		"database", "state", state, "not_believed", not_believed, "version", "0.1.0");
}

static json_t *cell(const char *from, const char *to, double age, bool implied)
{
	return json_pack("{s:s, s:s, s:f, s:b}", "from", from, "to", to, "age_s", age, "implied", implied);
}

/* Steals all of them. Seen from db3, of db1, db2 and db3. */
static void diagnose(json_t *one_peer, json_t *cells)
{
	json_t *status = json_pack("{s:s, s:[o]}", "node", "db3", "peers", one_peer);
	json_t *matrix = json_pack("{s:[{s:s},{s:s},{s:s}], s:o}", "nodes", "name", "db1", "name", "db2",
		"name", "db3", "cells", cells);

	diagnose_peers(list, status, matrix);
	json_decref(status);
	json_decref(matrix);
	assert_int_equal(json_array_size(list), 1);
}

static void each_hears_the_other(void **state)
{
	(void)state;
	diagnose(peer("db1", "ok", NULL), json_pack("[o]", cell("db1", "db3", 2, false)));
	assert_found("ok", "db1 (10.0.1.1:9123): each hears the other");
	assert_int_equal(diagnosis_wrong(list), 0);
}

static void one_that_does_not_hear_us_is_told_apart(void **state)
{
	(void)state;
	diagnose(peer("db1", "critical", NULL),
		json_pack("[o, o]", cell("db3", "db1", 0, false), cell("db2", "db3", 0, false)));
	assert_found("wrong",
		"db1 is heard, but does not hear db3: does UDP from 10.0.1.1:9123 to port 9123 get in here");
	assert_int_equal(diagnosis_wrong(list), 1);
}

static void what_is_implied_or_old_proves_no_path(void **state)
{
	(void)state;
	diagnose(peer("db1", "ok", NULL),
		json_pack("[o, o]", cell("db1", "db3", 1, true), cell("db1", "db3", 31, false)));
	assert_found("wrong", "db1 is heard, but does not hear db3");
}

static void one_that_others_reach_points_at_a_firewall(void **state)
{
	(void)state;
	diagnose(peer("db1", "unreachable", NULL), json_pack("[o]", cell("db2", "db1", 0, false)));
	assert_found("wrong", "db1 (10.0.1.1:9123) does not answer this host, but db2 reaches it: another "
			      "address or port there, or a firewall");
}

static void one_that_nobody_reaches_may_be_down(void **state)
{
	(void)state;
	diagnose(peer("db1", "unreachable", NULL), json_array());
	assert_found("wrong", "db1 (10.0.1.1:9123) answers nobody: is its sentinel running");
}

static void one_that_is_not_believed_is_heard(void **state)
{
	(void)state;
	diagnose(peer("db1", "unreachable", "its key is another one than ours: compare the key files"),
		json_pack("[o]", cell("db2", "db1", 0, false)));
	assert_found("wrong",
		"db1 (10.0.1.1:9123) is heard, and not believed: its key is another one than ours: compare");
}

static void another_list_of_hosts_is_told_by_its_electorate(void **state)
{
	json_t *status =
		json_pack("{s:s, s:{s:i}, s:[]}", "node", "db3", "verdict", "electorate", 3, "peers");
	json_t *matrix = json_pack("{s:[{s:s, s:i}, {s:s, s:i}, {s:s, s:n}]}", "verdicts", "node", "db1",
		"electorate", 4, "node", "db2", "electorate", 3, "node", "db4", "electorate");

	(void)state;
	diagnose_peers(list, status, matrix);
	assert_int_equal(json_array_size(list), 1);
	assert_found(
		"wrong", "db1 counts 4 that vote, this host 3: compare `peers` (and `electorate`) on both");
	json_decref(status);
	json_decref(matrix);
}

static void another_list_of_as_many_is_told_too(void **state)
{
	json_t *db2 = peer("db2", "ok", NULL);
	json_t *matrix = json_pack("{s:[{s:s, s:i}]}", "verdicts", "node", "db2", "electorate", 3);
	json_t *status;

	(void)state;
	json_object_set_new(db2, "other_list", json_true());
	status = json_pack("{s:s, s:{s:i}, s:[o]}", "node", "db3", "verdict", "electorate", 3, "peers", db2);
	diagnose_peers(list, status, matrix);
	assert_found("wrong",
		"db2 has another list of members than this host: compare the names in `peers` on both");
	json_decref(status);
	json_decref(matrix);
}

static void a_hold_is_told_with_what_lifts_it(void **state)
{
	json_t *status = json_pack("{s:{s:s}, s:{s:s}, s:{s:n}}", "verdict", "state", "ok", "hold", "reason",
		"on all nodes, by db1: maintenance", "galera", "hold");

	(void)state;
	diagnose_verdict(list, status);
	assert_found("note", "): skewctl unhold lifts it");
	json_object_set_new(json_object_get(status, "galera"), "hold", json_pack("{s:s}", "by", "db1"));
	diagnose_verdict(list, status);
	assert_found("note", "(on all nodes, by db1: maintenance): skewctl unhold --cluster lifts it");
	json_decref(status);
}

/* As it is seen from db3, which has no vote: it asks db1, and nobody but the voters has to ask it. */
static void in_a_large_cluster_those_that_others_ask_are_counted_and_not_vouched_for(void **state)
{
	json_t *elsewhere = peer("db2", "unknown", NULL);
	json_t *status =
		json_pack("{s:s, s:[o, o]}", "node", "db3", "peers", peer("db1", "ok", NULL), elsewhere);
	json_t *matrix = json_pack("{s:[{s:s, s:b},{s:s, s:b}], s:[]}", "nodes", "name", "db3", "voter", 0,
		"name", "db1", "voter", 1, "cells");

	(void)state;
	json_object_set_new(elsewhere, "watched", json_false());
	diagnose_peers(list, status, matrix);
	assert_int_equal(json_array_size(list), 2);
	assert_found("ok", "db1 (10.0.1.1:9123): it answers");
	assert_found("note", "1 more is not measured from here");
	json_decref(status);
	json_decref(matrix);
}

static void an_electorate_that_can_prove_nothing_is_wrong(void **state)
{
	struct conf *conf = conf_defaults("db1");

	(void)state;
	conf->electorate = 2;
	diagnose_electorate(list, conf);
	assert_found(
		"wrong", "2 vote: of two clocks that differ nobody can tell which is wrong; add a witness");
	conf->electorate = 3;
	diagnose_electorate(list, conf);
	assert_found("note", "3 vote");
	conf->electorate = 4;
	diagnose_electorate(list, conf);
	assert_found("ok", "4 vote, 3 make a majority");
	conf_free(conf);
}

static void a_host_that_is_not_in_its_list_is_told(void **state)
{
	struct conf *conf = conf_defaults("db1");

	(void)state;
	diagnose_listed(list, conf);
	assert_found("note", "this host, db1, is none of `peers`");
	json_array_clear(list);
	conf->listed = true;
	diagnose_listed(list, conf);
	assert_int_equal(json_array_size(list), 0);
	conf_free(conf);
}

static void nodes_that_can_never_leave_are_told(void **state)
{
	json_t *status = json_pack(
		"{s:{s:s, s:i, s:i}}", "galera", "connection", "up", "data_nodes", 2, "min_synced", 2);

	(void)state;
	diagnose_galera(list, status, NULL);
	assert_found("wrong", "no node is ever taken out of work: of 2 data nodes 2 have to stay at work "
			      "(galera.min_synced; of "
			      "two, 1 lets one leave)");
	json_decref(status);
}

static void another_version_that_still_runs_is_wrong(void **state)
{
	json_t *status = json_pack("{s:s, s:f, s:[]}", "version", "0.0.1", "uptime_s", 60.0, "peers");

	(void)state;
	diagnose_daemon(list, status, NULL);
	assert_found("wrong", "skew-sentinel 0.0.1 runs, and this is " SKEW_VERSION ": systemctl restart");
	json_decref(status);
}

static void a_file_that_was_not_taken_is_wrong(void **state)
{
	static const char yaml[] =
		"node: db3\npeers: [{name: db1, address: 10.0.1.1}, {name: db2, address: 10.0.1.2}]\n";
	struct conf_host host = { .name = "db3" };
	struct conf_error error;
	struct conf *conf = conf_parse("x", yaml, sizeof yaml - 1, &host, &error);
	json_t *status = json_pack("{s:s, s:[o]}", "version", SKEW_VERSION, "peers", peer("db1", "ok", NULL));
	json_t *peers = json_object_get(status, "peers");

	(void)state;
	assert_non_null(conf);
	diagnose_daemon(list, status, conf);
	assert_found("wrong", "do not agree about db2: skewctl reload");
	json_array_append_new(peers, peer("db2", "ok", NULL));
	json_array_clear(list);
	diagnose_daemon(list, status, conf);
	assert_int_equal(diagnosis_wrong(list), 0);
	json_array_append_new(peers, peer("db9", "ok", NULL));
	diagnose_daemon(list, status, conf);
	assert_found("wrong", "do not agree about db9");
	json_decref(status);
	conf_free(conf);
}

static void diagnose_time(json_t *timesync)
{
	json_t *status = json_pack("{s:o}", "timesync", timesync);

	json_array_clear(list);
	diagnose_timesync(list, status);
	json_decref(status);
}

static void the_time_service_is_looked_at(void **state)
{
	(void)state;
	diagnose_time(json_pack("{s:n, s:b, s:b}", "service", "whole_host", 1, "synchronised", 0));
	assert_found("wrong", "no time service runs: enable one (chronyd)");
	diagnose_time(json_pack("{s:n, s:b, s:b}", "service", "whole_host", 0, "synchronised", 1));
	assert_found("note", "cannot be seen from here");
	diagnose_time(json_pack("{s:s, s:b, s:b}", "service", "chronyd", "whole_host", 1, "synchronised", 0));
	assert_found("wrong", "chronyd runs, but the kernel says: not synchronised");
	diagnose_time(json_pack("{s:s, s:b, s:b}", "service", "chronyd", "whole_host", 1, "synchronised", 1));
	assert_found("ok", "chronyd runs; the kernel says: synchronised");
}

static void the_database_is_looked_at(void **state)
{
	json_t *status = json_pack("{s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}", "galera", "connection",
		"away: Access denied (run: skewctl setup-db)", "socket", "/run/mysqld/mysqld.sock", "user",
		"skew-sentinel", "actions", "measure", "desync", "state", "latched", "detail",
		"3 times today");

	(void)state;
	diagnose_galera(list, status, NULL);
	assert_found("wrong", "the server at /run/mysqld/mysqld.sock is away: Access denied (run: skewctl "
			      "setup-db)");
	assert_found("wrong", "desync is latched: 3 times today; skewctl unhold ends that");
	json_object_set_new(json_object_get(status, "galera"), "connection", json_string("away: no socket"));
	diagnose_galera(list, status, NULL);
	assert_found("wrong", "is away: no socket: is it running, and is that its socket (galera.socket)?");
	json_object_set_new(json_array_get(json_object_get(status, "actions"), 0), "detail",
		json_string("nothing is set before: skewctl unhold"));
	json_array_clear(list);
	diagnose_galera(list, status, NULL);
	assert_found("wrong", "desync is latched: nothing is set before: skewctl unhold");
	assert_string_equal(reply_text(json_array_get(list, 1), "text"),
		"desync is latched: nothing is set before: skewctl unhold");
	json_decref(status);
}

static void what_the_database_user_lacks_is_told(void **state)
{
	json_t *status = json_pack("{s:{s:s, s:s, s:s, s:s, s:s}}", "galera", "connection", "up", "user",
		"skew-sentinel", "local_state_comment", "Synced", "cluster_status", "Primary", "missing",
		"database user skew-sentinel lacks a privilege");

	(void)state;
	diagnose_galera(list, status, NULL);
	assert_found("ok", "Synced, Primary; user skew-sentinel is let in");
	assert_found("wrong", "database user skew-sentinel lacks a privilege");
	json_decref(status);
}

static void it_ends_with_a_count(void **state)
{
	struct page page = { .width = 80 };
	char *text = NULL;
	size_t len;

	(void)state;
	diagnosis_add(list, DIAGNOSIS_OK, "keys", "fine");
	diagnosis_add(list, DIAGNOSIS_WRONG, "peers", "db1 \033[2J answers nobody");
	page.out = open_memstream(&text, &len);
	diagnosis_show(list, &page);
	fclose(page.out);
	assert_string_equal(text, "keys          ok     fine\n"
				  "peers         WRONG  db1 ?[2J answers nobody\n"
				  "\n"
				  "1 thing is wrong.\n");
	free(text);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(each_hears_the_other),
		STORY(one_that_does_not_hear_us_is_told_apart),
		STORY(what_is_implied_or_old_proves_no_path),
		STORY(one_that_others_reach_points_at_a_firewall),
		STORY(one_that_nobody_reaches_may_be_down),
		STORY(one_that_is_not_believed_is_heard),
		STORY(another_list_of_as_many_is_told_too),
		STORY(another_list_of_hosts_is_told_by_its_electorate),
		STORY(a_hold_is_told_with_what_lifts_it),
		STORY(in_a_large_cluster_those_that_others_ask_are_counted_and_not_vouched_for),
		STORY(an_electorate_that_can_prove_nothing_is_wrong),
		STORY(a_host_that_is_not_in_its_list_is_told),
		STORY(nodes_that_can_never_leave_are_told),
		STORY(another_version_that_still_runs_is_wrong),
		STORY(a_file_that_was_not_taken_is_wrong),
		STORY(the_time_service_is_looked_at),
		STORY(the_database_is_looked_at),
		STORY(what_the_database_user_lacks_is_told),
		STORY(it_ends_with_a_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
