#include "core_impl.h"

/* Nearer than this to the others, or further than that from the level, a drift says nothing worth a word. */
#define NEARING_LEAST span_ms(1)
#define NEARING_MOST span_s(INT64_C(86400) * 30)

/* Our wall clock against the voters': minus the median of theirs against ours. */
static bool own_drift(const struct core *core, struct rate *out)
{
	int64_t middles[VOTERS_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < core->n_nodes && n < VOTERS_MAX; i++) {
		const struct node *node = &core->nodes[i];
		struct rate least = { 0 }, greatest = { 0 };
		size_t at = n;

		if (!node->voter || (node->kind != NODE_SELF && !node_fresh(core, node)) ||
			!node_drift(node, &least, &greatest))
			continue;
		for (; at > 0 && middles[at - 1] > least.units / 2 + greatest.units / 2; at--)
			middles[at] = middles[at - 1];
		middles[at] = least.units / 2 + greatest.units / 2;
		n++;
	}
	if (n < quorum_majority(core->conf->electorate))
		return false;
	out->units = ns_sub(0, middles[n / 2]);
	return true;
}

void forecast_threshold(struct core *core)
{
	const struct verdict *verdict = &core->verdict;
	struct span room, offset = interval_middle(verdict->offset);
	struct rate rate;

	core->nearing = false;
	if (!verdict->measured || verdict->state == VERDICT_UNKNOWN || !own_drift(core, &rate) ||
		rate.units == 0)
		return;
	offset = rate.units > 0 ? offset : span_neg(offset);
	room = span_sub(core->conf->thresholds.critical, offset);
	if (room.ns <= 0 || span_less(span_abs(offset), NEARING_LEAST))
		return;
	if (offset.ns < 0) /* it drifts towards the others */
		return;
	core->nearing_in = span_scale(
		room, (int64_t)1 << RATE_SHIFT, rate.units > 0 ? rate.units : ns_sub(0, rate.units));
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
