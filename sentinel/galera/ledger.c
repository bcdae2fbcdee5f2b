#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../text/count.h"

const char ledger_sql[] = "SELECT 'version', version FROM skew_sentinel.ledger UNION ALL "
			  "SELECT 'hold', token FROM skew_sentinel.hold UNION ALL "
			  "SELECT 'hold for', for_s FROM skew_sentinel.hold UNION ALL "
			  "SELECT 'hold by', node FROM skew_sentinel.hold UNION ALL "
			  "SELECT 'hold why', reason FROM skew_sentinel.hold UNION ALL "
			  "SELECT CONCAT('=', token), node FROM skew_sentinel.claim";

static bool read_claim(struct ledger *ledger, const struct db_row *row)
{
	struct ledger_claim *claim = &ledger->claims[ledger->n_claims];

	if (ledger->n_claims == LEDGER_CLAIMS_MAX || !count_read(row->name + 1, &claim->token))
		return false;
	snprintf(claim->node, sizeof claim->node, "%.*s", NODE_NAME_SIZE - 1, row->value);
	ledger->n_claims++;
	return true;
}

static bool read_row(struct ledger *ledger, const struct db_row *row, bool *versioned)
{
	struct ledger_hold *hold = &ledger->hold;

	if (row->name[0] == '=')
		return read_claim(ledger, row);
	if (strcmp(row->name, "version") == 0)
		return *versioned = count_read(row->value, &ledger->version);
	if (strcmp(row->name, "hold") == 0)
		return hold->on = count_read(row->value, &hold->token);
	if (strcmp(row->name, "hold for") == 0)
		return count_read(row->value, &hold->for_s);
	if (strcmp(row->name, "hold by") == 0)
		snprintf(hold->node, sizeof hold->node, "%.*s", NODE_NAME_SIZE - 1, row->value);
	else if (strcmp(row->name, "hold why") == 0)
		snprintf(hold->reason, sizeof hold->reason, "%s", row->value);
	return true;
}

bool ledger_read(struct ledger *out, const struct db_row *rows, size_t n)
{
	struct ledger ledger = { 0 };
	bool versioned = false;

	for (size_t i = 0; i < n; i++)
		if (!read_row(&ledger, &rows[i], &versioned))
			return false;
	/* Rows beyond those are dropped: whose claims they are is not known then. */
	if (!versioned || n == DB_ROWS_MAX)
		return false;
	*out = ledger;
	return true;
}

const struct ledger_claim *ledger_find(const struct ledger *ledger, const char *node)
{
	for (size_t i = 0; i < ledger->n_claims; i++)
		if (strcmp(ledger->claims[i].node, node) == 0)
			return &ledger->claims[i];
	return NULL;
}

/* As a literal that says the same in every SQL mode and character set: X'...', at most 127 octets of it. */
enum { QUOTED_SIZE = 2 * LEDGER_REASON_SIZE + 4 };

static const char *quote(const char *text, char out[QUOTED_SIZE])
{
	size_t len = strnlen(text, LEDGER_REASON_SIZE - 1);
	char *at = out;

	*at++ = 'X';
	*at++ = '\'';
	for (size_t i = 0; i < len; i++)
		at += sprintf(at, "%02X", (unsigned)(unsigned char)text[i]);
	*at++ = '\'';
	*at = '\0';
	return out;
}

void ledger_claim_sql(
	char sql[DB_SQL_SIZE], uint64_t version, const struct ledger_claim *claim, const char *why)
{
	char node[QUOTED_SIZE], reason[QUOTED_SIZE];

	snprintf(sql, DB_SQL_SIZE, "CALL skew_sentinel.claim(%" PRIu64 ", %s, %" PRIu64 ", %s)", version,
		quote(claim->node, node), claim->token, quote(why, reason));
}

void ledger_give_back_sql(char sql[DB_SQL_SIZE], uint64_t version, const char *node)
{
	char quoted[QUOTED_SIZE];

	snprintf(sql, DB_SQL_SIZE, "CALL skew_sentinel.give_back(%" PRIu64 ", %s)", version,
		quote(node, quoted));
}

void ledger_end_claim_sql(char sql[DB_SQL_SIZE], const struct ledger_claim *claim)
{
	char quoted[QUOTED_SIZE];

	snprintf(sql, DB_SQL_SIZE, "CALL skew_sentinel.end_claim(%s, %" PRIu64 ")",
		quote(claim->node, quoted), claim->token);
}

void ledger_hold_sql(char sql[DB_SQL_SIZE], const struct ledger_hold *hold)
{
	char node[QUOTED_SIZE], reason[QUOTED_SIZE];

	snprintf(sql, DB_SQL_SIZE, "CALL skew_sentinel.hold(%" PRIu64 ", %" PRIu64 ", %s, %s)", hold->token,
		hold->for_s, quote(hold->node, node), quote(hold->reason, reason));
}

void ledger_unhold_sql(char sql[DB_SQL_SIZE], uint64_t token)
{
	snprintf(sql, DB_SQL_SIZE, "CALL skew_sentinel.unhold(%" PRIu64 ")", token);
}
