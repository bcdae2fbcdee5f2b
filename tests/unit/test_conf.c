#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "../../conf/span.h"

static struct conf *conf_on(const char *host_name, const char *text)
{
	struct conf_host host = { .name = host_name };
	struct conf_error error = { "" };
	struct conf *conf = conf_parse("s.yaml", text, strlen(text), &host, &error);

	if (conf == NULL)
		fail_msg("%s", error.text);
	return conf;
}

static void assert_refused_on(const char *host_name, const char *text, const char *sentence)
{
	struct conf_host host = { .name = host_name };
	struct conf_error error = { "" };

	assert_null(conf_parse("s.yaml", text, strlen(text), &host, &error));
	assert_string_equal(error.text, sentence);
}

static void assert_refused(const char *text, const char *sentence)
{
	assert_refused_on("db3", text, sentence);
}

/* A file that is right but for the lines after its first. */
static void assert_line_refused(const char *lines, const char *sentence)
{
	char text[512];

	snprintf(text, sizeof(text), "peers: [db1, db2]\n%s\n", lines);
	assert_refused(text, sentence);
}

/* ---- what the least file means ---- */

static void three_lines_are_enough(void **state)
{
	struct conf *conf = conf_on("db3", "peers:\n- db1\n- db2\n");

	(void)state;
	assert_int_equal(conf->n_peers, 2);
	assert_string_equal(conf->peers[0].name, "db1");
	assert_string_equal(conf->peers[0].address.host, "db1");
	assert_int_equal(conf->peers[0].address.port, 9123);
	assert_int_equal(conf->peers[0].role, ROLE_DATABASE);
	assert_int_equal(conf->peers[0].key, 1);
	assert_false(conf->peers[0].own_key);
	assert_int_equal(conf->peers[1].line, 3);
	assert_int_equal(conf->electorate, 3);
	conf_free(conf);
}

static void the_rest_has_defaults(void **state)
{
	struct conf *conf = conf_on("db3.example.net", "peers: [db1, db2]");

	(void)state;
	assert_string_equal(conf->cluster, "default");
	assert_string_equal(conf->node, "db3");
	assert_string_equal(conf->self.name, "db3");
	assert_int_equal(conf->self.role, ROLE_DATABASE);
	assert_int_equal(conf->n_listen, 1);
	assert_string_equal(conf->listen[0].host, "::");
	assert_int_equal(conf->listen[0].port, 9123);
	assert_string_equal(conf->state, "/var/lib/skew-sentinel");
	assert_string_equal(conf->keys, "/etc/skew-sentinel/keys");
	assert_int_equal(conf->key, 1);
	assert_false(conf->open);
	assert_int_equal(conf->n_references, 0);
	assert_int_equal(conf->probe.interval.ns, NS_PER_S);
	assert_int_equal(conf->probe.timeout.ns, 2 * NS_PER_S);
	assert_int_equal(conf->probe.window, 64);
	assert_int_equal(conf->thresholds.warning.ns, 100 * NS_PER_MS);
	assert_int_equal(conf->thresholds.critical.ns, 500 * NS_PER_MS);
	assert_int_equal(conf->thresholds.raise_after.ns, 3 * NS_PER_S);
	assert_int_equal(conf->thresholds.clear_below_permille, 800);
	assert_int_equal(conf->thresholds.clear_after.ns, 30 * NS_PER_S);
	assert_string_equal(conf->status.socket, "/run/skew-sentinel/status.sock");
	assert_false(conf->status.http_on);
	conf_free(conf);
}

