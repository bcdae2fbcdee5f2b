#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../proto/keygen.h"
#include "../../proto/mac.h"
#include "ring.h"

static const char *const names[] = { "db1", "db2", "db3", "mon1" };
enum { HOSTS = 4, PAIRS = 6 };

/* Octets 0, 1, 2, ... stand for random ones. */
static const uint8_t *not_so_random(void)
{
	static uint8_t octets[PAIRS * 32];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	return octets;
}

static void rings_of_the_mesh(enum key_type type, struct keyring *rings[HOSTS])
{
	const struct keygen_mesh mesh = { names, HOSTS, type, not_so_random(), NULL, 0 };

	for (size_t i = 0; i < HOSTS; i++) {
		char *text = keygen_mesh_file(&mesh, i);

		rings[i] = ring_of(text);
		keygen_free(text);
	}
}

static void digest_under(const struct keyring *ring, uint32_t id, uint8_t out[MAC_DIGEST_SIZE])
{
	assert_non_null(keyring_find(ring, id));
	assert_true(mac_digest(keyring_find(ring, id), (const uint8_t *)"x", 1, out));
}

static void assert_pairs_alone_share_a_key(enum key_type type)
{
	uint8_t digests[HOSTS][HOSTS][MAC_DIGEST_SIZE] = { 0 };
	struct keyring *rings[HOSTS];

	rings_of_the_mesh(type, rings);
	for (size_t a = 0; a < HOSTS; a++) {
		assert_int_equal(keyring_count(rings[a]), HOSTS - 1);
		assert_null(keyring_find(rings[a], keygen_mesh_id(a)));
		for (size_t b = 0; b < HOSTS; b++)
			if (a != b)
				digest_under(rings[a], keygen_mesh_id(b), digests[a][b]);
	}
	for (size_t a = 0; a < HOSTS; a++)
		for (size_t b = 0; b < a; b++) {
			/*
			 * A's line with B's number and B's with A's are one key, and it is no other pair's.
			 */
			assert_memory_equal(digests[a][b], digests[b][a], MAC_DIGEST_SIZE);
			for (size_t c = 0; c < a; c++)
				assert_true(
					c == b || memcmp(digests[a][b], digests[a][c], MAC_DIGEST_SIZE) != 0);
		}
	for (size_t i = 0; i < HOSTS; i++)
		keyring_free(rings[i]);
}

static void each_pair_of_a_mesh_has_a_key_of_its_own(void **state)
{
	(void)state;
	assert_pairs_alone_share_a_key(KEY_AES128);
	assert_pairs_alone_share_a_key(KEY_AES256);
}

static void hosts_are_numbered_from_11_in_the_order_given(void **state)
{
	(void)state;
	assert_int_equal(keygen_mesh_id(0), 11);
	assert_int_equal(keygen_mesh_id(3), 14);
}

static void a_mesh_file_tells_where_it_belongs_and_what_its_theft_means(void **state)
{
	const struct keygen_mesh mesh = { names, 2, KEY_AES128, not_so_random(), NULL, 0 };
	char *text = keygen_mesh_file(&mesh, 1);

	(void)state;
	assert_string_equal(text,
		"# Skew Sentinel: the keys of db2, a different one with each other host.\n"
		"# Belongs on db2 alone, as /etc/skew-sentinel/keys, mode 0640, owner root:skew-sentinel:\n"
		"#   install -D -m 0640 -o root -g skew-sentinel FILE /etc/skew-sentinel/keys\n"
		"# Who steals this file can forge what db2 says, and what is said to db2; nothing between "
		"other hosts.\n"
		"# with db1\n"
		"11 AES128 HEX:000102030405060708090A0B0C0D0E0F\n");
	keygen_free(text);
}

/* db1 and db2 keep what they have with each other; their numbers are not those that a new mesh would give them. */
static void more_hosts_get_keys_with_everybody_and_nobody_elses_change(void **state)
{
	static const uint32_t ids[] = { 7, 30, 31, 32 };
	const struct keygen_mesh mesh = { names, HOSTS, KEY_AES128, not_so_random(), ids, 2 };
	static const char *const files[] = {
		"\n# with db3\n31 AES128 HEX:000102030405060708090A0B0C0D0E0F\n"
		"# with mon1\n32 AES128 HEX:202122232425262728292A2B2C2D2E2F\n",
		"\n# with db3\n31 AES128 HEX:101112131415161718191A1B1C1D1E1F\n"
		"# with mon1\n32 AES128 HEX:303132333435363738393A3B3C3D3E3F\n",
		"# with db1\n7 AES128 HEX:000102030405060708090A0B0C0D0E0F\n"
		"# with db2\n30 AES128 HEX:101112131415161718191A1B1C1D1E1F\n"
		"# with mon1\n32 AES128 HEX:404142434445464748494A4B4C4D4E4F\n",
		"# with db1\n7 AES128 HEX:202122232425262728292A2B2C2D2E2F\n"
		"# with db2\n30 AES128 HEX:303132333435363738393A3B3C3D3E3F\n"
		"# with db3\n31 AES128 HEX:404142434445464748494A4B4C4D4E4F\n",
	};
	char *text;

	(void)state;
	for (size_t i = 0; i < HOSTS; i++) {
		text = keygen_mesh_file(&mesh, i);
		if (i < mesh.old)
			assert_string_equal(text, files[i]);
		else
			assert_string_equal(strstr(text, "# with db1"), files[i]);
		keygen_free(text);
	}
	text = keygen_mesh_peers(&mesh);
	assert_null(strstr(text, "peers:"));
	assert_string_equal(strstr(text, "  - "), "  - {name: db3, address: db3, key: 31}\n"
						  "  - {name: mon1, address: mon1, key: 32}\n");
	keygen_free(text);
}

