/* Reads as: given what the daemon or the network said, what the plugin prints and how it exits. */
#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "../../sentinel/check_skew/local.h"
#include "../../sentinel/check_skew/network.h"
#include "document.h"
#include "grammar.h"

static json_t *status, *matrix;
static struct options options;
static struct result result;
static char *printed;
static int exit_status;

static void set(json_t *object, const char *name, json_t *value)
{
	assert_int_equal(json_object_set_new(object, name, value), 0);
}

static json_t *verdict(void)
{
	return json_object_get(status, "verdict");
}

static int open_night(void **state)
{
	(void)state;
	status = document("night-status");
	matrix = document("night-matrix");
	set(json_object_get(status, "thresholds"), "warning_s", json_real(0.1));
	set(json_object_get(status, "thresholds"), "critical_s", json_real(0.5));
	options = (struct options){ .socket = "/run/test.sock" };
	return 0;
}

static int close_night(void **state)
{
	(void)state;
	json_decref(status);
	json_decref(matrix);
	free(printed);
	printed = NULL;
	return 0;
}

static void print(void)
{
	size_t size;
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &size);
	assert_non_null(out);
	exit_status = result_print(&result, &options, out);
	fclose(out);
	assert_true(grammar_holds(printed, exit_status, options.verbose >= 2));
}

static void judge(void)
{
	result_init(&result);
	local_judge(&options, status, matrix, &result);
	print();
}

static void limits(const char *warning, const char *critical)
{
	options.warning.text = warning;
	options.critical.text = critical;
	assert_true(!warning || range_parse(warning, &options.warning.range));
	assert_true(!critical || range_parse(critical, &options.critical.range));
}

static void assert_says(const char *text)
{
	if (!strstr(printed, text))
		fail_msg("'%s' is not in: %s", text, printed);
}

/* ---- by the daemon ---- */

static void the_daemons_verdict_is_told_whole(void **state)
{
	(void)state;
	judge();
	assert_int_equal(exit_status, 2);
	assert_string_equal(printed,
		"SKEW CRITICAL - db3 is 1900.002 s ahead (+-0.4 ms) of the cluster; 3 of 4 agree; no time "
		"service runs "
		"on db3: enable one (chronyd); desync: active; actions are held: moving the time servers | "
		"offset=1900.002s;-0.1:0.1;-0.5:0.5;; low=1900.0016s;;;; high=1900.0024s;;;; "
		"delay=0.00081s;;;0; "
		"peers=3;;;0;4\n");
}

static void each_state_has_its_exit_status(void **state)
{
	static const char *const states[] = { "ok", "warning", "critical", "unknown" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		set(verdict(), "state", json_string(states[i]));
		judge();
		assert_int_equal(exit_status, i);
	}
	set(verdict(), "state", json_string("purple"));
	judge();
	assert_int_equal(exit_status, 3);
	assert_says("another version");
}

static void what_is_null_is_left_out(void **state)
{
	(void)state;
	set(verdict(), "state", json_string("unknown"));
	set(verdict(), "cause", json_string("no-majority"));
	set(verdict(), "offset_s", json_null());
	set(verdict(), "low_s", json_null());
	set(verdict(), "high_s", json_null());
	set(status, "peers", json_array());
	judge();
	assert_says(" | peers=0;;;0;0\n");
}

static void time_to_the_threshold_and_drift_are_told(void **state)
{
	json_t *peers = json_object_get(status, "peers");
	size_t i;
	json_t *peer;

	(void)state;
	json_array_foreach(peers, i, peer) set(peer, "drift_ppm", json_real(10.5));
	set(verdict(), "threshold_in_s", json_real(5400));
	judge();
	assert_says(" drift=-10.500;;;; ");
	assert_says(" threshold_in=5400s;;;0;");
}

static void ranges_replace_the_daemons_thresholds(void **state)
{
	(void)state;
	limits("1h", "2h");
	judge();
	assert_int_equal(exit_status, 0);
	assert_says("offset=1900.002s;-3600:3600;-7200:7200;;");
	limits("30m", "1h");
	judge();
	assert_int_equal(exit_status, 1);
	assert_says("; by the warning range 30m");
	limits("10", "1900");
	judge();
	assert_int_equal(exit_status, 2);
	assert_says("; by the critical range 1900");
}

