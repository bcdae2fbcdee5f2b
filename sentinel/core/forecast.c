#include "core_impl.h"

/* Nearer than this to the others, or further than that from the level, a drift says nothing worth a word. */
#define NEARING_LEAST span_ms(1)
#define NEARING_MOST span_s(INT64_C(86400) * 30)

/* Puts the n-th value into its place among those before it. */
static void sort_in(int64_t *values, size_t n, int64_t value)
{
	for (; n > 0 && values[n - 1] > value; n--)
		values[n] = values[n - 1];
	values[n] = value;
}

/* Our wall clock against the voters': minus the medians of theirs against ours. */
static bool own_drift(const struct core *core, struct rate *slowest, struct rate *fastest)
{
	int64_t least[VOTERS_MAX] = { 0 }, greatest[VOTERS_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < core->n_nodes && n < VOTERS_MAX; i++) {
		const struct node *node = &core->nodes[i];
		struct rate low = { 0 }, high = { 0 };

		if (!node->voter || (node->kind != NODE_SELF && !node_fresh(core, node)) ||
			!node_drift(node, &low, &high))
			continue;
		sort_in(least, n, low.units);
		sort_in(greatest, n, high.units);
		n++;
	}
	if (n < quorum_majority(core->conf->electorate))
		return false;
	slowest->units = ns_sub(0, greatest[n / 2]);
	fastest->units = ns_sub(0, least[n / 2]);
	return true;
}

/* At the middle of the rates that are possible, where all of them lead away from the others. */
void forecast_threshold(struct core *core)
{
	const struct verdict *verdict = &core->verdict;
	struct span room, offset = interval_middle(verdict->offset);
	struct rate slowest, fastest;
	int64_t rate;

	core->nearing = false;
	if (!verdict->measured || verdict->state == VERDICT_UNKNOWN || !own_drift(core, &slowest, &fastest) ||
		(slowest.units <= 0 && fastest.units >= 0))
		return;
	rate = ns_add(slowest.units, fastest.units) / 2;
	offset = rate > 0 ? offset : span_neg(offset);
	room = span_sub(core->conf->thresholds.critical, offset);
	if (room.ns <= 0 || span_less(offset, NEARING_LEAST))
		return;
	core->nearing_in = span_scale(room, (int64_t)1 << RATE_SHIFT, rate > 0 ? rate : -rate);
	core->nearing = span_less(core->nearing_in, NEARING_MOST);
}

void forecast_leap(struct core *core)
{
	const struct reading *now = &core->own.now;
	unsigned count = 0;

	for (size_t i = 0; i < core->roster.n_asked; i++) {
		const struct node *node = node_asked(core, i);

		count += node->voter && node_fresh(core, node) &&
			 (node->leap == NTP_LEAP_INSERT || node->leap == NTP_LEAP_DELETE);
	}
	if (now->leap == NTP_LEAP_INSERT || now->leap == NTP_LEAP_DELETE ||
		count >= quorum_majority(core->conf->electorate))
		core->leap_seen = now->mono_after;
	if (count || core->leap_seen.ns == now->mono_after.ns)
		core->leap_heard = now->mono_after;
}
