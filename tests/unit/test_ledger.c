#include "story.h"

#include <string.h>

#include "../../sentinel/galera/ledger.h"

enum { ROWS_MAX = DB_ROWS_MAX };

static const struct db_row rows[] = {
	{ "version", "41" },
	{ "=18446744073709551615", "db3" },
	{ "=7", "db2" },
	{ "hold", "9" },
	{ "hold for", "600" },
	{ "hold by", "db1" },
	{ "hold why", "moving the time servers" },
};

static void a_ledger_says_who_has_left_and_who_holds_all(void **state)
{
	struct ledger ledger;

	(void)state;
	assert_true(ledger_read(&ledger, rows, sizeof rows / sizeof rows[0]));
	assert_int_equal(ledger.version, 41);
	assert_int_equal(ledger.n_claims, 2);
	assert_true(ledger_find(&ledger, "db3")->token == UINT64_MAX);
	assert_int_equal(ledger_find(&ledger, "db2")->token, 7);
	assert_null(ledger_find(&ledger, "db"));
	assert_true(ledger.hold.on);
	assert_int_equal(ledger.hold.token, 9);
	assert_int_equal(ledger.hold.for_s, 600);
	assert_string_equal(ledger.hold.node, "db1");
	assert_string_equal(ledger.hold.reason, "moving the time servers");
}

static void an_empty_one_has_a_version_alone(void **state)
{
	struct ledger ledger;

	(void)state;
	assert_true(ledger_read(&ledger, rows, 1));
	assert_int_equal(ledger.n_claims, 0);
	assert_false(ledger.hold.on);
}

static void what_is_no_ledger_is_not_believed(void **state)
{
	struct ledger ledger = { .version = 5 };
	struct db_row bad[][2] = {
		{ { "version", "x" }, { "=7", "db2" } },
		{ { "version", "-1" }, { "=7", "db2" } },
		{ { "version", "1" }, { "=", "db2" } },
		{ { "version", "1" }, { "=7x", "db2" } },
		{ { "version", "1" }, { "hold", "99999999999999999999" } },
	};
	struct db_row many[ROWS_MAX];

	(void)state;
	assert_false(ledger_read(&ledger, rows, 0));
	assert_false(ledger_read(&ledger, rows + 1, 2));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(ledger_read(&ledger, bad[i], 2));
	/* So many that some may be missing. */
	for (size_t i = 0; i < ROWS_MAX; i++)
		many[i] = rows[i == 0 ? 0 : 2];
	assert_false(ledger_read(&ledger, many, ROWS_MAX));
	assert_int_equal(ledger.version, 5);
}

static void statements_carry_texts_as_octets(void **state)
{
	const struct ledger_claim claim = { .node = "d'b\\3", .token = 77 };
	const struct ledger_hold hold = { .token = 8, .for_s = 60, .node = "db1", .reason = "" };
	char sql[DB_SQL_SIZE], longest[400];

	(void)state;
	ledger_claim_sql(sql, 41, &claim, "a b");
	assert_string_equal(sql, "CALL skew_sentinel.claim(41, X'6427625C33', 77, X'612062')");
	ledger_give_back_sql(sql, 42, "db3");
	assert_string_equal(sql, "CALL skew_sentinel.give_back(42, X'646233')");
	ledger_end_claim_sql(sql, &claim);
	assert_string_equal(sql, "CALL skew_sentinel.end_claim(X'6427625C33', 77)");
	ledger_hold_sql(sql, &hold);
	assert_string_equal(sql, "CALL skew_sentinel.hold(8, 60, X'646231', X'')");
	ledger_unhold_sql(sql, 0);
	assert_string_equal(sql, "CALL skew_sentinel.unhold(0)");
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	ledger_claim_sql(sql, UINT64_MAX, &claim, longest);
	assert_true(strlen(sql) < DB_SQL_SIZE - 1);
	assert_int_equal(sql[strlen(sql) - 1], ')');
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(a_ledger_says_who_has_left_and_who_holds_all),
		cmocka_unit_test(an_empty_one_has_a_version_alone),
		cmocka_unit_test(what_is_no_ledger_is_not_believed),
		cmocka_unit_test(statements_carry_texts_as_octets),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