static void an_offset_behind_is_as_large_as_one_ahead(void **state)
{
	(void)state;
	set(verdict(), "low_s", json_real(-1900.0024));
	set(verdict(), "high_s", json_real(-1900.0016));
	limits(NULL, "10");
	judge();
	assert_int_equal(exit_status, 2);
	assert_says(" offset=-1900.002s;;-10:10;; low=-1900.0024s");
}

static void what_straddles_a_limit_is_unknown(void **state)
{
	(void)state;
	limits("100ms", "1900.002");
	judge();
	assert_int_equal(exit_status, 3);
	assert_says("straddles the critical range 1900.002");
	limits("1900.002", "1h");
	judge();
	assert_int_equal(exit_status, 3);
	assert_says("straddles the warning range 1900.002");
}

static void without_a_majority_no_range_helps(void **state)
{
	(void)state;
	limits("1h", "2h");
	set(verdict(), "state", json_string("unknown"));
	set(verdict(), "cause", json_string("two-camps"));
	judge();
	assert_int_equal(exit_status, 3);
	set(verdict(), "cause", json_string("path-too-slow"));
	judge();
	assert_int_equal(exit_status, 0);
}

static void another_node_is_judged_by_the_matrix(void **state)
{
	(void)state;
	options.node = "DB1";
	judge();
	assert_int_equal(exit_status, 0);
	assert_says("SKEW OK - db1 agrees with the cluster: 0.1 ms behind (+-0.4 ms); 3 of 4 agree | "
		    "delay=0.00081s");
	options.node = "db9";
	judge();
	assert_int_equal(exit_status, 3);
	assert_says("db9 is none of the nodes that db3 knows");
}

static json_t *named(json_t *list, const char *key, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i,
		item) if (strcmp(json_string_value(json_object_get(item, key)), name) == 0) return item;
	fail_msg("no %s", name);
	return NULL;
}

static void what_another_node_told_of_itself_is_no_proof(void **state)
{
	json_t *entry = named(json_object_get(matrix, "verdicts"), "node", "db1");
	json_t *peer = named(json_object_get(status, "peers"), "name", "db1");

	(void)state;
	options.node = "db1";
	set(entry, "state", json_string("critical"));
	judge();
	assert_int_equal(exit_status, 0);
	assert_says("; of itself it says: critical");
	set(json_object_get(entry, "proved"), "state", json_string("unknown"));
	set(entry, "state", json_string("ok"));
	set(peer, "state", json_string("unreachable"));
	set(peer, "last_heard_s", json_real(12));
	judge();
	assert_int_equal(exit_status, 3);
	assert_says("; db1 was last heard 12 s ago");
	set(peer, "last_heard_s", json_null());
	judge();
	assert_says("; db1 was never heard");
}

static void more_is_told_when_asked(void **state)
{
	(void)state;
	options.verbose = 1;
	judge();
	assert_says("; so since 2026-11-23T01:34:30.000000Z; 3 of 4 voters heard");
	options.verbose = 2;
	judge();
	assert_says("\ndb1 ok: -1900.002 s (+-0.4 ms) against db3, reach 377\n");
	assert_says("\nntp1.example.net unreachable: not measured\n");
	options.verbose = 3;
	judge();
	assert_says("\n{\"cluster\":\"prod\"");
}

static void a_hostile_text_stays_in_its_line(void **state)
{
	(void)state;
	options.verbose = 2;
	set(verdict(), "summary", json_string("db3\n| offset=0s\x1b[31m"));
	set(status, "cluster", json_string("a\nb|c"));
	judge();
	assert_says("SKEW CRITICAL - db3 / offset=0s [31m");
	assert_says("\ncluster a b c, seen from db3");
}

static void nonsense_is_unknown(void **state)
{
	json_t *whole = status;

	(void)state;
	status = json_array();
	judge();
	assert_int_equal(exit_status, 3);
	json_decref(status);
	status = json_pack("{s:{s:s, s:[i], s:s}, s:i, s:{s:s}}", "verdict", "state", "ok", "offset_s", 1,
		"low_s", "x", "peers", 3, "thresholds", "warning_s", "a");
	judge();
	assert_int_equal(exit_status, 0);
	json_decref(status);
	status = whole;
}

/* ---- over the network ---- */

static struct prober prober;

