/*
 * A Galera cluster of simulated MariaDB servers, as far as a sentinel has to do with it: who is Primary,
 * wsrep_desync and what it costs to set it, and the ways in which a server keeps one waiting.
 *
 * SET GLOBAL wsrep_desync is a totally ordered message: about a millisecond on a healthy node; it waits while
 * the group is finding out who is still there (some six seconds after a member hangs or a partition begins),
 * while a state transfer is donated, and under FLUSH TABLES WITH READ LOCK; without a Primary it fails at
 * once. Once sent it happens, whether or not its client lives. The variable is not the truth: what the group
 * counts is, and at the end of a partition the group forgets what the variable still tells.
 */
#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include "truth.h"

enum { SERVERS_MAX = 32 };

enum owner { OWNER_SENTINEL, OWNER_OPERATOR, OWNERS };

enum set_end { SET_NONE, SET_WAITS, SET_DONE, SET_REFUSED };

/* One SET on its way through a server, whether or not its client still lives, and how it ended. */
struct desync_set {
	enum set_end end;
	bool on;
	struct truth sent;
	uint64_t lock; /* what its connection holds until it is over */
};

struct server {
	bool exists;                           /* there is one on this host */
	unsigned down, hung, locked, donating; /* reasons for it */
	unsigned incarnation;
	bool variable;    /* @@wsrep_desync, */
	enum owner owner; /* and whose SET made it 1 */
	bool counted;     /* the group knows of it */
	struct desync_set sets[OWNERS];
	bool rejects; /* wsrep_reject_queries=ALL_KILL, which is a sentinel's */
	struct desync_set reject;
	struct truth synced_at; /* given back, it is catching up until then */

	unsigned group; /* those that hear each other have the same */
	bool primary;
	uint64_t view;
	bool unsettled; /* the group is finding out who is there, */
	struct truth settles;

	/*
	 * What must never happen: somebody else's desync ended by a sentinel, a SET sent while one was under
	 * way.
	 */
	uint64_t foreign_given_back, sent_twice;
};

struct cluster {
	struct server servers[SERVERS_MAX];
	unsigned count;
	uint32_t last_primary; /* bits: the members of the latest Primary view */
	bool (*linked)(const void *arg, unsigned a, unsigned b); /* packets pass both ways */
	const void *arg;
};

void cluster_add(struct cluster *cluster, unsigned server);

/* Links or servers changed: who hears whom is found out anew. */
void cluster_changed(struct cluster *cluster, struct truth now);

/* The server is shut down in good order, with all that was set or on its way; and started again. */
void cluster_shut_down(struct cluster *cluster, unsigned index, struct truth now);
void cluster_start(struct cluster *cluster, unsigned index, struct truth now);

/* What is due happens. Gives when to come again; TRUTH_NEVER: not before something changes. */
struct truth cluster_turn(struct cluster *cluster, struct truth now);

/* A SET begins; one for each owner at a time. Its end is in server->sets. */
void server_set(struct server *server, enum owner owner, bool on, uint64_t lock, struct truth now);

/* Is no SET under way that holds the lock? */
bool server_lock_free(const struct server *server, uint64_t lock);

/* SET GLOBAL wsrep_reject_queries=ALL_KILL or NONE: no group message, so that only a server that hangs keeps it waiting. */
void server_reject(struct server *server, bool on, uint64_t lock, struct truth now);

/* It runs and is not stopped. */
bool server_answers(const struct server *server);

/* Nothing keeps it from carrying out a SET at once. */
bool server_at_ease(const struct server *server);

/* wsrep_desync_count and wsrep_local_state. */
unsigned server_desync_count(const struct server *server);
unsigned server_local_state(const struct server *server, struct truth now);

/* A desync or a fence of a sentinel's is in force, or on its way to be. */
bool server_ours(const struct server *server);

#endif
