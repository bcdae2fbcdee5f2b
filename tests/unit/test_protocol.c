#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../proto/mac.h"
#include "../../proto/message.h"
#include "octets.h"

/*
 * The example of PROTOCOL.md, chapter "Test vectors": db1 asks db3; what is said there in words is here in C.
 */
#define PAIR_SECRET "2b7e151628aed2a6abf7158809cf4f3c"
#define NONCE ((struct ntp_stamp){ UINT64_C(0x1122334455667789) })
#define T2 ((struct wall){ INT64_C(1772366400000123456) })
#define T3 ((struct wall){ INT64_C(1772366400000127000) })
#define REFERENCE ((struct wall){ INT64_C(1772366399000123456) })

enum { KEY_ON_WIRE = 11, ROW_TOTAL = 3, ROW_ENTRIES = 2, EXAMPLE_SIZE = 296 };

static const struct hello db1 = {
	.instance = UINT64_C(0x0102030405060708),
	.cluster = "prod",
	.name = "db1",
	.version = "0.1.0",
};

static const struct hello db3 = {
	.instance = UINT64_C(0xA1A2A3A4A5A6A7A8),
	.cluster = "prod",
	.name = "db3",
	.version = "0.1.0",
};

static const struct clock_report clock_of_db3 = {
	.at_receive = { { INT64_C(1772365400000000000) }, { INT64_C(1772365400000000060) } },
	.at_transmit = { { INT64_C(1772365400000000010) }, { INT64_C(1772365400000000050) } },
	.era = 0,
	.epoch = 2,
	.leap = NTP_LEAP_NONE,
	.synchronised = true,
};

static const struct state_report state_of_db3 = {
	.state = VERDICT_CRITICAL,
	.agree = 3,
	.electorate = 4,
	.in_force = IN_FORCE_DESYNC,
	.offset = { { INT64_C(1900001600000) }, { INT64_C(1900002400000) } },
	.since_s = 12,
};

/* The answer before this one left 90 us after 1000 s on db3's raw clock. */
static const struct departure_report earlier_answer = {
	.nonce = UINT64_C(0x99AABBCCDDEEFF01),
	.sent = { INT64_C(1000000050000) },
	.left = { INT64_C(1000000090000) },
};

static struct key *pair_key(void)
{
	uint8_t secret[16];
	struct key *key =
		key_new(KEY_ON_WIRE, KEY_AES128, secret, octets_of(PAIR_SECRET, secret, sizeof(secret)));

	assert_non_null(key);
	return key;
}

static struct row_report row_of_db3(void)
{
	static const char *const names[ROW_TOTAL] = { "db1", "db2", "mon1" };
	struct row_report row = {
		.total = ROW_TOTAL,
		.first = (uint16_t)(NONCE.bits % ROW_TOTAL),
		.count = ROW_ENTRIES,
	};

	for (unsigned i = 0; i < ROW_ENTRIES; i++)
		row.entries[i] = (struct row_entry){
			.node = message_node_id(names[(row.first + i) % ROW_TOTAL]),
			.offset = interval_of(span_ns(-1900002200000 - i), span_ns(-1900001800000 + i)),
			.age_ms = 250 + 500 * i,
			.own_epoch = 2,
			.peer_epoch = i,
		};
	return row;
}

static size_t example_request(struct key *key, uint8_t *bytes, size_t room)
{
	const struct ntp_header header = {
		.version = NTP_VERSION, .mode = NTP_MODE_CLIENT, .transmit = NONCE
	};
	struct writer w = { .room = room };

	w.bytes = bytes;
	message_write_header(&w, &header);
	message_write_hello(&w, &db1);
	field_pad(&w, FIELD_PAD, message_answer_size(&db3, ROW_ENTRIES) - w.len - MAC_SIZE);
	mac_append(&w, key, KEY_ON_WIRE);
	assert_false(w.full);
	return w.len;
}

