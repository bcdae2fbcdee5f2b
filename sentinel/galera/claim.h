/*
 * This host's claim to leave work (core/budget.h), in the cluster's ledger (ledger.h): over a connection of its own it
 * reads who is a member and who has a claim, decides by that whether this node can be spared, and writes the claim on
 * top of what it read.
 *
 * A claim is held while the ledger shows it with the token of the latest request that was sent, and no further request
 * is under way: so nothing that was ever sent can still take it away. A claim of ours with another token is one from
 * before a restart, or one that came late: it is made anew when one is wanted (but where our fence is in force, which it
 * was made for: that one is held), and given back when none is. A request
 * whose answer never came is void as soon as a later one has gone through, since that was written on top of another
 * version; it is not waited for, and needs no clock.
 *
 * Between the claim and the deed the members may have changed: what is read after the claim decides again, until
 * something of ours is in force.
 */
#ifndef SENTINEL_CLAIM_H
#define SENTINEL_CLAIM_H

#include "../action.h"
#include "ledger.h"
#include "members.h"
#include "wsrep.h"

struct claim;

/* What of it has to do with the driver that it belongs to. */
struct claim_owner {
	/* What may be done changed: claim_held, claim_waits, claim_hold. */
	void (*changed)(void *arg);
	/* Is anything of ours in force, or on its way, or not known not to be? Then no claim is given back. */
	bool (*out)(void *arg);
	void *arg;
};

/* Begins to read once the loop runs. NULL where memory is short. */
struct claim *claim_new(
	const struct action_env *env, const struct db_place *place, const struct claim_owner *owner);

/* At once; what is under way goes on in the server. NULL is fine. */
void claim_free(struct claim *claim);

/* reason: what is written beside the claim. */
void claim_want(struct claim *claim, enum want want, const char *reason);

/* What galera.c sees of the server; NULL: nothing. */
void claim_looked(struct claim *claim, const struct wsrep *server);

bool claim_held(const struct claim *claim);

/* The ledger was asked, and the server answered, were it with an error. */
bool claim_known(const struct claim *claim);

/* What it shows is the cluster's word, and not what a node that is cut off has left of it; or there is no ledger at all. */
bool claim_current(const struct claim *claim);

/* The ledger shows no claim of this node's, and no request of this process is under way. */
bool claim_free_of(const struct claim *claim);

/* The ledger shows a claim of that node's, or did when it could be read last. */
bool claim_of(const struct claim *claim, const char *node);

/* Why a claim that is wanted is not held; "": it is, or none is wanted. */
const char *claim_waits(const struct claim *claim);

/* The hold on all nodes that is in force here, or NULL. */
const struct ledger_hold *claim_hold(const struct claim *claim);
/* What is left of it; SPAN_MAX: until it is lifted. */
struct span claim_hold_left(const struct claim *claim);

/*
 * An operator's word; what came of it is told as a note, also that it came to nothing because this node fell out of the
 * Primary component. The end of a hold is that of the one which is seen now. False: why not, in `text`.
 */
bool claim_end(struct claim *claim, const char *node, char *text, size_t room)
	__attribute__((warn_unused_result));
bool claim_set_hold(struct claim *claim, const struct ledger_hold *hold, char *text, size_t room)
	__attribute__((warn_unused_result));

/* Into the driver's block of the status: members, claims, what is missing. */
void claim_put(json_t *json, const struct claim *claim);

#endif
