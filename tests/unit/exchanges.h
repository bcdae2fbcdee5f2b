/* Exchanges with a host whose clock is known, for the tests of the estimator. */
#ifndef UNIT_EXCHANGES_H
#define UNIT_EXCHANGES_H

#include "../../sentinel/core/drift.h"

static inline struct raw at(int64_t ms)
{
	return (struct raw){ ms * NS_PER_MS };
}

/*
 * An exchange sent at `ms` over a path of `out` and `back` ms to a host that is `offset` ms ahead and answers at once.
 */
static inline struct exchange over(int64_t ms, int64_t out, int64_t back, int64_t offset)
{
	int64_t t1 = ms, t2 = ms + out + offset, t3 = t2, t4 = ms + out + back;

	return (struct exchange){
		.high_at = at(t1), .high = span_ms(t2 - t1), .low_at = at(t4), .low = span_ms(t3 - t4)
	};
}

static inline struct estimate fresh(void)
{
	struct estimate estimate = { .misfit = false };

	estimate_init(&estimate, 64, CRYSTAL_PPB);
	return estimate;
}

static inline uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

#endif
