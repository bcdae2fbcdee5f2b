/*
 * What must hold in every run, whatever goes wrong. Each is a promise that is looked at after every step of a core, or
 * twice a second, with the truth at hand; the sentinels know nothing of it.
 *
 * The judges take only what is really so: nothing of an estimate or a verdict is computed here the way the core does it.
 */
#ifndef SIM_INVARIANT_H
#define SIM_INVARIANT_H

#include "world.h"

enum invariant_name {
	INVARIANT_INTERVAL,   /* inv_interval.c */
	INVARIANT_ACCUSATION, /* inv_accusation.c */
	INVARIANT_LIVENESS,   /* inv_liveness.c */
	INVARIANT_REMAINS,    /* inv_remains.c */
	INVARIANT_UNKNOWN,    /* inv_unknown.c */
	INVARIANT_COUNT
};

struct invariant {
	const char *name, *promise;
	/* After a step of the host's core; before: what it said until then. NULL: nothing to look at. */
	void (*stepped)(struct host *host, const struct sight *before);
	/* Twice a second. NULL: nothing to look at. */
	void (*looked)(struct host *host);
};

extern const struct invariant *const invariants[INVARIANT_COUNT];
extern const struct invariant invariant_interval, invariant_accusation, invariant_liveness, invariant_remains,
	invariant_unknown;

void invariants_stepped(struct host *host, const struct sight *before);
void invariants_looked(struct world *world);

/* The driver sends a SET that takes the node out. */
void invariants_acted(struct host *host);

/* Tells it, and counts it. The first of a run is kept whole. */
void violate(struct host *host, enum invariant_name name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* It had something to look at. */
void looked_at(struct host *host, enum invariant_name name);

/* ---- the truth, as the judges need it: truth_about.c ---- */

struct span level_limit(const struct host *host, enum level_name level);
const char *level_title(enum level_name level);
unsigned majority_of(const struct host *host);
bool votes(const struct host *host);

/*
 * Where a voter's clock stood from the host's: at the instant of the latest exchange, now, and where it would be now if
 * it had only gone on since it was last heard. A verdict may rest on any of them.
 */
struct stand {
	struct span then, now, carried;
};
struct stand stand_of(const struct host *host, unsigned voter);

/*
 * Voters (without the host) that are truly beyond the limit from the host, on the side that has more of them: by any of
 * the three, or by where the clocks are now alone.
 */
unsigned voters_beyond(const struct host *host, struct span limit);
unsigned voters_beyond_now(const struct host *host, struct span limit);

/* Voters (the host counted, if it votes) that are truly within it, by any of the three; or now. */
unsigned voters_within(const struct host *host, struct span limit);
unsigned voters_within_now(const struct host *host, struct span limit);

/* For so long nothing has happened to the two hosts and the path between them that could keep one from a proof. */
struct span calm_for(const struct host *host, unsigned voter);

/* How wide an interval can be at most after such a calm. */
struct span width_most(const struct host *host, unsigned voter);

#endif
