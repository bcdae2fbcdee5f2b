#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/galera/members.h"

/* This host is db1; of its peers db2 has a network of its own for replication, and garb is an arbitrator. */
static struct conf *conf_of(const char *min_synced)
{
	static const char text[] = "peers: [{name: db1, address: 10.0.0.1}, "
				   "{name: db2, address: 10.0.0.2, galera_address: 10.9.0.2}, "
				   "{name: db3.example.net, address: 10.0.0.3}, "
				   "{name: mon1, address: 10.0.0.9, role: witness}]\n"
				   "galera: {min_synced: ";
	const struct conf_host host = { .name = "db1" };
	struct conf_error error = { "" };
	char whole[512];
	struct conf *conf;

	snprintf(whole, sizeof whole, "%s%s}\n", text, min_synced);
	conf = conf_parse("s.yaml", whole, strlen(whole), &host, &error);
	assert_string_equal(error.text, "");
	assert_non_null(conf);
	return conf;
}

static const struct db_row rows[] = {
	{ "db1", "10.0.0.1:3306" },
	{ "node-two", "10.9.0.2:3306" },
	{ "db3", "AUTO" },
	{ "garb", "" },
	{ "x9", "10.0.0.77:3306" },
};

static struct members members_of(const struct conf *conf, size_t n)
{
	struct members members;

	members_read(&members, conf, "db1", rows, n);
	return members;
}

static void members_are_known_by_name_or_by_address(void **state)
{
	struct conf *conf = conf_of("majority");
	struct members members = members_of(conf, 5);

	(void)state;
	assert_int_equal(members.n, 5);
	assert_int_equal(members.list[0].kind, MEMBER_SELF);
	assert_int_equal(members.list[1].kind, MEMBER_PEER);
	assert_string_equal(conf->peers[members.list[1].peer].name, "db2");
	assert_int_equal(members.list[2].kind, MEMBER_PEER);
	assert_string_equal(conf->peers[members.list[2].peer].name, "db3.example.net");
	assert_int_equal(members.list[3].kind, MEMBER_ARBITRATOR);
	assert_int_equal(members.list[4].kind, MEMBER_STRANGER);
	conf_free(conf);
}

static void an_address_is_not_taken_for_a_longer_one(void **state)
{
	static const struct db_row close[] = { { "a", "10.0.0.33:3306" }, { "b", "[10.0.0.3]:3306" } };
	struct conf *conf = conf_of("majority");
	struct members members;

	(void)state;
	members_read(&members, conf, "db1", close, 2);
	assert_int_equal(members.list[0].kind, MEMBER_STRANGER);
	assert_int_equal(members.list[1].kind, MEMBER_PEER);
	conf_free(conf);
}

static void without_names_addresses_have_to_do(void **state)
{
	struct conf *conf = conf_of("majority");
	struct members members;

	(void)state;
	members_read_addresses(&members, conf, "10.0.0.1:3306,10.9.0.2:3306,10.0.0.3:3306,");
	assert_int_equal(members.n, 4);
	assert_int_equal(members.list[1].kind, MEMBER_PEER);
	assert_int_equal(members.list[2].kind, MEMBER_PEER);
	assert_int_equal(members.list[3].kind, MEMBER_ARBITRATOR);
	conf_free(conf);
}

/* ---- what can be spared ---- */

static struct spare spare_beside(
	const char *min_synced, size_t n_members, const struct ledger *ledger, const bool *away)
{
	struct conf *conf = conf_of(min_synced);
	struct members members = members_of(conf, n_members);
	struct spare spare;

	spare_count(&spare, conf, &members, ledger, away);
	conf_free(conf);
	return spare;
}

static struct spare spare_of(const char *min_synced, size_t n_members, const struct ledger *ledger)
{
	return spare_beside(min_synced, n_members, ledger, NULL);
}

static void of_three_one_may_leave(void **state)
{
	const struct ledger none = { .version = 1 };
	struct spare spare = spare_of("majority", 5, &none);

	(void)state;
	assert_int_equal(spare.others, 2);
	assert_int_equal(spare.stay, 2);
	assert_true(spare_allows(&spare));
	assert_string_equal(spare.out, "");
}

