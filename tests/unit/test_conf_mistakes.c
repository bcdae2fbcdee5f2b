#include "story.h"

#include <stdio.h>
#include <string.h>

#include "parsed.h"

static void a_file_without_peers_is_told_the_three_lines(void **state)
{
	static const char *const texts[] = { "", "# nothing\n", "peers:\n", "peers: []\n",
		"cluster: prod\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(texts[i],
			"s.yaml:1:1: no peers; three lines are enough: 'peers:', '- HOST1' and '- HOST2'");
	assert_refused(
		"---\n", "s.yaml:2:1: no peers; three lines are enough: 'peers:', '- HOST1' and '- HOST2'");
	assert_refused("peers: [db3]", "s.yaml:1:1: no peers but this host, 'db3': add the others, which "
				       "measure it and are measured");
	assert_refused("- db1\n- db2\n",
		"s.yaml:1:1: a configuration is a mapping; three lines are enough: 'peers:', "
		"'- HOST1' and '- HOST2'");
}

static void an_unknown_key_is_refused_with_the_known_ones(void **state)
{
	(void)state;
	assert_line_refused("galera:\n  fence: true",
		"s.yaml:3:3: unknown key 'fence' in galera; allowed "
		"are: socket, user, above, after, measures, "
		"max_per_day, fence_with_replicas, min_synced, dry_run");
	assert_refused("peers:\n- db1: 10.0.0.1\n",
		"s.yaml:2:3: unknown key 'db1' in peers; allowed are: "
		"name, address, galera_address, site, role, key, icinga_host");
	assert_line_refused("galera.above: 2s",
		"s.yaml:2:1: unknown key 'galera.above'; allowed are: cluster, node, listen, state, keys, "
		"key, open, "
		"electorate, peers, references, probe, thresholds, galera, icinga, gate, status");
}

static void what_is_not_honoured_yet_is_refused(void **state)
{
	static const char *const lines[] = { "discover: {}", "consul: {}" };
	struct conf_host host = { .name = "db3" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct conf_error error = { "" };
		char text[128];

		snprintf(text, sizeof(text), "peers: [db1]\n%s\n", lines[i]);
		assert_null(conf_parse("s.yaml", text, strlen(text), &host, &error));
		assert_non_null(strstr(error.text, ": unknown key '"));
	}
}

static void assert_stay(const char *peers, const char *min_synced, unsigned nodes, unsigned stay)
{
	struct conf *conf;
	char text[256];

	snprintf(text, sizeof text, "peers: [%s]\ngalera: {%s}\n", peers, min_synced);
	conf = conf_on("db1", text);
	assert_int_equal(conf_data_nodes(conf), nodes);
	assert_int_equal(conf_min_synced(conf), stay);
	conf_free(conf);
}

static void what_has_to_stay_at_work_counts_data_nodes_alone(void **state)
{
	(void)state;
	assert_stay("db1, db2, db3", "", 3, 2);
	assert_stay("db1, db2, {name: garb, role: arbitrator}, {name: mon, role: witness}", "", 2, 2);
	assert_stay("db1, db2", "min_synced: 1", 2, 1);
	assert_stay("db1, db2, db3, db4, {name: dr, role: replica}", "min_synced: majority", 4, 3);
	assert_stay("db1, db2, db3, db4, db5", "min_synced: 4", 5, 4);
	assert_line_refused("galera: {min_synced: most}", "s.yaml:2:22: galera.min_synced must be majority, "
							  "or a whole number from 1 to 64; it is 'most'");
	assert_line_refused("galera: {min_synced: 0}",
		"s.yaml:2:22: galera.min_synced must be majority, or a whole number from 1 to 64; it is '0'");
}

static void galera_may_have_an_address_of_its_own(void **state)
{
	struct conf *conf =
		conf_on("db1", "peers: [{name: db2, address: 10.0.1.2, galera_address: 10.9.1.2}, {name: "
			       "db3, address: 10.0.1.3}]\n");

	(void)state;
	assert_string_equal(conf_galera_host(&conf->peers[0]), "10.9.1.2");
	assert_int_equal(conf->peers[0].galera_address.port, 4567);
	assert_string_equal(conf_galera_host(&conf->peers[1]), "10.0.1.3");
	conf_free(conf);
}

