#include "trend.h"

enum { COUNT_LEAST = 16 };

void trend_forget(struct trend *trend)
{
	*trend = (struct trend){ .begun = false };
}

/* The origin goes with the latest one, so that numbers stay small however long it runs. */
static void move_origin(struct trend *trend, struct raw at, struct span middle)
{
	if (trend->begun) {
		trend->x -= (double)raw_sub(at, trend->at).ns;
		trend->y -= (double)span_sub(middle, trend->middle).ns;
	}
	trend->begun = true;
	trend->at = at;
	trend->middle = middle;
}

void trend_look(struct trend *trend, struct raw at, struct span middle, double weight, double fade)
{
	double keep = 1 - 1 / fade, share, dx, dy;

	move_origin(trend, at, middle);
	trend->weight = trend->weight * keep + weight;
	trend->xx *= keep;
	trend->xy *= keep;
	/* The new one is at the origin (West, "Updating mean and variance estimates", CACM 1979). */
	share = weight / trend->weight;
	dx = -trend->x;
	dy = -trend->y;
	trend->x += dx * share;
	trend->y += dy * share;
	trend->xx += weight * dx * (0 - trend->x);
	trend->xy += weight * dx * (0 - trend->y);
	trend->count++;
}

bool trend_slope(const struct trend *trend, double *out)
{
	if (trend->count < COUNT_LEAST || trend->xx <= 0)
		return false;
	*out = trend->xy / trend->xx;
	return true;
}
