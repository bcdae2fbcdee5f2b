#include "story.h"

#include <string.h>

#include "../../proto/message.h"

static const struct ntp_header header = {
	.version = NTP_VERSION,
	.mode = NTP_MODE_SERVER,
	.stratum = 10,
	.origin = { UINT64_C(0x1122334455667788) },
	.transmit = { UINT64_C(0xEC00000080000000) },
};

static const struct hello db3 = {
	.instance = UINT64_C(0xFEDCBA9876543210),
	.cluster = "prod",
	.name = "db3",
	.version = "0.1.0",
};

static const struct clock_report healthy_clock = {
	.at_receive = { { -5 }, { INT64_C(1700000000000000000) } },
	.at_transmit = { { 17 }, { 18 } },
	.era = 1,
	.epoch = 3,
	.leap = NTP_LEAP_INSERT,
	.synchronised = true,
};

static const struct state_report critical_state = {
	.state = VERDICT_CRITICAL,
	.agree = 3,
	.electorate = 4,
	.in_force = IN_FORCE_DESYNC | IN_FORCE_HOLD,
	.offset = { { INT64_C(1900000000000) }, { INT64_C(1900000400000) } },
	.since_s = 86400,
	.members = UINT64_C(0x0123456789ABCDEF),
	.service = TOLD_SERVICE_TIMESYNCD,
	.database = TOLD_DATABASE_DONOR,
};

static struct row_report row_of(unsigned count)
{
	struct row_report row = { .total = 40, .first = 38, .count = (uint8_t)count };

	for (unsigned i = 0; i < count && i < ROW_SLICE_MAX; i++)
		row.entries[i] = (struct row_entry){
			.node = UINT64_C(0x8000000000000000) + i,
			.offset = interval_of(span_ms(-(int64_t)i), span_ms(i)),
			.age_ms = 1000 + i,
			.own_epoch = i,
			.peer_epoch = UINT32_MAX - i,
		};
	return row;
}

/* A packet in the making. */
struct draft {
	uint8_t bytes[2048];
	struct writer w;
};

static void draft_begin(struct draft *draft)
{
	draft->w = (struct writer){ .bytes = draft->bytes, .room = sizeof(draft->bytes) };
	message_write_header(&draft->w, &header);
}

static bool draft_decode(struct draft *draft, struct message *out)
{
	struct layout layout;

	/* A last field below 28 octets needs a MAC behind it, whose octets nobody looks at here. */
	for (int i = 0; i < MAC_SIZE; i++)
		write_u8(&draft->w, 0xAC);
	assert_false(draft->w.full);
	assert_true(field_layout(draft->bytes, draft->w.len, &layout));
	return message_decode(draft->bytes, &layout, out);
}

static void assert_interval_equal(struct interval a, struct interval b)
{
	assert_int_equal(a.low.ns, b.low.ns);
	assert_int_equal(a.high.ns, b.high.ns);
}

static void a_request_comes_through(void **state)
{
	struct draft draft;
	struct message message;

	(void)state;
	draft_begin(&draft);
	message_write_hello(&draft.w, &db3);
	field_pad(&draft.w, FIELD_PAD, 800);
	assert_true(draft_decode(&draft, &message));
	assert_int_equal(message.header.origin.bits, header.origin.bits);
	assert_int_equal(message.header.mode, NTP_MODE_SERVER);
	assert_true(message.has_hello);
	assert_false(message.has_clock || message.has_state || message.has_row);
	assert_true(message.hello.instance == db3.instance);
	assert_string_equal(message.hello.cluster, "prod");
	assert_string_equal(message.hello.name, "db3");
	assert_string_equal(message.hello.version, "0.1.0");
}

static void a_bare_ntp_packet_is_a_message_without_parts(void **state)
{
	struct draft draft;
	struct message message;

	(void)state;
	draft_begin(&draft);
	assert_true(draft_decode(&draft, &message));
	assert_false(message.has_hello || message.has_clock || message.has_state || message.has_row);
}

