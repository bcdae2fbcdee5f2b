/*
 * The page that fakeclock-set writes and every process under fakeclock.so maps: how far its clocks are off.
 *
 *     fake REALTIME  = true REALTIME  + offset + bend
 *     fake MONOTONIC = true MONOTONIC          + bend     (BOOTTIME likewise)
 *     bend           = bent + drift * (true MONOTONIC now - since)
 *
 * as on Linux, where a step moves REALTIME alone, a slew moves both, and MONOTONIC_RAW stays what it is.
 */
#ifndef TESTS_LAB_FAKECLOCK_H
#define TESTS_LAB_FAKECLOCK_H

#include <stdatomic.h>
#include <stdint.h>

enum { FAKECLOCK_SIZE = 4096 };

/* All in nanoseconds of the true clocks, drift in parts in 10^9. A file of zeros is a clock that is right. */
struct fakeclock {
	_Atomic uint64_t sequence; /* odd while a change is being written */
	_Atomic int64_t offset, bent, drift, since;
	_Atomic int64_t stepped_at, previous; /* true REALTIME of the latest step, and the offset before it */
};

/* What a drift adds over `passed`; in two parts, so that years of it fit. */
static inline int64_t fakeclock_drift(int64_t passed, int64_t drift)
{
	return passed / INT64_C(1000000000) * drift +
	       passed % INT64_C(1000000000) * drift / INT64_C(1000000000);
}

#endif
