/*
 * The 48 octets of an NTP packet (RFC 5905, section 7.3) and its timestamps. Pure: bytes in, values out.
 */
#ifndef PROTO_NTP_H
#define PROTO_NTP_H

#include <stddef.h>

#include "instant.h"

enum { NTP_HEADER_SIZE = 48, NTP_VERSION = 4 };

enum ntp_mode { NTP_MODE_CLIENT = 3, NTP_MODE_SERVER = 4 };

enum ntp_leap { NTP_LEAP_NONE = 0, NTP_LEAP_INSERT = 1, NTP_LEAP_DELETE = 2, NTP_LEAP_UNSYNCHRONISED = 3 };

/* 32 bits of seconds since 1900 in some era, 32 of fraction. As a client's transmit time it is a nonce. */
struct ntp_stamp {
	uint64_t bits;
};

struct ntp_header {
	uint8_t leap, version, mode, stratum;
	int8_t poll, precision;
	uint32_t root_delay, root_dispersion; /* NTP short format: 16 bits of seconds, 16 of fraction */
	uint32_t reference_id;
	struct ntp_stamp reference, origin, receive, transmit;
};

/* Reads the first 48 octets; false where there are fewer. Judges nothing. */
bool ntp_decode(const uint8_t *bytes, size_t len, struct ntp_header *out) __attribute__((warn_unused_result));

/* Writes 48 octets. */
void ntp_encode(const struct ntp_header *header, uint8_t bytes[NTP_HEADER_SIZE]);

/*
 * To the nearest 2^-32 s. *era, where not NULL, gets the era number (0 from 1900, 1 from 2036-02-07
 * 06:28:16). A nanosecond is 4.3 units, so ntp_stamp_in_era gives back exactly the nanosecond that went in.
 */
struct ntp_stamp ntp_stamp_of(struct wall wall, int32_t *era);

/* The instant that the stamp names in that era, saturating. */
struct wall ntp_stamp_in_era(struct ntp_stamp stamp, int32_t era);

/* The instant nearest to `near` (within 68 years) that the stamp can name. */
struct wall ntp_stamp_near(struct ntp_stamp stamp, struct wall near);

/* 2^precision seconds, at least 1 ns; precision is clamped to -30..10. */
struct span ntp_precision_span(int8_t precision);

#endif