static void a_clock_report_comes_through(void **state)
{
	struct draft draft;
	struct message message;

	(void)state;
	draft_begin(&draft);
	message_write_clock(&draft.w, &healthy_clock);
	assert_true(draft_decode(&draft, &message));
	assert_true(message.has_clock);
	assert_interval_equal(message.clock.at_receive, healthy_clock.at_receive);
	assert_interval_equal(message.clock.at_transmit, healthy_clock.at_transmit);
	assert_int_equal(message.clock.era, 1);
	assert_int_equal(message.clock.epoch, 3);
	assert_int_equal(message.clock.leap, NTP_LEAP_INSERT);
	assert_true(message.clock.synchronised);
	assert_false(message.clock.drill);
}

static void a_drill_in_a_negative_era_comes_through(void **state)
{
	struct clock_report clock = healthy_clock;
	struct draft draft;
	struct message message;

	(void)state;
	clock.era = -1;
	clock.drill = true;
	clock.synchronised = false;
	draft_begin(&draft);
	message_write_clock(&draft.w, &clock);
	assert_true(draft_decode(&draft, &message));
	assert_int_equal(message.clock.era, -1);
	assert_true(message.clock.drill);
	assert_false(message.clock.synchronised);
}

static void a_state_report_comes_through(void **state)
{
	struct draft draft;
	struct message message;

	(void)state;
	draft_begin(&draft);
	message_write_state(&draft.w, &critical_state);
	assert_true(draft_decode(&draft, &message));
	assert_true(message.has_state);
	assert_int_equal(message.state.state, VERDICT_CRITICAL);
	assert_int_equal(message.state.agree, 3);
	assert_int_equal(message.state.electorate, 4);
	assert_int_equal(message.state.in_force, IN_FORCE_DESYNC | IN_FORCE_HOLD);
	assert_interval_equal(message.state.offset, critical_state.offset);
	assert_int_equal(message.state.since_s, 86400);
	assert_true(message.state.members == critical_state.members);
	assert_int_equal(message.state.service, TOLD_SERVICE_TIMESYNCD);
	assert_int_equal(message.state.database, TOLD_DATABASE_DONOR);
}

static void a_row_comes_through_with_none_one_or_all_entries(void **state)
{
	static const unsigned counts[] = { 0, 1, ROW_SLICE_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct row_report row = row_of(counts[i]);
		struct draft draft;
		struct message message;

		draft_begin(&draft);
		message_write_row(&draft.w, &row);
		assert_true(draft_decode(&draft, &message));
		assert_true(message.has_row);
		assert_int_equal(message.row.total, 40);
		assert_int_equal(message.row.first, 38);
		assert_int_equal(message.row.count, counts[i]);
		for (unsigned k = 0; k < counts[i]; k++) {
			assert_true(message.row.entries[k].node == row.entries[k].node);
			assert_interval_equal(message.row.entries[k].offset, row.entries[k].offset);
			assert_int_equal(message.row.entries[k].age_ms, 1000 + k);
			assert_int_equal(message.row.entries[k].own_epoch, k);
			assert_int_equal(message.row.entries[k].peer_epoch, UINT32_MAX - k);
		}
	}
}

static void a_writer_never_takes_more_entries_than_there_are(void **state)
{
	struct row_report row = row_of(ROW_SLICE_MAX);
	struct draft draft;
	struct message message;

	(void)state;
	row.count = 255;
	draft_begin(&draft);
	message_write_row(&draft.w, &row);
	assert_true(draft_decode(&draft, &message));
	assert_int_equal(message.row.count, ROW_SLICE_MAX);
}

static void fill(char *string, size_t room)
{
	memset(string, 'n', room - 1);
	string[room - 1] = '\0';
}

static void the_longest_names_come_through(void **state)
{
	struct hello longest = { .instance = UINT64_MAX };
	struct draft draft;
	struct message message;

	(void)state;
	fill(longest.cluster, sizeof(longest.cluster));
	fill(longest.name, sizeof(longest.name));
	fill(longest.version, sizeof(longest.version));
	draft_begin(&draft);
	message_write_hello(&draft.w, &longest);
	assert_true(draft_decode(&draft, &message));
	assert_string_equal(message.hello.cluster, longest.cluster);
	assert_string_equal(message.hello.name, longest.name);
	assert_string_equal(message.hello.version, longest.version);
}

static const struct departure_report earlier_answer = {
	.nonce = UINT64_C(0x1122334455667788),
	.left = { -1 },
};

static const struct round_report earlier_exchange = {
	.nonce = UINT64_C(0x1122334455667788),
	.departed = { 5 },
	.arrived = { -1 },
};

