#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../proto/mac.h"
#include "octets.h"
#include "ring.h"

#define HEX16 "2B7E151628AED2A6ABF7158809CF4F3C"
#define HEX32 "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4"

static void assert_refused(const char *text, unsigned line, unsigned column, const char *why)
{
	struct keys_error error = { 0 };

	assert_null(keyring_parse(text, strlen(text), &error));
	assert_string_equal(error.text, why);
	assert_int_equal(error.line, line);
	assert_int_equal(error.column, column);
}

static void assert_digest_of_nothing(struct key *key, const char *hex)
{
	uint8_t expected[MAC_DIGEST_SIZE], digest[MAC_DIGEST_SIZE];

	octets_of(hex, expected, sizeof(expected));
	assert_true(mac_digest(key, expected, 0, digest));
	assert_memory_equal(digest, expected, sizeof(digest));
}

static void keys_of_both_types_are_read(void **state)
{
	struct keyring *ring = ring_of("1 AES128 HEX:" HEX16 "\n4294967295 AES256 HEX:" HEX32 "\n");

	(void)state;
	assert_int_equal(keyring_count(ring), 2);
	assert_int_equal(key_type(keyring_find(ring, 1)), KEY_AES128);
	assert_int_equal(key_id(keyring_find(ring, UINT32_MAX)), UINT32_MAX);
	assert_int_equal(key_type(keyring_find(ring, UINT32_MAX)), KEY_AES256);
	assert_null(keyring_find(ring, 2));
	/* RFC 4493 and NIST SP 800-38B: these are the right octets. */
	assert_digest_of_nothing(keyring_find(ring, 1), "bb1d6929e95937287fa37d129b756746");
	assert_digest_of_nothing(keyring_find(ring, UINT32_MAX), "028962f61b7bf89efc6b551f4667d983");
	keyring_free(ring);
}

static void the_same_key_may_be_written_in_three_ways(void **state)
{
	struct keyring *ring = ring_of("1 AES128 sixteen-letters!\n"
				       "2 AES128 ASCII:sixteen-letters!\n"
				       "3 AES128 HEX:7369787465656e2D6c65747465727321\n");
	uint8_t first[MAC_DIGEST_SIZE], digest[MAC_DIGEST_SIZE];

	(void)state;
	assert_true(mac_digest(keyring_find(ring, 1), (const uint8_t *)"x", 1, first));
	for (uint32_t id = 2; id <= 3; id++) {
		assert_true(mac_digest(keyring_find(ring, id), (const uint8_t *)"x", 1, digest));
		assert_memory_equal(digest, first, sizeof(digest));
	}
	keyring_free(ring);
}

/* As chronyd reads it: four characters begin a comment, where they are the first of a line. */
static void blank_lines_and_comments_are_skipped(void **state)
{
	struct keyring *ring = ring_of("\n \t \n# one\n  ; two\n!three\n% four 4 AES128 x\r\n"
				       "\t 7 \t AES128   HEX:" HEX16 " \r\n\n");

	(void)state;
	assert_int_equal(keyring_count(ring), 1);
	assert_non_null(keyring_find(ring, 7));
	keyring_free(ring);
}

static void an_empty_text_gives_an_empty_ring(void **state)
{
	struct keyring *ring = ring_of("");

	(void)state;
	assert_int_equal(keyring_count(ring), 0);
	assert_null(keyring_find(ring, 1));
	keyring_free(ring);
	assert_int_equal(keyring_count(NULL), 0);
	assert_null(keyring_find(NULL, 1));
	keyring_free(NULL);
}

static void the_last_line_needs_no_end(void **state)
{
	struct keyring *ring = ring_of("007 AES128 HEX:" HEX16);

	(void)state;
	assert_non_null(keyring_find(ring, 7));
	keyring_free(ring);
}

static void many_keys_in_any_order_are_found(void **state)
{
	char text[64 * 64] = "";
	size_t len = 0;
	struct keyring *ring;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%u AES128 HEX:" HEX16 "\n", (i * 37) % 50 + 1);
	ring = ring_of(text);
	assert_int_equal(keyring_count(ring), 50);
	for (uint32_t id = 1; id <= 50; id++)
		assert_int_equal(key_id(keyring_find(ring, id)), id);
	assert_null(keyring_find(ring, 0));
	assert_null(keyring_find(ring, 51));
	keyring_free(ring);
}

static void a_line_must_begin_with_a_number_in_reach(void **state)
{
	(void)state;
	assert_refused("\n  x AES128 HEX:" HEX16, 2, 3,
		"a line begins with the key's id, a number from 1 to 4294967295");
	assert_refused("-1 AES128 HEX:" HEX16, 1, 1,
		"a line begins with the key's id, a number from 1 to 4294967295");
	assert_refused("0 AES128 HEX:" HEX16, 1, 1, "a key's id is a number from 1 to 4294967295");
	assert_refused("4294967296 AES128 HEX:" HEX16, 1, 1, "a key's id is a number from 1 to 4294967295");
	assert_refused("99999999999999999999999999 AES128 HEX:" HEX16, 1, 1,
		"a key's id is a number from 1 to 4294967295");
}

