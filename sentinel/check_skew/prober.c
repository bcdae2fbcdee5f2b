#include "prober.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST_SIZE = 640 };

const char *prober_reject_name(enum prober_reject reason)
{
	static const char *const names[PROBER_REJECTS] = {
		[PROBER_MALFORMED] = "malformed",
		[PROBER_ADDRESS] = "from another address",
		[PROBER_NONCE] = "to nothing that was asked",
		[PROBER_KEY] = "without the key",
		[PROBER_MAC] = "with a wrong MAC",
		[PROBER_IMPOSSIBLE] = "with impossible times",
	};

	return names[reason];
}

/* How far two clocks that are compared may run apart: crystals, or wall clocks that are slewed. */
static int64_t rate_most(const struct prober *prober)
{
	return prober->cluster ? CRYSTAL_PPB : SLEW_PPB;
}

void prober_init(struct prober *prober, const struct endpoint *to, struct key *key, const char *cluster,
	const struct reading *now)
{
	*prober = (struct prober){ .to = *to, .key = key, .cluster = cluster };
	own_init(&prober->own, now);
	estimate_init(&prober->estimate, PROBER_ASKS, rate_most(prober));
}

/* The answer is no longer than the request, so that is made long enough. */
static void write_hello(const struct prober *prober, struct writer *w)
{
	struct hello hello = {
		.instance = prober->asks[0].nonce, .name = "check_skew", .version = SKEW_VERSION
	};

	snprintf(hello.cluster, sizeof hello.cluster, "%s", prober->cluster);
	message_write_hello(w, &hello);
	field_pad(w, FIELD_PAD, REQUEST_SIZE - MAC_SIZE - w->len);
}

bool prober_ask(struct prober *prober, uint64_t nonce, const struct reading *now, struct outgoing *out)
{
	struct ntp_header header = { .version = NTP_VERSION, .mode = NTP_MODE_CLIENT, .transmit = { nonce } };
	struct writer w = { .bytes = out->bytes, .room = sizeof out->bytes };

	if (prober->asked == PROBER_ASKS)
		return false;
	own_look(&prober->own, now);
	prober->asks[prober->asked++] = (struct prober_ask){
		.outstanding = true, .nonce = nonce, .sent = now->raw_before, .map = own_map(&prober->own)
	};
	message_write_header(&w, &header);
	if (prober->cluster)
		write_hello(prober, &w);
	if (prober->key)
		mac_append(&w, prober->key, key_id(prober->key));
	out->side = SIDE_ASK;
	out->to = prober->to;
	out->stamped = true;
	out->token = nonce;
	out->len = w.len;
	return !w.full;
}

static struct prober_ask *find_ask(struct prober *prober, uint64_t nonce)
{
	for (unsigned i = 0; i < prober->asked; i++)
		if (prober->asks[i].outstanding && prober->asks[i].nonce == nonce)
			return &prober->asks[i];
	return NULL;
}

static bool reject(struct prober *prober, enum prober_reject reason)
{
	prober->rejected[reason]++;
	return false;
}

/* An answer, as far as it is understood. */
struct answer {
	struct layout layout;
	struct message message;
};

/* Length, layout, address, nonce, MAC, and only then is a field believed. */
static struct prober_ask *take_answer(struct prober *prober, const struct incoming *in, struct answer *answer)
{
	const struct layout *layout = &answer->layout;
	struct ntp_header *header = &answer->message.header;
	struct prober_ask *ask = NULL;

	if (!ntp_decode(in->bytes, in->len, header) || !field_layout(in->bytes, in->len, &answer->layout) ||
		header->mode != NTP_MODE_SERVER)
		reject(prober, PROBER_MALFORMED);
	else if (!endpoint_equal(&in->from, &prober->to))
		reject(prober, PROBER_ADDRESS);
	else if (!(ask = find_ask(prober, header->origin.bits)))
		reject(prober, PROBER_NONCE);
	else if (prober->key &&
		 (layout->mac_len != MAC_SIZE || mac_id(in->bytes, layout) != key_id(prober->key)))
		reject(prober, PROBER_KEY);
	else if (prober->key && !mac_check(prober->key, in->bytes, layout))
		reject(prober, PROBER_MAC);
	else
		return ask;
	return NULL;
}

/* A sentinel tells who it is and how its clocks stood. */
static bool is_sentinels(const struct prober *prober, const struct incoming *in, struct answer *answer)
{
	const struct message *m = &answer->message;

	return message_decode(in->bytes, &answer->layout, &answer->message) && m->has_hello && m->has_clock &&
	       strcmp(m->hello.cluster, prober->cluster) == 0;
}

