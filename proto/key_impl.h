/* What a key is inside: shared by keys.c, which owns keys, and mac.c, which uses them. */
#ifndef PROTO_KEY_IMPL_H
#define PROTO_KEY_IMPL_H

#include "keys.h"

enum { KEY_SECRET_MAX = 32 };

struct mac_context;

/* The secret itself is not kept: it lives on in the context alone, which wipes it. */
struct key {
	uint32_t id;
	enum key_type type;
	struct mac_context *context;
};

/* Octets of secret that a key of the type has. */
size_t key_secret_size(enum key_type type);

/* "AES128", "AES256": as the key file calls it. */
const char *key_type_name(enum key_type type);

/* CMAC under the secret (key_secret_size(type) octets), ready to use; NULL: libcrypto fails. In mac.c. */
struct mac_context *mac_context_new(enum key_type type, const uint8_t *secret);
void mac_context_free(struct mac_context *context);

#endif
