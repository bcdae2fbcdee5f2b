/* Octets written as hexadecimal digits, for tests. */
#ifndef TESTS_OCTETS_H
#define TESTS_OCTETS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Up to `room` octets from pairs of digits; white space between pairs is skipped. Returns how many. */
static inline size_t octets_of(const char *hex, uint8_t *out, size_t room)
{
	size_t len = 0;
	unsigned octet;
	int used;

	while (len < room && sscanf(hex, " %2x%n", &octet, &used) == 1) {
		out[len++] = (uint8_t)octet;
		hex += used;
	}
	return len;
}

#endif
