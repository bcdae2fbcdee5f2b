#include "rate.h"

struct rate rate_of_ppb(int64_t ppb)
{
	return (struct rate){ (int64_t)((wide_int)ppb * ((int64_t)1 << RATE_SHIFT) / NS_PER_S) };
}

static int64_t saturated(wide_int value)
{
	return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

struct rate rate_between(struct span moved, struct span in)
{
	return (struct rate){ saturated((wide_int)moved.ns * ((int64_t)1 << RATE_SHIFT) / in.ns) };
}

struct span rate_along(struct rate rate, struct span span)
{
	return span_ns(saturated((wide_int)rate.units * span.ns >> RATE_SHIFT));
}
