#include <string.h>

#include "../../conf/span.h"
#include "core_impl.h"

/* Twice what a time service steers by, other than in a slew: Linux allows 500 ppm, and a tick of its own is set for slews. */
enum { STEERED_PPB = 1000000 };

/* So long after a jump of a raw clock, if not before, it is told how far it was. */
#define JUMP_TOLD_AFTER span_s(5)
/* Less is a crystal in a draught, or a virtual machine that was moved: nothing to tell people of. */
#define JUMP_NOTED span_ms(10)
#define CONTRADICTION_HELD span_s(5)

/* ---- asking ---- */

/* Spread over the interval by the golden ratio, so that any number of nodes is asked evenly. */
static struct span phase_of(const struct node *node)
{
	return span_scale(node->interval, (int64_t)node->place * 618034 % 1000000, 1000000);
}

static struct span burst_spacing(const struct node *node)
{
	if (node->kind == NODE_REFERENCE)
		return span_min(REFERENCE_BURST_SPACING, node->interval);
	return span_min(BURST_SPACING, node->interval);
}

/*
 * The next probe: soon within a burst, then at the node's own place in the interval, and from there on an interval on,
 * give or take 3 % so that hosts do not fall into step.
 */
static void plan_next(struct core *core, struct node *node)
{
	struct mono now = core->own.now.mono_after;
	int64_t jitter = (int64_t)(prng_u64(core->prng) % 60001) - 30000;

	if (node->burst > 0) {
		node->burst--;
		node->next_probe = mono_add(now, node->burst > 0 ? burst_spacing(node) : phase_of(node));
		return;
	}
	node->next_probe = mono_add(node->next_probe, span_scale(node->interval, 1000000 + jitter, 1000000));
	if (mono_before(node->next_probe, now)) /* after a stall */
		node->next_probe = mono_add(now, phase_of(node));
}

static void write_request(struct core *core, struct node *node, uint64_t nonce, struct writer *w)
{
	struct ntp_header header = { .version = NTP_VERSION,
		.mode = NTP_MODE_CLIENT,
		.poll = 0,
		.precision = 0,
		.transmit = { nonce } };

	message_write_header(w, &header);
	if (node->kind == NODE_PEER) {
		size_t others;

		message_write_hello(w, &core->hello);
		others = w->len + MAC_SIZE;
		if (others + FIELD_MIN_SIZE <= core->request_size)
			field_pad(w, FIELD_PAD, core->request_size - others);
	}
	if (node->key)
		mac_append(w, node->key, node->wire_key);
}

static struct probe *probe_slot(struct watch *watch)
{
	struct probe *probe = &watch->probes[watch->next_slot];

	watch->next_slot = (watch->next_slot + 1) % PROBES_MAX;
	return probe;
}

/* False where this step has sent all it can: the rest is due at once again. */
static bool ask(struct core *core, struct node *node)
{
	struct outgoing *out = core_send(core);
	struct probe *probe;
	struct writer w;

	if (!out)
		return false;
	probe = probe_slot(node->watch);
	*probe = (struct probe){
		.outstanding = true,
		.nonce = prng_u64(core->prng) | 1, /* zero means "no stamp" to some servers */
		.sent = core->own.now.raw_before,
		.sent_mono = core->own.now.mono_before,
		.to = node->endpoint,
	};
	w = (struct writer){ .bytes = out->bytes, .room = sizeof out->bytes };
	write_request(core, node, probe->nonce, &w);
	out->side = SIDE_ASK;
	out->stamped = node->key != NULL;
	out->token = probe->nonce;
	out->to = node->endpoint;
	out->len = w.len;
	node->sent++;
	node->reach = (uint8_t)(node->reach << 1);
	return true;
}

/* Without its key in the file a peer cannot be asked, and a reference that is said to have one must not be. */
static bool may_ask(const struct node *node)
{
	bool needs_key = node->kind == NODE_PEER || node->reference->key != 0;

	return node->has_endpoint && (node->key || !needs_key);
}

/* One step sends only so much: the next one goes on where it stopped, so that in a large cluster all get their turn. */
void ask_due(struct core *core)
{
	size_t others = core->roster.n_asked;

	for (size_t k = 0; k < others; k++) {
		size_t index = (core->ask_from + k) % others;
		struct node *node = node_asked(core, index);

		if (mono_before(core->own.now.mono_after, node->next_probe))
			continue;
		if (may_ask(node) && !ask(core, node)) {
			core->ask_from = index;
			return;
		}
		plan_next(core, node);
	}
}

