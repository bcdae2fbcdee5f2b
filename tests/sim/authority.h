/*
 * The simulated ledger of claims (sentinel/galera/ledger.h), as a cluster keeps it: requests are transactions that its
 * Primary puts in a total order, and each is built on a version of the ledger that it has to find there when its turn
 * comes. It hangs with its server, is carried out long after its sender has stopped waiting or died, or is lost in a
 * partition. Who is cut off reads an old ledger, and at times the others do.
 *
 * Who may leave is not decided here: what the real driver (sentinel/galera/claim.c) writes is what is in it.
 */
#ifndef SIM_AUTHORITY_H
#define SIM_AUTHORITY_H

#include "cluster.h"
#include "dice.h"

enum { REQUESTS_MAX = 8 };

struct ledger_table {
	uint64_t version;
	uint64_t tokens[SERVERS_MAX]; /* of the claims that are held; 0: none */
};

/* A request on its way through a server; nobody may be waiting for it any more. */
struct claim_request {
	uint64_t serial; /* 0: none was ever here */
	bool under_way, refused;
	uint64_t seen, token; /* token 0: gives back */
	struct truth ready;   /* not carried out before */
};

struct authority {
	unsigned most; /* so many may hold a claim at once */
	struct ledger_table table, copies[SERVERS_MAX];
	struct claim_request requests[SERVERS_MAX][REQUESTS_MAX];
	uint64_t serials;
	struct dice dice;

	/* Tests only: what must not happen in a real one, and is to be seen if it does. */
	bool ignores_versions;
};

/* What is due happens. Gives when to come again; TRUTH_NEVER: not before something changes. */
struct truth authority_turn(struct authority *authority, const struct cluster *cluster, struct truth now);

/* Begins one; NULL: there are too many, and the connection breaks. The other one of its kind is found by serial. */
struct claim_request *authority_ask(
	struct authority *authority, unsigned host, uint64_t seen, uint64_t token, struct truth now);

/* What is read at the host. */
const struct ledger_table *authority_read(
	struct authority *authority, const struct cluster *cluster, unsigned host);

#endif
