/*
 * What a verdict about this host rests on: every voter's interval, the electorate and the levels, and what was found.
 * Kept with the event that tells of the verdict, so that anybody can come to the same finding again, or see that one
 * does not. Plain values and pure functions.
 */
#ifndef SENTINEL_CORE_DECISION_H
#define SENTINEL_CORE_DECISION_H

#include "verdict.h"

enum { DECISION_VOTERS = 64, DECISION_LEVELS = 3 };

struct decision_level {
	struct span limit;
	bool raised;
	struct finding found; /* by all that is known */
	/* By each voter's latest exchange alone, where it was begun since this host's own clock was stepped last. */
	struct finding since_step;
};

struct decision {
	size_t n; /* voters other than this host */
	struct ballot ballots[DECISION_VOTERS];
	char names[DECISION_VOTERS][NODE_NAME_SIZE];
	unsigned electorate;
	bool votes; /* this host does */
	enum verdict_state state;
	struct decision_level levels[DECISION_LEVELS]; /* warning, critical, action */
};

/* Fills in what is found at each level; everything else of it is given. */
void decision_find(struct decision *decision);

bool finding_equal(const struct finding *a, const struct finding *b);

#endif