struct mono ask_deadline(const struct core *core)
{
	struct mono least = { INT64_MAX };

	for (size_t i = 0; i < core->roster.n_asked; i++)
		least = mono_earlier(least, node_asked(core, i)->next_probe);
	return least;
}

/* ---- hearing ---- */

/* T3 on the other host's raw clock. */
static struct raw sent_at(const struct exchange *exchange)
{
	return raw_add(exchange->low_at, exchange->low);
}

/* The answer being heard, as far as it is understood. */
struct hearing {
	const struct incoming *in;
	struct layout layout;
	struct message message;
	struct node *node;
	struct probe *probe;
};

static struct probe *probe_by_nonce(struct watch *watch, uint64_t nonce)
{
	for (size_t i = 0; i < PROBES_MAX; i++)
		if (watch->probes[i].outstanding && watch->probes[i].nonce == nonce)
			return &watch->probes[i];
	return NULL;
}

/* Whose answer is it? Only the address that was asked may answer, and only what was asked. */
static bool match(struct core *core, struct hearing *h)
{
	uint64_t nonce = h->message.header.origin.bits;
	bool address_known = false;

	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);
		struct probe *probe = probe_by_nonce(node->watch, nonce);

		address_known |= node->has_endpoint && endpoint_equal(&node->endpoint, &h->in->from);
		if (!probe || !endpoint_equal(&probe->to, &h->in->from))
			continue;
		h->node = node;
		h->probe = probe;
		return true;
	}
	core_reject(core, NULL, address_known ? REJECT_NONCE : REJECT_ADDRESS);
	return false;
}

static bool authentic(struct core *core, struct hearing *h)
{
	if (!h->node->key)
		return true;
	if (h->layout.mac_len != MAC_SIZE || mac_id(h->in->bytes, &h->layout) != h->node->wire_key) {
		core_reject(core, h->node, REJECT_KEY);
		return false;
	}
	if (!mac_check(h->node->key, h->in->bytes, &h->layout)) {
		core_reject(core, h->node, REJECT_MAC);
		return false;
	}
	return true;
}

static bool instance_is_anothers(const struct core *core, const struct node *node, uint64_t instance)
{
	/* Who was heard with it before keeps it: copying another's instance silences nobody but oneself. */
	if (node->instance == instance)
		return false;
	for (size_t i = 0; i < core->n_nodes; i++)
		if (&core->nodes[i] != node && core->nodes[i].instance == instance && core->nodes[i].instance)
			return true;
	return false;
}

/* Is it this peer who speaks, and nobody who was heard under another name? */
static bool is_itself(struct core *core, struct hearing *h)
{
	const struct hello *hello = &h->message.hello;

	if (!h->message.has_hello || !h->message.has_clock)
		core_reject(core, h->node, REJECT_MALFORMED);
	else if (strcmp(hello->cluster, core->conf->cluster) != 0)
		core_reject(core, h->node, REJECT_CLUSTER);
	else if (strcmp(hello->name, h->node->name) != 0)
		core_reject(core, h->node, REJECT_NAME);
	else if (instance_is_anothers(core, h->node, hello->instance))
		core_reject(core, h->node, REJECT_INSTANCE);
	else
		return true;
	return false;
}

/* A plain NTP server: does it claim to know the time (RFC 5905, section 7.4 for the kiss)? */
static bool serves_time(struct core *core, struct hearing *h)
{
	const struct ntp_header *header = &h->message.header;

	if (header->stratum == 0 && header->reference_id != 0) {
		core_reject(core, h->node, REJECT_KISS);
		h->node->interval = span_min(span_scale(h->node->interval, 2, 1), span_s(1024));
		return false;
	}
	if (header->leap == NTP_LEAP_UNSYNCHRONISED || header->stratum == 0 || header->stratum > 15) {
		core_reject(core, h->node, REJECT_UNSYNCHRONISED);
		return false;
	}
	return true;
}

/*
 * The exchange in four raw times. A sentinel tells where its wall clock stood against its raw one at T2 and T3; of a
 * plain server nothing is known, so its wall clock stands for both and the estimate allows it to be slewed.
 */
static struct exchange exchange_of(const struct core *core, const struct hearing *h)
{
	const struct ntp_header *header = &h->message.header;
	const struct clock_report *clock = &h->message.clock;
	struct raw t1 = h->probe->sent, t4 = own_stamp_after(&core->own, h->in->stamped, h->in->stamp), t2,
		   t3;

