/* Octets written as hexadecimal digits, for tests. */
#ifndef TESTS_OCTETS_H
#define TESTS_OCTETS_H

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Up to `room` octets from pairs of digits; white space between pairs is skipped. Returns how many. */
static inline size_t octets_of(const char *hex, uint8_t *out, size_t room)
{
	size_t len = 0;

	while (len < room) {
		while (isspace((unsigned char)*hex))
			hex++;
		if (!isxdigit((unsigned char)hex[0]) || !isxdigit((unsigned char)hex[1]))
			break;
		out[len++] = (uint8_t)strtoul((const char[]){ hex[0], hex[1], '\0' }, NULL, 16);
		hex += 2;
	}
	return len;
}

#endif
