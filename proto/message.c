#include "message.h"

#include <string.h>

/* Octets on the wire: PROTOCOL.md's tables in numbers. These bodies need no padding. */
enum {
	HELLO_MAX = FIELD_HEADER_SIZE + 8 + CLUSTER_NAME_SIZE + NODE_NAME_SIZE + VERSION_SIZE,
	CLOCK_SIZE = FIELD_HEADER_SIZE + 44,
	STATE_SIZE = FIELD_HEADER_SIZE + 36,
	ROW_HEAD_SIZE = FIELD_HEADER_SIZE + 8,
	ROW_ENTRY_SIZE = 36,
	DEPARTURE_SIZE = FIELD_HEADER_SIZE + 24,
};

/* The longest answer there can be. A string's length octet takes the place of its NUL. */
_Static_assert(NTP_HEADER_SIZE + HELLO_MAX + CLOCK_SIZE + STATE_SIZE + ROW_HEAD_SIZE +
			       ROW_SLICE_MAX * ROW_ENTRY_SIZE + DEPARTURE_SIZE + MAC_SIZE <=
		       MESSAGE_MAX,
	"the longest answer fits a datagram that every path carries");
_Static_assert(HELLO_MAX % 4 == 0, "the longest HELLO needs no padding");

enum { CLOCK_SYNCHRONISED = 1 << 0, CLOCK_DRILL = 1 << 1 };

/* FNV-1a of 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv). */
uint64_t message_node_id(const char *name)
{
	uint64_t hash = UINT64_C(0xCBF29CE484222325);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001B3);
	return hash;
}

/*
 * A sum, so that order is nothing. FNV-1a's of names that differ in the last character alone lie on a line,
 * and db2 + db6 is db3 + db5: the finalizer of SplitMix64 (Steele, Lea, Flood 2014) takes them off it first.
 */
uint64_t message_members_digest(uint64_t digest, const char *name)
{
	uint64_t mixed = message_node_id(name);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
	return digest + (mixed ^ mixed >> 31);
}

static struct span read_span(struct reader *r)
{
	return span_ns((int64_t)read_u64(r));
}

static void write_span(struct writer *w, struct span span)
{
	write_u64(w, (uint64_t)span.ns);
}

static struct interval read_interval(struct reader *r)
{
	struct span low = read_span(r), high = read_span(r);

	r->bad |= !interval_valid(interval_of(low, high));
	return interval_of(low, high);
}

static void write_interval(struct writer *w, struct interval interval)
{
	write_span(w, interval.low);
	write_span(w, interval.high);
}

static void read_hello(struct reader *r, struct message *out)
{
	out->has_hello = true;
	out->hello.instance = read_u64(r);
	read_string(r, out->hello.cluster, sizeof(out->hello.cluster));
	read_string(r, out->hello.name, sizeof(out->hello.name));
	read_string(r, out->hello.version, sizeof(out->hello.version));
}

static void read_clock(struct reader *r, struct message *out)
{
	uint8_t flags;

	out->has_clock = true;
	out->clock.at_receive = read_interval(r);
	out->clock.at_transmit = read_interval(r);
	out->clock.era = (int32_t)read_u32(r);
	out->clock.epoch = read_u32(r);
	out->clock.leap = read_u8(r);
	flags = read_u8(r);
	read_u16(r); /* reserved */
	r->bad |= out->clock.leap > NTP_LEAP_UNSYNCHRONISED;
	out->clock.synchronised = flags & CLOCK_SYNCHRONISED;
	out->clock.drill = flags & CLOCK_DRILL;
}