static void the_shared_file_warns_of_insiders(void **state)
{
	char *text = keygen_shared_file(KEY_AES256, not_so_random());
	struct keyring *ring = ring_of(text);

	(void)state;
	assert_int_equal(keyring_count(ring), 1);
	assert_int_equal(key_type(keyring_find(ring, KEYGEN_SHARED_ID)), KEY_AES256);
	assert_non_null(strstr(text,
		"# NOT SAFE against an insider: who steals this file from any host can forge what "
		"every host says.\n"));
	assert_non_null(strstr(text, "\n1 AES256 HEX:000102030405060708090A0B0C0D0E0F"
				     "101112131415161718191A1B1C1D1E1F\n"));
	keyring_free(ring);
	keygen_free(text);
}

static void one_list_of_peers_serves_all_hosts(void **state)
{
	char *text = keygen_mesh_peers(&(const struct keygen_mesh){ .names = names, .count = HOSTS });

	(void)state;
	assert_string_equal(text, "# The same on all hosts. Put in an address where a name cannot be "
				  "resolved, and `role: witness`\n"
				  "# where no database of the cluster runs (an Icinga host, say).\n"
				  "peers:\n"
				  "  - {name: db1, address: db1, key: 11}\n"
				  "  - {name: db2, address: db2, key: 12}\n"
				  "  - {name: db3, address: db3, key: 13}\n"
				  "  - {name: mon1, address: mon1, key: 14}\n");
	keygen_free(text);
}

static void so_many_random_octets_are_needed_as_pairs_have(void **state)
{
	(void)state;
	assert_int_equal(keygen_mesh_random_size(2, 0, KEY_AES128), 16);
	assert_int_equal(keygen_mesh_random_size(4, 0, KEY_AES256), 6 * 32);
	assert_int_equal(keygen_mesh_random_size(1024, 0, KEY_AES128), 1024 * 1023 / 2 * 16);
	assert_int_equal(keygen_mesh_random_size(5, 3, KEY_AES128), (10 - 3) * 16);
	assert_int_equal(keygen_mesh_random_size(2, 1, KEY_AES128), 16);
	assert_int_equal(keygen_shared_random_size(KEY_AES128), 16);
}

/* The room set aside must do for the longest names and all the hosts there may be. */
static void the_largest_mesh_fits(void **state)
{
	static char long_names[KEYGEN_HOSTS_MAX][64];
	static const char *many[KEYGEN_HOSTS_MAX];
	static uint8_t octets[KEYGEN_HOSTS_MAX * (KEYGEN_HOSTS_MAX - 1) / 2 * 32];
	const struct keygen_mesh mesh = { many, KEYGEN_HOSTS_MAX, KEY_AES256, octets, NULL, 0 };
	char error[KEYGEN_ERROR_SIZE];
	struct keyring *ring;
	char *text;

	(void)state;
	for (size_t i = 0; i < KEYGEN_HOSTS_MAX; i++) {
		snprintf(long_names[i], sizeof(long_names[i]), "n%062zu", i);
		many[i] = long_names[i];
	}
	assert_true(keygen_names_valid(many, KEYGEN_HOSTS_MAX, error));
	text = keygen_mesh_file(&mesh, KEYGEN_HOSTS_MAX - 1);
	ring = ring_of(text);
	assert_int_equal(keyring_count(ring), KEYGEN_HOSTS_MAX - 1);
	keyring_free(ring);
	keygen_free(text);
	text = keygen_mesh_peers(&mesh);
	assert_non_null(strstr(text, "key: 1034}\n"));
	keygen_free(text);
}

static void assert_names_refused(const char *const *list, size_t count, const char *why)
{
	char error[KEYGEN_ERROR_SIZE] = "";

	assert_false(keygen_names_valid(list, count, error));
	assert_string_equal(error, why);
}

static void names_that_would_break_a_file_are_refused(void **state)
{
	static const char *const bad[] = { "", "-db", ".db", "d b", "db\n11 AES128 x", "db#", "d:b",
		"Z\xC3\xBCrich", "a123456789012345678901234567890123456789012345678901234567890123" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_names_refused((const char *const[]){ "db1", bad[i] }, 2,
			"name 2 is no host name: 1 to 63 letters, digits, '.', '-' and '_', a letter or "
			"digit first");
	assert_names_refused((const char *const[]){ "db1", "db2", "DB1" }, 3, "DB1 is named twice");
	assert_names_refused(names, 1, "a mesh has 2 to 1024 hosts, not 1");
	assert_names_refused(names, 1025, "a mesh has 2 to 1024 hosts, not 1025");
}

static void host_names_of_all_sorts_are_taken(void **state)
{
	char error[KEYGEN_ERROR_SIZE];

	(void)state;
	assert_true(keygen_names_valid(
		(const char *const[]){ "db-1.example.net", "10.0.1.11", "DB_2" }, 3, error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pair_of_a_mesh_has_a_key_of_its_own),
		cmocka_unit_test(hosts_are_numbered_from_11_in_the_order_given),
		cmocka_unit_test(a_mesh_file_tells_where_it_belongs_and_what_its_theft_means),
		cmocka_unit_test(more_hosts_get_keys_with_everybody_and_nobody_elses_change),
		cmocka_unit_test(the_shared_file_warns_of_insiders),
		cmocka_unit_test(one_list_of_peers_serves_all_hosts),
		cmocka_unit_test(so_many_random_octets_are_needed_as_pairs_have),
		cmocka_unit_test(the_largest_mesh_fits),
		cmocka_unit_test(names_that_would_break_a_file_are_refused),
		cmocka_unit_test(host_names_of_all_sorts_are_taken),
	};

	return cmocka_run_group_tests_name("generated key files", tests, NULL, NULL);
}
