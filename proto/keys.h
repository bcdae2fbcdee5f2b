/*
 * Keys for AES-CMAC and the file they live in, which has chrony's format:
 *
 *     # comment
 *     ID TYPE [HEX:|ASCII:]KEY
 *
 * ID 1 to 4294967295, TYPE AES128 (16 octets of key) or AES256 (32). The file's text comes in, keys come out;
 * reading the file is the caller's.
 */
#ifndef PROTO_KEYS_H
#define PROTO_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_type { KEY_AES128, KEY_AES256 };

struct key;     /* one key, ready for use */
struct keyring; /* many, by id; owns them */

/* Where and why a key file is refused; never holds a piece of a key. */
struct keys_error {
	unsigned line, column;
	char text[160];
};

/*
 * Reads a key file's text. NULL and *error where a line is bad, an id comes twice or memory is short.
 * An empty text gives an empty ring. Free with keyring_free, which also wipes the secrets.
 */
struct keyring *keyring_parse(const char *text, size_t len, struct keys_error *error);
void keyring_free(struct keyring *ring);
size_t keyring_count(const struct keyring *ring);

/* NULL where the ring (or NULL ring) has no such id. The key lives as long as the ring. */
struct key *keyring_find(const struct keyring *ring, uint32_t id);

uint32_t key_id(const struct key *key);
enum key_type key_type(const struct key *key);

/* One key outside a ring (tests, the plugin): NULL where len does not fit the type. key_free wipes it. */
struct key *key_new(uint32_t id, enum key_type type, const uint8_t *secret, size_t len);
void key_free(struct key *key);

#endif