static void who_has_a_claim_is_out_and_so_is_who_is_no_member(void **state)
{
	const struct ledger none = { .version = 1 };
	const struct ledger one = { .n_claims = 1, .claims = { { "db2", 7 } } };
	struct spare spare = spare_of("majority", 5, &one);

	(void)state;
	assert_int_equal(spare.others, 1);
	assert_false(spare_allows(&spare));
	assert_string_equal(spare.out, "db2 has a claim");
	spare = spare_of("majority", 2, &none);
	assert_false(spare_allows(&spare));
	assert_string_equal(spare.out, "db3.example.net is no member");
	/* An arbitrator and a stranger are members, and do not help. */
	spare = spare_of("1", 2, &none);
	assert_true(spare_allows(&spare));
	spare = spare_of("3", 5, &none);
	assert_false(spare_allows(&spare));
}

static void a_claim_of_this_host_is_no_reason_and_one_of_a_strangers_is(void **state)
{
	const struct ledger own = { .n_claims = 1, .claims = { { "db1", 7 } } };
	const struct ledger strange = { .n_claims = 1, .claims = { { "old-name", 7 } } };
	struct spare spare = spare_of("majority", 5, &own);

	(void)state;
	assert_true(spare_allows(&spare));
	spare = spare_of("majority", 5, &strange);
	assert_false(spare_allows(&spare));
	assert_string_equal(spare.out, "old-name has a claim");
}

/* In the order of the peers: db2, db3, mon1. */
static void who_says_that_it_is_not_synced_is_out(void **state)
{
	static const bool db3[] = { false, true, false }, mon1[] = { false, false, true };
	const struct ledger none = { .version = 1 };
	const struct ledger one = { .n_claims = 1, .claims = { { "db3.example.net", 7 } } };
	struct spare spare = spare_beside("majority", 5, &none, db3);

	(void)state;
	assert_int_equal(spare.others, 1);
	assert_false(spare_allows(&spare));
	assert_string_equal(spare.out, "db3.example.net is not Synced");
	/* Nobody is counted out twice, and a witness was never counted in. */
	spare = spare_beside("1", 5, &one, db3);
	assert_int_equal(spare.others, 1);
	assert_string_equal(spare.out, "db3.example.net has a claim");
	spare = spare_beside("majority", 5, &none, mon1);
	assert_true(spare_allows(&spare));
}

static void the_status_shows_each_member_beside_its_peer(void **state)
{
	struct conf *conf = conf_of("majority");
	struct members members = members_of(conf, 5);
	json_t *list = members_json(&members, conf);
	char *text = json_dumps(list, JSON_COMPACT);

	(void)state;
	assert_string_equal(text,
		"[{\"name\":\"db1\",\"address\":\"10.0.0.1:3306\",\"peer\":\"db1\",\"role\":\"database\"},"
		"{\"name\":\"node-two\",\"address\":\"10.9.0.2:3306\",\"peer\":\"db2\",\"role\":\"database\"}"
		","
		"{\"name\":\"db3\",\"address\":\"AUTO\",\"peer\":\"db3.example.net\",\"role\":\"database\"},"
		"{\"name\":\"garb\",\"address\":\"\",\"peer\":null,\"role\":\"arbitrator\"},"
		"{\"name\":\"x9\",\"address\":\"10.0.0.77:3306\",\"peer\":null,\"role\":null}]");
	free(text);
	json_decref(list);
	conf_free(conf);
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(members_are_known_by_name_or_by_address),
		cmocka_unit_test(an_address_is_not_taken_for_a_longer_one),
		cmocka_unit_test(without_names_addresses_have_to_do),
		cmocka_unit_test(of_three_one_may_leave),
		cmocka_unit_test(who_has_a_claim_is_out_and_so_is_who_is_no_member),
		cmocka_unit_test(a_claim_of_this_host_is_no_reason_and_one_of_a_strangers_is),
		cmocka_unit_test(who_says_that_it_is_not_synced_is_out),
		cmocka_unit_test(the_status_shows_each_member_beside_its_peer),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