/* T2 and T3 on the other raw clock; of a plain server the wall clock stands for it, as coarse as it says. */
static struct exchange exchange_of(const struct prober *prober, const struct prober_ask *ask,
	const struct message *message, struct raw arrived)
{
	const struct ntp_header *header = &message->header;
	const struct clock_report *clock = &message->clock;
	struct span unsure = ntp_precision_span(header->precision);
	struct wall near = prober->own.now.wall, received, sent;
	struct raw t2, t3;

	if (prober->cluster) {
		sent = ntp_stamp_in_era(header->transmit, clock->era);
		received = ntp_stamp_near(header->receive, sent);
		t2 = wall_to_raw(received, clock->at_receive.low);
		t3 = wall_to_raw(sent, clock->at_transmit.high);
	} else {
		t2.ns = wall_add(ntp_stamp_near(header->receive, near), unsure).ns;
		t3.ns = wall_add(ntp_stamp_near(header->transmit, near), span_neg(unsure)).ns;
	}
	return (struct exchange){ .id = ask->nonce,
		.high_at = ask->sent,
		.high = raw_sub(t2, ask->sent),
		.low_at = arrived,
		.low = raw_sub(t3, arrived) };
}

/*
 * Its clock minus ours at some instant of the exchange. What the server's clock may have been slewed in that time widens
 * it; where ours stood was seen at both ends.
 */
static struct interval state_offset(const struct prober *prober, const struct exchange *exchange,
	struct interval theirs, struct interval asked_map)
{
	struct interval map = own_map(&prober->own);
	struct interval ours =
		interval_of(span_min(map.low, asked_map.low), span_max(map.high, asked_map.high));
	struct span width = span_sub(exchange->high, exchange->low);

	return interval_sub(
		interval_add(
			interval_widen(prober->estimate.now, span_drift(width, rate_most(prober))), theirs),
		ours);
}

/* Two that contradict each other are of before and after a step: the later one counts. */
static void believe(struct prober *prober, const struct exchange *exchange, struct interval theirs,
	struct interval asked_map)
{
	struct span width = span_sub(exchange->high, exchange->low);
	bool narrower, moved;

	estimate_add(&prober->estimate, exchange);
	prober->latest = state_offset(prober, exchange, theirs, asked_map);
	narrower = span_less(interval_width(prober->latest), interval_width(prober->offset));
	moved = !interval_valid(interval_meet(prober->latest, prober->offset));
	if (!prober->heard || narrower || moved)
		prober->offset = prober->latest;
	prober->delay = prober->heard ? span_min(prober->delay, width) : width;
	prober->heard++;
}

static bool is_kiss(const struct ntp_header *header)
{
	return header->stratum == 0 && header->reference_id != 0;
}

/* Four letters (RFC 5905, section 7.4), which come from elsewhere. */
static void take_kiss(struct prober *prober, uint32_t code)
{
	for (int i = 0; i < 4; i++) {
		uint8_t letter = (uint8_t)(code >> (24 - 8 * i));

		prober->kiss[i] =
			(char)((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ? letter
												    : '?');
	}
}

/* What it says of itself. */
static void learn(struct prober *prober, const struct message *m)
{
	prober->stratum = m->header.stratum;
	prober->unsynchronised =
		m->header.leap == NTP_LEAP_UNSYNCHRONISED || m->header.stratum == 0 || m->header.stratum > 15;
	prober->told = prober->cluster && m->has_state;
	prober->drill = prober->cluster && m->clock.drill;
	if (prober->told)
		prober->state = m->state;
}

bool prober_hear(struct prober *prober, const struct incoming *in, const struct reading *now)
{
	struct answer answer = { 0 };
	struct prober_ask *ask;
	struct exchange exchange;

	own_look(&prober->own, now);
	ask = take_answer(prober, in, &answer);
	if (!ask)
		return false;
	ask->outstanding = false;
	if (is_kiss(&answer.message.header)) { /* its times mean nothing */
		take_kiss(prober, answer.message.header.reference_id);
		return false;
	}
	if (prober->cluster && !is_sentinels(prober, in, &answer))
		return reject(prober, PROBER_MALFORMED);
	exchange = exchange_of(
		prober, ask, &answer.message, own_stamp_after(&prober->own, in->stamped, in->stamp));
	if (span_less(exchange.high, exchange.low))
		return reject(prober, PROBER_IMPOSSIBLE);
	learn(prober, &answer.message);
	believe(prober, &exchange, prober->cluster ? answer.message.clock.at_transmit : INTERVAL_ZERO,
		ask->map);
	return true;
}

void prober_departed(struct prober *prober, uint64_t nonce, struct wall stamp, const struct reading *now)
{
	struct prober_ask *ask = find_ask(prober, nonce);
	struct raw left;

	own_look(&prober->own, now);
	if (!own_stamp_before(&prober->own, stamp, &left))
		return;
	if (!ask)
		estimate_request_left(&prober->estimate, nonce, left);
	else if (left.ns > ask->sent.ns)
		ask->sent = left;
}

bool prober_done(const struct prober *prober)
{
	return prober->heard >= PROBER_WANTED || prober->kiss[0];
}
