/* The latest exchanges with another host, those that we asked for and those that it did, in the order of time. */
#ifndef SENTINEL_CORE_WINDOW_H
#define SENTINEL_CORE_WINDOW_H

#include "../../proto/interval.h"

enum { WINDOW_MAX = 256 };

/*
 * One exchange: `high` holds at `high_at` (T1), `low` at `low_at` (T4), both on this host's raw clock. One that the other
 * host asked for bounds the same offset from the other side: `high` is its T4 less our T3, at T3, and `low` its T1 less our
 * T2, at T2.
 */
struct exchange {
	uint64_t id; /* its nonce */
	bool theirs; /* asked by the other host */
	struct raw high_at, low_at;
	struct span high, low;
};

/* T1 to T4 without what the other host took between T2 and T3. */
static inline struct span exchange_round_trip(const struct exchange *exchange)
{
	return span_sub(exchange->high, exchange->low);
}

struct window {
	struct exchange ring[2 * WINDOW_MAX];
	unsigned size;         /* so many of our own at most, and no more of theirs */
	unsigned first, count; /* of all */
	unsigned ours;         /* of our own */
};

/* size: 1 to WINDOW_MAX. */
void window_init(struct window *window, unsigned size);

void window_empty(struct window *window);

/* The n-th of window->count, the oldest first. */
static inline const struct exchange *window_nth(const struct window *window, unsigned n)
{
	return &window->ring[(window->first + n) % (2 * window->size)];
}

/* Adds one of our own: in full, the oldest one gives way, and what of theirs is older than what is then the oldest. */
void window_add_ours(struct window *window, const struct exchange *exchange);

/*
 * Adds one of theirs as the latest, where window_has_place: within the time of the window, and no more of them than of our own.
 * Then window_sink_latest puts it into its place by time, so that it leaves with those of ours that are as old, or
 * window_drop_latest takes it back.
 */
bool window_has_place(const struct window *window, const struct exchange *theirs);
void window_add_theirs(struct window *window, const struct exchange *theirs);
void window_sink_latest(struct window *window);
void window_drop_latest(struct window *window);

/* Of our own: the one with that nonce, and the latest; NULL where there is none. */
struct exchange *window_find(struct window *window, uint64_t id);
const struct exchange *window_latest_of_ours(const struct window *window);

/* The least round trip of our own; SPAN_MAX where there is none. */
struct span window_least_round_trip(const struct window *window);

/* One was asked (or, of theirs, answered) before `at`. */
bool window_reaches_before(const struct window *window, struct raw at);

#endif