static void without_a_galera_block_there_is_no_action(void **state)
{
	struct conf *without = conf_on("db3", "peers: [db1]"),
		    *with = conf_on("db3", "peers: [db1]\ngalera: {}");

	(void)state;
	assert_false(without->galera.configured);
	assert_true(with->galera.configured);
	assert_string_equal(with->galera.socket, "");
	assert_string_equal(with->galera.user, "skew-sentinel");
	assert_int_equal(with->galera.above.ns, 2 * NS_PER_S);
	assert_int_equal(with->galera.after.ns, 10 * NS_PER_S);
	assert_int_equal(with->galera.measures, MEASURE_DESYNC);
	assert_int_equal(with->galera.max_per_day, 3);
	assert_false(with->galera.fence_with_replicas);
	assert_false(with->galera.dry_run);
	conf_free(without);
	conf_free(with);
}

static void everything_can_be_said(void **state)
{
	struct conf *conf = conf_on("ignored",
		"cluster: prod\nnode: db9\nlisten: ['10.0.0.9', '[::1]:99']\nstate: /s\nkeys: /k\nkey: "
		"7\nopen: true\n"
		"electorate: 64\n"
		"peers:\n- {name: db1, address: '10.0.0.1:88', site: fra, role: replica, key: 11}\n"
		"references:\n- {address: ntp1, key: 4294967295, trusted: true}\n- '[::2]'\n"
		"probe: {interval: 10ms, timeout: 1m, window: 256}\n"
		"thresholds: {warning: 1us, critical: 1d, raise_after: 0, clear_below: 1, clear_after: 0s}\n"
		"galera: {socket: /m, user: u, above: 1us, after: 0, measures: desync, max_per_day: 100, "
		"fence_with_replicas: true, dry_run: true}\n"
		"status: {socket: /t, http: 127.0.0.1}\n");

	(void)state;
	assert_string_equal(conf->cluster, "prod");
	assert_string_equal(conf->node, "db9");
	assert_int_equal(conf->n_listen, 2);
	assert_string_equal(conf->listen[0].host, "10.0.0.9");
	assert_int_equal(conf->listen[0].port, 9123);
	assert_string_equal(conf->listen[1].host, "::1");
	assert_int_equal(conf->listen[1].port, 99);
	assert_string_equal(conf->state, "/s");
	assert_string_equal(conf->keys, "/k");
	assert_int_equal(conf->key, 7);
	assert_true(conf->open);
	assert_int_equal(conf->electorate, 64);
	assert_string_equal(conf->peers[0].name, "db1");
	assert_string_equal(conf->peers[0].address.host, "10.0.0.1");
	assert_int_equal(conf->peers[0].address.port, 88);
	assert_string_equal(conf->peers[0].site, "fra");
	assert_int_equal(conf->peers[0].role, ROLE_REPLICA);
	assert_int_equal(conf->peers[0].key, 11);
	assert_true(conf->peers[0].own_key);
	assert_int_equal(conf->n_references, 2);
	assert_string_equal(conf->references[0].address.host, "ntp1");
	assert_int_equal(conf->references[0].address.port, 123);
	assert_int_equal(conf->references[0].key, UINT32_MAX);
	assert_true(conf->references[0].trusted);
	assert_string_equal(conf->references[1].address.host, "::2");
	assert_int_equal(conf->references[1].key, 0);
	assert_false(conf->references[1].trusted);
	assert_int_equal(conf->probe.interval.ns, 10 * NS_PER_MS);
	assert_int_equal(conf->thresholds.warning.ns, NS_PER_US);
	assert_int_equal(conf->thresholds.clear_below_permille, 1000);
	assert_string_equal(conf->galera.socket, "/m");
	assert_string_equal(conf->galera.user, "u");
	assert_int_equal(conf->galera.measures, MEASURE_DESYNC);
	assert_int_equal(conf->galera.max_per_day, 100);
	assert_true(conf->galera.fence_with_replicas);
	assert_true(conf->galera.dry_run);
	assert_string_equal(conf->status.socket, "/t");
	assert_true(conf->status.http_on);
	assert_string_equal(conf->status.http.host, "127.0.0.1");
	assert_int_equal(conf->status.http.port, 9124);
	conf_free(conf);
}

