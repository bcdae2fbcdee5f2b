/* What was done in all the runs together. */
#ifndef SIM_TOTALS_H
#define SIM_TOTALS_H

#include "../../sentinel/core/core.h"
#include "plan.h"

enum { INVARIANTS_MAX = 16 };

struct totals {
	uint64_t runs, steps, exchanges;
	struct span cluster_time, host_time;
	uint64_t faults[FAULT_KINDS];
	uint64_t verdicts[VERDICT_UNKNOWN + 1]; /* changes to each state */
	uint64_t raised[LEVEL_COUNT], cleared[LEVEL_COUNT];
	uint64_t rings;                  /* reported by the mesh, though nobody lies here */
	uint64_t desyncs;                /* SETs of ours that took a node out */
	uint64_t deeds;                  /* looks at a node that had to be out by then */
	uint64_t proofs[INVARIANTS_MAX]; /* how often each invariant had something to look at */
	uint64_t violations[INVARIANTS_MAX];

	/*
	 * Intervals that were wrong because a raw clock stood still, or jumped, within the estimate's memory.
	 */
	uint64_t still_checked, still_wrong;
	struct span still_worst, still_longest; /* by how much, and how long after */
};

void totals_add(struct totals *sum, const struct totals *one);

#endif
