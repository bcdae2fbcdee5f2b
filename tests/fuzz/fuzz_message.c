/* Everything that a datagram from anybody goes through before its sender is known, and behind. */
#include <string.h>

#include "../../proto/mac.h"
#include "../../proto/message.h"
#include "target.h"

static void check_layout(const uint8_t *data, size_t size, const struct layout *layout)
{
	struct field field;
	size_t at = NTP_HEADER_SIZE;

	MUST(layout->fields_end + layout->mac_len == size);
	MUST(layout->mac_len == 0 || layout->mac_len == MAC_ID_SIZE || layout->mac_len == MAC_SIZE);
	while (field_next(data, layout, &at, &field))
		MUST(field.body + field.len == data + at && at <= layout->fields_end);
	MUST(at == layout->fields_end);
}

static bool string_ends(const char *s, size_t room)
{
	return strnlen(s, room) < room;
}

static void check_message(const struct message *m)
{
	MUST(string_ends(m->hello.cluster, sizeof(m->hello.cluster)));
	MUST(string_ends(m->hello.name, sizeof(m->hello.name)));
	MUST(string_ends(m->hello.version, sizeof(m->hello.version)));
	MUST(interval_valid(m->clock.at_receive) && interval_valid(m->clock.at_transmit));
	MUST(m->clock.leap <= NTP_LEAP_UNSYNCHRONISED);
	MUST(m->state.state <= VERDICT_UNKNOWN && interval_valid(m->state.offset));
	MUST(m->row.count <= ROW_SLICE_MAX && m->row.count <= m->row.total);
	for (unsigned i = 0; i < m->row.count; i++)
		MUST(interval_valid(m->row.entries[i].offset));
}

/* What was understood can be said again, in the same octets each time, and never in more than a datagram. */
static size_t write_message(const struct message *m, uint8_t out[MESSAGE_MAX])
{
	struct writer w = { .bytes = out, .room = MESSAGE_MAX - MAC_SIZE };

	message_write_header(&w, &m->header);
	message_write_hello(&w, &m->hello);
	message_write_clock(&w, &m->clock);
	message_write_state(&w, &m->state);
	message_write_row(&w, &m->row);
	message_write_departure(&w, &m->departure);
	MUST(!w.full);
	MUST(w.len + MAC_SIZE == message_answer_size(&m->hello, m->row.count));
	memset(out + w.len, 0, MAC_SIZE);
	return w.len + MAC_SIZE;
}

static void check_round_trip(const struct message *m)
{
	uint8_t once[MESSAGE_MAX], twice[MESSAGE_MAX];
	struct message again;
	struct layout layout;
	size_t len = write_message(m, once);

	MUST(field_layout(once, len, &layout));
	MUST(message_decode(once, &layout, &again));
	MUST(write_message(&again, twice) == len);
	MUST(memcmp(once, twice, len) == 0);
}

/* Numbers of any size go through the arithmetic that bounds are made with. */
static void use_clock(const struct message *m)
{
	struct wall sent = ntp_stamp_in_era(m->header.transmit, m->clock.era);
	struct wall received = ntp_stamp_near(m->header.receive, sent);
	struct interval raw =
		interval_of(raw_sub(wall_to_raw(sent, m->clock.at_transmit.high), (struct raw){ 2 }),
			raw_sub(wall_to_raw(received, m->clock.at_receive.low), (struct raw){ 1 }));

	MUST(ntp_precision_span(m->header.precision).ns > 0);
	if (interval_valid(raw))
		MUST(interval_valid(interval_sub(interval_add(raw, m->clock.at_transmit), INTERVAL_ZERO)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layout layout;
	struct message message;

	if (!field_layout(data, size, &layout))
		return 0;
	check_layout(data, size, &layout);
	mac_id(data, &layout);
	if (!message_decode(data, &layout, &message))
		return 0;
	check_message(&message);
	check_round_trip(&message);
	use_clock(&message);
	return 0;
}

static const struct hello hello = { .instance = 1, .cluster = "prod", .name = "db1", .version = "0.1.0" };

static void write_request(struct writer *w)
{
	message_write_header(w, &(struct ntp_header){ .version = NTP_VERSION, .mode = NTP_MODE_CLIENT });
	message_write_hello(w, &hello);
	field_pad(w, FIELD_PAD, 200);
}

static void write_answer(struct writer *w)
{
	struct clock_report clock = {
		.at_receive = { { -9 }, { 9 } }, .at_transmit = { { 1 }, { 2 } }, .era = 1
	};
	struct state_report state = { .state = VERDICT_WARNING, .offset = INTERVAL_ALL };
	struct row_report row = { .total = 30, .first = 29, .count = ROW_SLICE_MAX };

	message_write_header(w, &(struct ntp_header){ .version = NTP_VERSION, .mode = NTP_MODE_SERVER });
	message_write_hello(w, &hello);
	message_write_clock(w, &clock);
	message_write_state(w, &state);
	message_write_row(w, &row);
}

size_t fuzz_valid_input(size_t n, uint8_t out[FUZZ_INPUT_MAX])
{
	static void (*const writers[])(struct writer *) = { write_request, write_answer };
	struct writer w = { .room = FUZZ_INPUT_MAX };

	if (n >= sizeof(writers) / sizeof(writers[0]))
		return 0;
	w.bytes = out;
	writers[n](&w);
	for (int i = 0; i < MAC_SIZE; i++)
		write_u8(&w, 0xAC);
	return w.len;
}
