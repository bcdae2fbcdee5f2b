/* Spans and addresses as people write them. Shared by the configuration and the command line. */
#ifndef CONF_SPAN_H
#define CONF_SPAN_H

#include <stddef.h>

#include "conf.h"

/*
 * "100ms", "2s", "1.5s", "-1900s", "8h": a number and one of ns us ms s m h d. No unit, no span ("0" is allowed).
 * Exact: no double on the way. False (and *out untouched) where the text is anything else or out of reach.
 */
bool span_parse(const char *text, struct span *out) __attribute__((warn_unused_result));

/*
 * The shortest text that a person would write: "100 ms", "2 s", "1900.002 s", "0.4 ms", "5 h 12 min".
 * At most four significant digits below a second, milliseconds above. Returns `out`.
 */
char *span_format(struct span span, char *out, size_t room);

/* "10.0.1.11", "db1.example:9123", "[::1]:9123", "::1". A missing port becomes `port`. */
bool address_parse(const char *text, uint16_t port, struct conf_address *out)
	__attribute__((warn_unused_result));

#endif
