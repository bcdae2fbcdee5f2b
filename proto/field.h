/*
 * Extension fields (RFC 7822): 16 bits of type, 16 of length (header and padding included, a multiple
 * of 4, at least 16), then the body. And the MAC trailer behind them: 32 bits of key id, the digest.
 */
#ifndef PROTO_FIELD_H
#define PROTO_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FIELD_HEADER_SIZE = 4,
	FIELD_MIN_SIZE = 16,
	MAC_ID_SIZE = 4,
	MAC_DIGEST_SIZE = 16, /* AES-CMAC, whichever the key's length */
	MAC_SIZE = MAC_ID_SIZE + MAC_DIGEST_SIZE,
	MAC_MAX_SIZE = 24, /* a remainder of so many octets or fewer is a MAC, never a field */
};

struct field {
	uint16_t type;
	const uint8_t *body; /* into the packet */
	size_t len;          /* of the body, padding included */
};

/* Where a packet's parts are: fields from 48 to `fields_end`, then `mac_len` octets of MAC (0: none). */
struct layout {
	size_t fields_end;
	size_t mac_len;
};

/*
 * Walks the fields of a packet of `len` >= 48 octets by their lengths alone, believing none of their bodies.
 * False where a length is not a multiple of 4, below 16 or beyond the end, or the MAC is not of 20 octets
 * (or 4: a crypto-NAK, given as mac_len 4).
 */
bool field_layout(const uint8_t *packet, size_t len, struct layout *out) __attribute__((warn_unused_result));

/* The next field at *at (start with 48), moving *at behind it; false at the layout's end. */
bool field_next(const uint8_t *packet, const struct layout *layout, size_t *at, struct field *out);

/* A writer of one packet into a buffer of its owner's. Once something did not fit, `full` stays set. */
struct writer {
	uint8_t *bytes;
	size_t len, room;
	bool full;
};

void write_u8(struct writer *w, uint8_t value);
void write_u16(struct writer *w, uint16_t value);
void write_u32(struct writer *w, uint32_t value);
void write_u64(struct writer *w, uint64_t value);
void write_bytes(struct writer *w, const void *bytes, size_t len);

/* Begins a field and gives its place for field_end, which pads it to 4 (and to 16) and sets the length. */
size_t field_begin(struct writer *w, uint16_t type);
void field_end(struct writer *w, size_t begun);

/* A field of type `type` and `size` octets in all, of zeros. size: a multiple of 4, at least 16. */
void field_pad(struct writer *w, uint16_t type, size_t size);

/* A reader of one field's body. Once something was not there, `bad` stays set and values read as 0. */
struct reader {
	const uint8_t *bytes;
	size_t len, at;
	bool bad;
};

uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
/* A string with a length octet before it: printable UTF-8-safe octets (no control characters), else `bad`. */
void read_string(struct reader *r, char *out, size_t room);

#endif