/* Of chrony's types only the two that are MACs are taken; a key without a type would be MD5 there. */
static void the_type_must_be_an_aes(void **state)
{
	static const char why[] = "behind the id stands the key's type, AES128 or AES256 (ID TYPE KEY)";

	(void)state;
	assert_refused("20 MD5 ASCII:crocus", 1, 4, why);
	assert_refused("25 SHA1 HEX:933F62BE1D604E68A81B557F18CFA200483F5B70", 1, 4, why);
	assert_refused("1 aes128 HEX:" HEX16, 1, 3, why);
	assert_refused("1 AES1280 HEX:" HEX16, 1, 3, why);
	assert_refused("10 tulip", 1, 4, why);
	assert_refused("10", 1, 3, why);
}

static void the_key_must_have_the_length_of_its_type(void **state)
{
	(void)state;
	assert_refused("1 AES128", 1, 9, "the key is missing (ID TYPE KEY)");
	assert_refused(
		"1 AES128 HEX:", 1, 14, "a key of type AES128 has 32 hexadecimal digits, this one has 0");
	assert_refused("1 AES128 HEX:0102030", 1, 14,
		"a key of type AES128 has 32 hexadecimal digits, this one has 7");
	assert_refused("1 AES256 HEX:" HEX16, 1, 14,
		"a key of type AES256 has 64 hexadecimal digits, this one has 32");
	assert_refused("1 AES128 HEX:" HEX32, 1, 14,
		"a key of type AES128 has 32 hexadecimal digits, this one has 64");
	assert_refused("1 AES128 tulip", 1, 10,
		"a key of type AES128 has 16 characters, this one has 5 (or HEX: and 32 digits)");
	assert_refused("1 AES256 ASCII:sixteen-letters!", 1, 16,
		"a key of type AES256 has 32 characters, this one has 16 (or HEX: and 64 digits)");
}

static void a_character_that_fits_no_key_is_pointed_at(void **state)
{
	(void)state;
	assert_refused("1 AES128 HEX:2B7E151628AED2A6ABF7158809CF4F3G", 1, 45,
		"not a hexadecimal digit; behind HEX: stand 0-9, a-f and A-F only");
	assert_refused("1 AES128 HEX:2B 7E", 1, 14,
		"a key of type AES128 has 32 hexadecimal digits, this one has 2");
	assert_refused("1 AES128 sixteen-l\xC3\xA4tters", 1, 19,
		"not a printable ASCII character; keys of arbitrary octets are written with HEX:");
}

static void nothing_may_follow_the_key(void **state)
{
	(void)state;
	assert_refused(
		"1 AES128 HEX:" HEX16 " # mine", 1, 47, "nothing may stand behind the key (ID TYPE KEY)");
}

static void an_id_may_come_once(void **state)
{
	(void)state;
	assert_refused("1 AES128 HEX:" HEX16 "\n# again\n\n 1 AES256 HEX:" HEX32 "\n", 4, 2,
		"id 1 is that of the key in line 1 already");
}

/* Whatever word stands in a wrong place, it may be a key, and messages go to logs. */
static void no_message_holds_a_piece_of_the_file(void **state)
{
	static const char *const texts[] = { "SECRETWORD", "1 SECRETWORD", "1 AES128 SECRETWORD",
		"1 AES128 HEX:SECRETWORD", "SECRETWORD AES128 1",
		"1 AES128 HEX:2B7E151628AED2A6ABF7158809CF4F3C SECRETWORD" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct keys_error error;

		assert_null(keyring_parse(texts[i], strlen(texts[i]), &error));
		assert_null(strstr(error.text, "SECRET"));
		assert_null(strstr(error.text, "2B7E"));
	}
}

static void a_text_may_hold_any_octet(void **state)
{
	static const char text[] = "1 AES128 HEX:" HEX16 "\n\0 2";
	struct keys_error error;

	(void)state;
	assert_null(keyring_parse(text, sizeof(text) - 1, &error));
	assert_int_equal(error.line, 2);
	assert_string_equal(error.text, "a line begins with the key's id, a number from 1 to 4294967295");
}

static void a_key_outside_a_ring_needs_the_right_length_too(void **state)
{
	static const uint8_t secret[32] = { 1 };
	struct key *key = key_new(5, KEY_AES256, secret, 32);

	(void)state;
	assert_non_null(key);
	assert_int_equal(key_id(key), 5);
	key_free(key);
	assert_null(key_new(5, KEY_AES256, secret, 16));
	assert_null(key_new(5, KEY_AES128, secret, 32));
	key_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_both_types_are_read),
		cmocka_unit_test(the_same_key_may_be_written_in_three_ways),
		cmocka_unit_test(blank_lines_and_comments_are_skipped),
		cmocka_unit_test(an_empty_text_gives_an_empty_ring),
		cmocka_unit_test(the_last_line_needs_no_end),
		cmocka_unit_test(many_keys_in_any_order_are_found),
		cmocka_unit_test(a_line_must_begin_with_a_number_in_reach),
		cmocka_unit_test(the_type_must_be_an_aes),
		cmocka_unit_test(the_key_must_have_the_length_of_its_type),
		cmocka_unit_test(a_character_that_fits_no_key_is_pointed_at),
		cmocka_unit_test(nothing_may_follow_the_key),
		cmocka_unit_test(an_id_may_come_once),
		cmocka_unit_test(no_message_holds_a_piece_of_the_file),
		cmocka_unit_test(a_text_may_hold_any_octet),
		cmocka_unit_test(a_key_outside_a_ring_needs_the_right_length_too),
	};

	return cmocka_run_group_tests_name("the key file", tests, NULL, NULL);
}