static size_t example_answer(struct key *key, uint8_t *bytes, size_t room)
{
	const struct ntp_header header = {
		.leap = NTP_LEAP_UNSYNCHRONISED,
		.version = NTP_VERSION,
		.mode = NTP_MODE_SERVER,
		.precision = -20,
		.root_dispersion = 10,
		.reference = ntp_stamp_of(REFERENCE, NULL),
		.origin = NONCE,
		.receive = ntp_stamp_of(T2, NULL),
		.transmit = ntp_stamp_of(T3, NULL),
	};
	struct state_report state = state_of_db3;
	struct row_report row = row_of_db3();
	struct writer w = { .room = room };

	state.members = message_members_digest(state.members, "db1");
	state.members = message_members_digest(state.members, "db2");
	state.members = message_members_digest(state.members, "db3");
	state.members = message_members_digest(state.members, "mon1");
	w.bytes = bytes;
	message_write_header(&w, &header);
	message_write_hello(&w, &db3);
	message_write_clock(&w, &clock_of_db3);
	message_write_state(&w, &state);
	message_write_row(&w, &row);
	message_write_departure(&w, &earlier_answer);
	mac_append(&w, key, KEY_ON_WIRE);
	assert_false(w.full);
	return w.len;
}

/* What db1 knows of the exchange: T1 and T4 as in "The interval". */
static const struct round_report round_of_db1 = {
	.nonce = UINT64_C(0x1122334455667789),
	.sent = { INT64_C(1000000126950) },
	.departed = { INT64_C(5000000000000) },
	.arrived = { INT64_C(5000000300000) },
};

static size_t example_next_request(struct key *key, uint8_t *bytes, size_t room)
{
	const struct ntp_header header = {
		.version = NTP_VERSION, .mode = NTP_MODE_CLIENT, .transmit = { NONCE.bits + 1 }
	};
	struct writer w = { .room = room };

	w.bytes = bytes;
	message_write_header(&w, &header);
	message_write_hello(&w, &db1);
	message_write_round(&w, &round_of_db1);
	field_pad(&w, FIELD_PAD, message_answer_size(&db3, ROW_ENTRIES) - w.len - MAC_SIZE);
	mac_append(&w, key, KEY_ON_WIRE);
	assert_false(w.full);
	return w.len;
}

