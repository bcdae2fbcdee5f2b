/* One step of a host's sentinel: the core's, with what it looks at before and does afterwards. */
#include "host_impl.h"

#include <limits.h>
#include <string.h>

#include "../../sentinel/core/rate.h"
#include "address.h"
#include "invariant.h"

enum { PORT_ASK = 40000 };

/* A look at the clocks takes some hundred nanoseconds, and at times as long as it pleases the scheduler. */
static struct span bracket(struct host *host)
{
	struct span takes = dice_span(&host->dice, span_ns(60), span_ns(400));

	if (dice_chance(&host->dice, 300)) {
		takes = dice_span(&host->dice, SPAN_ZERO, span_ms(20));
		host_disturb(host);
	}
	/* Nothing happens to the clocks in the midst of it: what would is either before or after. */
	return span_min(takes, host_quiet(host));
}

/* It is the end of the standstill whose beginning an exchange has shown us already. */
static bool goes_on(const struct pair *pair, const struct clockwork *last)
{
	return last->gap.ns > 0 && truth_add(pair->jumped, last->gap).ns == last->stilled.ns;
}

/* How far the raw clocks of the two parted: where both stood still since they were asked last, that may be next to nothing. */
static struct span parted(
	const struct pair *pair, const struct clockwork *last, const struct clockwork *other)
{
	if (!pair->known || truth_before(other->stilled, pair->evidence.asked))
		return last->gap;
	return span_abs(span_sub(last->gap, other->gap));
}

/* What is remembered of the pair is from before a jump now. */
static void begin_jump(struct pair *pair, const struct clockwork *last, const struct clockwork *other)
{
	struct span wrong = pair->shown ? SPAN_ZERO : pair->gap;
	bool was_one = pair->known && pair->jumped.ns != TRUTH_ALWAYS.ns && pair->gap.ns > 0;

	if (!goes_on(pair, last)) {
		pair->memory = pair->known ? span_add(interval_width(pair->offset), wrong) : SPAN_ZERO;
		pair->earlier = pair->shown || !was_one ? UINT_MAX : pair->since;
	}
	pair->jumped = last->stilled;
	pair->gap = parted(pair, last, other);
	pair->other = last->migrated.ns == last->stilled.ns;
	pair->since = 0;
	pair->shown = false;
}

/* What a jump may be as large as, and yet no exchange need contradict what is remembered. */
static struct span hidden(const struct pair *pair, const struct evidence *evidence)
{
	struct span takes = truth_sub(evidence->arrived, evidence->asked), gone = SPAN_ZERO;

	if (pair->known) /* crystals may have run apart since */
		gone = truth_sub(evidence->arrived, pair->evidence.asked);
	return span_add(
		span_scale(span_add(pair->memory, takes), 2, 1), span_drift(gone, INT64_C(2) * CRYSTAL_PPB));
}

/* An exchange is to be seen: `pair` is still as it was before. */
static void follow_jumps(
	const struct host *host, struct pair *pair, unsigned peer, const struct evidence *evidence)
{
	const struct clockwork *ours = &host->clock, *theirs = &host->world->hosts[peer].clock;
	bool they = truth_before(ours->stilled, theirs->stilled);
	const struct clockwork *last = they ? theirs : ours, *other = they ? ours : theirs;

	pair->since++;
	pair->seen++;
	if (pair->earlier != UINT_MAX)
		pair->earlier++;
	if (last->stilled.ns != pair->jumped.ns)
		begin_jump(pair, last, other);
	if (pair->shown || !truth_before(pair->jumped, evidence->asked) ||
		!span_less(span_add(hidden(pair, evidence), span_ms(1)), pair->gap))
		return;
	pair->shown = true;
	pair->seen = 0;
}

static void see(struct host *host, const struct datagram *datagram, const struct reading *now)
{
	struct sight *sight = &host->sight;
	struct node_view self;
	struct cell cell;

	core_node(host->core, 0, now, &self);
	sight->state = self.verdict.state;
	memcpy(sight->summary, self.verdict.summary, sizeof sight->summary);
	sight->want = host->world->effects.wanted.leave;
	sight->claim = host->world->effects.wanted.claim;
	sight->fresh = -1;
	for (int i = 0; i < LEVEL_COUNT; i++) {
		struct level_view level;

		core_level(host->core, (enum level_name)i, &level);
		sight->raised[i] = level.raised;
		sight->provable[i] = level.provable;
	}
	if (!datagram || datagram->in.side != SIDE_ASK)
		return;
	if (!core_cell(host->core, 0, world_node(host, datagram->from), now, &cell) || cell.implied)
		return;
	struct pair *pair = &host->pairs[datagram->from];
	struct raw as_of = raw_add(now->raw_after, span_neg(cell.age));

	if (pair->known && pair->as_of.ns == as_of.ns)
		return;
	follow_jumps(host, pair, datagram->from, &datagram->evidence);
	pair->known = true;
	pair->as_of = as_of;
	pair->offset = cell.offset;
	pair->evidence = datagram->evidence;
	sight->fresh = (int)datagram->from;
}