static void probed(struct interval offset)
{
	options = (struct options){ .host = "db3", .address = { .host = "db3", .port = CONF_PORT } };
	limits("100ms", "500ms");
	prober = (struct prober){
		.asked = 4, .heard = 4, .offset = offset, .delay = span_us(810), .stratum = 3
	};
}

static void judge_probed(void)
{
	result_init(&result);
	network_judge(&options, &prober, "mon1", &result);
	print();
}

static void a_probed_clock_is_told_with_its_bound(void **state)
{
	(void)state;
	probed(interval_of(span_us(1900001600), span_us(1900002400)));
	judge_probed();
	assert_int_equal(exit_status, 2);
	assert_string_equal(printed,
		"SKEW CRITICAL - db3 is 1900.002 s ahead (+-0.4 ms) of mon1; 4 of 4 answers, not "
		"authenticated; by the "
		"critical range 500ms; which of the two is wrong takes a third to tell: see `skewctl why`, "
		"or check "
		"against another server | offset=1900.002s;-0.1:0.1;-0.5:0.5;; low=1900.0016s;;;; "
		"high=1900.0024s;;;; delay=0.00081s;;;0;\n");
	probed(interval_of(span_us(-400), span_us(200)));
	judge_probed();
	assert_int_equal(exit_status, 0);
	assert_says("SKEW OK - db3 is 0.1 ms behind (+-0.3 ms) of mon1");
}

static void a_slow_path_is_unknown_rather_than_wrong(void **state)
{
	(void)state;
	probed(interval_of(span_ms(-50), span_ms(600)));
	judge_probed();
	assert_int_equal(exit_status, 3);
	assert_says("0 s to 600 ms straddles the critical range 500ms");
}

static void who_does_not_know_the_time_proves_nobody_right(void **state)
{
	(void)state;
	probed(interval_of(span_us(-400), span_us(200)));
	prober.unsynchronised = true;
	judge_probed();
	assert_int_equal(exit_status, 3);
	assert_says("it says itself that it does not know the time");
	probed(interval_of(span_s(1900), span_s(1900)));
	prober.unsynchronised = true;
	judge_probed();
	assert_int_equal(exit_status, 2);
}

static void a_sentinel_says_which_of_the_two_is_wrong(void **state)
{
	(void)state;
	probed(interval_of(span_s(1900), span_s(1900)));
	prober.told = prober.drill = prober.unsynchronised = true;
	prober.state = (struct state_report){ .state = VERDICT_CRITICAL,
		.agree = 3,
		.electorate = 4,
		.offset = interval_of(span_us(1900001600), span_us(1900002400)) };
	judge_probed();
	assert_int_equal(exit_status, 2);
	assert_says("SKEW CRITICAL - DRILL: db3 is 1900 s ahead (+-0 s) of mon1; ");
	assert_says(
		"; of itself it says: critical, 1900.002 s ahead (+-0.4 ms) of its cluster; 3 of 4 agree");
	/* Alike, and both wrong. */
	probed(INTERVAL_ZERO);
	prober.told = prober.unsynchronised = true;
	prober.state = (struct state_report){ .state = VERDICT_CRITICAL, .offset = INTERVAL_ALL };
	judge_probed();
	assert_int_equal(exit_status, 3);
}

static void silence_says_what_to_look_at(void **state)
{
	(void)state;
	probed(INTERVAL_ZERO);
	prober = (struct prober){ .asked = 8 };
	judge_probed();
	assert_int_equal(exit_status, 3);
	assert_says("no answer to be believed from db3 port 9123, asked 8 times");
	assert_says("(-p 123 for an NTP server)");
	options.keyfile = "/etc/skew-sentinel/keys";
	options.key = 7;
	judge_probed();
	assert_says("does it have key 7 of /etc/skew-sentinel/keys");
	prober.rejected[PROBER_MAC] = 1;
	judge_probed();
	assert_says("; 1 answer with a wrong MAC not believed: compare key 7 in /etc/skew-sentinel/keys");
	memcpy(prober.kiss, "RATE", 5);
	judge_probed();
	assert_int_equal(exit_status, 3);
	assert_says("asks to be left alone (kiss-o'-death RATE)");
}

/* ---- the arguments ---- */

static char error[256];

static enum options_wish read_words(const char *line)
{
	static char words[512];
	char *argv[32] = { (char[]){ "check_skew" } };
	int argc = 1;

