#include "totals.h"

static void add(uint64_t *sum, const uint64_t *one, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		sum[i] += one[i];
}

void totals_add(struct totals *sum, const struct totals *one)
{
	sum->runs += one->runs;
	sum->steps += one->steps;
	sum->exchanges += one->exchanges;
	sum->cluster_time = span_add(sum->cluster_time, one->cluster_time);
	sum->host_time = span_add(sum->host_time, one->host_time);
	add(sum->faults, one->faults, FAULT_KINDS);
	add(sum->verdicts, one->verdicts, VERDICT_UNKNOWN + 1);
	add(sum->raised, one->raised, LEVEL_COUNT);
	add(sum->cleared, one->cleared, LEVEL_COUNT);
	sum->rings += one->rings;
	sum->desyncs += one->desyncs;
	sum->deeds += one->deeds;
	add(sum->proofs, one->proofs, INVARIANTS_MAX);
	add(sum->violations, one->violations, INVARIANTS_MAX);
	sum->still_checked += one->still_checked;
	sum->still_wrong += one->still_wrong;
	sum->still_worst = span_max(sum->still_worst, one->still_worst);
	sum->still_longest = span_max(sum->still_longest, one->still_longest);
}
