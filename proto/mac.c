#include "mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "key_impl.h"

struct mac_context {
	EVP_MAC_CTX *keyed; /* has taken the key and nothing else */
};

static EVP_MAC_CTX *cmac_keyed(enum key_type type, const uint8_t *secret)
{
	static char aes128[] = "AES-128-CBC", aes256[] = "AES-256-CBC";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_CIPHER, type == KEY_AES256 ? aes256 : aes128, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *cmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_CMAC, NULL);
	EVP_MAC_CTX *keyed = cmac ? EVP_MAC_CTX_new(cmac) : NULL;

	EVP_MAC_free(cmac);
	if (keyed && !EVP_MAC_init(keyed, secret, key_secret_size(type), params)) {
		EVP_MAC_CTX_free(keyed);
		return NULL;
	}
	return keyed;
}

struct mac_context *mac_context_new(enum key_type type, const uint8_t *secret)
{
	struct mac_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	context->keyed = cmac_keyed(type, secret);
	if (!context->keyed) {
		free(context);
		return NULL;
	}
	return context;
}

void mac_context_free(struct mac_context *context)
{
	if (!context)
		return;
	EVP_MAC_CTX_free(context->keyed);
	free(context);
}

/*
 * Works on a copy: that spares the fetch and the key schedule of every packet, as a restart by EVP_MAC_init
 * without a key would; but before OpenSSL 3.0.4 such a restart silently leaves the last packet's state in the
 * next MAC.
 */
static bool context_digest(
	const struct mac_context *context, const uint8_t *bytes, size_t len, uint8_t out[MAC_DIGEST_SIZE])
{
	EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context->keyed);
	size_t digest_len = 0;
	bool done = copy && EVP_MAC_update(copy, bytes, len) &&
		    EVP_MAC_final(copy, out, &digest_len, MAC_DIGEST_SIZE) && digest_len == MAC_DIGEST_SIZE;

	EVP_MAC_CTX_free(copy);
	return done;
}

bool mac_digest(struct key *key, const uint8_t *bytes, size_t len, uint8_t out[MAC_DIGEST_SIZE])
{
	return context_digest(key->context, bytes, len, out);
}

void mac_append(struct writer *w, struct key *key, uint32_t wire_id)
{
	uint8_t digest[MAC_DIGEST_SIZE];

	if (w->full || !mac_digest(key, w->bytes, w->len, digest)) {
		w->full = true;
		return;
	}
	write_u32(w, wire_id);
	write_bytes(w, digest, sizeof(digest));
}

bool mac_check(struct key *key, const uint8_t *packet, const struct layout *layout)
{
	uint8_t digest[MAC_DIGEST_SIZE];

	if (layout->mac_len != MAC_SIZE || !mac_digest(key, packet, layout->fields_end, digest))
		return false;
	return CRYPTO_memcmp(digest, packet + layout->fields_end + MAC_ID_SIZE, MAC_DIGEST_SIZE) == 0;
}

uint32_t mac_id(const uint8_t *packet, const struct layout *layout)
{
	struct reader r = { .bytes = packet + layout->fields_end, .len = layout->mac_len };

	return read_u32(&r);
}

struct prng {
	struct mac_context *context;
	uint64_t counter;
};

_Static_assert(PRNG_SEED_SIZE == 32, "the seed is an AES-256 key");

struct prng *prng_new(const uint8_t seed[PRNG_SEED_SIZE])
{
	struct prng *prng = calloc(1, sizeof(*prng));

	if (!prng)
		return NULL;
	prng->context = mac_context_new(KEY_AES256, seed);
	if (!prng->context) {
		free(prng);
		return NULL;
	}
	return prng;
}

void prng_free(struct prng *prng)
{
	if (!prng)
		return;
	mac_context_free(prng->context);
	free(prng);
}

uint64_t prng_u64(struct prng *prng)
{
	uint8_t counter[8], digest[MAC_DIGEST_SIZE];
	struct writer w = { .bytes = counter, .room = sizeof(counter) };
	struct reader r = { .bytes = digest, .len = sizeof(digest) };

	write_u64(&w, prng->counter++);
	/* A nonce that can be guessed lets a forged answer in: better no program than one that goes on. */
	if (!context_digest(prng->context, counter, sizeof(counter), digest))
		abort();
	return read_u64(&r);
}
