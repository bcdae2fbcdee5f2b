/*
 * Chance from a seed: splitmix64 (Steele, Lea, Flood 2014; Vigna's constants). Integers all the way, so that
 * a seed gives the same run to the byte on every machine: no libm, whose last bit differs from one release to
 * the next.
 */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include "../../proto/instant.h"

struct dice {
	uint64_t state;
};

uint64_t dice_u64(struct dice *dice);

/* Dice of their own for one part of the world: what it draws disturbs nobody else's chance. */
struct dice dice_fork(struct dice *dice);

/* 0 to n - 1; n > 0. */
uint64_t dice_below(struct dice *dice, uint64_t n);

/* low to high, both included. */
int64_t dice_between(struct dice *dice, int64_t low, int64_t high);
struct span dice_span(struct dice *dice, struct span low, struct span high);

/* True `ppm` times in a million. */
bool dice_chance(struct dice *dice, unsigned ppm);

/* From 0 up, with that mean. */
struct span dice_exponential(struct dice *dice, struct span mean);

/* Around 0 with that standard deviation, never beyond 6 of them (the sum of twelve uniform draws). */
struct span dice_normal(struct dice *dice, struct span deviation);

/*
 * From 0 up, with a heavy tail: half stay below 0.41 of `scale`, one in ten thousand goes beyond 99 (alpha =
 * 2).
 */
struct span dice_pareto(struct dice *dice, struct span scale);

#endif