static void read_state(struct reader *r, struct message *out)
{
	uint8_t state;

	out->has_state = true;
	state = read_u8(r);
	/* A later version may know further states; what we don't know is unknown to us. */
	out->state.state = state <= VERDICT_UNKNOWN ? (enum verdict_state)state : VERDICT_UNKNOWN;
	out->state.agree = read_u8(r);
	out->state.electorate = read_u8(r);
	out->state.service = read_u8(r);
	out->state.in_force = read_u16(r);
	out->state.database = read_u8(r);
	read_u8(r); /* reserved */
	out->state.offset = read_interval(r);
	out->state.members = read_u64(r);
	out->state.since_s = read_u32(r);
}

static struct row_entry read_row_entry(struct reader *r)
{
	struct row_entry entry;

	entry.node = read_u64(r);
	entry.offset = read_interval(r);
	entry.age_ms = read_u32(r);
	entry.own_epoch = read_u32(r);
	entry.peer_epoch = read_u32(r);
	return entry;
}

static void read_row(struct reader *r, struct message *out)
{
	struct row_report *row = &out->row;

	out->has_row = true;
	row->total = read_u16(r);
	row->first = read_u16(r);
	row->count = read_u8(r);
	read_u8(r);  /* reserved */
	read_u16(r); /* reserved */
	if (row->count > ROW_SLICE_MAX || row->count > row->total ||
		(row->count && row->first >= row->total)) {
		r->bad = true;
		return;
	}
	for (unsigned i = 0; i < row->count; i++)
		row->entries[i] = read_row_entry(r);
}

static void read_departure(struct reader *r, struct message *out)
{
	out->has_departure = true;
	out->departure.nonce = read_u64(r);
	out->departure.sent.ns = (int64_t)read_u64(r);
	out->departure.left.ns = (int64_t)read_u64(r);
}

static void read_round(struct reader *r, struct message *out)
{
	out->has_round = true;
	out->round.nonce = read_u64(r);
	out->round.sent.ns = (int64_t)read_u64(r);
	out->round.departed.ns = (int64_t)read_u64(r);
	out->round.arrived.ns = (int64_t)read_u64(r);
}

/* The fields that mean something to us, each of them once in a packet. */
static const struct {
	uint16_t type;
	void (*read)(struct reader *r, struct message *out);
} known[] = {
	{ FIELD_HELLO, read_hello },
	{ FIELD_CLOCK, read_clock },
	{ FIELD_STATE, read_state },
	{ FIELD_ROW, read_row },
	{ FIELD_DEPARTURE, read_departure },
	{ FIELD_ROUND, read_round },
};

enum { KNOWN_COUNT = sizeof(known) / sizeof(known[0]) };

/* *seen: a bit a row of the table. */
static bool read_field(const struct field *field, unsigned *seen, struct message *out)
{
	struct reader r = { .bytes = field->body, .len = field->len };

	for (unsigned i = 0; i < KNOWN_COUNT; i++) {
		if (known[i].type != field->type)
			continue;
		if (*seen & 1U << i)
			return false;
		*seen |= 1U << i;
		known[i].read(&r, out);
	}
	return !r.bad;
}

bool message_decode(const uint8_t *packet, const struct layout *layout, struct message *out)
{
	struct message message = { 0 };
	struct field field;
	size_t at = NTP_HEADER_SIZE;
	unsigned seen = 0;

	if (!ntp_decode(packet, layout->fields_end, &message.header))
		return false;
	while (field_next(packet, layout, &at, &field))
		if (!read_field(&field, &seen, &message))
			return false;
	*out = message;
	return true;
}

void message_write_header(struct writer *w, const struct ntp_header *header)
{
	uint8_t bytes[NTP_HEADER_SIZE];

	ntp_encode(header, bytes);
	write_bytes(w, bytes, sizeof(bytes));
}

static size_t string_len(const char *s, size_t room)
{
	return strnlen(s, room - 1);
}

static void write_string(struct writer *w, const char *s, size_t room)
{
	size_t len = string_len(s, room);

	write_u8(w, (uint8_t)len);
	write_bytes(w, s, len);
}

