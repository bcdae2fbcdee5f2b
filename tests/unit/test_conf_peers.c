#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsed.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