static size_t written_size(const struct hello *hello, unsigned entries)
{
	struct row_report row = row_of(entries);
	struct draft draft;

	draft_begin(&draft);
	message_write_hello(&draft.w, hello);
	message_write_clock(&draft.w, &healthy_clock);
	message_write_state(&draft.w, &critical_state);
	message_write_row(&draft.w, &row);
	message_write_departure(&draft.w, &earlier_answer);
	assert_false(draft.w.full);
	return draft.w.len + MAC_SIZE;
}

static void the_size_of_an_answer_is_known_before_it_is_written(void **state)
{
	struct hello hello = { .name = "" };

	(void)state;
	for (size_t len = 0; len < NODE_NAME_SIZE; len++) {
		memset(hello.name, 'n', len);
		hello.version[0] = len % 2 ? '\0' : '1';
		for (unsigned entries = 0; entries <= ROW_SLICE_MAX; entries++)
			assert_int_equal(message_answer_size(&hello, entries), written_size(&hello, entries));
	}
}

static void the_longest_answer_fits_a_datagram(void **state)
{
	struct hello longest = { 0 };

	(void)state;
	fill(longest.cluster, sizeof(longest.cluster));
	fill(longest.name, sizeof(longest.name));
	fill(longest.version, sizeof(longest.version));
	assert_in_range(message_answer_size(&longest, ROW_SLICE_MAX), 1000, MESSAGE_MAX);
}

/* Any of them, written as this version does, with `more` octets behind. */
static void write_grown(struct writer *w, uint16_t type, size_t more)
{
	struct row_report row = row_of(2);
	size_t begun = w->len;

	if (type == FIELD_HELLO)
		message_write_hello(w, &db3);
	else if (type == FIELD_CLOCK)
		message_write_clock(w, &healthy_clock);
	else if (type == FIELD_STATE)
		message_write_state(w, &critical_state);
	else if (type == FIELD_ROW)
		message_write_row(w, &row);
	else if (type == FIELD_DEPARTURE)
		message_write_departure(w, &earlier_answer);
	else
		message_write_round(w, &earlier_exchange);
	for (size_t i = 0; i < more; i++)
		write_u8(w, 0xFF);
	field_end(w, begun);
}

static const uint16_t known_types[] = { FIELD_HELLO, FIELD_CLOCK, FIELD_STATE, FIELD_ROW, FIELD_DEPARTURE,
	FIELD_ROUND };
enum { KNOWN_COUNT = sizeof(known_types) / sizeof(known_types[0]) };

static void what_a_later_version_adds_at_a_fields_end_is_ignored(void **state)
{
	(void)state;
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		struct draft draft;
		struct message message;

		draft_begin(&draft);
		write_grown(&draft.w, known_types[i], 12);
		assert_true(draft_decode(&draft, &message));
		assert_true(message.has_hello == (known_types[i] == FIELD_HELLO));
		assert_true(!message.has_hello || strcmp(message.hello.version, "0.1.0") == 0);
		assert_true(!message.has_state || message.state.since_s == 86400);
		assert_true(!message.has_row || message.row.count == 2);
		assert_true(!message.has_departure || message.departure.left.ns == earlier_answer.left.ns);
		assert_true(message.has_round == (known_types[i] == FIELD_ROUND));
		assert_true(!message.has_round || message.round.arrived.ns == earlier_exchange.arrived.ns);
	}
}

static void unknown_fields_are_skipped_wherever_they_stand(void **state)
{
	struct draft draft;
	struct message message;

	(void)state;
	draft_begin(&draft);
	field_pad(&draft.w, 0xF5EE, 32);
	message_write_hello(&draft.w, &db3);
	field_pad(&draft.w, 0xF5E7, 16);
	field_pad(&draft.w, 0xF5EE, 16);
	message_write_clock(&draft.w, &healthy_clock);
	field_pad(&draft.w, FIELD_PAD, 16);
	field_pad(&draft.w, FIELD_PAD, 16);
	assert_true(draft_decode(&draft, &message));
	assert_true(message.has_hello && message.has_clock);
	assert_false(message.has_state || message.has_row);
}

static void a_known_field_twice_is_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		struct draft draft;
		struct message message;

		draft_begin(&draft);
		write_grown(&draft.w, known_types[i], 0);
		field_pad(&draft.w, 0xF5EE, 16);
		write_grown(&draft.w, known_types[i], 0);
		assert_false(draft_decode(&draft, &message));
	}
}

