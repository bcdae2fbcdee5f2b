#include "story.h"

#include <string.h>

#include "../../proto/mac.h"
#include "../../proto/ntp.h"
#include "octets.h"

#define MESSAGE                                                              \
	"6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 " \
	"30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"

struct vector {
	size_t len;
	const char *digest;
};

static struct key *key_of(enum key_type type, const char *hex)
{
	uint8_t secret[32];
	struct key *key = key_new(1, type, secret, octets_of(hex, secret, sizeof(secret)));

	assert_non_null(key);
	return key;
}

static struct key *any_key(void)
{
	return key_of(KEY_AES128, "2b7e151628aed2a6abf7158809cf4f3c");
}

/* Twice over, since the second digest under a key starts from what the first one left. */
static void assert_vectors(struct key *key, const struct vector *vectors, size_t count)
{
	uint8_t message[64], expected[MAC_DIGEST_SIZE], digest[MAC_DIGEST_SIZE];

	octets_of(MESSAGE, message, sizeof(message));
	for (size_t i = 0; i < 2 * count; i++) {
		octets_of(vectors[i % count].digest, expected, sizeof(expected));
		assert_true(mac_digest(key, message, vectors[i % count].len, digest));
		assert_memory_equal(digest, expected, sizeof(digest));
	}
	key_free(key);
}

static void aes_128_gives_the_digests_of_rfc_4493(void **state)
{
	static const struct vector vectors[] = {
		{ 0, "bb1d6929e95937287fa37d129b756746" },
		{ 16, "070a16b46b4d4144f79bdd9dd04a287c" },
		{ 40, "dfa66747de9ae63030ca32611497c827" },
		{ 64, "51f0bebf7e3b9d92fc49741779363cfe" },
	};

	(void)state;
	assert_vectors(any_key(), vectors, 4);
}

static void aes_256_gives_the_digests_of_nist_sp_800_38b(void **state)
{
	static const struct vector vectors[] = {
		{ 0, "028962f61b7bf89efc6b551f4667d983" },
		{ 16, "28a7023f452e8f82bd4bf28d8c37c35c" },
		{ 40, "aaf3d8f1de5640c232f5b169b9c911e6" },
		{ 64, "e1992190549f6ed5696a2c056c315410" },
	};

	(void)state;
	assert_vectors(
		key_of(KEY_AES256, "603deb1015ca71be2b73aef0857d7781 1f352c073b6108d72d9810a30914dff4"),
		vectors, 4);
}

struct packet {
	uint8_t bytes[128];
	size_t len;
	struct layout layout;
};

/* 48 octets and one field, under the key and that id. */
static void packet_make(struct packet *packet, struct key *key, uint32_t id)
{
	static const uint8_t header[NTP_HEADER_SIZE] = { 0x23 };
	struct writer w = { .bytes = packet->bytes, .room = sizeof(packet->bytes) };

	write_bytes(&w, header, sizeof(header));
	field_pad(&w, 0xF5EF, 16);
	mac_append(&w, key, id);
	assert_false(w.full);
	packet->len = w.len;
	assert_true(field_layout(packet->bytes, packet->len, &packet->layout));
}

static void the_trailer_names_the_key_by_the_number_on_the_wire(void **state)
{
	struct key *key = any_key();
	struct packet packet;

	(void)state;
	packet_make(&packet, key, 0xF5E00014);
	assert_int_equal(packet.len, 48 + 16 + 20);
	assert_int_equal(mac_id(packet.bytes, &packet.layout), 0xF5E00014);
	assert_true(mac_check(key, packet.bytes, &packet.layout));
	key_free(key);
}

/* But for the id: RFC 5905 leaves it out of the digest. */
static void a_bit_turned_anywhere_is_noticed(void **state)
{
	struct key *key = any_key();
	struct packet packet;

	(void)state;
	packet_make(&packet, key, 7);
	for (size_t i = 0; i < packet.len; i++) {
		bool in_id = i >= packet.layout.fields_end && i < packet.layout.fields_end + MAC_ID_SIZE;

		packet.bytes[i] ^= 0x10;
		assert_int_equal(mac_check(key, packet.bytes, &packet.layout), in_id);
		packet.bytes[i] ^= 0x10;
	}
	assert_true(mac_check(key, packet.bytes, &packet.layout));
	key_free(key);
}

