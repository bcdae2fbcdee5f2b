/*
 * AES-CMAC (RFC 4493; with AES-256 as chrony has it) as an NTP MAC trailer (RFC 8573), and as the source of
 * unpredictable numbers for a program that may not ask the system for any. The one file that uses libcrypto.
 */
#ifndef PROTO_MAC_H
#define PROTO_MAC_H

#include "field.h"
#include "keys.h"

/* The digest of `len` octets. False only where libcrypto fails. */
bool mac_digest(struct key *key, const uint8_t *bytes, size_t len, uint8_t out[MAC_DIGEST_SIZE])
	__attribute__((warn_unused_result));

/*
 * Appends key id and digest over all that the writer holds. The id on the wire may differ from the key's own.
 * Where libcrypto fails the writer is `full`: nothing leaves without its MAC.
 */
void mac_append(struct writer *w, struct key *key, uint32_t wire_id);

/* Is the packet's trailer (layout->mac_len == MAC_SIZE) the key's? Compares in constant time. */
bool mac_check(struct key *key, const uint8_t *packet, const struct layout *layout)
	__attribute__((warn_unused_result));

/* The key id in the trailer, or 0 where there is none. */
uint32_t mac_id(const uint8_t *packet, const struct layout *layout);

/*
 * Random numbers from a seed: the first 64 bits of AES-256-CMAC under the seed, of a counter of 64 bits from
 * 0. Unpredictable without the seed, the same with it. prng_new: NULL where memory is short.
 */
struct prng;
enum { PRNG_SEED_SIZE = 32 };
struct prng *prng_new(const uint8_t seed[PRNG_SEED_SIZE]);
void prng_free(struct prng *prng);
uint64_t prng_u64(struct prng *prng);

#endif
