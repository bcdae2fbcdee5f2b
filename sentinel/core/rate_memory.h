/*
 * What the exchanges that have left the window allowed of two crystals' rate.
 *
 * Over one window a long path proves little of it: clouds that are 150 ms apart for a minute leave it open to more than any
 * crystal has. Over half an hour it is 150 ppm, and the bound on the offset, which is as old as its best exchange, grows
 * by so much less. So of each whole window two things are kept: the rates that it allowed by itself, and a mark, which is
 * the offset that it allowed at its end. Between two marks, A and B, the rate was in the mean
 *
 *        offset ^             B       from  (B.low - A.high) / (B.at - A.at)
 *               |             |       to    (B.high - A.low) / (B.at - A.at)
 *               |   A      ___|
 *               |   |____--   |       and now it may be off that by what two crystals wander since A.
 *               |   |         |
 *               +--------------> time
 *
 * A raw clock may have jumped by so little that nothing contradicted it (estimate.h). Then a window, or a span between two
 * marks, tells of a rate that was none. Hence each is kept twice, from exchanges that the other has no part in, and what
 * either allows is possible: the two latest windows, and the earlier and the later half of the marks, with one between
 * them. One jump spoils only one of them. And the marks are forgotten where the middle of what is
 * possible moves at a rate that they rule out. That is no proof and need not be: bounds get wider by it, never wrong.
 *
 * What is left to assume: several jumps, or a move to another crystal, that the middle does not tell of within two windows
 * may spoil both halves. Bounds are then off by no more than the rate that is missed over the age of the window.
 */
#ifndef SENTINEL_CORE_RATE_MEMORY_H
#define SENTINEL_CORE_RATE_MEMORY_H

#include "../../proto/interval.h"
#include "rate.h"

enum { RATE_MARKS = 32 };

/* The rates that were possible at an instant of this host's raw clock: slowest to fastest. */
struct rates {
	struct rate slowest, fastest;
	struct raw at;
};

struct rate_memory {
	struct rates windows[2]; /* the latest last */
	unsigned n_windows;
	struct rate_mark {
		struct raw at;
		struct interval offset;
	} marks[RATE_MARKS]; /* the latest last */
	unsigned n_marks;
	struct rates halves[2]; /* of the marks; valid where these are many enough */
};

void rate_memory_forget(struct rate_memory *memory);

/*
 * A window, all of whose exchanges were asked after the one before had ended, allowed these rates, and at the same instant
 * this offset, both without help of what is remembered.
 */
void rate_memory_keep(struct rate_memory *memory, const struct rates *window, struct interval offset);

/*
 * Takes from the rates from *slowest to *fastest, possible at `at`, those that the memory rules out. Where none is left
 * (*slowest > *fastest) a raw clock jumped, more than once.
 */
void rate_memory_narrow(
	const struct rate_memory *memory, struct raw at, struct rate *slowest, struct rate *fastest);

#endif