static void a_peer_is_a_mapping_or_its_address_alone(void **state)
{
	struct conf *conf = conf_on("db9", "peers: [db1, 'db2:99', {name: db3}, {address: db4.example.}, "
					   "{name: \xc3\xbc, address: '::1'}]");

	(void)state;
	assert_string_equal(conf->peers[0].name, "db1");
	assert_string_equal(conf->peers[1].name, "db2");
	assert_int_equal(conf->peers[1].address.port, 99);
	assert_string_equal(conf->peers[2].address.host, "db3");
	assert_int_equal(conf->peers[2].address.port, 9123);
	assert_string_equal(conf->peers[3].name, "db4.example");
	assert_string_equal(conf->peers[3].address.host, "db4.example.");
	assert_string_equal(conf->peers[4].name, "\xc3\xbc");
	conf_free(conf);
}

/* ---- one file for all hosts ---- */

static const char shared[] = "peers:\n"
			     "  - {name: db1, address: 10.0.1.11, site: fra, key: 11}\n"
			     "  - {name: db2, address: 10.0.2.11, key: 12}\n"
			     "  - {name: db3, address: 10.0.3.11, role: replica, key: 13}\n"
			     "  - {name: mon1, address: 10.0.1.5, role: witness, key: 14}\n";

static void the_same_file_serves_every_host(void **state)
{
	static const char *const names[] = { "db1", "db2.example.net", "DB3", "mon1" };
	static const char *const peers[][3] = { { "db2", "db3", "mon1" }, { "db1", "db3", "mon1" },
		{ "db1", "db2", "mon1" }, { "db1", "db2", "db3" } };
	static const char *const nodes[] = { "db1", "db2", "db3", "mon1" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct conf *conf = conf_on(names[i], shared);

		assert_true(conf->listed);
		assert_string_equal(conf->node, nodes[i]);
		assert_string_equal(conf->self.name, nodes[i]);
		assert_int_equal(conf->electorate, 3);
		assert_int_equal(conf->n_peers, 3);
		for (size_t j = 0; j < 3; j++)
			assert_string_equal(conf->peers[j].name, peers[i][j]);
		conf_free(conf);
	}
}

static void a_listed_host_has_its_role_from_its_entry(void **state)
{
	struct conf *witness = conf_on("mon1", shared), *replica = conf_on("db3", shared);

	(void)state;
	assert_int_equal(witness->self.role, ROLE_WITNESS);
	assert_int_equal(replica->self.role, ROLE_REPLICA);
	conf_free(witness);
	conf_free(replica);
}

static void a_host_finds_itself_by_its_short_or_full_name(void **state)
{
	/* Host name, entry, and how it is called from then on: as all others call it. */
	static const char *const cases[][3] = { { "db1", "db1.example.net", "db1.example.net" },
		{ "db1.example.net", "db1", "db1" },
		{ "DB1.Example.Net", "db1.example.net", "db1.example.net" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];
		struct conf *conf;

		snprintf(text, sizeof(text), "peers: [db2, %s]", cases[i][1]);
		conf = conf_on(cases[i][0], text);
		assert_true(conf->listed);
		assert_string_equal(conf->node, cases[i][2]);
		assert_int_equal(conf->n_peers, 1);
		conf_free(conf);
	}
}

static void another_domain_is_another_host(void **state)
{
	struct conf *conf = conf_on("db1.muc.example", "peers: [db1.fra.example, db2.fra.example]");

	(void)state;
	assert_false(conf->listed);
	assert_string_equal(conf->node, "db1");
	assert_int_equal(conf->n_peers, 2);
	conf_free(conf);
}

static void the_full_name_goes_before_the_short_one(void **state)
{
	struct conf *conf = conf_on("db1", "peers: [db1.fra.example, db1, db1.muc.example]");

	(void)state;
	assert_string_equal(conf->node, "db1");
	assert_int_equal(conf->n_peers, 2);
	conf_free(conf);
}