	snprintf(words, sizeof words, "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_read(argc, argv, &options, error, sizeof error);
}

static void the_options_are_understood(void **state)
{
	(void)state;
	assert_int_equal(read_words(""), OPTIONS_CHECK);
	assert_null(options.host);
	assert_null(options.warning.text);
	assert_int_equal(options.timeout.ns, span_s(10).ns);
	assert_int_equal(read_words("-n db3 -s /x -w 100ms --critical=2 -t 3 -vvvv"), OPTIONS_CHECK);
	assert_string_equal(options.node, "db3");
	assert_string_equal(options.socket, "/x");
	assert_int_equal(options.critical.range.end.ns, span_s(2).ns);
	assert_int_equal(options.verbose, 3);
	assert_int_equal(read_words("-H ::1 -p 123 -k keys -i 7"), OPTIONS_CHECK);
	assert_int_equal(options.address.port, 123);
	assert_int_equal(options.key, 7);
	assert_string_equal(options.warning.text, "100ms");
	assert_string_equal(options.critical.text, "500ms");
	assert_int_equal(read_words("-H db1.example:9124 -c 1"), OPTIONS_CHECK);
	assert_int_equal(options.address.port, 9124);
	assert_null(options.warning.text);
	assert_int_equal(read_words("-V"), OPTIONS_VERSION);
	assert_int_equal(read_words("-w 1 --help"), OPTIONS_HELP);
}

static void a_mistake_is_named(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "-x", "-x: there is no such option" },
		{ "-vx", "-x: there is no such option" },
		{ "--bogus", "--bogus: there is no such option" },
		{ "-w", "-w: its value is missing" },
		{ "-w ten", "-w ten: give a range" },
		{ "-c 5:1", "-c 5:1: give a range" },
		{ "-t 0", "-t 0: give a number of seconds" },
		{ "-t 2h", "-t 2h: give a number of seconds" },
		{ "-t -1", "-t -1: give a number of seconds" },
		{ "-p 123", "-p, -k, -i, -C: they go with -H" },
		{ "-H db1 -C prod", "-C prod: it takes a key" },
		{ "-H db1 -k keys -i 1 -C a!b", "-C a!b: that is no name of a cluster" },
		{ "-H db1 -k keys", "-k, -i: they go together" },
		{ "-H db1 -i 7 -k keys -n db2", "-n db2: it goes with the daemon" },
		{ "-H db1 -p 65536", "-p 65536: give a port" },
		{ "-H db1 -p 1.0", "-p 1.0: give a port" },
		{ "-H db1 -k keys -i 0", "-i 0: give the number of a key" },
		{ "-H db1 -k keys -i 4294967296", "-i 4294967296: give the number" },
		{ "-H db_1..x", "-H db_1..x: neither a host name nor an address" },
		{ "db1", "db1: too much" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (read_words(cases[i].line) != OPTIONS_BAD)
			fail_msg("'%s' was taken", cases[i].line);
		if (strncmp(error, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("'%s': %s", cases[i].line, error);
	}
}

#define night(test) cmocka_unit_test_setup_teardown(test, open_night, close_night)

int main(void)
{
	const struct CMUnitTest tests[] = {
		night(the_daemons_verdict_is_told_whole),
		night(each_state_has_its_exit_status),
		night(what_is_null_is_left_out),
		night(time_to_the_threshold_and_drift_are_told),
		night(ranges_replace_the_daemons_thresholds),
		night(an_offset_behind_is_as_large_as_one_ahead),
		night(what_straddles_a_limit_is_unknown),
		night(without_a_majority_no_range_helps),
		night(another_node_is_judged_by_the_matrix),
		night(what_another_node_told_of_itself_is_no_proof),
		night(more_is_told_when_asked),
		night(a_hostile_text_stays_in_its_line),
		night(nonsense_is_unknown),
		night(a_probed_clock_is_told_with_its_bound),
		night(a_slow_path_is_unknown_rather_than_wrong),
		night(who_does_not_know_the_time_proves_nobody_right),
		night(a_sentinel_says_which_of_the_two_is_wrong),
		night(silence_says_what_to_look_at),
		cmocka_unit_test(the_options_are_understood),
		cmocka_unit_test(a_mistake_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
