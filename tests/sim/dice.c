#include "dice.h"

uint64_t dice_u64(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

struct dice dice_fork(struct dice *dice)
{
	return (struct dice){ dice_u64(dice) };
}

uint64_t dice_below(struct dice *dice, uint64_t n)
{
	return dice_u64(dice) % n;
}

int64_t dice_between(struct dice *dice, int64_t low, int64_t high)
{
	return low + (int64_t)dice_below(dice, (uint64_t)(high - low) + 1);
}

struct span dice_span(struct dice *dice, struct span low, struct span high)
{
	return span_ns(dice_between(dice, low.ns, high.ns));
}

bool dice_chance(struct dice *dice, unsigned ppm)
{
	return dice_below(dice, 1000000) < ppm;
}

/* The binary logarithm of m / 2^31 for m in [2^31, 2^32), in units of 2^-16: one bit at each squaring. */
static int64_t log2_of_mantissa(uint64_t m)
{
	int64_t log = 0;

	for (int bit = 15; bit >= 0; bit--) {
		m = m * m >> 31;
		if (m >> 32) {
			log |= INT64_C(1) << bit;
			m >>= 1;
		}
	}
	return log;
}

struct span dice_exponential(struct dice *dice, struct span mean)
{
	static const int64_t ln2_ppm = 693147;
	uint64_t u = dice_u64(dice) | 1;
	int zeros = __builtin_clzll(u);
	int64_t minus_log2 = ((int64_t)(1 + zeros) << 16) - log2_of_mantissa((u << zeros) >> 32);

	return span_scale(span_scale(mean, minus_log2, 1 << 16), ln2_ppm, 1000000);
}

struct span dice_normal(struct dice *dice, struct span deviation)
{
	int64_t sum = -6 * (INT64_C(1) << 32);

	for (int i = 0; i < 12; i++)
		sum += (int64_t)(dice_u64(dice) >> 32);
	return span_scale(deviation, sum, INT64_C(1) << 32);
}

static uint64_t square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	return root;
}

struct span dice_pareto(struct dice *dice, struct span scale)
{
	int64_t root = (int64_t)square_root((dice_u64(dice) >> 32) | 1);

	return span_sub(span_scale(scale, 1 << 16, root), scale);
}