static void a_slip_is_met_with_a_guess(void **state)
{
	(void)state;
	assert_line_refused("thresholds: {warnign: 1s}", "s.yaml:2:14: unknown key 'warnign' in thresholds "
							 "(did you mean 'warning'?); allowed are: warning, "
							 "critical, raise_after, clear_below, clear_after");
	assert_line_refused("above: 2s",
		"s.yaml:2:1: unknown key 'above' (it belongs in galera); allowed are: cluster, node, listen, "
		"state, keys, "
		"key, open, electorate, peers, references, probe, thresholds, galera, icinga, gate, status");
	assert_line_refused("probe: {cluster: prod}",
		"s.yaml:2:9: unknown key 'cluster' in probe (it belongs at the top level); allowed are: "
		"interval, timeout, "
		"window");
}

static void a_name_is_one_that_can_be_shown(void **state)
{
	static const char rule[] = "a name of 1 to 63 octets without spaces, control characters and '!'";
	char sentence[256];

	(void)state;
	snprintf(sentence, sizeof(sentence), "s.yaml:2:10: cluster must be %s; it is 'a b'", rule);
	assert_line_refused("cluster: a b", sentence);
	snprintf(sentence, sizeof(sentence), "s.yaml:2:7: node must be %s; it is 'db1!ssh'", rule);
	assert_line_refused("node: db1!ssh", sentence);
	snprintf(sentence, sizeof(sentence),
		"s.yaml:2:1: cluster has no value; it must be %s (the cluster's name on the wire, in metrics "
		"and in alerts)",
		rule);
	assert_line_refused("cluster:", sentence);
	snprintf(sentence, sizeof(sentence), "s.yaml:2:10: cluster must be %s; it is a list", rule);
	assert_line_refused("cluster: [a]", sentence);
}

static void a_span_needs_its_unit_and_its_bounds(void **state)
{
	static const char *const values[] = { "1", "1ms", "2h", "soon", "-1s" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char line[64], sentence[256];

		snprintf(line, sizeof(line), "probe: {interval: %s}", values[i]);
		snprintf(sentence, sizeof(sentence),
			"s.yaml:2:19: probe.interval must be from 10 ms to 1 h: a number and its unit (ns, "
			"us, ms, s, m, h "
			"or d), such as 1s; it is '%s'",
			values[i]);
		assert_line_refused(line, sentence);
	}
}

static void numbers_and_truths_are_written_plainly(void **state)
{
	static const char *const numbers[] = { "0", "4294967296", "-1", "1.5", "0x1", "010", "1e3",
		"99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char line[64], sentence[256];

		snprintf(line, sizeof(line), "key: %s", numbers[i]);
		snprintf(sentence, sizeof(sentence),
			"s.yaml:2:6: key must be a whole number from 1 to 4294967295; it is '%s'",
			numbers[i]);
		assert_line_refused(line, sentence);
	}
	assert_line_refused("key: '7'",
		"s.yaml:2:6: key must be a whole number from 1 to 4294967295; it is '7' in quotes");
	assert_line_refused("open: yes", "s.yaml:2:7: open must be true or false; it is 'yes'");
	assert_line_refused("open: 'true'", "s.yaml:2:7: open must be true or false; it is 'true' in quotes");
	assert_line_refused("open: {}", "s.yaml:2:7: open must be true or false; it is a mapping");
}

static void a_share_is_a_fraction_of_one(void **state)
{
	static const char *const values[] = { "0", "1.001", "0.8125", "80%", ".8", "-0.5" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char line[64], sentence[256];

		snprintf(line, sizeof(line), "thresholds: {clear_below: %s}", values[i]);
		snprintf(sentence, sizeof(sentence),
			"s.yaml:2:27: thresholds.clear_below must be a fraction from 0.001 to 1 with at most "
			"three "
			"decimals, such as 0.8; it is '%s'",
			values[i]);
		assert_line_refused(line, sentence);
	}
}

static void a_word_is_one_of_a_few(void **state)
{
	(void)state;
	assert_refused("peers: [{name: db1, role: master}]",
		"s.yaml:1:27: peers[].role must be database, witness, arbitrator or replica; it is 'master'");
	assert_line_refused("galera: {measures: [desync, defence]}",
		"s.yaml:2:29: galera.measures must be one or a list of: desync, fence or block_joins; it is "
		"'defence'");
	assert_line_refused("galera: {measures: []}",
		"s.yaml:2:20: galera.measures must be one or a list "
		"of: desync, fence or block_joins; it is an empty list");
}

static void a_path_is_absolute_and_fits(void **state)
{
	char line[160], sentence[256];

	(void)state;
	assert_line_refused("state: lib",
		"s.yaml:2:8: state must be an absolute path of at most 200 octets; it is 'lib'");
	/* Longer than the address of a unix socket can be, with the number of the process that makes it. */
	snprintf(line, sizeof(line), "status: {socket: /%099d}", 0);
	snprintf(sentence, sizeof(sentence),
		"s.yaml:2:18: status.socket must be an absolute path of at most 99 octets; it is "
		"'/%067d...'",
		0);
	assert_line_refused(line, sentence);
}