static void a_host_that_may_be_either_of_two_is_asked_which(void **state)
{
	struct conf *conf;

	(void)state;
	assert_refused_on("db1", "peers: [db1.fra.example, db1.muc.example]",
		"s.yaml:1:1: this host, 'db1', may be peer 'db1.fra.example' or peer 'db1.muc.example': set "
		"'node' to one "
		"of them");
	conf = conf_on("db1", "node: db1.muc.example\npeers: [db1.fra.example, db1.muc.example]");
	assert_string_equal(conf->node, "db1.muc.example");
	assert_string_equal(conf->peers[0].name, "db1.fra.example");
	conf_free(conf);
}

static void the_node_option_goes_before_the_host_name(void **state)
{
	struct conf *conf = conf_on("db1", "peers: [db1, db2]\nnode: db2\n");

	(void)state;
	assert_string_equal(conf->node, "db2");
	assert_string_equal(conf->peers[0].name, "db1");
	conf_free(conf);
}

static void a_host_without_a_name_of_its_own_is_told_to_have_one(void **state)
{
	static const char *const names[] = { NULL, "", "localhost", "localhost.localdomain", "a b" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char sentence[160];

		snprintf(sentence, sizeof(sentence),
			"s.yaml:1:1: the host name, '%s', does not tell this host from others: set 'node'",
			names[i] != NULL ? names[i] : "");
		assert_refused_on(names[i], "peers: [db1, db2]", sentence);
	}
}

static void bare_addresses_need_names(void **state)
{
	struct conf *conf;

	(void)state;
	assert_refused("peers:\n- 10.0.1.11\n- 10.0.2.11\n",
		"s.yaml:2:3: peer 10.0.1.11 needs the name that it "
		"calls itself: {name: HOST, address: \"10.0.1.11\"}");
	assert_refused("peers:\n- {address: '::1'}\n",
		"s.yaml:2:3: peer ::1 needs the name that it calls itself: {name: HOST, address: \"::1\"}");
	/* Where hosts are called by their addresses, this one is too. */
	conf = conf_on("db3", "node: 10.0.2.11\npeers: [10.0.1.11, 10.0.2.11]");
	assert_true(conf->listed);
	assert_string_equal(conf->peers[0].name, "10.0.1.11");
	conf_free(conf);
}

static void a_long_address_is_no_name(void **state)
{
	char text[160], sentence[192];

	(void)state;
	snprintf(text, sizeof(text), "peers:\n- d%030d.d%031d\n", 0, 0);
	snprintf(sentence, sizeof(sentence),
		"s.yaml:2:3: peer d%030d.d%031d needs a name of at most 63 octets", 0, 0);
	assert_refused(text, sentence);
	snprintf(text, sizeof(text), "peers:\n- {name: db1, address: d%030d.d%031d}\n", 0, 0);
	conf_free(conf_on("db3", text));
}

static void systemd_may_say_where_the_state_is(void **state)
{
	static const char text[] = "peers: [db1]";
	struct conf_host host = { .name = "db3",
		.state_directory = "/var/lib/skew-sentinel-a:/var/lib/other" };
	struct conf_error error = { "" };
	struct conf *conf = conf_parse("s.yaml", text, strlen(text), &host, &error);

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->state, "/var/lib/skew-sentinel-a");
	conf_free(conf);
	conf = conf_parse("s.yaml", "state: /s\npeers: [db1]", 22, &host, &error);
	assert_non_null(conf);
	assert_string_equal(conf->state, "/s");
	conf_free(conf);
	host.state_directory = "lib";
	assert_null(conf_parse("s.yaml", text, strlen(text), &host, &error));
	assert_string_equal(error.text,
		"s.yaml:1:1: $STATE_DIRECTORY must be an absolute path of at most 200 octets; it "
		"is 'lib'");
}

/* ---- keys and votes ---- */

