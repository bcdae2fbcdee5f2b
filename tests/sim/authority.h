/*
 * A simulated authority over claims (sentinel/core/budget.h), as a cluster is one: requests are rows that its
 * Primary puts in a total order, and the order decides who is the last that may leave. It hangs with its
 * server, answers late, carries a request out long after its sender has stopped waiting, or loses it in a
 * partition.
 */
#ifndef SIM_AUTHORITY_H
#define SIM_AUTHORITY_H

#include "../../sentinel/core/budget.h"
#include "cluster.h"
#include "dice.h"

enum { REQUESTS_MAX = 4 };

/* A request on its way through a server; nobody may be waiting for it any more. */
struct claim_request {
	bool under_way, on;
	uint64_t number;    /* of the claim: one that is given back late is not a newer one */
	struct truth ready; /* not carried out before */
};

struct authority {
	unsigned most;                /* so many may hold a claim at once */
	uint64_t claims[SERVERS_MAX]; /* the numbers of those that are held; 0: none */
	struct claim_request requests[SERVERS_MAX][REQUESTS_MAX];
	struct dice dice;
};

/* What is due happens. Gives when to come again; TRUTH_NEVER: not before something changes. */
struct truth authority_turn(struct authority *authority, const struct cluster *cluster, struct truth now);

/*
 * What a host's sentinel has of it: brings the wanted state about, and tells what it knows. A stand-in for a
 * driver that speaks to a real authority.
 */
struct claimant {
	bool known, held; /* as last told to the core */
	bool asking;      /* a request was sent, for `asked`, and until `patience` its answer is awaited */
	bool asked;
	struct truth patience, looks; /* when to look again */
};

/* A look, and what follows from it. True where there is news for the core, in claimant->held. */
bool claimant_turn(struct claimant *claimant, struct authority *authority, const struct cluster *cluster,
	unsigned host, enum want want, struct truth now);

#endif
