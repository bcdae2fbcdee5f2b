#include <string.h>

#include "core_impl.h"

/* A request, as far as it is understood. */
struct asked {
	const struct incoming *in;
	struct layout layout;
	struct key *key; /* NULL: without a MAC */
	struct message message;
	struct node *node; /* the peer that it says it is, or NULL */
};

/* T2 and where the wall clock stood against the raw one then. */
struct arrival {
	struct wall at;
	struct interval map;
};

/* The kernel's stamp where it can be used. */
static struct arrival arrival_of(const struct core *core, const struct incoming *in)
{
	struct arrival arrival = { .at = core->own.now.wall, .map = reading_map(&core->own.now) };
	struct span age;

	if (in->stamped && own_stamp_age(&core->own, in->stamp, &age)) {
		arrival.at = in->stamp;
		arrival.map = own_map_ago(&core->own, age);
	}
	return arrival;
}

/* Does this host know the time, as far as it can tell? A proof by the majority counts for more than the kernel. */
static bool knows_time(const struct core *core)
{
	const struct verdict *verdict = &core->verdict;

	if (verdict->state == VERDICT_CRITICAL)
		return false;
	return core->own.now.synchronised || verdict->state == VERDICT_OK ||
	       verdict->state == VERDICT_WARNING;
}

static struct ntp_header answer_header(
	const struct core *core, const struct ntp_header *request, struct wall received)
{
	const struct reading *now = &core->own.now;
	bool knows = knows_time(core);

	return (struct ntp_header){
		.leap = knows ? now->leap : NTP_LEAP_UNSYNCHRONISED,
		.version = request->version,
		.mode = NTP_MODE_SERVER,
		.stratum = knows ? 10 : 0,
		.poll = request->poll,
		.precision = -20,
		.root_dispersion = 0x0000000A, /* 150 us: more than a reading of the clock is off */
		/* As a local clock: what it follows is not for us to say. With stratum 0 it would be a kiss. */
		.reference_id = knows ? 0x7F7F0101 : 0,
		.reference = ntp_stamp_of(wall_add(received, span_s(-1)), NULL),
		.origin = request->transmit,
		.receive = ntp_stamp_of(received, NULL),
	};
}

static uint16_t in_force_bits(const struct core *core)
{
	unsigned bits = 0, measures = core->active;

	bits |= measures & MEASURE_DESYNC ? IN_FORCE_DESYNC : 0;
	bits |= measures & MEASURE_FENCE ? IN_FORCE_FENCE : 0;
	bits |= measures & MEASURE_BLOCK_JOINS ? IN_FORCE_BLOCK_JOINS : 0;
	bits |= core->hold.on || core->cluster_hold.on ? IN_FORCE_HOLD : 0;
	bits |= core->own.drill.on ? IN_FORCE_DRILL : 0;
	bits |= core->reporting ? IN_FORCE_REPORTS : 0;
	bits |= reports_others(core) ? IN_FORCE_REPORTS_OTHERS : 0;
	bits |= core->no_list && !(bits & IN_FORCE_HOLD) ? IN_FORCE_NO_LIST : 0;
	return (uint16_t)bits;
}

static struct state_report answer_state(const struct core *core)
{
	const struct verdict *verdict = &core->verdict;
	struct span since = mono_sub(core->own.now.mono_after, core->since_mono);

	return (struct state_report){
		.state = verdict->state,
		.agree = (uint8_t)verdict->agree,
		.electorate = (uint8_t)verdict->electorate,
		.in_force = in_force_bits(core),
		.offset = verdict->measured ? verdict->offset : INTERVAL_ALL,
		.since_s = (uint32_t)(since.ns / NS_PER_S),
		.members = core->members,
		.service = core->service,
		.database = core->database,
	};
}

