/*
 * One level of the verdict in time: raised once it has been proved for long enough, cleared once the opposite has.
 * What cannot be told stops both clocks: nothing is raised and nothing released on ignorance.
 */
#ifndef SENTINEL_CORE_LEVEL_H
#define SENTINEL_CORE_LEVEL_H

#include "../../proto/instant.h"

enum proof {
	PROOF_NONE,   /* cannot be told */
	PROOF_BEYOND, /* proved beyond the level */
	PROOF_WITHIN, /* proved within the level, though not within what clears it */
	PROOF_CLEAR,  /* proved within what clears it */
};

struct level {
	bool configured;
	struct span limit, raise_after, clear_after;
	bool raised;
	enum proof proof;   /* the latest */
	struct span held;   /* towards raising; while raised, towards clearing */
	struct mono looked; /* when `proof` was found */
};

/* Sets the limits, keeping what is raised. */
void level_configure(
	struct level *level, struct span limit, struct span raise_after, struct span clear_after);

/*
 * The proof as of `now`; true when `raised` changed. Between two looks only up to `most` of time counts, so that a
 * process that stood still does not take the gap for evidence.
 */
bool level_look(struct level *level, enum proof proof, struct mono now, struct span most);

/* When, if the proof stays as it is, `raised` will change; false: never. */
bool level_due(const struct level *level, struct mono *out);

#endif
