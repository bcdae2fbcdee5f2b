#include <string.h>

#include "core_impl.h"

/* What was not believed so long ago is news when it is so again. */
#define TOLD_AGAIN_AFTER span_s(3600)

/* The answer being heard, as far as it is understood. */
struct hearing {
	const struct incoming *in;
	struct layout layout;
	struct message message;
	struct node *node;
	struct probe *probe;
};

/* ---- is it one? ---- */

/* Whose answer is it? Only the address that was asked may answer, and only what was asked. */
static bool match(struct core *core, struct hearing *h)
{
	uint64_t nonce = h->message.header.origin.bits;
	bool address_known = false;

	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);
		struct probe *probe = ask_probe(node->watch, nonce);

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

/* ---- what it says of the time ---- */

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
		peer_look_for_jump(core, node, expected, dropped);
}

/*
 * Of a plain NTP server only the latest exchange is known. One that was asked before it says less, and may be from before
 * our raw clock stood still.
 */
static bool is_late(const struct node *node, const struct exchange *exchange)
{
	return node->kind == NODE_REFERENCE && node->measured && exchange->high_at.ns < node->asked_at.ns;
}

/* An answer that a later one overtook: its bounds on the raw clocks are good, its news are old. */
static bool is_overtaken(const struct hearing *h, const struct exchange *exchange)
{
	const struct node *node = h->node;

	return node->kind == NODE_PEER && node->measured && node->instance == h->message.hello.instance &&
	       hear_sent_at(exchange).ns < node->map_at.ns;
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
	if (span_less(TOLD_AGAIN_AFTER, mono_sub(core->own.now.mono_after, node->rejected_at)))
		node->rejections_told = 0;
	node->rejected_since = 0;
	node->reach |= 1;
	keep_delay(node, exchange);
	straddles = node->instance == h->message.hello.instance &&
		    estimate_straddles(&node->watch->estimate, exchange);
	if (straddles || is_late(node, exchange))
		return;
	take_exchange(core, h, exchange);
	if (overtaken)
		return;
	if (node->kind == NODE_PEER)
		peer_learn(core, node, &h->message, exchange);
	else
		node->map = INTERVAL_ZERO;
	node->measured = true;
	state_offset(core, node, exchange);
	drift_look(&node->drift, exchange->low_at, node->map, own_map(&core->own));
	peer_answers(core, node);
	peer_contradicts(core, node);
}

void hear(struct core *core, const struct incoming *in)
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
