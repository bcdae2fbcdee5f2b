#include <string.h>

#include "../../conf/span.h"
#include "core_impl.h"

/* So long after a jump of a raw clock, if not before, it is told how far it was. */
#define JUMP_TOLD_AFTER span_s(5)
/* Less is a crystal in a draught, or a virtual machine that was moved: nothing to tell people of. */
#define JUMP_NOTED span_ms(10)
/* For so long a ring has to hold, and then to be measured anew, so often, before it is told. */
#define CONTRADICTION_HELD span_s(5)
enum { CONTRADICTIONS = 2 };

/* ---- what it tells of itself ---- */

/* A host whose clock is stepped on and on, or which starts on and on, must not wash all else out of the events. */
static void tell_steps(struct core *core, struct node *node)
{
	unsigned n = pace_take(&node->steps_told, core->own.now.mono_after);
	char step[64], often[PACE_TEXT_SIZE];

	if (n)
		core_note(core, SEVERITY_NOTICE, "step", node->name, "the clock of %s was stepped by %s%s%s",
			node->name, span_format(node->stepped, step, sizeof step),
			node->stepped_in_drill ? " (drill)" : "", pace_text(n, often));
}

static void tell_restarts(struct core *core, struct node *node)
{
	unsigned n = pace_take(&node->restarts_told, core->own.now.mono_after);
	char often[PACE_TEXT_SIZE];

	if (n)
		core_note(core, SEVERITY_NOTICE, "peer", node->name, "%s has restarted%s", node->name,
			pace_text(n, often));
}

/* Over a path that loses much a host falls silent on and on. */
static void tell_silence(struct core *core, struct node *node)
{
	unsigned n = pace_take(&node->silences_told, core->own.now.mono_after);
	char often[PACE_TEXT_SIZE];

	if (!n)
		return;
	node->silence_told = true;
	core_note(core, SEVERITY_WARNING, "peer", node->name, "%s no longer answers%s", node->name,
		pace_text(n, often));
}

void peer_tell_held(struct core *core, struct node *node)
{
	if (!core_full(core))
		tell_steps(core, node);
	if (!core_full(core))
		tell_restarts(core, node);
	/* One that answers by now is told when it falls silent once more. */
	if (!core_full(core) && node->unreachable_noted)
		tell_silence(core, node);
}

static void note_step(struct core *core, struct node *node, const struct message *message)
{
	node->stepped = span_sub(interval_middle(message->clock.at_transmit), interval_middle(node->map));
	node->stepped_at = core->own.now.mono_after;
	node->stepped_in_drill = message->clock.drill || node->in_drill;
	node->steps_told.held++;
	tell_steps(core, node);
	drift_forget(&node->drift);
	node_burst(core, node);
}

static void note_restart(struct core *core, struct node *node)
{
	node->restarts_told.held++;
	tell_restarts(core, node);
}

static void note_list(struct core *core, struct node *node, const struct message *message)
{
	bool other = message->has_state && message->state.members != core->members;

	if (other && !node->other_list)
		core_note(core, SEVERITY_WARNING, "peer", node->name,
			"%s has another list of members than this host: compare the configurations",
			node->name);
	node->other_list = other;
}

/* What the peer did since the last exchange: a new start; a step, which calls for more probes; another list. */
static void note_changes(struct core *core, struct node *node, const struct message *message)
{
	if (node->instance && node->instance != message->hello.instance)
		note_restart(core, node);
	else if (node->instance && node->epoch != message->clock.epoch)
		note_step(core, node, message);
	note_list(core, node, message);
}

/* Faster than any time service steers: a slew is under way. */
static bool is_slew(struct interval moved, struct span gone)
{
	return gone.ns > 0 && span_less(span_drift(gone, STEERED_PPB), span_abs(interval_middle(moved)));
}

/* Where the peer's wall clock stands, and whether it is being slewed. */
static void learn_map(struct node *node, const struct clock_report *clock, bool same_epoch, struct raw at)
{
	struct interval moved = interval_sub(clock->at_transmit, node->map);

	node->slewing = same_epoch && is_slew(moved, raw_sub(at, node->map_at));
	node->map = clock->at_transmit;
	node->map_at = at;
}

void peer_learn(
	struct core *core, struct node *node, const struct message *m, const struct exchange *exchange)
{
	bool same_epoch = node->instance == m->hello.instance && node->epoch == m->clock.epoch;