static void another_key_does_not_fit(void **state)
{
	struct key *ours = any_key(), *theirs = key_of(KEY_AES128, "2b7e151628aed2a6abf7158809cf4f3d");
	struct packet packet;

	(void)state;
	packet_make(&packet, theirs, 7);
	assert_false(mac_check(ours, packet.bytes, &packet.layout));
	key_free(ours);
	key_free(theirs);
}

static void without_a_trailer_there_is_no_id_and_no_proof(void **state)
{
	struct key *key = any_key();
	struct packet packet;

	(void)state;
	/* Even where the octets behind the packet happen to be the right ones. */
	packet_make(&packet, key, 7);
	packet.layout.mac_len = 0;
	assert_int_equal(mac_id(packet.bytes, &packet.layout), 0);
	assert_false(mac_check(key, packet.bytes, &packet.layout));
	packet.layout.mac_len = MAC_ID_SIZE;
	assert_int_equal(mac_id(packet.bytes, &packet.layout), 7);
	assert_false(mac_check(key, packet.bytes, &packet.layout));
	key_free(key);
}

static void a_packet_that_was_cut_gets_no_mac(void **state)
{
	uint8_t bytes[NTP_HEADER_SIZE + MAC_SIZE - 1] = { 0 };
	struct writer w = { .bytes = bytes, .len = NTP_HEADER_SIZE, .room = sizeof(bytes) };
	struct key *key = any_key();

	(void)state;
	mac_append(&w, key, 1);
	assert_true(w.full);
	key_free(key);
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
	static const uint8_t seed[PRNG_SEED_SIZE] = { 1, 2, 3 }, other[PRNG_SEED_SIZE] = { 1, 2, 4 };
	struct prng *a = prng_new(seed), *b = prng_new(seed), *c = prng_new(other);
	uint64_t seen[64];

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		seen[i] = prng_u64(a);
		assert_true(seen[i] == prng_u64(b));
		assert_true(seen[i] != prng_u64(c));
		for (size_t k = 0; k < i; k++)
			assert_true(seen[i] != seen[k]);
	}
	prng_free(a);
	prng_free(b);
	prng_free(c);
	prng_free(NULL);
}

/* The first number is CMAC(seed, eight zeros): recorded runs must repeat with any later build. */
static void the_numbers_are_those_of_the_method(void **state)
{
	static const uint8_t seed[PRNG_SEED_SIZE] = { 1, 2, 3 }, zeros[8];
	struct prng *prng = prng_new(seed);
	struct key *key = key_new(1, KEY_AES256, seed, sizeof(seed));
	uint8_t digest[MAC_DIGEST_SIZE];
	struct reader r = { .bytes = digest, .len = sizeof(digest) };

	(void)state;
	assert_true(mac_digest(key, zeros, sizeof(zeros), digest));
	assert_true(prng_u64(prng) == read_u64(&r));
	prng_free(prng);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aes_128_gives_the_digests_of_rfc_4493),
		cmocka_unit_test(aes_256_gives_the_digests_of_nist_sp_800_38b),
		cmocka_unit_test(the_trailer_names_the_key_by_the_number_on_the_wire),
		cmocka_unit_test(a_bit_turned_anywhere_is_noticed),
		cmocka_unit_test(another_key_does_not_fit),
		cmocka_unit_test(without_a_trailer_there_is_no_id_and_no_proof),
		cmocka_unit_test(a_packet_that_was_cut_gets_no_mac),
		cmocka_unit_test(the_same_seed_gives_the_same_numbers),
		cmocka_unit_test(the_numbers_are_those_of_the_method),
	};

	return cmocka_run_group_tests_name("AES-CMAC", tests, NULL, NULL);
}