void message_write_hello(struct writer *w, const struct hello *hello)
{
	size_t begun = field_begin(w, FIELD_HELLO);

	write_u64(w, hello->instance);
	write_string(w, hello->cluster, sizeof(hello->cluster));
	write_string(w, hello->name, sizeof(hello->name));
	write_string(w, hello->version, sizeof(hello->version));
	field_end(w, begun);
}

void message_write_clock(struct writer *w, const struct clock_report *clock)
{
	size_t begun = field_begin(w, FIELD_CLOCK);

	write_interval(w, clock->at_receive);
	write_interval(w, clock->at_transmit);
	write_u32(w, (uint32_t)clock->era);
	write_u32(w, clock->epoch);
	write_u8(w, clock->leap);
	write_u8(w,
		(uint8_t)((clock->synchronised ? CLOCK_SYNCHRONISED : 0) | (clock->drill ? CLOCK_DRILL : 0)));
	write_u16(w, 0);
	field_end(w, begun);
}

void message_write_state(struct writer *w, const struct state_report *state)
{
	size_t begun = field_begin(w, FIELD_STATE);

	write_u8(w, (uint8_t)state->state);
	write_u8(w, state->agree);
	write_u8(w, state->electorate);
	write_u8(w, state->service);
	write_u16(w, state->in_force);
	write_u8(w, state->database);
	write_u8(w, 0);
	write_interval(w, state->offset);
	write_u64(w, state->members);
	write_u32(w, state->since_s);
	field_end(w, begun);
}

static void write_row_entry(struct writer *w, const struct row_entry *entry)
{
	write_u64(w, entry->node);
	write_interval(w, entry->offset);
	write_u32(w, entry->age_ms);
	write_u32(w, entry->own_epoch);
	write_u32(w, entry->peer_epoch);
}

void message_write_row(struct writer *w, const struct row_report *row)
{
	size_t begun = field_begin(w, FIELD_ROW);
	unsigned count = row->count < ROW_SLICE_MAX ? row->count : ROW_SLICE_MAX;

	write_u16(w, row->total);
	write_u16(w, row->first);
	write_u8(w, (uint8_t)count);
	write_u8(w, 0);
	write_u16(w, 0);
	for (unsigned i = 0; i < count; i++)
		write_row_entry(w, &row->entries[i]);
	field_end(w, begun);
}

void message_write_departure(struct writer *w, const struct departure_report *departure)
{
	size_t begun = field_begin(w, FIELD_DEPARTURE);

	write_u64(w, departure->nonce);
	write_u64(w, (uint64_t)departure->sent.ns);
	write_u64(w, (uint64_t)departure->left.ns);
	field_end(w, begun);
}

void message_write_round(struct writer *w, const struct round_report *round)
{
	size_t begun = field_begin(w, FIELD_ROUND);

	write_u64(w, round->nonce);
	write_u64(w, (uint64_t)round->sent.ns);
	write_u64(w, (uint64_t)round->departed.ns);
	write_u64(w, (uint64_t)round->arrived.ns);
	field_end(w, begun);
}

static size_t hello_size(const struct hello *hello)
{
	size_t body = 8 + 1 + string_len(hello->cluster, sizeof(hello->cluster)) + 1 +
		      string_len(hello->name, sizeof(hello->name)) + 1 +
		      string_len(hello->version, sizeof(hello->version));

	return FIELD_HEADER_SIZE + (body + 3) / 4 * 4;
}

/* A row without entries still is a field, and as such not below the least size. */
static size_t row_size(unsigned entries)
{
	size_t size = ROW_HEAD_SIZE + (size_t)entries * ROW_ENTRY_SIZE;

	return size < FIELD_MIN_SIZE ? FIELD_MIN_SIZE : size;
}

size_t message_answer_size(const struct hello *ours, unsigned entries)
{
	return NTP_HEADER_SIZE + hello_size(ours) + CLOCK_SIZE + STATE_SIZE + row_size(entries) +
	       DEPARTURE_SIZE + MAC_SIZE;
}
