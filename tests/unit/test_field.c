#include "story.h"

#include <string.h>

#include "../../proto/field.h"
#include "../../proto/ntp.h"

/* A packet in the making: a header of zeros, then whatever a test puts behind it. */
struct draft {
	uint8_t bytes[2048];
	struct writer w;
};

static void draft_begin(struct draft *draft)
{
	static const uint8_t header[NTP_HEADER_SIZE];

	draft->w = (struct writer){ .bytes = draft->bytes, .room = sizeof(draft->bytes) };
	write_bytes(&draft->w, header, sizeof(header));
}

static bool draft_layout(const struct draft *draft, struct layout *out)
{
	return field_layout(draft->bytes, draft->w.len, out);
}

/* A field whose length octets say what they please. */
static void draft_field(struct draft *draft, uint16_t type, uint16_t length, size_t body)
{
	write_u16(&draft->w, type);
	write_u16(&draft->w, length);
	for (size_t i = 0; i < body; i++)
		write_u8(&draft->w, 0xAB);
}

static void a_bare_header_has_neither_fields_nor_mac(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.fields_end, 48);
	assert_int_equal(layout.mac_len, 0);
	assert_false(field_layout(draft.bytes, 47, &layout));
}

static void twenty_octets_behind_the_header_are_a_mac(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	draft_field(&draft, 0x0000, 0x0007, 16);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.fields_end, 48);
	assert_int_equal(layout.mac_len, MAC_SIZE);
}

/* Key id 0xF5E00014 would be a HELLO of 20 octets, were it a field. */
static void a_key_id_that_looks_like_a_field_is_a_key_id(void **state)
{
	struct draft draft;
	struct layout layout;
	struct field field;
	size_t at = NTP_HEADER_SIZE;

	(void)state;
	draft_begin(&draft);
	draft_field(&draft, 0xF5E0, 20, 16);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.mac_len, MAC_SIZE);
	assert_false(field_next(draft.bytes, &layout, &at, &field));
}

static void four_octets_are_a_crypto_nak(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	write_u32(&draft.w, 0);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.mac_len, 4);
}

/* 24 octets: a SHA1 digest of an old client. No key of ours can have made it. */
static void a_remainder_of_any_other_size_is_malformed(void **state)
{
	(void)state;
	for (size_t len = 1; len <= MAC_MAX_SIZE; len++) {
		struct draft draft;
		struct layout layout = { .mac_len = 77 };

		draft_begin(&draft);
		draft_field(&draft, 0xF5E0, 32, 28);
		for (size_t i = 0; i < len; i++)
			write_u8(&draft.w, 0);
		assert_int_equal(draft_layout(&draft, &layout), len == MAC_ID_SIZE || len == MAC_SIZE);
		if (len != MAC_ID_SIZE && len != MAC_SIZE)
			assert_int_equal(layout.mac_len, 77);
	}
}

static void twenty_four_octets_are_no_field_even_where_they_look_like_one(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	draft_field(&draft, 0xF5E0, 24, 20);
	assert_false(draft_layout(&draft, &layout));
}

static void fields_come_one_after_the_other_up_to_the_mac(void **state)
{
	struct draft draft;
	struct layout layout;
	struct field field;
	size_t at = NTP_HEADER_SIZE;

	(void)state;
	draft_begin(&draft);
	draft_field(&draft, 0xF5E0, 16, 12);
	draft_field(&draft, 0x1234, 40, 36);
	draft_field(&draft, 7, 7, 16);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.fields_end, 48 + 16 + 40);

	assert_true(field_next(draft.bytes, &layout, &at, &field));
	assert_int_equal(field.type, 0xF5E0);
	assert_int_equal(field.len, 12);
	assert_ptr_equal(field.body, draft.bytes + 52);
	assert_true(field_next(draft.bytes, &layout, &at, &field));
	assert_int_equal(field.type, 0x1234);
	assert_int_equal(field.len, 36);
	assert_false(field_next(draft.bytes, &layout, &at, &field));
	assert_int_equal(at, layout.fields_end);
}