/* The sentinel believes its clock shifted while a drill runs; that is the clock that it answers for. */
static void follow_drill(struct host *host, const struct reading *now)
{
	struct core_view view;
	struct span shift;

	core_overview(host->core, now, &view);
	host->sight.held = view.hold;
	shift = view.drill ? view.drill_offset : SPAN_ZERO;
	if (shift.ns == host->clock.drill.ns)
		return;
	clockwork_drill(&host->clock, host->world->now, shift);
	host_disturb(host);
}

/* What there is to know of what leaves in a step that began then; request: what it answers, or NULL. */
static struct evidence evidence_of(
	const struct host *host, const struct host *to, const struct datagram *request, struct truth began)
{
	struct evidence evidence = { .asked = began };

	if (!request) {
		evidence.before = clockwork_offset(&to->clock, &host->clock, began);
		return evidence;
	}
	evidence = request->evidence;
	evidence.answered = began;
	evidence.map = clockwork_map(&host->clock, began);
	evidence.offset = clockwork_offset(&host->clock, &to->clock, began);
	evidence.asker_map = clockwork_map(&to->clock, began);
	return evidence;
}

/* Of a damaged datagram without a MAC nothing but UDP's own checksum tells: let it be found by that. */
static bool is_authenticated(const struct host *host)
{
	return !host->plan->server || host->plan->keyed;
}

void host_put_on_wire(
	struct host *host, const struct outgoing *out, const struct datagram *request, struct truth began)
{
	struct world *world = host->world;
	unsigned to = address_host(&out->to);
	struct evidence evidence = evidence_of(host, &world->hosts[to], request, began);
	struct wire *wire = world_wire(world, host->index, to);
	struct span leaves = host_leave(host, out);
	bool asks = out->side == SIDE_ASK;
	struct fate fate;

	wire_carry(wire, world->now, &fate);
	for (unsigned i = 0; i < fate.copies; i++) {
		struct datagram *datagram;

		if (fate.bent[i] && !(is_authenticated(host) && is_authenticated(&world->hosts[to])))
			continue;
		datagram = host_new_datagram(world);
		memcpy(datagram->bytes, out->bytes, out->len);
		if (fate.bent[i])
			wire_bend(wire, datagram->bytes, out->len);
		datagram->from = host->index;
		datagram->to = to;
		datagram->evidence = evidence;
		datagram->in = (struct incoming){
			.side = asks ? SIDE_ANSWER : SIDE_ASK,
			.from = address_of(host->index, asks ? PORT_ASK : host_port(world, host->index)),
			.to = out->to,
			.bytes = datagram->bytes,
			.len = out->len,
		};
		queue_put(&world->queue,
			&(struct happening){ .at = host_after(host, span_add(leaves, fate.delay[i])),
				.kind = HAPPEN_ARRIVAL,
				.index = to,
				.datagram = datagram });
	}
}

static void hear(struct host *host, const struct note *note)
{
	host->world->totals.rings += strcmp(note->kind, "mesh") == 0;
	if (note->severity > SEVERITY_DEBUG)
		story_tell(host->world, host->plan->name, "%s", note->text);
}

static void perform(struct host *host, const struct datagram *request, struct truth began)
{
	const struct effects *effects = &host->world->effects;
	for (size_t i = 0; i < effects->n_notes; i++)
		hear(host, &effects->notes[i]);
	for (size_t i = 0; i < effects->n_sends; i++)
		host_put_on_wire(host, &effects->sends[i], request, began);
}

void host_step(struct host *host, struct event *event, const struct datagram *datagram)
{
	struct world *world = host->world;
	struct truth began = world->now;
	struct span takes = bracket(host);
	struct sight before = host->sight;
	bool asked = datagram && datagram->in.side == SIDE_ANSWER;

	event->now = clockwork_read(&host->clock, began, takes);
	core_host_is(host->core, TOLD_SERVICE_NOT, deputy_told(host->deputy));
	core_step(host->core, event, &world->effects);
	world->now = truth_add(began, takes);
	host->busy = truth_add(world->now, dice_span(&host->dice, span_us(2), span_us(12)));
	world->totals.steps++;
	follow_drill(host, &event->now);
	perform(host, asked ? datagram : NULL, began);
	see(host, datagram, &event->now);
	if (world->tamper)
		world->tamper(world->tamper_arg, host);
	invariants_stepped(host, &before);
	if (host->deputy) {
		world->effects.wanted.leave = host->sight.want;
		world->effects.wanted.claim = host->sight.claim;
		deputy_want(host->deputy, &world->effects.wanted);
	}
}
