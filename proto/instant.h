/*
 * Instants of three clocks, and spans between them, as types that cannot be mixed up.
 *
 * Each is a struct around int64 nanoseconds, so that adding two instants, or subtracting the wall
 * clock from the raw one without saying so, does not compile. The reach is +-292 years around 1970,
 * which holds every NTP era that matters; sums saturate at the ends instead of wrapping, because the
 * numbers may come from a hostile or broken host, and "unbounded" is then the honest answer.
 */
#ifndef PROTO_INSTANT_H
#define PROTO_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* A length of time, negative ones included. */
struct span {
	int64_t ns;
};

/* CLOCK_REALTIME: since 1970-01-01 00:00 UTC. Stepped and slewed. */
struct wall {
	int64_t ns;
};

/* CLOCK_MONOTONIC: since some start. Slewed with the wall clock, never stepped. */
struct mono {
	int64_t ns;
};

/* CLOCK_MONOTONIC_RAW: since some start. The bare crystal: neither slewed nor stepped. */
struct raw {
	int64_t ns;
};

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

#define SPAN_MAX ((struct span){ INT64_MAX })
#define SPAN_MIN ((struct span){ INT64_MIN })
#define SPAN_ZERO ((struct span){ 0 })

static inline int64_t ns_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return a < 0 ? INT64_MIN : INT64_MAX;
}

static inline int64_t ns_sub(int64_t a, int64_t b)
{
	int64_t difference;

	if (!__builtin_sub_overflow(a, b, &difference))
		return difference;
	return a < 0 ? INT64_MIN : INT64_MAX;
}

static inline struct span span_ns(int64_t ns)
{
	return (struct span){ ns };
}

static inline struct span span_us(int64_t us)
{
	return (struct span){ us * NS_PER_US };
}

static inline struct span span_ms(int64_t ms)
{
	return (struct span){ ms * NS_PER_MS };
}

static inline struct span span_s(int64_t s)
{
	return (struct span){ s * NS_PER_S };
}

static inline struct span span_add(struct span a, struct span b)
{
	return (struct span){ ns_add(a.ns, b.ns) };
}

static inline struct span span_sub(struct span a, struct span b)
{
	return (struct span){ ns_sub(a.ns, b.ns) };
}

static inline struct span span_neg(struct span a)
{
	return (struct span){ ns_sub(0, a.ns) };
}

static inline struct span span_abs(struct span a)
{
	return a.ns < 0 ? span_neg(a) : a;
}

static inline struct span span_min(struct span a, struct span b)
{
	return a.ns < b.ns ? a : b;
}

static inline struct span span_max(struct span a, struct span b)
{
	return a.ns > b.ns ? a : b;
}

static inline bool span_less(struct span a, struct span b)
{
	return a.ns < b.ns;
}

/* For the product of two int64. Not in the standard, but in gcc and clang on every 64-bit machine. */
__extension__ typedef __int128 wide_int;

/* a times numerator / denominator, saturating; denominator > 0. Rounds towards zero. */
static inline struct span span_scale(struct span a, int64_t numerator, int64_t denominator)
{
	wide_int scaled = (wide_int)a.ns * numerator / denominator;

	if (scaled > INT64_MAX)
		return SPAN_MAX;
	if (scaled < INT64_MIN)
		return SPAN_MIN;
	return (struct span){ (int64_t)scaled };
}

/* What a clock that is off by at most `ppb` parts in 10^9 may gain over `a`: never negative, rounded up. */
static inline struct span span_drift(struct span a, int64_t ppb)
{
	return span_add(span_scale(span_abs(a), ppb, NS_PER_S), span_ns(1));
}

/* For people and logs only: no decision is made on a double. */
static inline double span_seconds(struct span a)
{
	return (double)a.ns / 1e9;
}

static inline struct span wall_sub(struct wall a, struct wall b)
{
	return (struct span){ ns_sub(a.ns, b.ns) };
}

static inline struct wall wall_add(struct wall a, struct span b)
{
	return (struct wall){ ns_add(a.ns, b.ns) };
}

static inline struct span mono_sub(struct mono a, struct mono b)
{
	return (struct span){ ns_sub(a.ns, b.ns) };
}

static inline struct mono mono_add(struct mono a, struct span b)
{
	return (struct mono){ ns_add(a.ns, b.ns) };
}

static inline bool mono_before(struct mono a, struct mono b)
{
	return a.ns < b.ns;
}

static inline struct mono mono_earlier(struct mono a, struct mono b)
{
	return a.ns < b.ns ? a : b;
}

static inline struct span raw_sub(struct raw a, struct raw b)
{
	return (struct span){ ns_sub(a.ns, b.ns) };
}

static inline struct raw raw_add(struct raw a, struct span b)
{
	return (struct raw){ ns_add(a.ns, b.ns) };
}

/* The wall clock minus the raw one: the mapping between two clocks of one host, hence a span. */
static inline struct span wall_minus_raw(struct wall wall, struct raw raw)
{
	return (struct span){ ns_sub(wall.ns, raw.ns) };
}

static inline struct raw wall_to_raw(struct wall wall, struct span wall_minus_raw)
{
	return (struct raw){ ns_sub(wall.ns, wall_minus_raw.ns) };
}

#endif