static void a_known_field_cut_short_is_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		struct draft draft;
		struct message message = { .header.stratum = 77 };

		draft_begin(&draft);
		write_grown(&draft.w, known_types[i], 0);
		/* Four octets less than this version writes, so some of what it wrote is gone. */
		draft.w.len -= 4;
		draft.bytes[NTP_HEADER_SIZE + 3] = (uint8_t)(draft.bytes[NTP_HEADER_SIZE + 3] - 4);
		assert_false(draft_decode(&draft, &message));
		assert_int_equal(message.header.stratum, 77);
	}
}

/* One field of zeros but for some octets: what a hostile host may send. */
static bool hostile_decodes(uint16_t type, size_t size, size_t at, const void *octets, size_t len)
{
	struct draft draft;
	struct message message;

	draft_begin(&draft);
	field_pad(&draft.w, type, size);
	memcpy(draft.bytes + NTP_HEADER_SIZE + FIELD_HEADER_SIZE + at, octets, len);
	return draft_decode(&draft, &message);
}

static void a_name_that_would_upset_a_terminal_is_malformed(void **state)
{
	(void)state;
	assert_true(hostile_decodes(FIELD_HELLO, 32, 8, "\3abc\2de\1f", 9));
	assert_false(hostile_decodes(FIELD_HELLO, 32, 8, "\3a\nc\2de\1f", 9));
	assert_false(hostile_decodes(FIELD_HELLO, 32, 8, "\3abc\2\x1B[\1f", 9));
	assert_false(hostile_decodes(FIELD_HELLO, 32, 8, "\3abc\2de\1\xFF", 9));
}

static void a_name_longer_than_any_may_be_is_malformed(void **state)
{
	char octets[66];

	(void)state;
	memset(octets, 'n', sizeof(octets));
	octets[0] = 64;
	octets[65] = 0;
	assert_false(hostile_decodes(FIELD_HELLO, 100, 8, octets, sizeof(octets)));
	octets[0] = 63;
	octets[64] = 0;
	assert_true(hostile_decodes(FIELD_HELLO, 100, 8, octets, sizeof(octets)));
}

static void an_interval_turned_inside_out_is_malformed(void **state)
{
	static const uint8_t one[] = { 0, 0, 0, 0, 0, 0, 0, 1 }, row[] = { 0, 1, 0, 0, 1 };

	(void)state;
	/* low 1, high 0, in each place where an interval stands; and as a check low 0, high 1 */
	assert_false(hostile_decodes(FIELD_CLOCK, 48, 0, one, sizeof(one)));
	assert_false(hostile_decodes(FIELD_CLOCK, 48, 16, one, sizeof(one)));
	assert_true(hostile_decodes(FIELD_CLOCK, 48, 8, one, sizeof(one)));
	assert_true(hostile_decodes(FIELD_CLOCK, 48, 24, one, sizeof(one)));
	assert_false(hostile_decodes(FIELD_STATE, 40, 8, one, sizeof(one)));
	assert_true(hostile_decodes(FIELD_STATE, 40, 16, one, sizeof(one)));
	assert_true(hostile_decodes(FIELD_ROW, 48, 0, row, sizeof(row)));
	assert_false(hostile_decodes(FIELD_ROW, 48, 0,
		"\0\1\0\0\1\0\0\0"
		"nodename"
		"\0\0\0\0\0\0\0\1",
		24));
}

static void a_leap_indicator_has_two_bits(void **state)
{
	(void)state;
	assert_true(hostile_decodes(FIELD_CLOCK, 48, 40, "\3", 1));
	assert_false(hostile_decodes(FIELD_CLOCK, 48, 40, "\4", 1));
}