static void a_pairs_key_travels_under_the_senders_own_number(void **state)
{
	struct conf *db1 = conf_on("db1", shared), *db2 = conf_on("db2", shared);

	(void)state;
	/* Each finds the pair's key under the other's number, and sends its own: there the other finds it. */
	assert_string_equal(db1->peers[0].name, "db2");
	assert_int_equal(db1->peers[0].key, 12);
	assert_int_equal(conf_wire_key(db1, &db1->peers[0]), 11);
	assert_string_equal(db2->peers[0].name, "db1");
	assert_int_equal(db2->peers[0].key, 11);
	assert_int_equal(conf_wire_key(db2, &db2->peers[0]), 12);
	conf_free(db1);
	conf_free(db2);
}

static void a_shared_key_has_one_number_everywhere(void **state)
{
	struct conf *listed = conf_on("db1", "key: 5\npeers: [db1, db2]");
	struct conf *unlisted = conf_on("db1", "peers: [{name: db2, key: 12}, db3]");

	(void)state;
	assert_int_equal(conf_wire_key(listed, &listed->peers[0]), 5);
	assert_int_equal(listed->self.key, 5);
	/* Its own file, its own numbers: the other end calls the key the same. */
	assert_int_equal(conf_wire_key(unlisted, &unlisted->peers[0]), 12);
	assert_int_equal(conf_wire_key(unlisted, &unlisted->peers[1]), 1);
	conf_free(listed);
	conf_free(unlisted);
}

static void in_a_shared_list_all_name_a_key_or_none_does(void **state)
{
	(void)state;
	assert_refused("peers:\n- {name: db1, key: 11}\n- {name: db3, key: 13}\n- db2\n",
		"s.yaml:4:3: peer 'db2' names no key, while 'db1' in line 2 names one: in a list that "
		"contains this host "
		"all name one or none does, since each host sends under its own entry's number");
	assert_refused("peers:\n- db3\n- {name: db1, key: 11}\n",
		"s.yaml:3:3: peer 'db1' names a key, while 'db3' in line 2 names none: in a list that "
		"contains this host "
		"all name one or none does, since each host sends under its own entry's number");
}

static void replicas_and_unkeyed_references_do_not_vote(void **state)
{
	struct conf *conf =
		conf_on("db1", "peers: [db2, {name: db3, role: replica}, {name: m, role: witness}, "
			       "{name: g, role: arbitrator}]\n"
			       "references: [ntp1, {address: ntp2, key: 7}]\n");

	(void)state;
	assert_int_equal(conf->electorate, 5);
	conf_free(conf);
	assert_true(conf_role_votes(ROLE_DATABASE) && conf_role_votes(ROLE_WITNESS));
	assert_true(conf_role_votes(ROLE_ARBITRATOR));
	assert_false(conf_role_votes(ROLE_REPLICA));
	assert_string_equal(conf_role_name(ROLE_DATABASE), "database");
	assert_string_equal(conf_role_name(ROLE_REPLICA), "replica");
}

static void the_electorate_is_never_smaller_than_its_voters(void **state)
{
	struct conf *conf = conf_on("db3", "peers: [db1, db2]\nelectorate: 5\n");

	(void)state;
	assert_int_equal(conf->electorate, 5);
	conf_free(conf);
	assert_line_refused(
		"electorate: 2", "s.yaml:2:1: electorate must be at least 3, for so many vote here; it is 2");
	assert_line_refused(
		"electorate: 65", "s.yaml:2:13: electorate must be a whole number from 1 to 64; it is '65'");
}

/* "peers:" and n hosts, for the caller to free. */
static char *many_peers(size_t n, const char *tail)
{
	char *text = NULL;
	size_t len;
	FILE *stream = open_memstream(&text, &len);

	fprintf(stream, "peers:\n");
	for (size_t i = 0; i < n; i++)
		fprintf(stream, "- {name: db%zu, address: \"10.0.%zu.%zu\"%s}\n", i, i / 256, i % 256, tail);
	fclose(stream);
	return text;
}