/* How many entries of the row an answer may carry without being longer than its request. */
static unsigned answer_room(const struct core *core, size_t request_len)
{
	unsigned entries = ROW_SLICE_MAX;

	while (entries > 0 && message_answer_size(&core->hello, entries) > request_len)
		entries--;
	return entries;
}

/* To a sentinel: times with the drill's shift, and all we know. */
static void answer_sentinel(const struct core *core, const struct asked *asked, struct writer *w)
{
	const struct ntp_header *request = &asked->message.header;
	struct span shift = own_drill_shift(&core->own);
	struct arrival arrival = arrival_of(core, asked->in);
	struct wall received = wall_add(arrival.at, shift), sent = wall_add(core->own.now.wall, shift);
	struct ntp_header header = answer_header(core, request, received);
	struct clock_report clock = {
		.at_receive = interval_shift(arrival.map, shift),
		.at_transmit = own_map(&core->own),
		.epoch = core->own.epoch,
		.leap = core->own.now.leap,
		.synchronised = core->own.now.synchronised,
		.drill = core->own.drill.on,
	};
	struct state_report state = answer_state(core);
	struct row_report row;

	header.transmit = ntp_stamp_of(sent, &clock.era);
	row_slice(core, request->transmit.bits, answer_room(core, asked->in->len), &row);
	message_write_header(w, &header);
	message_write_hello(w, &core->hello);
	message_write_clock(w, &clock);
	message_write_state(w, &state);
	message_write_row(w, &row);
	if (asked->node && asked->node->has_departure)
		message_write_departure(w, &asked->node->departure);
}

/* To a plain NTP client: the time, never shifted by a drill: it sets clocks by it. */
static void answer_plain(const struct core *core, const struct asked *asked, struct writer *w)
{
	struct ntp_header header =
		answer_header(core, &asked->message.header, arrival_of(core, asked->in).at);

	header.transmit = ntp_stamp_of(core->own.now.wall, NULL);
	message_write_header(w, &header);
}

/*
 * Is the request's sender who its key says? A sentinel's name must be a peer's whose key that is; the MAC was good.
 * An unknown name gets time (its key is ours), though nobody here believes it anything.
 */
static bool hello_fits(struct core *core, struct asked *asked)
{
	const struct hello *hello = &asked->message.hello;
	struct node *node = node_named(core, hello->name);

	if (strcmp(hello->cluster, core->conf->cluster) != 0) {
		core_reject(core, node, REJECT_CLUSTER);
		return false;
	}
	if (node && node->peer->key != key_id(asked->key)) {
		core_reject(core, node, REJECT_KEY);
		return false;
	}
	if (strcmp(hello->name, core->conf->node) == 0) {
		core_reject(core, NULL, REJECT_NAME);
		return false;
	}
	asked->node = node;
	return true;
}

/*
 * A peer's address, for what its key does not prove: enough for a word to the operator, who would else look for a firewall
 * where two hosts have different keys. NULL: nobody's, or it may be either's of two behind one address.
 */
static struct node *seems_from(struct core *core, const struct endpoint *from)
{
	struct node *found = NULL;

	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);

		if (node->kind != NODE_PEER || !node->has_endpoint ||
			memcmp(node->endpoint.ip, from->ip, sizeof from->ip) != 0)
			continue;
		if (found)
			return NULL;
		found = node;
	}
	return found;
}

static bool unauthentic(struct core *core, const struct asked *asked, enum reject reason)
{
	core_reject(core, seems_from(core, &asked->in->from), reason);
	return false;
}

/* Finds and checks the request's key; true without one where none is needed. */
static bool authenticate(struct core *core, struct asked *asked)
{
	const uint8_t *bytes = asked->in->bytes;

	if (!asked->layout.mac_len) {
		if (!core->conf->open)
			core_reject(core, NULL, REJECT_CLOSED);
		return core->conf->open;
	}
	asked->key = keyring_find(core->ring, mac_id(bytes, &asked->layout));
	if (asked->layout.mac_len != MAC_SIZE || !asked->key)
		return unauthentic(core, asked, REJECT_KEY);
	return mac_check(asked->key, bytes, &asked->layout) || unauthentic(core, asked, REJECT_MAC);
}

