/* A fuzz target: what libFuzzer calls, and what driver.c needs to do without it. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FUZZ_INPUT_MAX = 2048 };

/* Aborts where the input shows a mistake in the code under test. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the n-th valid input and gives its size; 0: there are no more. At least one. */
size_t fuzz_valid_input(size_t n, uint8_t out[FUZZ_INPUT_MAX]);

/* Unlike assert, this one is there in release builds too. */
#define MUST(condition)                                                                         \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#endif