static uint64_t digest_voters(const struct conf *conf)
{
	uint64_t digest = conf->self.votes ? message_members_digest(0, conf->self.name) : 0;
	unsigned count = conf->self.votes;

	for (size_t i = 0; i < conf->n_peers; i++) {
		if (!conf->peers[i].votes)
			continue;
		digest = message_members_digest(digest, conf->peers[i].name);
		count++;
	}
	assert_int_equal(count, conf->electorate);
	return digest;
}

static void of_many_31_vote_and_everybody_chooses_the_same(void **state)
{
	char *voters = many_peers(40, ""), *most = many_peers(1024, ", site: fra, role: replica, key: 7"),
	     *more = many_peers(1025, ", role: replica");
	struct conf *conf = conf_on("mon1", most);
	uint64_t chosen = 0;

	(void)state;
	assert_int_equal(conf->n_peers, 1024);
	assert_int_equal(conf->electorate, 1);
	conf_free(conf);
	for (unsigned n = 0; n < 40; n++) {
		char name[16];

		snprintf(name, sizeof name, "db%u", n);
		conf = conf_on(name, voters);
		assert_int_equal(conf->electorate, 31);
		if (n == 0)
			chosen = digest_voters(conf);
		assert_true(digest_voters(conf) == chosen);
		conf_free(conf);
	}
	assert_refused_on("mon1", more,
		"s.yaml:2:1: peers must be a list of 1 to 1024, each an address or a mapping of: name, "
		"address, galera_address, site, role, "
		"key, icinga_host; it is a list");
	free(voters);
	free(most);
	free(more);
}

/* ---- mistakes ---- */

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

static struct conf *parse(const char *text)
{
	const struct conf_host host = { .name = "db1" };
	struct conf_error error = { "" };
	struct conf *conf = conf_parse("s.yaml", text, strlen(text), &host, &error);

	assert_string_equal(error.text, "");
	assert_non_null(conf);
	return conf;
}

