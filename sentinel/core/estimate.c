#include "estimate.h"

void estimate_init(struct estimate *estimate, unsigned window, int64_t slope_ppb)
{
	*estimate = (struct estimate){ .size = window, .slope_ppb = slope_ppb };
}

static const struct exchange *nth(const struct estimate *estimate, unsigned n)
{
	return &estimate->window[(estimate->first + n) % estimate->size];
}

bool estimate_at(const struct estimate *estimate, struct raw at, struct interval *out)
{
	struct interval all = INTERVAL_ALL;

	for (unsigned n = 0; n < estimate->count; n++) {
		const struct exchange *e = nth(estimate, n);
		struct span high_age = raw_sub(at, e->high_at), low_age = raw_sub(at, e->low_at);
		struct interval one = interval_of(span_sub(e->low, span_drift(low_age, estimate->slope_ppb)),
			span_add(e->high, span_drift(high_age, estimate->slope_ppb)));

		all = interval_meet(all, one);
	}
	if (!estimate->count)
		return false;
	*out = all;
	return true;
}

static void drop_oldest(struct estimate *estimate)
{
	estimate->first = (estimate->first + 1) % estimate->size;
	estimate->count--;
}

unsigned estimate_add(struct estimate *estimate, const struct exchange *exchange)
{
	struct interval all;
	unsigned dropped = 0;

	if (estimate->count == estimate->size)
		drop_oldest(estimate);
	estimate->window[(estimate->first + estimate->count) % estimate->size] = *exchange;
	estimate->count++;
	while (estimate->count > 1 && estimate_at(estimate, exchange->low_at, &all) && !interval_valid(all)) {
		drop_oldest(estimate);
		dropped++;
	}
	return dropped;
}
