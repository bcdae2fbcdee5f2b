/*
 * The two clouds that a window's exchanges put above and below the line of the offset (estimate.h), looked at along a
 * slope: which of their points bound it, and which slopes have a line between them at all.
 */
#ifndef SENTINEL_CORE_HULL_H
#define SENTINEL_CORE_HULL_H

#include "rate.h"
#include "window.h"

/* Crystals wander as far as they may, or, as they mostly do, by an eighth of it: shifts. */
enum hull_wander { WANDER_WORST = 0, WANDER_CALM = 3 };

/* The two clouds, and the instant at which it is asked what they allow: no earlier than any of their points. */
struct hull {
	const struct window *window;
	struct raw at;
};

/*
 * Where the two bounds that matter lie: the least upper and the greatest lower one (ns), carried to the instant at some
 * rate, and moved outwards by the wander.
 */
struct gap {
	wide_int high, low;
	struct span high_age, low_age;
	const struct exchange *high_of, *low_of;
};

/* The window has an exchange. Linear in it. */
struct gap hull_gap(struct hull hull, struct rate rate, enum hull_wander wander);

/*
 * From the rate `from`, where no line may pass, towards `to` until one does: *out is the first such rate, or a little
 * before it. False where there is none. A handful of hull_gap.
 */
bool hull_first_possible(struct hull hull, struct rate from, struct rate to, struct rate *out);

#endif
