#include "rate.h"

struct rate rate_of_ppb(int64_t ppb)
{
	return (struct rate){ (int64_t)((wide_int)ppb * ((int64_t)1 << RATE_SHIFT) / NS_PER_S) };
}

struct rate rate_between(struct span moved, struct span in)
{
	return (struct rate){ span_saturated((wide_int)moved.ns * ((int64_t)1 << RATE_SHIFT) / in.ns).ns };
}

struct span rate_along(struct rate rate, struct span span)
{
	return span_saturated(rate_times(rate, span));
}
