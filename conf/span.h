/* Spans and addresses as people write them. Shared by the configuration and the command line. */
#ifndef CONF_SPAN_H
#define CONF_SPAN_H

#include <stddef.h>

#include "conf.h"

/*
 * "100ms", "2s", "1.5s", "-1900s", "+8h": a number and one of ns us ms s m h d. No unit, no span ("0" is
 * allowed). Exact: no double on the way. False (and *out untouched) where the text is anything else, finer
 * than 1 ns or out of reach.
 */
bool span_parse(const char *text, struct span *out) __attribute__((warn_unused_result));

/*
 * The shortest text that a person would write: "100 ms", "2 s", "1900.002 s", "0.4 ms", "5 h 12 min".
 * At most four significant digits below a second, milliseconds above, minutes from an hour and hours from a
 * day; "unbounded" for SPAN_MAX and SPAN_MIN. Returns `out`; SPAN_TEXT_SIZE of room is enough for all.
 */
enum { SPAN_TEXT_SIZE = 32 };
char *span_format(struct span span, char *out, size_t room);

/*
 * An unsigned decimal number times `unit`, exactly: ("1.5", 1000) is 1500. Gives the octets it took; 0 where
 * none is there, or the product is not whole or out of reach.
 */
size_t decimal_parse(const char *text, int64_t unit, int64_t *out) __attribute__((warn_unused_result));

/*
 * "10.0.1.11", "db1.example:9123", "[::1]:9123", "::1", "fe80::1%eth0". A missing port becomes `port`. An
 * IPv6 address with a port wants the brackets. False (and *out untouched) where it is neither an address nor
 * a host name.
 */
bool address_parse(const char *text, uint16_t port, struct conf_address *out)
	__attribute__((warn_unused_result));

/* The same port of the same host as written: addresses by value, names by letters; nothing is looked up. */
bool address_equal(const struct conf_address *a, const struct conf_address *b);

#endif
