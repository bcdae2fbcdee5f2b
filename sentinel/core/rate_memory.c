#include "rate_memory.h"

#include <string.h>

#define WANDER_TIME span_s(60)

enum { MARKS_LEAST = 5 }; /* two ends of each half, and one in between */

void rate_memory_forget(struct rate_memory *memory)
{
	memory->n_windows = memory->n_marks = 0;
}

/* Rounded outwards. */
static struct rates between(const struct rate_mark *from, const struct rate_mark *to)
{
	struct interval moved = interval_sub(to->offset, from->offset);
	struct span in = span_max(raw_sub(to->at, from->at), span_ns(1));
	struct rates rates = { rate_between(moved.low, in), rate_between(moved.high, in), from->at };

	rates.slowest.units = ns_sub(rates.slowest.units, 1);
	rates.fastest.units = ns_add(rates.fastest.units, 1);
	return rates;
}

/* By so much a rate may have changed in `since`, in units. */
static wide_int wandered(struct span since)
{
	int64_t at_once = rate_of_ppb(WANDER_PPB).units + 1;

	return at_once + (wide_int)at_once * span_max(since, SPAN_ZERO).ns / WANDER_TIME.ns + 1;
}

/* What neither of two allows, grown by the wander since, is impossible. */
static void narrow(const struct rates twice[2], struct raw at, struct rate *slowest, struct rate *fastest)
{
	wide_int low = INT64_MAX, high = INT64_MIN;

	for (int i = 0; i < 2; i++) {
		wide_int grown = wandered(raw_sub(at, twice[i].at));
		wide_int from = twice[i].slowest.units - grown, to = twice[i].fastest.units + grown;

		low = from < low ? from : low;
		high = to > high ? to : high;
	}
	if (low > slowest->units)
		slowest->units = (int64_t)low;
	if (high < fastest->units)
		fastest->units = (int64_t)high;
}

/*
 * Within two windows the middle of what is possible moved at a rate that the marks rule out. That is no proof, but what it takes to
 * tell of a jump or of a machine that was moved to another host where the path is so long that nothing contradicts it.
 */
static bool in_doubt(
	const struct rate_memory *memory, const struct rate_mark *before, const struct rate_mark *after)
{
	struct span in = span_max(raw_sub(after->at, before->at), span_ns(1));
	struct rate slowest = { INT64_MIN }, fastest = { INT64_MAX };
	struct rate moved =
		rate_between(span_sub(interval_middle(after->offset), interval_middle(before->offset)), in);

	narrow(memory->halves, after->at, &slowest, &fastest);
	return moved.units < slowest.units || moved.units > fastest.units;
}

/* The first halves are made of marks that nothing could cast doubt on until now. */
static bool first_in_doubt(const struct rate_memory *memory)
{
	for (unsigned n = 2; n < MARKS_LEAST; n++)
		if (in_doubt(memory, &memory->marks[n - 2], &memory->marks[n]))
			return true;
	return false;
}

static void halve(struct rate_memory *memory)
{
	unsigned middle = (memory->n_marks - 1) / 2;

	memory->halves[0] = between(&memory->marks[0], &memory->marks[middle - 1]);
	memory->halves[1] = between(&memory->marks[middle + 1], &memory->marks[memory->n_marks - 1]);
}

static void mark(struct rate_memory *memory, const struct rate_mark *latest)
{
	const struct rate_mark *marks = memory->marks;
	unsigned n = memory->n_marks;

	if (n >= MARKS_LEAST && in_doubt(memory, &marks[n - 2], latest)) {
		memory->n_marks = 0;
		return;
	}
	if (n > 0 && latest->at.ns <= marks[n - 1].at.ns)
		memory->n_marks = 0;
	if (memory->n_marks == RATE_MARKS)
		memmove(memory->marks, memory->marks + 1, --memory->n_marks * sizeof memory->marks[0]);
	memory->marks[memory->n_marks++] = *latest;
	if (memory->n_marks < MARKS_LEAST)
		return;
	halve(memory);
	if (memory->n_marks == MARKS_LEAST && first_in_doubt(memory))
		memory->n_marks = 0;
}

void rate_memory_keep(struct rate_memory *memory, const struct rates *window, struct interval offset)
{
	memory->windows[0] = memory->windows[1];
	memory->windows[1] = *window;
	if (memory->n_windows < 2)
		memory->n_windows++;
	mark(memory, &(struct rate_mark){ window->at, offset });
}

void rate_memory_narrow(
	const struct rate_memory *memory, struct raw at, struct rate *slowest, struct rate *fastest)
{
	if (memory->n_windows == 2)
		narrow(memory->windows, at, slowest, fastest);
	if (memory->n_marks >= MARKS_LEAST)
		narrow(memory->halves, at, slowest, fastest);
}
