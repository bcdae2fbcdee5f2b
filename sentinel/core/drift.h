/*
 * How fast another host's wall clock runs away from ours: the rate of the raw clocks against each other (estimate.h),
 * and what each host's own time service adds to its wall clock, seen in how wall minus raw moves at both ends.
 */
#ifndef SENTINEL_CORE_DRIFT_H
#define SENTINEL_CORE_DRIFT_H

#include "estimate.h"

/* Where both mappings stood some exchanges ago. */
struct drift {
	bool anchored;
	struct raw at;
	struct interval theirs, ours;
	struct rate least, greatest; /* of the mappings' difference since then; valid where `known` */
	bool known;
};

/* Forgets: a clock was stepped, so the mappings no longer compare. */
void drift_forget(struct drift *drift);

/* Both mappings (wall minus raw) at an exchange. */
void drift_look(struct drift *drift, struct raw at, struct interval theirs, struct interval ours);

/* Their wall clock against ours, given the estimate of the raw clocks; false while nothing is known. */
bool drift_rate(const struct drift *drift, const struct estimate *estimate, struct rate *least,
	struct rate *greatest);

double rate_ppm(struct rate rate);

#endif