/* An unauthenticated request's fields are not even read. */
static bool understand(struct core *core, struct asked *asked)
{
	const struct incoming *in = asked->in;
	struct message *message = &asked->message;

	if (!ntp_decode(in->bytes, in->len, &message->header) ||
		(asked->key && !message_decode(in->bytes, &asked->layout, message))) {
		core_reject(core, NULL, REJECT_MALFORMED);
		return false;
	}
	return !message->has_hello || hello_fits(core, asked);
}

static bool is_request(const struct incoming *in)
{
	struct ntp_header header;

	/* Versions 3 and 4 ask alike. */
	return ntp_decode(in->bytes, in->len, &header) && header.mode == NTP_MODE_CLIENT &&
	       header.version >= 3 && header.version <= NTP_VERSION;
}

static void address_answer(struct core *core, const struct asked *asked, struct outgoing *out, size_t len)
{
	struct node *node = asked->node;
	struct arrival arrival;

	out->side = SIDE_ANSWER;
	out->to = asked->in->from;
	out->from = asked->in->to;
	out->listener = asked->in->listener;
	out->len = len;
	out->stamped = node != NULL;
	out->token = ++core->tokens * NODES_MOST + (node ? (uint64_t)(node - core->nodes) : 0);
	if (!node)
		return;
	arrival = arrival_of(core, asked->in);
	node->answered = out->token;
	node->request_at = wall_to_raw(arrival.at, arrival.map.low);
	node->answer = (struct departure_report){
		.nonce = asked->message.header.transmit.bits,
		.sent = core->own.now.raw_before, /* T3 - at_transmit.high, as own_map has it */
	};
}

static void answer(struct core *core, const struct asked *asked)
{
	size_t room = asked->in->len < MESSAGE_MAX ? asked->in->len : MESSAGE_MAX;
	struct outgoing *out = core_send(core);
	struct writer w;

	if (!out)
		return;
	w = (struct writer){ .bytes = out->bytes, .room = room };
	if (asked->message.has_hello)
		answer_sentinel(core, asked, &w);
	else
		answer_plain(core, asked, &w);
	if (asked->key)
		mac_append(&w, asked->key, mac_id(asked->in->bytes, &asked->layout));
	if (w.full) { /* the request was shorter than any answer of ours */
		core->effects->n_sends--;
		core_reject(core, NULL, REJECT_MALFORMED);
		return;
	}
	address_answer(core, asked, out, w.len);
	core->answers++;
}

void answer_request(struct core *core, const struct incoming *in)
{
	struct asked asked = { .in = in };

	core->requests++;
	if (!field_layout(in->bytes, in->len, &asked.layout)) {
		core_reject(core, NULL, REJECT_MALFORMED);
		return;
	}
	if (!is_request(in)) {
		core_reject(core, NULL, REJECT_MODE);
		return;
	}
	if (!authenticate(core, &asked) || !understand(core, &asked))
		return;
	if (asked.node)
		round_heard(asked.node, &asked.message);
	answer(core, &asked);
}

/*
 * When the latest answer to a peer left, to be told with the next one. It is kept for a peer alone, named in a request
 * with a good MAC, so a stranger can neither fill nor confuse it.
 */
void answer_departed(struct core *core, uint64_t token, struct wall stamp)
{
	size_t index = token % NODES_MOST;
	struct node *node;
	struct raw left;

	if (index >= core->n_nodes || !own_stamp_before(&core->own, stamp, &left))
		return;
	node = &core->nodes[index];
	if (node->kind != NODE_PEER || node->answered != token)
		return;
	node->has_departure = true;
	node->departure = node->answer;
	node->departure.left = left;
}
