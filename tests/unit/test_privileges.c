#include "story.h"

#include <string.h>

#include "../../sentinel/galera/privileges.h"

enum { ALL = 11 };

static const struct db_row all[ALL] = {
	{ "claim", "procedure" },
	{ "give_back", "procedure" },
	{ "end_claim", "procedure" },
	{ "hold", "procedure" },
	{ "unhold", "procedure" },
	{ "desync", "procedure" },
	{ "reject", "procedure" },
	{ "skew_sentinel.ledger", "table" },
	{ "skew_sentinel.claim", "table" },
	{ "skew_sentinel.hold", "table" },
	{ "mysql.wsrep_cluster_members", "table" },
};

/* What is said of all these rows but some. */
static const char *missing_without(const char *name, const char *kind, unsigned measures)
{
	static struct privileges privileges;
	struct conf *conf = conf_defaults("db1");
	struct db_row rows[ALL];
	size_t n = 0;

	conf->galera.configured = true;
	conf->galera.measures = measures;
	for (size_t i = 0; i < ALL; i++)
		if (strcmp(all[i].name, name) != 0 || strcmp(all[i].value, kind) != 0)
			rows[n++] = all[i];
	privileges_read(&privileges, conf, "skew-sentinel", rows, n);
	conf_free(conf);
	return privileges.missing;
}

static void nothing_is_missing(void **state)
{
	(void)state;
	assert_string_equal(missing_without("", "", MEASURE_DESYNC), "");
}

static void what_is_missing_is_named_with_the_statement_to_run(void **state)
{
	(void)state;
	assert_string_equal(missing_without("claim", "procedure", MEASURE_DESYNC),
		"database user skew-sentinel lacks a privilege: run: GRANT EXECUTE ON PROCEDURE "
		"skew_sentinel.claim TO 'skew-sentinel'@'localhost' (where that is refused: skewctl setup-db "
		"| sudo mariadb)");
	assert_non_null(strstr(missing_without("mysql.wsrep_cluster_members", "table", MEASURE_DESYNC),
		"run: GRANT SELECT ON mysql.wsrep_cluster_members TO 'skew-sentinel'@'localhost' "));
}

static void what_is_not_configured_is_not_missed(void **state)
{
	(void)state;
	assert_string_equal(missing_without("desync", "procedure", 0), "");
	assert_non_null(
		strstr(missing_without("desync", "procedure", MEASURE_DESYNC), "skew_sentinel.desync"));
}

static void a_server_that_knows_nothing_of_us_wants_all_of_it(void **state)
{
	struct conf *conf = conf_defaults("db1");
	const struct db_row super = { "SUPER", "global" };
	struct privileges privileges;

	(void)state;
	privileges_read(&privileges, conf, "skew-sentinel", &super, 1);
	assert_string_equal(privileges.missing, "database user skew-sentinel lacks what it is to have: run: "
						"skewctl setup-db | sudo mariadb");
	conf_free(conf);
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(nothing_is_missing),
		cmocka_unit_test(what_is_missing_is_named_with_the_statement_to_run),
		cmocka_unit_test(what_is_not_configured_is_not_missed),
		cmocka_unit_test(a_server_that_knows_nothing_of_us_wants_all_of_it),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