static void a_field_of_a_bad_length_spoils_the_packet(void **state)
{
	static const uint16_t bad[] = { 0, 4, 12, 15, 17, 30, 31, 36, 1000, 65535 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct draft draft;
		struct layout layout;

		draft_begin(&draft);
		draft_field(&draft, 0xF5E0, bad[i], 28);
		assert_false(draft_layout(&draft, &layout));
	}
}

/* All but the rounding to four would be right here: 30 octets, and 20 of MAC behind. */
static void a_field_of_an_odd_length_spoils_the_packet(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	draft_field(&draft, 0xF5E0, 30, 26);
	draft_field(&draft, 0, 7, 16);
	assert_false(draft_layout(&draft, &layout));
}

static void a_field_may_reach_exactly_to_the_end(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	draft_field(&draft, 0xF5E0, 32, 28);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.fields_end, 80);
	assert_int_equal(layout.mac_len, 0);
}

static void what_is_written_can_be_read(void **state)
{
	uint8_t bytes[32];
	struct writer w = { .bytes = bytes, .room = sizeof(bytes) };
	struct reader r;

	(void)state;
	write_u8(&w, 0x01);
	write_u16(&w, 0x0203);
	write_u32(&w, 0x04050607);
	write_u64(&w, UINT64_C(0x08090A0B0C0D0E0F));
	assert_false(w.full);
	assert_int_equal(w.len, 15);
	for (uint8_t i = 0; i < 15; i++)
		assert_int_equal(bytes[i], i + 1);

	r = (struct reader){ .bytes = bytes, .len = w.len };
	assert_int_equal(read_u8(&r), 0x01);
	assert_int_equal(read_u16(&r), 0x0203);
	assert_int_equal(read_u32(&r), 0x04050607);
	assert_int_equal(read_u64(&r), UINT64_C(0x08090A0B0C0D0E0F));
	assert_false(r.bad);
}

static void a_full_writer_stays_full_and_writes_nothing_more(void **state)
{
	uint8_t bytes[5] = { 0, 0, 0, 0, 0x55 };
	struct writer w = { .bytes = bytes, .room = 4 };

	(void)state;
	write_u16(&w, 1);
	write_u32(&w, UINT32_MAX);
	assert_true(w.full);
	write_u8(&w, 0xFF);
	assert_true(w.full);
	assert_int_equal(w.len, 2);
	assert_int_equal(bytes[2], 0);
	assert_int_equal(bytes[4], 0x55);
}