static char *specification(void)
{
	FILE *file = fopen(PROTOCOL_MD, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* The octets in the fenced block that follows the given heading. */
static size_t octets_under(const char *heading, uint8_t *out, size_t room)
{
	char *text = specification();
	const char *place = strstr(text, heading);
	size_t len = 0;

	assert_non_null(place);
	place = strstr(place, "```\n");
	assert_non_null(place);
	len = octets_of(place + 4, out, room);
	free(text);
	return len;
}

static void print_octets(const char *title, const uint8_t *bytes, size_t len)
{
	print_message("%s\n", title);
	for (size_t i = 0; i < len; i++)
		print_message("%02x%s", bytes[i], i % 16 == 15 || i + 1 == len ? "\n" : " ");
}

static void assert_is_printed(const char *heading, const uint8_t *bytes, size_t len)
{
	uint8_t printed[MESSAGE_MAX] = { 0 };
	size_t printed_len = octets_under(heading, printed, sizeof(printed));

	if (printed_len != len || memcmp(printed, bytes, len) != 0)
		print_octets("PROTOCOL.md differs from what is sent:", bytes, len);
	assert_int_equal(printed_len, len);
	assert_memory_equal(printed, bytes, len);
}

static void the_request_in_the_specification_is_what_is_sent(void **state)
{
	uint8_t bytes[MESSAGE_MAX];
	struct key *key = pair_key();
	size_t len = example_request(key, bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(len, EXAMPLE_SIZE);
	assert_is_printed("### The request", bytes, len);
	key_free(key);
}

static void the_answer_in_the_specification_is_what_is_sent(void **state)
{
	uint8_t bytes[MESSAGE_MAX];
	struct key *key = pair_key();
	size_t len = example_answer(key, bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(len, EXAMPLE_SIZE);
	assert_is_printed("### The answer", bytes, len);
	key_free(key);
}

static void the_next_request_in_the_specification_is_what_is_sent(void **state)
{
	uint8_t bytes[MESSAGE_MAX];
	struct key *key = pair_key();
	size_t len = example_next_request(key, bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(len, EXAMPLE_SIZE);
	assert_is_printed("### The next request", bytes, len);
	key_free(key);
}

/* The other end's way to believe it: layout, MAC, then fields. */
static void hear_example(struct message *message)
{
	uint8_t bytes[MESSAGE_MAX];
	size_t len = octets_under("### The answer", bytes, sizeof(bytes));
	struct key *key = pair_key();
	struct layout layout;

	assert_true(field_layout(bytes, len, &layout));
	assert_int_equal(mac_id(bytes, &layout), KEY_ON_WIRE);
	assert_true(mac_check(key, bytes, &layout));
	assert_true(message_decode(bytes, &layout, message));
	key_free(key);
}

static void the_answer_in_the_specification_is_believed(void **state)
{
	struct message message;

	(void)state;
	hear_example(&message);
	assert_true(message.has_hello && message.has_clock && message.has_state && message.has_row);
	assert_string_equal(message.hello.name, "db3");
	assert_true(message.header.origin.bits == NONCE.bits);
	assert_int_equal(message.state.state, VERDICT_CRITICAL);
	assert_int_equal(message.row.first, 1);
	assert_true(message.row.entries[0].node == message_node_id("db2"));
	assert_true(message.row.entries[1].node == message_node_id("mon1"));
	assert_true(message.has_departure);
	assert_true(message.departure.nonce == earlier_answer.nonce);
	assert_int_equal(message.departure.sent.ns, earlier_answer.sent.ns);
	assert_int_equal(message.departure.left.ns, earlier_answer.left.ns);
}

/* Chapter 6, in the numbers of "The interval". */
static void the_bounds_in_the_specification_follow_from_the_answer(void **state)
{
	const struct raw t1 = { INT64_C(5000000000000) }, t4 = { INT64_C(5000000300000) };
	const struct interval own = { { INT64_C(1772359499998000000) }, { INT64_C(1772359499998000040) } };
	struct message message;
	struct wall sent, received;
	struct interval raw_offset, offset;

	(void)state;
	hear_example(&message);
	sent = ntp_stamp_in_era(message.header.transmit, message.clock.era);
	received = ntp_stamp_near(message.header.receive, sent);
	assert_int_equal(sent.ns, T3.ns);
	assert_int_equal(received.ns, T2.ns);
	raw_offset = interval_of(raw_sub(wall_to_raw(sent, message.clock.at_transmit.high), t4),
		raw_sub(wall_to_raw(received, message.clock.at_receive.low), t1));
	assert_int_equal(raw_offset.low.ns, -INT64_C(4000000173050));
	assert_int_equal(raw_offset.high.ns, -INT64_C(3999999876544));
	offset = interval_sub(interval_add(raw_offset, message.clock.at_transmit), own);
	assert_int_equal(offset.low.ns, INT64_C(1900001826920));
	assert_int_equal(offset.high.ns, INT64_C(1900002123506));
}

/* The same exchange as db3 sees it. */
static void the_bounds_in_the_specification_follow_from_the_round(void **state)
{
	uint8_t bytes[MESSAGE_MAX];
	size_t len = octets_under("### The next request", bytes, sizeof(bytes));
	struct raw t2 = wall_to_raw(T2, clock_of_db3.at_receive.low),
		   t3 = wall_to_raw(T3, clock_of_db3.at_transmit.high);
	struct message message;
	struct layout layout;

	(void)state;
	assert_true(field_layout(bytes, len, &layout));
	assert_true(message_decode(bytes, &layout, &message));
	assert_true(message.has_round);
	assert_true(message.round.nonce == NONCE.bits);
	assert_int_equal(message.round.sent.ns, t3.ns);
	assert_int_equal(raw_sub(message.round.departed, t2).ns, INT64_C(3999999876544));
	assert_int_equal(raw_sub(message.round.arrived, t3).ns, INT64_C(4000000173050));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_in_the_specification_is_what_is_sent),
		cmocka_unit_test(the_answer_in_the_specification_is_what_is_sent),
		cmocka_unit_test(the_next_request_in_the_specification_is_what_is_sent),
		cmocka_unit_test(the_answer_in_the_specification_is_believed),
		cmocka_unit_test(the_bounds_in_the_specification_follow_from_the_answer),
		cmocka_unit_test(the_bounds_in_the_specification_follow_from_the_round),
	};

	return cmocka_run_group_tests_name("the specification", tests, NULL, NULL);
}
