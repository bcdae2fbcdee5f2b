#include "window.h"

#include <stddef.h>

void window_init(struct window *window, unsigned size)
{
	window->size = size;
	window_empty(window);
}

void window_empty(struct window *window)
{
	window->first = window->count = window->ours = 0;
}

static unsigned slot(const struct window *window, unsigned n)
{
	return (window->first + n) % (2 * window->size);
}

static void append(struct window *window, const struct exchange *exchange)
{
	window->ring[slot(window, window->count)] = *exchange;
	window->count++;
	window->ours += exchange->theirs ? 0 : 1;
}

static void drop_oldest(struct window *window)
{
	window->ours -= window_nth(window, 0)->theirs ? 0 : 1;
	window->first = slot(window, 1);
	window->count--;
}

void window_add_ours(struct window *window, const struct exchange *exchange)
{
	if (window->ours == window->size)
		drop_oldest(window);
	while (window->count && window_nth(window, 0)->theirs)
		drop_oldest(window);
	append(window, exchange);
}

bool window_has_place(const struct window *window, const struct exchange *theirs)
{
	if (!window->count || window->count - window->ours >= window->ours)
		return false;
	return theirs->low_at.ns >= window_nth(window, 0)->high_at.ns;
}

void window_add_theirs(struct window *window, const struct exchange *theirs)
{
	append(window, theirs);
}

void window_sink_latest(struct window *window)
{
	for (unsigned n = window->count - 1; n > 1; n--) {
		struct exchange *e = &window->ring[slot(window, n)];
		struct exchange *before = &window->ring[slot(window, n - 1)], held = *e;

		if (before->high_at.ns <= held.low_at.ns)
			return;
		*e = *before;
		*before = held;
	}
}

void window_drop_latest(struct window *window)
{
	window->count--;
	window->ours -= window->ring[slot(window, window->count)].theirs ? 0 : 1;
}

struct exchange *window_find(struct window *window, uint64_t id)
{
	for (unsigned n = 0; n < window->count; n++) {
		struct exchange *e = &window->ring[slot(window, n)];

		if (e->id == id && !e->theirs)
			return e;
	}
	return NULL;
}

const struct exchange *window_latest_of_ours(const struct window *window)
{
	for (unsigned n = window->count; n > 0; n--)
		if (!window_nth(window, n - 1)->theirs)
			return window_nth(window, n - 1);
	return NULL;
}

struct span window_least_round_trip(const struct window *window)
{
	struct span least = SPAN_MAX;

	for (unsigned n = 0; n < window->count; n++)
		if (!window_nth(window, n)->theirs)
			least = span_min(least, exchange_round_trip(window_nth(window, n)));
	return least;
}

bool window_reaches_before(const struct window *window, struct raw at)
{
	for (unsigned n = 0; n < window->count; n++)
		if (window_nth(window, n)->high_at.ns < at.ns)
			return true;
	return false;
}
