/*
 * At the instant at which the latest answer was given (T3) the true offset lies inside the interval that is
 * stated of it.
 *
 * Excused: the asker's wall clock was set since; its clocks stood still while it waited for the answer. What
 * a raw clock that stood still (or moved to another crystal) earlier than that does to what is remembered of
 * it is counted apart: see still_checked in totals.h.
 */
#include "../../conf/span.h"
#include "invariant.h"

static bool not_before(struct truth a, struct truth b)
{
	return !truth_before(a, b);
}

static bool is_excused(const struct host *host, const struct evidence *evidence)
{
	return not_before(host->clock.jumped, evidence->answered) ||
	       not_before(host->clock.stilled, evidence->asked);
}

static struct span off_by(struct interval stated, struct span offset)
{
	return span_max(span_sub(stated.low, offset), span_sub(offset, stated.high));
}

static void count_still(struct host *host, struct span since, struct span off)
{
	struct totals *totals = &host->world->totals;

	totals->still_checked++;
	if (off.ns <= 0)
		return;
	totals->still_wrong++;
	totals->still_worst = span_max(totals->still_worst, off);
	totals->still_longest = span_max(totals->still_longest, since);
}

static void stepped(struct host *host, const struct sight *before)
{
	char stated_low[SPAN_TEXT_SIZE], stated_high[SPAN_TEXT_SIZE], truly[SPAN_TEXT_SIZE],
		by[SPAN_TEXT_SIZE];
	const struct pair *pair;
	const struct host *peer;
	struct span off;

	(void)before;
	if (host->sight.fresh < 0)
		return;
	peer = &host->world->hosts[host->sight.fresh];
	pair = &host->pairs[host->sight.fresh];
	if (is_excused(host, &pair->evidence))
		return;
	off = off_by(pair->offset, pair->evidence.offset);
	if (pair_jumped_lately(host, (unsigned)host->sight.fresh)) {
		count_still(host, truth_sub(host->world->now, pair->jumped), off);
		return;
	}
	looked_at(host, INVARIANT_INTERVAL);
	if (off.ns > 0)
		violate(host, INVARIANT_INTERVAL,
			"%s is stated to be from %s to %s off, and is %s off: outside by %s",
			peer->plan->name, span_format(pair->offset.low, stated_low, sizeof stated_low),
			span_format(pair->offset.high, stated_high, sizeof stated_high),
			span_format(pair->evidence.offset, truly, sizeof truly),
			span_format(off, by, sizeof by));
}

const struct invariant invariant_interval = {
	.name = "interval",
	.promise = "at the instant of the latest answer the true offset is inside the stated interval",
	.stepped = stepped,
};
