/*
 * How often a thing that recurs is told: the first few times at once, from then on once a minute, with how often it was
 * meanwhile. Nothing is lost: what is held back is counted.
 */
#ifndef SENTINEL_CORE_PACE_H
#define SENTINEL_CORE_PACE_H

#include "../../proto/instant.h"

/* A step there and back, and a try more, are told one by one. */
enum { PACE_FIRST = 4, PACE_TEXT_SIZE = 64 };
#define PACE_REST span_s(60)

/* Zeroed to begin with. */
struct pace {
	unsigned held;     /* happened, and not told yet: for the caller to count up */
	unsigned spent;    /* of PACE_FIRST; one comes back in each PACE_REST */
	struct mono since; /* when the latest came back, or the first was spent */
};

/* How many are to be told with one note now, those held back included; 0: none is, or it is too early. */
unsigned pace_take(struct pace *pace, struct mono now);

/* " (the latest of 17 times in the last minute)"; "" for a single one. Returns `out`. */
const char *pace_text(unsigned n, char out[PACE_TEXT_SIZE]);

#endif