	note_changes(core, node, m);
	learn_map(node, &m->clock, same_epoch, hear_sent_at(exchange));
	if (node->instance != m->hello.instance)
		node->instance_at = core->own.now.raw_after;
	node->instance = m->hello.instance;
	node->epoch = m->clock.epoch;
	node->leap = m->clock.leap;
	node->synchronised = m->clock.synchronised;
	node->in_drill = m->clock.drill;
	memcpy(node->version, m->hello.version, sizeof node->version);
	if (m->has_state) {
		node->has_state = true;
		node->state = m->state;
	}
	if (m->has_row)
		row_told(core, node, &m->row, exchange->high_at);
}

/* ---- what is seen of it ---- */

void peer_answers(struct core *core, struct node *node)
{
	if (node->announced && !node->unreachable_noted)
		return;
	if (!node->announced || node->silence_told)
		core_note(core, SEVERITY_INFO, "peer", node->name, "%s answers%s", node->name,
			node->announced ? " again" : "");
	node->announced = true;
	node->unreachable_noted = false;
	node->silence_told = false;
}

void peer_silent(struct core *core, struct node *node)
{
	struct mono now = core->own.now.mono_after;

	/* Those that were not told, since it answered again, are not of the last minute for ever. */
	if (span_less(PACE_REST, mono_sub(now, node->silent_at)))
		node->silences_told.held = 0;
	node->silent_at = now;
	node->unreachable_noted = true;
	node->silences_told.held++;
	if (!core_full(core))
		tell_silence(core, node);
}

/*
 * Once for each time it begins, when it has held for a while and all that makes the ring was measured since, twice over: a
 * machine that stood still unheard leaves measurements of before and of after, which no epoch parts, until they are taken
 * anew. Whose word is wrong cannot be told from a ring alone.
 */
void peer_contradicts(struct core *core, struct node *node)
{
	size_t index = (size_t)(node - core->nodes);
	struct mesh_ring ring = mesh_contradiction(core, index, (struct raw){ 0 });
	struct raw now = core->own.now.raw_after;
	struct span held;

	if (!ring.n) {
		node->contradicts_since.ns = 0;
		node->contradictions = 0;
		return;
	}
	if (!node->contradicts_since.ns)
		node->contradicts_since = now;
	held = raw_sub(now, node->contradicts_since);
	if (node->contradictions >= CONTRADICTIONS || span_less(held, CONTRADICTION_HELD))
		return;
	ring = mesh_contradiction(core, index, node->contradicts_since);
	if (!ring.n && span_less(held, MESH_AGE_MOST))
		return;
	/* Where what began it is forgotten by now, this is another one. */
	node->contradictions = ring.n ? node->contradictions + 1 : 0;
	node->contradicts_since = now;
	if (node->contradictions < CONTRADICTIONS)
		return;
	core_note(core, SEVERITY_WARNING, "mesh", node->name,
		"what %s, %s%s%s measured of each other cannot all be true: one of them is not believable",
		node->name, core->nodes[ring.nodes[1]].name, ring.n > 2 ? ", " : "",
		ring.n > 2 ? core->nodes[ring.nodes[2]].name : "");
}

/*
 * The first exchanges after a jump may have waited through it, and are as wide as the jump: one that is narrow is awaited
 * before it is told how far that was.
 */
static void note_jump(struct core *core, struct node *node)
{
	char text[64];

	node->jumped = span_sub(interval_middle(node->watch->estimate.now), interval_middle(node->jump_from));
	node->jumped_at = core->own.now.mono_after;
	node->jumping = span_less(mono_sub(node->jumped_at, node->jump_began), JUMP_TOLD_AFTER) &&
			span_less(span_scale(span_abs(node->jumped), 1, 10),
				interval_width(node->watch->estimate.now));
	if (node->jumping || span_less(span_abs(node->jumped), JUMP_NOTED))
		return;
	core_note(core, SEVERITY_NOTICE, "step", node->name,
		"the raw clock of %s jumped by %s against ours, as when a virtual machine stands still or is "
		"moved",
		node->name, span_format(node->jumped, text, sizeof text));
}

void peer_look_for_jump(struct core *core, struct node *node, struct interval expected, unsigned dropped)
{
	if (dropped && !node->jumping) {
		node->jumping = true;
		node->jump_from = expected;
		node->jump_began = core->own.now.mono_after;
		node_burst(core, node);
	}
	if (node->jumping)
		note_jump(core, node);
}