static void an_address_is_one_and_a_listening_one_is_ours(void **state)
{
	(void)state;
	assert_refused("peers: ['db1:99999']", "s.yaml:1:9: peers[].address must be an IP address or a host "
					       "name, with :PORT behind it where that is not "
					       "9123 (an IPv6 address then in brackets); it is 'db1:99999'");
	assert_line_refused("listen: localhost", "s.yaml:2:9: listen must be an IP address of this host, "
						 "such as \"0.0.0.0:9123\" or \"[::1]:9123\" (with "
						 "the quotes), or a list of at most 16; it is 'localhost'");
	assert_line_refused("status: {http: 9124}", "s.yaml:2:16: status.http must be an IP address of this "
						    "host, such as \"0.0.0.0:9124\" or \"[::1]:9124\" "
						    "(with the quotes); it is '9124'");
	assert_line_refused(
		"listen: [0.0.0.0, '0.0.0.0:9123']", "s.yaml:2:19: listen has this address and port already");
}

static void a_block_holds_what_is_beneath_it(void **state)
{
	(void)state;
	assert_line_refused(
		"probe: 1s", "s.yaml:2:8: probe must be a mapping of: interval, timeout, window; it is '1s'");
	assert_line_refused("probe:\n#  interval: 1s", "s.yaml:2:1: probe has no value; it must be a mapping "
						       "of: interval, timeout, window (how peers are asked)");
	/* An empty block could mean "with all defaults" or "not now": the one acts, the other does not. */
	assert_line_refused("galera:",
		"s.yaml:2:1: galera has no value; it must be a mapping of: socket, user, above, after, "
		"measures, max_per_day, fence_with_replicas, min_synced, dry_run "
		"(what is done to this host's MariaDB; without this block nothing is)");
	assert_refused("peers: db1",
		"s.yaml:1:8: peers must be a list of 1 to 1024, each an address or a mapping of: "
		"name, address, galera_address, site, role, key, icinga_host; it is 'db1'");
}

static void nobody_is_listed_twice(void **state)
{
	(void)state;
	assert_refused(
		"peers:\n- db1\n- DB1\n", "s.yaml:3:3: peer 'DB1' has the same name as peer 'db1' in line 2");
	assert_refused("peers:\n- db1\n- {name: db2, address: db1}\n",
		"s.yaml:3:3: peer 'db2' has the same address and port as peer 'db1' in line 2");
	assert_refused(
		"peers:\n- {name: db1, address: '::ffff:10.0.0.1'}\n- {name: db2, address: 10.0.0.1}\n",
		"s.yaml:3:3: peer 'db2' has the same address and port as peer 'db1' in line 2");
	assert_refused("peers: [{site: fra}]", "s.yaml:1:9: a peer needs a name or an address");
	assert_refused("peers: [{name: \xc3\xbc}]",
		"s.yaml:1:9: peer '\xc3\xbc' needs an address, for its name is not a host's");
}

/* These two make the same number by FNV-1a of 64 bits. */
#define TWIN1 "8yn0iYCKYHlIj4-BwPqk"
#define TWIN2 "GReLUrM4wMqfg9yzV3KQ"

static void names_differ_on_the_wire_too(void **state)
{
	(void)state;
	assert_int_equal(message_node_id(TWIN1), message_node_id(TWIN2));
	assert_refused("peers: [" TWIN1 ", " TWIN2 "]",
		"s.yaml:1:31: peer '" TWIN2
		"' has a name that makes the same number on the wire as peer '" TWIN1 "' in line 1");
	assert_refused_on(TWIN1, "peers: [" TWIN2 "]",
		"s.yaml:1:9: peer '" TWIN2
		"' has a name that makes the same number on the wire as this host's, '" TWIN1 "'");
}

static void a_reference_stands_for_itself(void **state)
{
	(void)state;
	assert_line_refused("references: [{address: ntp1, trusted: true}]",
		"s.yaml:2:14: a trusted reference needs a key: without one anybody can forge its answers");
	assert_line_refused("references: [{key: 7}]", "s.yaml:2:14: a reference needs an address");
	assert_line_refused("references:\n- ntp1\n- NTP1:123",
		"s.yaml:4:3: reference 'NTP1' has the same address and port as the one in line 3");
	assert_line_refused("references: ['db1:9123']",
		"s.yaml:2:14: reference 'db1' has the same address and port as "
		"peer 'db1' in line 1: a host votes once");
	assert_line_refused("references: []",
		"s.yaml:2:13: references must be a list of 1 to 16, each an address or a "
		"mapping of: address, key, trusted; it is an empty list");
}

