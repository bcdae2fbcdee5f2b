#include <string.h>

#include "core_impl.h"

/* A drift that is not known to this much is not worth telling. */
enum { DRIFT_TOLD_PPB = 50000 };

struct span node_fresh_for(const struct core *core, const struct node *node)
{
	return span_add(span_scale(node->interval, 3, 1), core->conf->probe.timeout);
}

struct span node_age(const struct core *core, const struct node *node)
{
	return raw_sub(core->own.now.raw_after, node->as_of);
}

bool node_fresh(const struct core *core, const struct node *node)
{
	return node->measured && !span_less(node_fresh_for(core, node), node_age(core, node));
}

/*
 * Raw offset and both mappings together. Where a peer's wall clock stood on its raw one was told when it answered, which may
 * have been as early as we asked: it is steered all the time, and a slew may go on. A reference's only clock is in `raw`.
 */
static struct interval to_wall(const struct core *core, const struct node *node, struct interval raw)
{
	struct interval offset = interval_sub(interval_add(raw, node->map), own_map(&core->own));
	struct span since = raw_sub(core->own.now.raw_after, node->asked_at);

	if (node->kind == NODE_REFERENCE)
		return offset;
	return interval_widen(offset, span_drift(since, node->slewing ? SLEW_PPB : STEERED_PPB));
}

bool node_offset(const struct core *core, const struct node *node, struct interval *out)
{
	struct interval raw;

	if (node->kind == NODE_SELF) {
		*out = INTERVAL_ZERO;
		return true;
	}
	if (!node->measured || !estimate_at(&node->watch->estimate, core->own.now.raw_after, &raw))
		return false;
	*out = to_wall(core, node, raw);
	return true;
}

bool node_offset_alone(const struct core *core, const struct node *node, struct interval *out)
{
	struct interval raw;

	if (node->kind == NODE_SELF)
		return node_offset(core, node, out);
	if (!node->measured || !estimate_alone_at(&node->watch->estimate, core->own.now.raw_after, &raw))
		return false;
	*out = to_wall(core, node, raw);
	return true;
}

bool node_drift(const struct node *node, struct rate *least, struct rate *greatest)
{
	*least = *greatest = (struct rate){ 0 };
	return node->kind == NODE_SELF ||
	       (drift_rate(&node->drift, &node->watch->estimate, least, greatest) &&
		       ns_sub(greatest->units, least->units) < rate_of_ppb(DRIFT_TOLD_PPB).units);
}

void node_burst(struct core *core, struct node *node)
{
	struct mono now = core->own.now.mono_after;

	if (!node->watch || mono_before(now, node->burst_again))
		return;
	node->burst_again = mono_add(now, BURST_REST);
	node->burst = BURST_PROBES;
	node->next_probe = mono_earlier(node->next_probe, now);
}

struct node *node_named(struct core *core, const char *name)
{
	struct node *node = roster_find(&core->roster, message_node_id(name));

	return node && node->kind == NODE_PEER && strcmp(node->name, name) == 0 ? node : NULL;
}
