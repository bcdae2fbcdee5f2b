/*
 * The ledger: a few rows of our own in the cluster, by which it decides who may leave work. Pure: rows in, values out;
 * values in, statements out.
 *
 * Who may leave depends on all that is in it, so whoever writes a claim writes it on top of what it has read: the
 * ledger has one version, each change makes it one more, and a claim names the version that it was decided by. Two
 * that are written on top of the same one touch the same row, and Galera certifies the first in its total order
 * alone; one that comes later finds another version and changes nothing. So a claim that is in the ledger was decided
 * by all that stood there before it, wherever and whenever it was sent, and however late it arrived; and a request that
 * a later one of the same sender was built on can never come to anything any more.
 *
 * Changes are made by procedures (setup_db.h) that give no result: what came of one is seen by reading. A claim carries
 * a token, new for each request, to be known again by.
 */
#ifndef SENTINEL_LEDGER_H
#define SENTINEL_LEDGER_H

#include "../../proto/message.h"
#include "db.h"

enum { LEDGER_CLAIMS_MAX = 24, LEDGER_REASON_SIZE = 128 };

struct ledger_claim {
	char node[NODE_NAME_SIZE];
	uint64_t token;
};

/* An operator's, on all nodes. */
struct ledger_hold {
	bool on;
	uint64_t token;
	uint64_t for_s; /* 0: until it is lifted */
	char node[NODE_NAME_SIZE], reason[LEDGER_REASON_SIZE];
};

struct ledger {
	uint64_t version;
	size_t n_claims;
	struct ledger_claim claims[LEDGER_CLAIMS_MAX];
	struct ledger_hold hold;
};

/* One statement, so that all of it is as of one instant. */
extern const char ledger_sql[];

/* False where the rows are not all of a ledger: *out is then untouched. */
bool ledger_read(struct ledger *out, const struct db_row *rows, size_t n) __attribute__((warn_unused_result));

/* The node's claim, or NULL. */
const struct ledger_claim *ledger_find(const struct ledger *ledger, const char *node);

/* On top of the version: anything else that came in between makes them do nothing. */
void ledger_claim_sql(
	char sql[DB_SQL_SIZE], uint64_t version, const struct ledger_claim *claim, const char *why);
void ledger_give_back_sql(char sql[DB_SQL_SIZE], uint64_t version, const char *node);

/* Whatever the version is: an operator's word stands. The claim that is ended is the one with this token. */
void ledger_end_claim_sql(char sql[DB_SQL_SIZE], const struct ledger_claim *claim);
void ledger_hold_sql(char sql[DB_SQL_SIZE], const struct ledger_hold *hold);
/* The one with this token; 0: whichever it is. */
void ledger_unhold_sql(char sql[DB_SQL_SIZE], uint64_t token);

#endif
