/*
 * What the bounds of all voters say of one node, about every level, before anything is made of it: for a verdict on this
 * host (judge.c), for what is shown of the others, and for the gate.
 */
#ifndef SENTINEL_CORE_JUDGED_H
#define SENTINEL_CORE_JUDGED_H

#include "core_impl.h"

struct judged {
	struct ballot ballots[VOTERS_MAX];
	const char *names[VOTERS_MAX];
	size_t n;
	struct finding found[LEVEL_COUNT];
	struct span provable;
	bool waiting; /* proved beyond a level, by what was measured before our own clock was stepped alone */
};

struct span judge_limit(const struct core *core, size_t level);

/* Counts the ballots about the subject, and what they prove of each level. */
void judge_collect(const struct core *core, const struct node *subject, struct judged *j);

/* Fills in all of the verdict that follows from its state: the offset, the cause, the sentence. */
void judge_describe(
	const struct core *core, const struct node *subject, const struct judged *j, struct verdict *v);

/* The voters that prove what the state says; of one that is about to be cleared, those that prove it right. */
unsigned judge_agreeing(enum verdict_state state, const struct finding found[LEVEL_COUNT]);

/*
 * Our own clock was stepped, and what was measured before is carried on over our raw clock. A machine that stood still
 * and was then set right by its time service looks just like that: its raw clock did not go on meanwhile. So it takes
 * exchanges begun after the step to convict; a burst of probes is on its way. And each of them convicts alone: all that
 * older ones add rests on raw clocks that never stood still, which is the rule, and no proof.
 */
bool judge_beyond_since_step(const struct core *core, const struct judged *j, struct span limit);

#endif
