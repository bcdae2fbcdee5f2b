#include "privileges.h"

#include <stdio.h>
#include <string.h>

const char privileges_sql[] =
	"SELECT ROUTINE_NAME, 'procedure' FROM information_schema.ROUTINES "
	"WHERE ROUTINE_SCHEMA='skew_sentinel' UNION ALL "
	"SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), 'table' FROM information_schema.TABLES "
	"WHERE TABLE_SCHEMA='skew_sentinel' OR (TABLE_SCHEMA='mysql' AND TABLE_NAME='wsrep_cluster_members') "
	"UNION ALL SELECT PRIVILEGE_TYPE, 'global' FROM information_schema.USER_PRIVILEGES "
	"WHERE PRIVILEGE_TYPE='SUPER'";

struct need {
	const char *name, *kind;
	unsigned measures; /* of any of these; 0: in any case */
};

static const struct need needs[] = {
	{ "claim", "procedure", 0 },
	{ "give_back", "procedure", 0 },
	{ "end_claim", "procedure", 0 },
	{ "hold", "procedure", 0 },
	{ "unhold", "procedure", 0 },
	{ "skew_sentinel.ledger", "table", 0 },
	{ "skew_sentinel.claim", "table", 0 },
	{ "skew_sentinel.hold", "table", 0 },
	{ "mysql.wsrep_cluster_members", "table", 0 },
	{ "desync", "procedure", MEASURE_DESYNC },
	{ "reject", "procedure", MEASURE_FENCE },
};

static bool has(const struct db_row *rows, size_t n, const char *name, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0 && strcmp(rows[i].value, kind) == 0)
			return true;
	return false;
}

/* Who has SUPER needs no procedure for what it is for. */
static bool is_met(const struct need *need, const struct conf *conf, const struct db_row *rows, size_t n)
{
	if (need->measures && (!(conf_leaves(conf) & need->measures) || has(rows, n, "SUPER", "global")))
		return true;
	return has(rows, n, need->name, need->kind);
}

static void add(char *out, size_t room, const struct need *need, const char *user)
{
	bool table = strcmp(need->kind, "table") == 0;
	size_t len = strlen(out);

	snprintf(out + len, room - len, "%sGRANT %s%s TO '%s'@'localhost'", len ? "; " : "",
		table ? "SELECT ON " : "EXECUTE ON PROCEDURE skew_sentinel.", need->name, user);
}

void privileges_read(struct privileges *out, const struct conf *conf, const char *user,
	const struct db_row *rows, size_t n)
{
	static const char setup[] = "skewctl setup-db | sudo mariadb";
	char grants[320] = "";
	size_t missing = 0;

	out->missing[0] = '\0';
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
		if (is_met(&needs[i], conf, rows, n))
			continue;
		add(grants, sizeof grants, &needs[i], user);
		missing++;
	}
	if (missing > 2)
		snprintf(out->missing, sizeof out->missing,
			"database user %s lacks what it is to have: run: %s", user, setup);
	else if (missing)
		snprintf(out->missing, sizeof out->missing,
			"database user %s lacks a privilege: run: %s (where that is refused: %s)", user,
			grants, setup);
}