static void assert_stay(const char *peers, const char *min_synced, unsigned nodes, unsigned stay)
{
	struct conf *conf;
	char text[256];

	snprintf(text, sizeof text, "peers: [%s]\ngalera: {%s}\n", peers, min_synced);
	conf = parse(text);
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
	struct conf *conf = parse("peers: [{name: db2, address: 10.0.1.2, galera_address: 10.9.1.2}, {name: "
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

/* ---- files ---- */

static void a_file_is_read(void **state)
{
	char path[] = "/tmp/test-conf-XXXXXX";
	int file = mkstemp(path);
	struct conf_host host = { .name = "db3" };
	struct conf_error error = { "" };
	struct conf *conf;

	(void)state;
	assert_int_equal(write(file, "peers: [db1]\n", 13), 13);
	conf = conf_load(path, &host, &error);
	unlink(path);
	close(file);
	assert_string_equal(error.text, "");
	assert_non_null(conf);
	assert_int_equal(conf->n_peers, 1);
	conf_free(conf);
}

static void a_file_that_cannot_be_read_is_told_why(void **state)
{
	struct conf_host host = { .name = "db3" };
	struct conf_error error = { "" };

	(void)state;
	assert_null(conf_load("/nonexistent/s.yaml", &host, &error));
	assert_string_equal(error.text, "/nonexistent/s.yaml: cannot be read: No such file or directory");
	assert_null(conf_load("/", &host, &error));
	assert_string_equal(error.text, "/: cannot be read: Is a directory");
	assert_null(conf_load("/dev/zero", &host, &error));
	assert_string_equal(error.text, "/dev/zero: cannot be read: it has more than 1 MiB");
}

static void defaults_alone_are_a_start(void **state)
{
	struct conf *conf = conf_defaults("db1");

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->node, "db1");
	assert_string_equal(conf->self.name, "db1");
	assert_int_equal(conf->self.key, 1);
	assert_int_equal(conf->n_peers, 0);
	assert_int_equal(conf->electorate, 1);
	assert_int_equal(conf->probe.window, 64);
	assert_false(conf->listed || conf->galera.configured);
	conf_free(conf);
	conf_free(NULL);
	assert_null(conf_defaults("no name"));
}

/* ---- Icinga ---- */

static void icinga_needs_no_more_than_an_endpoint(void **state)
{
	struct conf *conf = conf_on("db3", "peers: [db1, {name: db2, icinga_host: db2.example.net}, db3]\n"
					   "icinga: {endpoints: [\"https://master1\"]}");
	const struct conf_icinga *icinga = &conf->icinga;

	(void)state;
	assert_true(icinga->configured);
	assert_int_equal(icinga->n_endpoints, 1);
	assert_string_equal(icinga->endpoints[0].url.host, "master1");
	assert_int_equal(icinga->endpoints[0].url.port, 5665);
	assert_string_equal(icinga->endpoints[0].name, "master1");
	assert_string_equal(icinga->ca, "/etc/skew-sentinel/icinga-ca.crt");
	assert_string_equal(icinga->user, "skew-sentinel");
	assert_string_equal(icinga->certificate, "");
	assert_string_equal(icinga->service, "clock-skew");
	assert_int_equal(icinga->interval.ns, span_s(60).ns);
	assert_int_equal(icinga->ttl.ns, span_s(180).ns);
	assert_int_equal(icinga->report, REPORT_CLUSTER);
	assert_int_equal(icinga->silent, SILENT_UNKNOWN);
	assert_string_equal(conf->peers[0].icinga_host, "db1");
	assert_string_equal(conf->peers[1].icinga_host, "db2.example.net");
	assert_string_equal(conf->self.icinga_host, "db3");
	conf_free(conf);
}

static void icinga_takes_addresses_with_names_and_all_its_keys(void **state)
{
	struct conf *conf = conf_on("db3", "peers: [db1, db2]\n"
					   "icinga:\n"
					   "  endpoints:\n"
					   "    - {url: \"https://10.0.0.1:5666/\", name: master1}\n"
					   "    - {url: \"https://[fd00::2]\", name: master2}\n"
					   "  ca: /ca.crt\n"
					   "  certificate: /c.crt\n"
					   "  key: /c.key\n"
					   "  service: skew\n"
					   "  interval: 4s\n"
					   "  ttl: 9s\n"
					   "  timeout: 500ms\n"
					   "  report: self\n"
					   "  silent: critical\n");
	const struct conf_icinga *icinga = &conf->icinga;

	(void)state;
	assert_int_equal(icinga->n_endpoints, 2);
	assert_string_equal(icinga->endpoints[0].url.host, "10.0.0.1");
	assert_int_equal(icinga->endpoints[0].url.port, 5666);
	assert_string_equal(icinga->endpoints[1].url.host, "fd00::2");
	assert_int_equal(icinga->endpoints[1].url.port, 5665);
	assert_string_equal(icinga->endpoints[1].name, "master2");
	assert_string_equal(icinga->certificate, "/c.crt");
	assert_int_equal(icinga->interval.ns, span_s(4).ns);
	assert_int_equal(icinga->ttl.ns, span_s(9).ns);
	assert_int_equal(icinga->timeout.ns, span_ms(500).ns);
	assert_int_equal(icinga->report, REPORT_SELF);
	assert_int_equal(icinga->silent, SILENT_CRITICAL);
	conf_free(conf);
}

static void icinga_refuses_what_cannot_work(void **state)
{
	(void)state;
	assert_line_refused("icinga: {}",
		"s.yaml:2:1: icinga needs endpoints: [\"https://MASTER\"], the names as in their "
		"certificates");
	assert_line_refused("icinga: {endpoints: [\"http://m\"]}",
		"s.yaml:2:22: icinga.endpoints[].url must be https:// and a host or IP address, with :PORT "
		"behind it where that is not 5665; it is 'http://m'");
	assert_line_refused("icinga: {endpoints: [\"https://\"]}",
		"s.yaml:2:22: icinga.endpoints[].url must be https:// and a host or IP address, with :PORT "
		"behind it where that is not 5665; it is 'https://'");
	assert_line_refused("icinga: {endpoints: [\"https://10.0.0.1\"]}",
		"s.yaml:2:22: endpoint 10.0.0.1 needs the name that its certificate bears, the NodeName of "
		"that Icinga: {url: \"https://10.0.0.1\", name: NAME}");
	assert_line_refused(
		"icinga: {endpoints: [{name: m}]}", "s.yaml:2:22: an endpoint needs a url: https://HOST");
	assert_line_refused("icinga: {endpoints: [{uri: \"https://m\"}]}",
		"s.yaml:2:23: unknown key 'uri' in icinga.endpoints (did you mean 'url'?); allowed are: "
		"url, name");
	assert_line_refused("icinga: {endpoints: [\"https://m\", \"https://M:5665\"]}",
		"s.yaml:2:35: endpoint 'M' has the same address and port as the one in line 2");
	assert_line_refused("icinga: {endpoints: [\"https://m\"], ttl: 60s}",
		"s.yaml:2:36: icinga.ttl must be above icinga.interval, 60 s, or every report is stale "
		"before "
		"the next; it is 60 s");
	assert_line_refused("icinga: {endpoints: [\"https://m\"], key: /k}",
		"s.yaml:2:36: icinga.certificate and icinga.key belong together: give both, or user and "
		"password_file");
	assert_line_refused("icinga: {endpoints: [\"https://m\"], key: /k, certificate: /c, user: u}",
		"s.yaml:2:45: icinga has a certificate and a user with a password: give one of the two");
	assert_refused("peers: [db1, {name: db2, icinga_host: db1}]\nicinga: {endpoints: [\"https://m\"]}",
		"s.yaml:1:14: peer 'db2' has the same icinga_host as peer 'db1' in line 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_lines_are_enough),
		cmocka_unit_test(the_rest_has_defaults),
		cmocka_unit_test(without_a_galera_block_there_is_no_action),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(a_peer_is_a_mapping_or_its_address_alone),
		cmocka_unit_test(the_same_file_serves_every_host),
		cmocka_unit_test(a_listed_host_has_its_role_from_its_entry),
		cmocka_unit_test(a_host_finds_itself_by_its_short_or_full_name),
		cmocka_unit_test(another_domain_is_another_host),
		cmocka_unit_test(the_full_name_goes_before_the_short_one),
		cmocka_unit_test(a_host_that_may_be_either_of_two_is_asked_which),
		cmocka_unit_test(the_node_option_goes_before_the_host_name),
		cmocka_unit_test(a_host_without_a_name_of_its_own_is_told_to_have_one),
		cmocka_unit_test(bare_addresses_need_names),
		cmocka_unit_test(a_long_address_is_no_name),
		cmocka_unit_test(systemd_may_say_where_the_state_is),
		cmocka_unit_test(a_pairs_key_travels_under_the_senders_own_number),
		cmocka_unit_test(a_shared_key_has_one_number_everywhere),
		cmocka_unit_test(in_a_shared_list_all_name_a_key_or_none_does),
		cmocka_unit_test(replicas_and_unkeyed_references_do_not_vote),
		cmocka_unit_test(the_electorate_is_never_smaller_than_its_voters),
		cmocka_unit_test(of_many_31_vote_and_everybody_chooses_the_same),
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
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told_why),
		cmocka_unit_test(defaults_alone_are_a_start),
		cmocka_unit_test(icinga_needs_no_more_than_an_endpoint),
		cmocka_unit_test(icinga_takes_addresses_with_names_and_all_its_keys),
		cmocka_unit_test(icinga_refuses_what_cannot_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