	if (h->node->kind == NODE_PEER) {
		struct wall sent = ntp_stamp_in_era(header->transmit, clock->era);
		struct wall received = ntp_stamp_near(header->receive, sent);

		t2 = wall_to_raw(received, clock->at_receive.low);
		t3 = wall_to_raw(sent, clock->at_transmit.high);
	} else {
		struct span unsure = ntp_precision_span(header->precision);

		t2 = (struct raw){ wall_add(ntp_stamp_near(header->receive, core->own.now.wall), unsure).ns };
		t3 = (struct raw){
			wall_add(ntp_stamp_near(header->transmit, core->own.now.wall), span_neg(unsure)).ns
		};
	}
	return (struct exchange){ .id = h->probe->nonce,
		.high_at = t1,
		.high = raw_sub(t2, t1),
		.low_at = t4,
		.low = raw_sub(t3, t4) };
}

static void keep_delay(struct node *node, const struct exchange *exchange)
{
	for (size_t i = DELAYS_KEPT - 1; i > 0; i--)
		node->delays[i] = node->delays[i - 1];
	node->delays[0] = span_sub(exchange->high, exchange->low);
	if (node->n_delays < DELAYS_KEPT)
		node->n_delays++;
}

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

void ask_tell_held(struct core *core, struct node *node)
{
	if (!core_full(core))
		tell_steps(core, node);
	if (!core_full(core))
		tell_restarts(core, node);
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

static void learn_peer(struct core *core, struct hearing *h, const struct exchange *exchange)
{
	struct node *node = h->node;
	const struct message *m = &h->message;
	bool same_epoch = node->instance == m->hello.instance && node->epoch == m->clock.epoch;

	note_changes(core, node, m);
	learn_map(node, &m->clock, same_epoch, sent_at(exchange));
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

static void note_contact(struct core *core, struct node *node)
{
	if (node->announced && !node->unreachable_noted)
		return;
	core_note(core, SEVERITY_INFO, "peer", node->name, "%s answers%s", node->name,
		node->announced ? " again" : "");
	node->announced = true;
	node->unreachable_noted = false;
}

/* Once for each time it begins, when it has held for a while. Whose word is wrong cannot be told from a ring alone. */
static void note_contradiction(struct core *core, struct node *node)
{
	struct mesh_ring ring = mesh_contradiction(core, (size_t)(node - core->nodes));
	struct mono now = core->own.now.mono_after;

	if (!ring.n) {
		node->contradicts_since.ns = 0;
		node->contradiction_told = false;
		return;
	}
	if (!node->contradicts_since.ns)
		node->contradicts_since = now;
	if (node->contradiction_told || span_less(mono_sub(now, node->contradicts_since), CONTRADICTION_HELD))
		return;
	node->contradiction_told = true;
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

static void look_for_jump(struct core *core, struct node *node, struct interval expected, unsigned dropped)
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

/* No exchange for so long that the one before counts no more. */
static bool was_silent(const struct core *core, const struct node *node, const struct exchange *exchange)
{
	return node->measured &&
	       span_less(node_fresh_for(core, node), raw_sub(exchange->high_at, node->as_of));
}

/*
 * Where nobody looked for a while either clock may have stood still for a moment; spread over the while that is no faster
 * than crystals can be, so nothing contradicts it. What was remembered has served to tell a jump, and ends.
 */
static unsigned add_exchange(const struct core *core, struct node *node, const struct exchange *exchange)
{
	struct estimate *estimate = &node->watch->estimate;
	unsigned dropped = estimate_add(estimate, exchange);

	if (!dropped && was_silent(core, node, exchange)) {
		estimate_forget(estimate);
		estimate_add(estimate, exchange);
	}
	return dropped;
}

static void take_exchange(struct core *core, struct hearing *h, const struct exchange *exchange)
{
	struct node *node = h->node;
	struct interval expected = INTERVAL_ZERO;
	unsigned dropped;

	/* A daemon that started anew may be on a host that did: its raw clock, too, counts from a new start. */
	if (node->instance != h->message.hello.instance) {
		estimate_forget(&node->watch->estimate);
		drift_forget(&node->drift);
		node->jumping = false;
	}
	if (h->message.has_departure)
		estimate_answer_left(&node->watch->estimate, h->message.departure.nonce,
			h->message.departure.sent, h->message.departure.left);
	estimate_at(&node->watch->estimate, exchange->low_at, &expected);
	dropped = add_exchange(core, node, exchange);
	if (node->kind == NODE_PEER)
		look_for_jump(core, node, expected, dropped);
}

/* An answer that a later one overtook: its bounds on the raw clocks are good, its news are old. */
static bool is_overtaken(const struct hearing *h, const struct exchange *exchange)
{
	const struct node *node = h->node;

	return node->kind == NODE_PEER && node->measured && node->instance == h->message.hello.instance &&
	       sent_at(exchange).ns < node->map_at.ns;
}

/* The other clock against ours when it answered: at some instant between T1 and T4, which may be long ago. */
static void state_offset(const struct core *core, struct node *node, const struct exchange *exchange)
{
	struct span width = span_sub(exchange->high, exchange->low);
	struct span ago = raw_sub(core->own.now.raw_after, exchange->high_at);
	struct interval raw = node->watch->estimate.now, ours = own_map(&core->own);
	struct interval before = interval_shift(own_map_ago(&core->own, ago), own_drill_shift(&core->own));

	ours = interval_of(span_min(ours.low, before.low), span_max(ours.high, before.high));
	raw = interval_widen(raw, span_drift(width, node->kind == NODE_PEER ? CRYSTAL_PPB : SLEW_PPB));
	node->stated = interval_sub(interval_add(raw, node->map), ours);
	node->likely = span_sub(
		span_add(node->watch->estimate.likely, interval_middle(node->map)), interval_middle(ours));
	node->as_of = exchange->low_at;
	node->asked_at = exchange->high_at;
}

static void believe(struct core *core, struct hearing *h, const struct exchange *exchange)
{
	struct node *node = h->node;
	bool overtaken = is_overtaken(h, exchange), straddles;

	node->received++;
	node->reach |= 1;
	keep_delay(node, exchange);
	straddles = node->instance == h->message.hello.instance &&
		    estimate_straddles(&node->watch->estimate, exchange);
	if (straddles)
		return;
	take_exchange(core, h, exchange);
	if (overtaken)
		return;
	if (node->kind == NODE_PEER)
		learn_peer(core, h, exchange);
	else
		node->map = INTERVAL_ZERO;
	node->measured = true;
	state_offset(core, node, exchange);
	drift_look(&node->drift, exchange->low_at, node->map, own_map(&core->own));
	note_contact(core, node);
	note_contradiction(core, node);
}

void ask_heard(struct core *core, const struct incoming *in)
{
	struct hearing h = { .in = in };
	struct exchange exchange;
	bool peer;

	if (!field_layout(in->bytes, in->len, &h.layout) ||
		!ntp_decode(in->bytes, in->len, &h.message.header)) {
		core_reject(core, NULL, REJECT_MALFORMED);
		return;
	}
	if (h.message.header.mode != NTP_MODE_SERVER) {
		core_reject(core, NULL, REJECT_MODE);
		return;
	}
	if (!match(core, &h) || !authentic(core, &h))
		return;
	/* From here on it is the answer, good or bad: it counts once. */
	h.probe->outstanding = false;
	peer = h.node->kind == NODE_PEER;
	if (peer && !message_decode(in->bytes, &h.layout, &h.message)) {
		core_reject(core, h.node, REJECT_MALFORMED);
		return;
	}
	if (peer ? !is_itself(core, &h) : !serves_time(core, &h))
		return;
	exchange = exchange_of(core, &h);
	if (span_less(exchange.high, exchange.low)) { /* more time between T2 and T3 than between T1 and T4 */
		core_reject(core, h.node, REJECT_STEP);
		return;
	}
	believe(core, &h, &exchange);
}

/* ---- departures ---- */

/*
 * The stamp is taken just before the datagram is given to the device, later than our own look at the clock before
 * sending it, so T1 moves up and the upper bound down. It may come before the answer or after it, or never.
 */
void ask_departed(struct core *core, uint64_t nonce, struct wall stamp)
{
	struct raw left;

	if (!own_stamp_before(&core->own, stamp, &left))
		return;
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);
		struct probe *probe = probe_by_nonce(node->watch, nonce);

		if (probe && left.ns > probe->sent.ns)
			probe->sent = left;
		else if (!probe)
			estimate_request_left(&node->watch->estimate, nonce, left);
	}
}
