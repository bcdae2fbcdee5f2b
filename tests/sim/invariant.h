/*
 * What must hold in every run, whatever goes wrong. Each is a promise that is looked at after every step of a
 * core, or twice a second, with the truth at hand; the sentinels know nothing of it.
 *
 * The judges take only what is really so: nothing of an estimate or a verdict is computed here the way the
 * core does it.
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
	INVARIANT_BUDGET,     /* inv_budget.c */
	INVARIANT_IMPLIED,    /* inv_implied.c */
	INVARIANT_CARRIED,    /* inv_carried.c */
	INVARIANT_OTHERS,     /* inv_others.c */
	INVARIANT_COUNT
};

struct invariant {
	const char *name, *promise;
	/* After a step of the host's core; before: what it said until then. NULL: nothing to look at. */
	void (*stepped)(struct host *host, const struct sight *before);
	/* Twice a second. NULL: nothing to look at. */
	void (*looked)(struct host *host);
	/* Whenever something may have happened in the cluster. NULL: nothing to look at. */
	void (*clustered)(struct host *host);
};

extern const struct invariant *const invariants[INVARIANT_COUNT];
extern const struct invariant invariant_interval, invariant_accusation, invariant_liveness, invariant_remains,
	invariant_unknown, invariant_budget, invariant_implied, invariant_carried, invariant_others;

void invariants_stepped(struct host *host, const struct sight *before);
void invariants_looked(struct world *world);
void invariants_clustered(struct world *world);

/* The driver sends a SET that takes the node out. */
void invariants_acted(struct host *host);

/* Counts it; the first of each invariant in a run is told and kept. */
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
 * Where a voter's clock stood from the host's: when it was asked last; when it answered; then, by what the
 * host's own clock shows now; now; and where it would be now if it had only gone on since. A verdict may rest
 * on any of them.
 */
enum { STANDS = 5 };
struct stand {
	struct span now, others[STANDS - 1];
};
struct stand stand_of(const struct host *host, unsigned voter);

/*
 * Voters (without the host) that are truly beyond the limit from the host, on the side that has more of them:
 * by any of the three, or by where the clocks are now alone.
 */
unsigned voters_beyond(const struct host *host, struct span limit);
unsigned voters_beyond_now(const struct host *host, struct span limit);

/*
 * A trusted reference is truly beyond the limit from the host, by any of these: it may alert, whatever the
 * others say.
 */
bool reference_beyond(const struct host *host, struct span limit);

/* There is one: it may alert. */
bool reference_may_speak(const struct host *host);

/* There is one that may not be provably beyond the limit, too, and so may veto that the host is. */
bool reference_may_veto(const struct host *host, struct span limit);

/* Voters (the host counted, if it votes) that are truly within it, by any of these; or now. */
unsigned voters_within(const struct host *host, struct span limit);
unsigned voters_within_now(const struct host *host, struct span limit);

/*
 * A raw clock of the two stood still, or went on at another rate, within what an estimate remembers (its
 * window of exchanges, and for some more what those allowed of the rate), and no exchange has shown it yet.
 */
bool pair_jumped_lately(const struct host *host, unsigned peer);

/*
 * Another voter that is asked at each interval: a plain NTP server is asked seldom, and between may be
 * slewed.
 */
bool is_steady_voter(const struct host *host, unsigned voter);

/*
 * For so long nothing has happened to the two hosts and the path between them that could keep one from a
 * proof.
 */
struct span calm_for(const struct host *host, unsigned voter);

/* How wide an interval can be at most after such a calm. */
struct span width_most(const struct host *host, unsigned voter);

#endif