static void a_row_with_more_entries_than_it_can_have_is_malformed(void **state)
{
	(void)state;
	/* total, first, count */
	assert_true(hostile_decodes(FIELD_ROW, 48, 0, "\0\1\0\0\1", 5));
	assert_false(hostile_decodes(FIELD_ROW, 48, 0, "\0\2\0\0\2", 5));       /* than the field holds */
	assert_false(hostile_decodes(FIELD_ROW, 1000, 0, "\0\xFF\0\0\x15", 5)); /* than an answer may */
	assert_false(hostile_decodes(FIELD_ROW, 48, 0, "\0\0\0\0\1", 5));       /* than the row */
	assert_false(hostile_decodes(FIELD_ROW, 48, 0, "\0\1\0\1\1", 5));       /* beginning behind its end */
	assert_false(hostile_decodes(FIELD_ROW, 84, 0, "\0\1\0\0\2", 5));
	assert_true(hostile_decodes(FIELD_ROW, 84, 0, "\0\2\0\0\2", 5));
	assert_true(hostile_decodes(FIELD_ROW, 16, 0, "\0\0\0\0\0", 5));
}

/* For hosts to be upgraded one by one, a state of a later version reads as "unknown". */
static void a_state_of_a_later_version_is_unknown(void **state)
{
	struct draft draft;
	struct message message;

	(void)state;
	draft_begin(&draft);
	field_pad(&draft.w, FIELD_STATE, 40);
	draft.bytes[NTP_HEADER_SIZE + FIELD_HEADER_SIZE] = 4;
	assert_true(draft_decode(&draft, &message));
	assert_int_equal(message.state.state, VERDICT_UNKNOWN);
}

static void the_id_of_a_name_is_its_fnv_1a(void **state)
{
	(void)state;
	/* From the test vectors of draft-eastlake-fnv. */
	assert_true(message_node_id("") == UINT64_C(0xCBF29CE484222325));
	assert_true(message_node_id("a") == UINT64_C(0xAF63DC4C8601EC8C));
	assert_true(message_node_id("foobar") == UINT64_C(0x85944171F73967E8));
}

static uint64_t digest_of(const char *const *names, size_t count)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < count; i++)
		digest = message_members_digest(digest, names[i]);
	return digest;
}

static void a_list_of_members_has_one_digest_in_any_order(void **state)
{
	(void)state;
	assert_true(digest_of((const char *const[]){ "db1", "db2", "mon1" }, 3) ==
		    digest_of((const char *const[]){ "mon1", "db1", "db2" }, 3));
	assert_true(digest_of((const char *const[]){ "db1", "db2" }, 2) !=
		    digest_of((const char *const[]){ "db1", "db2", "mon1" }, 3));
	assert_true(digest_of((const char *const[]){ "db1", "db1" }, 2) != 0);
	/* A plain sum of FNV-1a's takes these for the same. */
	assert_true(digest_of((const char *const[]){ "db2", "db6" }, 2) !=
		    digest_of((const char *const[]){ "db3", "db5" }, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_through),
		cmocka_unit_test(a_bare_ntp_packet_is_a_message_without_parts),
		cmocka_unit_test(a_clock_report_comes_through),
		cmocka_unit_test(a_drill_in_a_negative_era_comes_through),
		cmocka_unit_test(a_state_report_comes_through),
		cmocka_unit_test(a_row_comes_through_with_none_one_or_all_entries),
		cmocka_unit_test(a_writer_never_takes_more_entries_than_there_are),
		cmocka_unit_test(the_longest_names_come_through),
		cmocka_unit_test(the_size_of_an_answer_is_known_before_it_is_written),
		cmocka_unit_test(the_longest_answer_fits_a_datagram),
		cmocka_unit_test(what_a_later_version_adds_at_a_fields_end_is_ignored),
		cmocka_unit_test(unknown_fields_are_skipped_wherever_they_stand),
		cmocka_unit_test(a_known_field_twice_is_malformed),
		cmocka_unit_test(a_known_field_cut_short_is_malformed),
		cmocka_unit_test(a_name_that_would_upset_a_terminal_is_malformed),
		cmocka_unit_test(a_name_longer_than_any_may_be_is_malformed),
		cmocka_unit_test(an_interval_turned_inside_out_is_malformed),
		cmocka_unit_test(a_leap_indicator_has_two_bits),
		cmocka_unit_test(a_row_with_more_entries_than_it_can_have_is_malformed),
		cmocka_unit_test(a_state_of_a_later_version_is_unknown),
		cmocka_unit_test(the_id_of_a_name_is_its_fnv_1a),
		cmocka_unit_test(a_list_of_members_has_one_digest_in_any_order),
	};

	return cmocka_run_group_tests_name("messages between sentinels", tests, NULL, NULL);
}