static void levels_are_in_order(void **state)
{
	(void)state;
	assert_line_refused("thresholds: {warning: 500ms}",
		"s.yaml:2:1: thresholds.critical must be above thresholds.warning, 500 ms; it is 500 ms");
	assert_line_refused("galera: {above: 50ms}",
		"s.yaml:2:10: galera.above must be at least thresholds.warning, 100 ms, or a node is taken "
		"out of work "
		"before anybody is warned; it is 50 ms");
	assert_line_refused("thresholds: {warning: 3s, critical: 4s}\ngalera: {}",
		"s.yaml:3:1: galera.above must be at least thresholds.warning, 3 s, or a node is taken out "
		"of work before "
		"anybody is warned; it is 2 s");
	/* Without the block, nothing is taken out of work. */
	conf_free(conf_on("db3", "peers: [db1]\nthresholds: {warning: 3s, critical: 4s}\n"));
}

static void the_gate_is_at_the_level_of_actions(void **state)
{
	struct conf *none = conf_on("db3", "peers: [db1]"),
		    *one = conf_on("db3", "peers: [db1]\ngalera: {above: 5s}"),
		    *both = conf_on("db3", "peers: [db1]\ngalera: {above: 5s}\ngate: {above: 7s, wait: 0s, "
					   "when_unknown: block}");

	(void)state;
	assert_int_equal(none->gate.above.ns, 2 * NS_PER_S);
	assert_int_equal(none->gate.wait.ns, 120 * NS_PER_S);
	assert_int_equal(none->gate.when_unknown, UNKNOWN_ALLOWS);
	assert_int_equal(one->gate.above.ns, 5 * NS_PER_S);
	assert_int_equal(both->gate.above.ns, 7 * NS_PER_S);
	assert_int_equal(both->gate.wait.ns, 0);
	assert_int_equal(both->gate.when_unknown, UNKNOWN_BLOCKS);
	conf_free(none);
	conf_free(one);
	conf_free(both);
	assert_line_refused("gate: {above: 50ms}",
		"s.yaml:2:8: gate.above must be at least thresholds.warning, 100 ms, or a database is kept "
		"from starting before anybody is warned; it is 50 ms");
	assert_line_refused("gate: {wait: 15m}", "s.yaml:2:14: gate.wait must be from 0 s to 600 s: a number "
						 "and its unit (ns, us, ms, s, m, h "
						 "or d), such as 120s; it is '15m'");
	assert_line_refused("gate: {when_unknown: maybe}",
		"s.yaml:2:22: gate.when_unknown must be allow or block; it is 'maybe'");
}

static void a_mistake_in_yaml_is_told_the_same_way(void **state)
{
	(void)state;
	assert_line_refused(
		"peers: [db4]", "s.yaml:2:1: key 'peers' stands here a second time; the first is in line 1");
	assert_line_refused(
		"\tkey: 1", "s.yaml:2:1: not YAML: a tab stands here; YAML is indented with spaces");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_without_peers_is_told_the_three_lines),
		cmocka_unit_test(an_unknown_key_is_refused_with_the_known_ones),
		cmocka_unit_test(what_is_not_honoured_yet_is_refused),
		cmocka_unit_test(what_has_to_stay_at_work_counts_data_nodes_alone),
		cmocka_unit_test(galera_may_have_an_address_of_its_own),
		cmocka_unit_test(a_slip_is_met_with_a_guess),
		cmocka_unit_test(a_name_is_one_that_can_be_shown),
		cmocka_unit_test(a_span_needs_its_unit_and_its_bounds),
		cmocka_unit_test(numbers_and_truths_are_written_plainly),
		cmocka_unit_test(a_share_is_a_fraction_of_one),
		cmocka_unit_test(a_word_is_one_of_a_few),
		cmocka_unit_test(a_path_is_absolute_and_fits),
		cmocka_unit_test(an_address_is_one_and_a_listening_one_is_ours),
		cmocka_unit_test(a_block_holds_what_is_beneath_it),
		cmocka_unit_test(nobody_is_listed_twice),
		cmocka_unit_test(names_differ_on_the_wire_too),
		cmocka_unit_test(a_reference_stands_for_itself),
		cmocka_unit_test(levels_are_in_order),
		cmocka_unit_test(the_gate_is_at_the_level_of_actions),
		cmocka_unit_test(a_mistake_in_yaml_is_told_the_same_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
