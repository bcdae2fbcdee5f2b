/*
 * This host's own clock as the core believes it: where the wall clock stands against the raw one, the steps it made,
 * and the shift of a drill.
 *
 * CLOCK_REALTIME minus CLOCK_MONOTONIC is constant except at a step, since a slew moves both; so a step is seen in
 * any two readings, without being told by the kernel.
 */
#ifndef SENTINEL_CORE_OWN_H
#define SENTINEL_CORE_OWN_H

#include "core.h"
#include "rate.h"

struct drill {
	bool on;
	struct span offset;
	int64_t drift_ppb;
	struct mono started, ends;
};

struct own {
	struct reading now;        /* the latest */
	struct interval wall_mono; /* wall minus monotonic, bracketed */
	uint32_t epoch;            /* steps since the start, a drill's beginning and end counted */
	uint64_t steps;            /* those of the clock alone */
	bool stepped;              /* the latest reading showed one */
	struct wall
		horizon;  /* when the latest step was seen: older stamps are on a time scale that is gone */
	struct span step; /* of the latest step */
	struct mono step_at;
	struct raw step_raw;   /* the same instant */
	bool slept;            /* the latest reading showed that the machine was suspended, */
	struct span sleep;     /* for so long */
	struct mono woke_at;   /* zero: it never was */
	struct span suspended; /* for so long before that */
	struct drill drill;

	/*
	 * How the wall clock moved against the raw one lately: where it stood less than a second or two ago, and a second or two
	 * before that: the latest is too young for what is older than it.
	 */
	struct anchor {
		bool rated;
		struct raw at;
		struct interval map;
		struct rate rate; /* up to then */
	} anchors[2];
};

void own_init(struct own *own, const struct reading *now);

/* Takes a new reading; true when the wall clock was stepped since the last one. */
bool own_look(struct own *own, const struct reading *now);

/* Begins, changes or ends a drill; each counts as a step. own_drill_over: it has just ended by itself. */
void own_drill(struct own *own, const struct drill *drill);
bool own_drill_over(struct own *own);

/* How far the drill shifts the wall clock now; zero without one. */
struct span own_drill_shift(const struct own *own);

/* The wall clock minus the raw one, as believed: bracketed by the reading, the drill's shift included. */
struct interval own_map(const struct own *own);

/* The same without the drill. */
struct interval reading_map(const struct reading *now);

/*
 * The wall clock minus the raw one as it was `age` ago. A slew moves it, and may have begun in between: by Linux's limits
 * that is up to 10 % of the age. Where the mapping is now within some distance of what its rate up to a second ago leads
 * to, and the rate did not change there and back in that second, it cannot have been further off than that either: a
 * bound for stamps that is some hundred times tighter, as long as no slew begins just then.
 */
struct interval own_map_ago(const struct own *own, struct span age);

/*
 * How long ago the kernel stamped a datagram, zero or more; false where the stamp may be of before a step, so that the
 * present has to stand for it: later than the truth, which widens and never lies. (What a backward step leaves
 * undetected reads later than it was, too.)
 */
bool own_stamp_age(const struct own *own, struct wall stamp, struct span *out);

/*
 * A stamp of something that had not happened yet when the kernel took it, as our raw clock: no later than the truth.
 * False where the stamp cannot be used.
 */
bool own_stamp_before(const struct own *own, struct wall stamp, struct raw *out);

/* A stamp of something that had happened, as our raw clock: no earlier than the truth, and no later than now. */
struct raw own_stamp_after(const struct own *own, bool stamped, struct wall stamp);

#endif