static void a_reader_at_its_end_stays_bad_and_reads_zeros(void **state)
{
	static const uint8_t bytes[] = { 0xFF, 0xFF, 0xFF };
	struct reader r = { .bytes = bytes, .len = sizeof(bytes) };

	(void)state;
	assert_int_equal(read_u32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(read_u8(&r), 0);
	assert_true(r.bad);
}

static void a_field_is_padded_with_zeros_to_four_and_to_sixteen(void **state)
{
	static const struct {
		size_t body, size;
	} cases[] = { { 0, 16 }, { 1, 16 }, { 12, 16 }, { 13, 20 }, { 16, 20 }, { 17, 24 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[64];
		struct writer w = { .bytes = bytes, .room = sizeof(bytes) };
		size_t begun;

		memset(bytes, 0xEE, sizeof(bytes));
		begun = field_begin(&w, 0xF5E1);
		for (size_t k = 0; k < cases[i].body; k++)
			write_u8(&w, 0xAB);
		field_end(&w, begun);
		assert_false(w.full);
		assert_int_equal(w.len, cases[i].size);
		assert_int_equal(bytes[0] << 8 | bytes[1], 0xF5E1);
		assert_int_equal(bytes[2] << 8 | bytes[3], cases[i].size);
		for (size_t k = FIELD_HEADER_SIZE + cases[i].body; k < cases[i].size; k++)
			assert_int_equal(bytes[k], 0);
	}
}

static void a_pad_field_has_just_the_size_asked_for(void **state)
{
	struct draft draft;
	struct layout layout;

	(void)state;
	draft_begin(&draft);
	field_pad(&draft.w, 0xF5EF, 16);
	field_pad(&draft.w, 0xF5EF, 1000);
	assert_int_equal(draft.w.len, 48 + 16 + 1000);
	assert_true(draft_layout(&draft, &layout));
	assert_int_equal(layout.mac_len, 0);
	assert_int_equal(draft.bytes[48 + 16 + 999], 0);
}

static void a_pad_field_without_room_leaves_the_writer_full(void **state)
{
	uint8_t bytes[32];
	struct writer w = { .bytes = bytes, .room = sizeof(bytes) };

	(void)state;
	field_pad(&w, 0xF5EF, 36);
	assert_true(w.full);
}

static bool string_reads(const void *octets, size_t len, char *out, size_t room)
{
	uint8_t bytes[256] = { (uint8_t)len };
	struct reader r = { .bytes = bytes, .len = len + 1 };

	memcpy(bytes + 1, octets, len);
	read_string(&r, out, room);
	return !r.bad;
}

static void strings_are_read_with_their_length(void **state)
{
	char out[8] = "before";

	(void)state;
	assert_true(string_reads("db1", 3, out, sizeof(out)));
	assert_string_equal(out, "db1");
	assert_true(string_reads("", 0, out, sizeof(out)));
	assert_string_equal(out, "");
	assert_true(string_reads("1234567", 7, out, sizeof(out)));
	assert_string_equal(out, "1234567");
	assert_false(string_reads("12345678", 8, out, sizeof(out)));
	assert_string_equal(out, "");
}

static void a_string_longer_than_its_field_is_bad(void **state)
{
	static const uint8_t bytes[] = { 4, 'd', 'b', '1' };
	struct reader r = { .bytes = bytes, .len = sizeof(bytes) };
	char out[8] = "before";

	(void)state;
	read_string(&r, out, sizeof(out));
	assert_true(r.bad);
	assert_string_equal(out, "");
}

/* Strings go to terminals, logs, JSON and alerts: what could break those does not get in. */
static void strings_are_printable_utf_8(void **state)
{
	static const char *const good[] = { "Z\xC3\xBCrich", "\xE2\x82\xAC", "\xF0\x9F\x95\x90", "a b~",
		"\xC2\xA0", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF" };
	static const char *const bad[] = {
		"\n", "\x1B[2J", "\x7F", "a\tb",                            /* controls */
		"\302\2332J",                                               /* a control of 8 bits: CSI */
		"\x80", "\xBF", "\xFF", "\xC3", "\xE2\x82",                 /* octets on their own, cut off */
		"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", /* overlong */
		"\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",     /* surrogates, beyond Unicode */
		"\xE2\x28\xA1", "\xF0\x9F\x28\x90",                         /* broken in the midst */
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(string_reads(good[i], strlen(good[i]), out, sizeof(out)));
		assert_string_equal(out, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(string_reads(bad[i], strlen(bad[i]), out, sizeof(out)));
	assert_false(string_reads("a\0b", 3, out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_header_has_neither_fields_nor_mac),
		cmocka_unit_test(twenty_octets_behind_the_header_are_a_mac),
		cmocka_unit_test(a_key_id_that_looks_like_a_field_is_a_key_id),
		cmocka_unit_test(four_octets_are_a_crypto_nak),
		cmocka_unit_test(a_remainder_of_any_other_size_is_malformed),
		cmocka_unit_test(twenty_four_octets_are_no_field_even_where_they_look_like_one),
		cmocka_unit_test(fields_come_one_after_the_other_up_to_the_mac),
		cmocka_unit_test(a_field_of_a_bad_length_spoils_the_packet),
		cmocka_unit_test(a_field_of_an_odd_length_spoils_the_packet),
		cmocka_unit_test(a_field_may_reach_exactly_to_the_end),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(a_full_writer_stays_full_and_writes_nothing_more),
		cmocka_unit_test(a_reader_at_its_end_stays_bad_and_reads_zeros),
		cmocka_unit_test(a_field_is_padded_with_zeros_to_four_and_to_sixteen),
		cmocka_unit_test(a_pad_field_has_just_the_size_asked_for),
		cmocka_unit_test(a_pad_field_without_room_leaves_the_writer_full),
		cmocka_unit_test(strings_are_read_with_their_length),
		cmocka_unit_test(a_string_longer_than_its_field_is_bad),
		cmocka_unit_test(strings_are_printable_utf_8),
	};

	return cmocka_run_group_tests_name("extension fields", tests, NULL, NULL);
}
