/*
 * How a raw clock runs against ours in all likelihood: for the one value that people are shown, never for a bound.
 *
 * What bounds prove of the rate over one window is little where the path is long: clouds that are 30 ms apart for a minute
 * leave it open to some 500 ppm, and then the middle of what is possible now follows the two or three latest exchanges. The
 * middles of many windows lie near a line all the same. Its slope, by least squares (weights that fade with each exchange),
 * is known to a few ppm after minutes; along that slope all points of the window count for the present.
 */
#ifndef SENTINEL_CORE_TREND_H
#define SENTINEL_CORE_TREND_H

#include "../../proto/instant.h"

struct trend {
	bool begun;
	struct raw at;      /* of the latest middle, */
	struct span middle; /* and it: all below is from there, in ns */
	double weight;      /* of all, */
	double x, y;        /* their mean, */
	double xx, xy;      /* and weighted sums around it */
	unsigned count;
};

void trend_forget(struct trend *trend);

/* One middle more, of so much weight; what is older fades to 1 - 1/fade of what it was. fade > 1. */
void trend_look(struct trend *trend, struct raw at, struct span middle, double weight, double fade);

/* Seconds per second; false: a handful of middles say nothing. */
bool trend_slope(const struct trend *trend, double *out);

#endif
