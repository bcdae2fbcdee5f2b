/* The claim's inside, shared by claim.c and its parts (claim_*.c) alone. */
#ifndef SENTINEL_CLAIM_IMPL_H
#define SENTINEL_CLAIM_IMPL_H

#include "claim.h"
#include "privileges.h"

#define AGAIN_AFTER span_ms(200) /* a change that was refused, by a conflict as a rule */
#define RETRY_FIRST span_s(1)
#define RETRY_MOST span_s(5)

enum { NOT_PREPARED = 1047 }; /* the server's error where it is not Primary */

/* What an operator asked for, until it is done. */
enum claim_order { ORDER_NONE, ORDER_END_CLAIM, ORDER_HOLD, ORDER_UNHOLD };

struct claim {
	const struct action_env *env;
	struct db_place place;
	struct claim_owner owner;
	struct db *db; /* NULL: between two attempts to connect */
	struct timer *timer;
	struct span retry;
	struct span pause; /* after a change that was refused */

	enum want want;
	char reason[LEDGER_REASON_SIZE];
	struct wsrep server;
	bool up;

	bool known, have_ledger;
	bool no_ledger; /* there is none to be read */
	struct ledger ledger;
	struct members members;
	struct spare spare;
	struct privileges privileges;
	uint64_t token;    /* of the latest request for a claim; 0: none of this process */
	bool changing;     /* a request for a claim, or to give it back, is under way */
	bool busy;         /* something is */
	bool held, listed; /* listed: the ledger showed a claim of ours, the last time */
	char fault[DB_ERROR_SIZE + 64], told_fault[DB_ERROR_SIZE + 64];
	char denied[DB_ERROR_SIZE + 64]; /* why the latest change was refused; "": it was not */
	char waits[sizeof((struct action_report *)0)->detail];

	struct ledger_hold hold; /* as it was last read, */
	struct mono hold_seen;   /* and when it was read first */

	enum claim_order order;
	bool asked; /* an operator did: it is told what comes of it */
	struct ledger_claim order_claim;
	struct ledger_hold order_hold;
};

/* ---- claim.c ---- */
const char *claim_own_name(const struct claim *c);
/* That of this node in the ledger, or NULL. */
const struct ledger_claim *claim_own(const struct claim *c);
/* It takes a Primary to write anything. */
bool claim_can_write(const struct claim *c);
/* Something of ours is in force, or may be (claim_owner.out). */
bool claim_is_out(const struct claim *c);
enum want claim_want_now(const struct claim *c);
/* From here on it is held, or is not: told, explained and handed to the owner. */
void claim_change(struct claim *c, bool held);
/* All has been read. */
void claim_think(struct claim *c);
/* Reads soon, where nothing is under way. */
void claim_hurry(struct claim *c);

/* ---- claim_read.c ---- */
/* Reads the ledger, then the members, then thinks. */
void claim_read(struct claim *c);
/* The connection is over; another attempt follows by itself. */
void claim_lose(struct claim *c);
/* Of the timer: connects where there is no connection, and reads. */
void claim_on_timer(void *arg);

/* ---- claim_change.c ---- */
/* Sends what there is to be changed, by what was just read; false: nothing. */
bool claim_act(struct claim *c);

/* ---- claim_order.c ---- */
bool claim_new_token(uint64_t *token) __attribute__((warn_unused_result));
void claim_follow_hold(struct claim *c);
/* One whose time is over is taken away by whoever sees it. */
void claim_end_hold_over(struct claim *c);
/* Has the ledger come to show what was asked for? Then it is told. */
void claim_follow_order(struct claim *c);
/* An operator who was told that it will be done hears that it is not. */
void claim_drop_order(struct claim *c, const char *why);
/* Of the order there is. */
void claim_order_sql(const struct claim *c, char sql[DB_SQL_SIZE]);

/* ---- claim_tell.c ---- */
void claim_note(struct claim *c, enum severity severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What a claim that is wanted waits for. */
void claim_explain(struct claim *c);
void claim_tell_held(struct claim *c, bool held);
void claim_tell_listed(struct claim *c);
void claim_tell_fault(struct claim *c);
/* Said at start: with so few nodes it is as good as no configuration. */
void claim_warn_of_too_few(struct claim *c);

#endif
