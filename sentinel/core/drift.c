#include "drift.h"

/* A time service changes its mind every so often: what it did longer ago says little of what it does. */
#define ANCHOR_KEPT span_s(60)
#define ANCHOR_LEAST span_s(2)

void drift_forget(struct drift *drift)
{
	*drift = (struct drift){ .anchored = false };
}

void drift_look(struct drift *drift, struct raw at, struct interval theirs, struct interval ours)
{
	struct span gone = raw_sub(at, drift->at);
	struct interval moved;

	if (!drift->anchored || gone.ns < 0) {
		*drift = (struct drift){ .anchored = true, .at = at, .theirs = theirs, .ours = ours };
		return;
	}
	if (span_less(gone, ANCHOR_LEAST))
		return;
	moved = interval_sub(interval_sub(theirs, drift->theirs), interval_sub(ours, drift->ours));
	drift->least = rate_between(moved.low, gone);
	drift->greatest = rate_between(moved.high, gone);
	drift->known = true;
	if (span_less(ANCHOR_KEPT, gone)) {
		drift->at = at;
		drift->theirs = theirs;
		drift->ours = ours;
	}
}

bool drift_rate(
	const struct drift *drift, const struct estimate *estimate, struct rate *least, struct rate *greatest)
{
	if (!drift->known || !estimate->window.count)
		return false;
	least->units = ns_add(estimate->slowest.units, drift->least.units);
	greatest->units = ns_add(estimate->fastest.units, drift->greatest.units);
	return true;
}

double rate_ppm(struct rate rate)
{
	return (double)rate.units * (1e6 / (double)((int64_t)1 << 50));
}
