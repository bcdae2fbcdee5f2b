#include "core_impl.h"

#include <stdio.h>

#include "../../conf/span.h"

void operator_drill(struct core *core, const struct event *event)
{
	const char *node = core->conf->node;
	struct drill drill = { .on = event->drill.on };
	char offset[64], span[64];

	if (!drill.on && !core->own.drill.on)
		return;
	if (drill.on) {
		drill.offset = event->drill.offset;
		drill.drift_ppb = event->drill.drift_ppb;
		drill.started = core->own.now.mono_after;
		drill.ends = mono_add(drill.started, event->drill.for_span);
		core_note(core, SEVERITY_WARNING, "drill", node,
			"a drill on %s: for %s it believes its clock %s further on than it is", node,
			span_format(event->drill.for_span, span, sizeof span),
			span_format(drill.offset, offset, sizeof offset));
	} else {
		core_note(core, SEVERITY_NOTICE, "drill", node, "the drill on %s was stopped", node);
	}
	own_drill(&core->own, &drill);
}

static void set_hold(const struct core *core, struct hold *hold, struct span for_span, const char *reason)
{
	hold->on = true;
	hold->forever = for_span.ns == SPAN_MAX.ns;
	hold->ends = mono_add(core->own.now.mono_after, for_span);
	snprintf(hold->reason, sizeof hold->reason, "%s", reason);
}

static void lift_hold(struct core *core, struct hold *hold)
{
	const char *node = core->conf->node;

	if (hold->on)
		core_note(core, SEVERITY_NOTICE, "hold", node, "the hold on %s was lifted",
			hold == &core->hold ? node : "all nodes");
	hold->on = false;
	if (hold == &core->hold)
		core->released = false;
}

void operator_hold(struct core *core, const struct event *event)
{
	struct hold *hold = event->hold.cluster ? &core->cluster_hold : &core->hold;
	const char *node = core->conf->node;
	char span[64];

	if (!event->hold.on) {
		lift_hold(core, hold);
		return;
	}
	set_hold(core, hold, event->hold.for_span, event->hold.reason);
	core_note(core, SEVERITY_NOTICE, "hold", node, "actions on %s are held %s%s%s%s", node,
		hold->forever ? (event->hold.cluster ? "until unhold --cluster" : "until unhold") : "for ",
		hold->forever ? "" : span_format(event->hold.for_span, span, sizeof span),
		event->hold.reason[0] ? ": " : "", event->hold.reason);
}

void operator_release(struct core *core, const struct event *event)
{
	char span[64];

	set_hold(core, &core->hold, event->release.for_span, "release");
	core->released = true;
	core_note(core, SEVERITY_NOTICE, "hold", core->conf->node,
		"everything of ours on %s is given back, and actions are held %s%s", core->conf->node,
		core->hold.forever ? "until unhold" : "for ",
		core->hold.forever ? "" : span_format(event->release.for_span, span, sizeof span));
}

static bool hold_over(const struct core *core, const struct hold *hold)
{
	return hold->on && !hold->forever && !mono_before(core->own.now.mono_after, hold->ends);
}

void operator_end_over(struct core *core)
{
	const char *node = core->conf->node;

	if (own_drill_over(&core->own))
		core_note(core, SEVERITY_NOTICE, "drill", node, "the drill on %s is over", node);
	if (hold_over(core, &core->hold)) {
		core->hold.on = core->released = false;
		core_note(core, SEVERITY_NOTICE, "hold", node, "the hold on %s is over", node);
	}
	if (hold_over(core, &core->cluster_hold)) {
		core->cluster_hold.on = false;
		core_note(core, SEVERITY_NOTICE, "hold", node, "the hold on all nodes is over for %s", node);
	}
}
