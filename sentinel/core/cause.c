#include "cause.h"

#include "core_impl.h"

/* What happened longer ago explains nothing any more. */
#define REMEMBERED span_s(600)
/* Smears last up to a day. */
#define LEAP_REMEMBERED span_s(86400)
/* Smeared and stepped clocks differ by a second at most, and each may be off by a little. */
#define LEAP_REACH span_ms(1500)

static bool lately(const struct core *core, struct mono at, struct span within)
{
	return at.ns && span_less(mono_sub(core->own.now.mono_after, at), within);
}

/* ---- references ---- */

static bool beyond(struct interval offset, struct span level)
{
	return offset.low.ns > level.ns || offset.high.ns < -level.ns;
}

static bool has_offset(const struct core *core, const struct node *node, bool trusted, struct interval *out)
{
	return node->kind == NODE_REFERENCE && node->reference->trusted == trusted &&
	       node_fresh(core, node) && node_offset(core, node, out);
}

static struct cause_reference find_beyond(const struct core *core, bool trusted, struct span level)
{
	struct interval offset;

	for (size_t i = 1; i < core->n_nodes; i++)
		if (has_offset(core, &core->nodes[i], trusted, &offset) && beyond(offset, level))
			return (struct cause_reference){ core->nodes[i].name, offset };
	return (struct cause_reference){ .name = NULL };
}

struct cause_reference cause_alarm(const struct core *core, struct span level)
{
	return find_beyond(core, true, level);
}

struct cause_reference cause_veto(const struct core *core, struct span level, struct interval consensus)
{
	struct interval offset;

	for (size_t i = 1; i < core->n_nodes; i++)
		if (has_offset(core, &core->nodes[i], true, &offset) && !beyond(offset, level) &&
			!interval_valid(interval_meet(offset, consensus)))
			return (struct cause_reference){ core->nodes[i].name, offset };
	return (struct cause_reference){ .name = NULL };
}

/* ---- leap seconds ---- */

static bool may_be_leap(struct interval offset)
{
	return interval_reach(offset).ns <= LEAP_REACH.ns;
}

bool cause_leap_explains(const struct core *core, struct interval offset)
{
	return lately(core, core->leap_seen, LEAP_REMEMBERED) && may_be_leap(offset);
}

/* ---- machines that stood still ---- */

/*
 * Seen from inside, a machine that stood still saw everybody else's raw clock jump ahead; that one peer's did says
 * nothing about ourselves. The least jump is the surest.
 */
static struct span own_stop(const struct core *core)
{
	struct span least = SPAN_MAX;
	size_t jumped = 0, known = 0;

	for (size_t i = 1; i < core->n_nodes; i++) {
		const struct node *node = &core->nodes[i];

		if (node->kind != NODE_PEER || !node_fresh(core, node))
			continue;
		known++;
		if (!lately(core, node->jumped_at, REMEMBERED) || node->jumped.ns <= 0)
			continue;
		jumped++;
		least = span_min(least, node->jumped);
	}
	return jumped > 1 && 2 * jumped > known ? least : SPAN_ZERO;
}

static struct span stop_of(const struct core *core, const struct node *subject)
{
	struct span own = own_stop(core);

	if (subject->kind == NODE_SELF)
		return own;
	if (own.ns || !lately(core, subject->jumped_at, REMEMBERED) || subject->jumped.ns >= 0)
		return SPAN_ZERO;
	return span_neg(subject->jumped);
}

/* ---- steps ---- */

/* On waking the kernel sets the clock by the hardware's: that step is the suspend's doing. */
static bool stepped_on_waking(const struct own *own)
{
	return own->steps && own->woke_at.ns && own->step_at.ns == own->woke_at.ns;
}

/* Did that move the consensus, as the subject sees it, so far towards where it is now that it is why they are apart? */
static bool explains(struct span moved, struct span consensus)
{
	return (moved.ns < 0) == (consensus.ns < 0) &&
	       !span_less(span_scale(span_abs(moved), 2, 1), span_abs(consensus));
}

static struct span latest_step(const struct core *core, const struct node *subject)
{
	const struct own *own = &core->own;

	if (subject->kind == NODE_SELF)
		return own->steps && !stepped_on_waking(own) && lately(core, own->step_at, REMEMBERED)
			       ? own->step
			       : SPAN_ZERO;
	return lately(core, subject->stepped_at, REMEMBERED) ? subject->stepped : SPAN_ZERO;
}

static struct span step_of(const struct core *core, const struct node *subject, struct span consensus)
{
	struct span step = latest_step(core, subject);

	return explains(span_neg(step), consensus) ? step : SPAN_ZERO;
}

static bool stepped_away(const struct core *core, const struct node *node, struct span consensus)
{
	return lately(core, node->stepped_at, REMEMBERED) && !node->stepped_in_drill &&
	       explains(node->stepped, consensus);
}

/* ---- suspends ---- */

/* How far the clock fell behind by it, less what it was set on by on waking; a later step is another cause. */
static struct span own_suspend(const struct core *core, struct span consensus)
{
	const struct own *own = &core->own;
	struct span behind = stepped_on_waking(own) ? span_sub(own->suspended, own->step) : own->suspended;

	if (!lately(core, own->woke_at, REMEMBERED) ||
		(own->steps && mono_before(own->woke_at, own->step_at)))
		return SPAN_ZERO;
	return explains(behind, consensus) ? own->suspended : SPAN_ZERO;
}

/* ---- the others' steps ---- */

static void find_others_steps(const struct core *core, struct interval consensus, struct causes *out)
{
	unsigned known = 0, n = 0;

	for (size_t i = 1; i < core->n_nodes; i++) {
		const struct node *node = &core->nodes[i];

		if (!node->voter || !node_fresh(core, node))
			continue;
		known++;
		if (!stepped_away(core, node, interval_middle(consensus)))
			continue;
		if (n == 0)
			out->others_step = node->stepped;
		else if (span_less(core->conf->thresholds.critical,
				 span_abs(span_sub(node->stepped, out->others_step))))
			out->others_step = SPAN_ZERO;
		if (n < CAUSE_OTHERS)
			out->others_stepped[n] = node->name;
		n++;
	}
	out->n_others_stepped = 2 * n > known ? n : 0;
}

/* ---- all of it ---- */

bool has_other_list(const struct core *core, const struct node *node)
{
	return node->kind == NODE_PEER && node_fresh(core, node) && node->has_state &&
	       node->state.members != core->members;
}

static const char *other_list(const struct core *core)
{
	for (size_t i = 1; i < core->n_nodes; i++)
		if (has_other_list(core, &core->nodes[i]))
			return core->nodes[i].name;
	return NULL;
}

void cause_find(
	const struct core *core, const struct node *subject, struct interval consensus, struct causes *out)
{
	struct span critical = core->conf->thresholds.critical;
	bool self = subject->kind == NODE_SELF;

	*out = (struct causes){
		.drill = self ? core->own.drill.on : subject->in_drill,
		.leap = cause_leap_explains(core, consensus),
		.leap_heard = lately(core, core->leap_heard, LEAP_REMEMBERED) && may_be_leap(consensus),
		.stopped = stop_of(core, subject),
		.stepped = step_of(core, subject, interval_middle(consensus)),
		.other_list = other_list(core),
	};
	if (!self)
		return;
	out->suspended = own_suspend(core, interval_middle(consensus));
	if (!out->stepped.ns)
		find_others_steps(core, consensus, out);
	out->alarm = cause_alarm(core, critical);
	out->veto = cause_veto(core, critical, consensus);
	out->doubt = find_beyond(core, false, critical);
}
