/*
 * The simulated world: hosts with crystals and kernels, wires, a Galera cluster, and on each host a sentinel:
 * the real core and the real Galera driver. One true time, in which everything happens in order; one seed,
 * which gives one run.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "../../sentinel/core/core.h"
#include "authority.h"
#include "clockwork.h"
#include "cluster.h"
#include "deputy.h"
#include "plan.h"
#include "queue.h"
#include "totals.h"

struct world;

/* What the simulator knows of one exchange: when it was, and where the two clocks really stood. */
struct evidence {
	struct truth asked;    /* T1 */
	struct truth answered; /* T3 */
	struct truth arrived;  /* T4 */
	struct span map;       /* the answerer's wall clock minus its raw one, at T3 */
	struct span before;    /* the answerer's wall clock minus the asker's, at T1 */
	struct span offset;    /* and at T3 */
	struct span asker_map; /* the asker's wall clock minus its raw one, at T3 */
};

struct datagram {
	struct datagram *next;
	unsigned from, to;
	struct incoming in; /* `bytes` points to the ones below */
	struct evidence evidence;
	uint8_t bytes[MESSAGE_MAX];
};

/* The kernel's word on when a datagram left, in the error queue. */
struct departure {
	enum side side;
	uint64_t token;
	struct wall stamp;
};

/* What a host's sentinel says of another host, and what that is based on. */
struct pair {
	bool known;
	struct raw as_of;
	struct interval offset;
	struct evidence evidence;
	struct truth jumped; /* when the raw clock of either did last, as of the latest exchange, */
	struct span gap;     /* how far, */
	unsigned since;      /* so many exchanges ago, */
	bool other;          /* and goes on with another crystal; */
	unsigned
		earlier; /* the one before that, where nothing has shown that one either; UINT_MAX: there is none */
	unsigned seen;      /* exchanges since the first, or since one that has shown a jump */
	struct span memory; /* how wide it was before, and how wrong it may have been; */
	bool shown;         /* an exchange since then cannot but contradict that */
};

/* What a host's sentinel says of itself, and wants. */
struct sight {
	enum verdict_state state;
	bool raised[LEVEL_COUNT];
	bool provable[LEVEL_COUNT]; /* by the links, at all */
	enum want want, claim;
	bool held; /* an operator holds the actions */
	char summary[512];
	int fresh; /* the host with which the latest step completed an exchange; -1: none */
};

/* The invariants' own memory of one level of one host. */
struct level_watch {
	bool away;           /* truly beyond at last, and not well within it since: an excursion */
	unsigned excursions; /* so far */
	unsigned raised_in;  /* the one in which it was raised last; 0: in none */
};

struct host {
	struct world *world;
	unsigned index;
	const struct plan_host *plan;
	struct dice dice;

	/* The crystal, and who steers. */
	struct clockwork clock;
	int64_t crystal_ppb, wander_ppb; /* where it was built, and how far it went from there */
	int64_t slew_ppb;
	struct span aim; /* where its time service thinks that right is, from true time */

	/* The kernel: what waits in the sockets, and at the network card of a machine that stands still. */
	struct datagram *first, *last;
	unsigned waiting;
	struct departure departures[64];
	unsigned n_departures;
	bool asleep;

	/* The process. */
	bool alive;
	unsigned stalled;
	struct truth wake, busy;
	bool poked; /* the kernel said that the clock was set */
	struct conf *conf;
	struct core *core;     /* NULL while it is not running, and in a plain NTP server */
	struct deputy *deputy; /* NULL: no database here */
	struct disk disk;
	struct event inbox[8];
	unsigned n_inbox;

	struct truth disturbed; /* when anything last happened to this host that may keep it from its duty */
	struct sight sight;
	struct pair *pairs; /* one a host */
	struct level_watch watches[LEVEL_COUNT];
	struct truth holds_since; /* it has held a claim, while it had to leave; TRUTH_NEVER: it does not */
	struct truth
		at_ease_since; /* its server has been able to carry out a SET since; TRUTH_NEVER: it is not */
};

struct world {
	struct plan plan;
	uint64_t seed;
	struct truth now;
	struct dice dice;
	struct queue queue;
	struct host *hosts;
	unsigned n_hosts;
	struct wire *wires; /* from i to k at i * n_hosts + k */
	struct cluster cluster;
	struct authority authority;
	struct keyring *ring;
	struct datagram *spare;
	struct effects effects;
	struct span leap;   /* what leap seconds have moved the right wall clock by */
	unsigned looks;     /* so often the invariants have looked */
	bool leap_in_sight; /* one was announced in this run */

	void *story; /* a FILE, or NULL: nobody listens */
	struct totals totals;
	char violations[INVARIANTS_MAX][640]; /* the first of each */

	/* Tests put a lie between what the sentinels say and those who judge it. */
	void (*tamper)(void *arg, struct host *host);
	void *tamper_arg;
};

/* NULL where memory is short. story: a FILE to tell to, or NULL. */
struct world *world_new(const struct plan *plan, uint64_t seed, void *story);
void world_free(struct world *world);

/* To the end of the plan. */
void world_run(struct world *world);

/* The cluster may have something to do, now. */
void world_stir(struct world *world);

struct wire *world_wire(struct world *world, unsigned from, unsigned to);

/* The index of host `peer` in the core of `host`: itself is 0. */
size_t world_node(const struct host *host, unsigned peer);

/* ---- host.c, and its parts host_*.c ---- */
void host_init(struct world *world, unsigned index);
void host_free(struct host *host);
void host_start(struct host *host); /* the sentinel */
void host_kill(struct host *host);
void host_arrival(struct host *host, struct datagram *datagram);
void host_turn(struct host *host);    /* HAPPEN_PROCESS */
void host_crystal(struct host *host); /* HAPPEN_CRYSTAL */
void host_wake_at(struct host *host, struct truth at);
void host_post(struct host *host, const struct event *event);
void host_rates(struct host *host); /* after crystal, slew or steering changed */
void host_resume(struct host *host);
void host_disturb(struct host *host);

/* ---- fault.c ---- */
void fault_begin(struct world *world, unsigned index);
void fault_end(struct world *world, unsigned index);

/* ---- story.c ---- */
void story_begin(struct world *world);
void story_tell(struct world *world, const char *who, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void story_end(struct world *world);

#endif
