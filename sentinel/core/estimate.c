#include "estimate.h"

#include <stddef.h>

enum {
	WORST = 0,         /* crystals wander as far as they may, */
	CALM = 3,          /* or, as they mostly do, by an eighth of it: a shift */
	LIKELY_LEAST = 8,  /* exchanges, to tell more than the middle */
	TREND_WINDOWS = 2, /* so many windows of them make a trend */
	NEWTON_STEPS =
		32, /* an end, not a need: a handful is usual, and to stop early is to stay on the safe side */
};

/* The lines are rounded to whole nanoseconds: so much of a gap is none. */
#define GAP_LEAST (-2)
#define WANDER_TIME span_s(60)
#define WAITED_LEAST span_ms(100)
#define AGE_MOST span_s(INT64_C(86400) * 366) /* no exchange is older */

static struct span saturated(wide_int ns)
{
	return span_ns(ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns);
}

/* rate * span, rounded down. */
static wide_int along(struct rate rate, struct span span)
{
	return (wide_int)rate.units * span.ns >> RATE_SHIFT;
}

/*
 * How far two crystals may have run apart from a straight line in `age`: the rate differs by up to WANDER_PPB at once,
 * and by as much more with each minute; this is its integral, rounded up. No division of wide numbers: it is what the
 * whole estimate spends its time on.
 */
static int64_t wandered(struct span age)
{
	int64_t ns = span_min(age, AGE_MOST).ns;
	int64_t linear = ns / (NS_PER_S / WANDER_PPB) + 1;

	return linear +
	       (linear / 1000 + 1) * (ns / NS_PER_MS + 1) / (2 * WANDER_TIME.ns / (1000 * NS_PER_MS)) + 1;
}

void estimate_init(struct estimate *estimate, unsigned window, int64_t most_ppb)
{
	estimate->size = window;
	estimate->most = rate_of_ppb(most_ppb);
	estimate_forget(estimate);
}

void estimate_forget(struct estimate *estimate)
{
	estimate->first = estimate->count = estimate->ours = 0;
	estimate->waited = false;
	estimate->since_kept = 0;
	estimate->kept_at = (struct raw){ INT64_MIN };
	rate_memory_forget(&estimate->memory);
	estimate->jumped = estimate->unclean = estimate->misfit = false;
	trend_forget(&estimate->trend);
	estimate->slowest.units = -estimate->most.units;
	estimate->fastest = estimate->most;
}

static unsigned slot(const struct estimate *estimate, unsigned n)
{
	return (estimate->first + n) % (2 * estimate->size);
}

static const struct exchange *nth(const struct estimate *estimate, unsigned n)
{
	return &estimate->window[slot(estimate, n)];
}

/* ---- the two clouds, looked at along a slope ---- */

/*
 * Where the two bounds that matter lie: the least upper and the greatest lower one, carried to `at` at some rate, and moved
 * outwards by the wander, or, where it is not about proof, by a 2^calm-th of it.
 */
struct gap {
	wide_int high, low;
	struct span high_age, low_age;
	const struct exchange *high_of, *low_of;
};

/* A bound is never from the future; a clock that says so is not believed about the age. */
static struct span age_of(const struct estimate *estimate, struct raw at)
{
	return span_max(SPAN_ZERO, raw_sub(estimate->at, at));
}

static struct gap gap_along(const struct estimate *estimate, struct rate rate, unsigned calm)
{
	const struct exchange *first = nth(estimate, 0);
	struct gap gap = { .high = INT64_MAX, .low = INT64_MIN, .high_of = first, .low_of = first };

	for (unsigned n = 0; n < estimate->count; n++) {
		const struct exchange *e = nth(estimate, n);
		struct span high_age = age_of(estimate, e->high_at), low_age = age_of(estimate, e->low_at);
		wide_int high = e->high.ns + along(rate, high_age) + (wandered(high_age) >> calm) + 1;
		wide_int low = e->low.ns + along(rate, low_age) - (wandered(low_age) >> calm);

		if (high < gap.high) {
			gap.high = high;
			gap.high_age = high_age;
			gap.high_of = e;
		}
		if (low > gap.low) {
			gap.low = low;
			gap.low_age = low_age;
			gap.low_of = e;
		}
	}
	return gap;
}

/*
 * From the rate `from`, where no line may pass, towards `to` until one does: *out is the first such rate, or a little
 * before it. False where there is none.
 */
static bool first_possible(
	const struct estimate *estimate, struct rate from, struct rate to, struct rate *out)
{
	bool down = to.units < from.units;
	struct rate rate = from;

	for (int step = 0; step < NEWTON_STEPS; step++) {
		struct gap gap = gap_along(estimate, rate, WORST);
		/* How the gap grows with the rate, on the piece at hand. */
		wide_int slope = (wide_int)gap.high_age.ns - gap.low_age.ns, move;

		if (gap.high - gap.low >= GAP_LEAST)
			break;
		if (slope == 0 || (slope > 0) == down)
			return false;
		move = ((gap.low - gap.high) << RATE_SHIFT) / slope; /* towards zero: not past the root */
		move = move ? move : down ? -1 : 1;
		if (down ? rate.units + move < to.units : rate.units + move > to.units)
			return false;
		rate.units += (int64_t)move;
	}
	*out = rate;
	return true;
}

/* ---- an exchange more ---- */

static void drop_oldest(struct estimate *estimate)
{
	estimate->ours -= nth(estimate, 0)->theirs ? 0 : 1;
	estimate->first = slot(estimate, 1);
	estimate->count--;
}

static struct origin origin_of(const struct exchange *e)
{
	return (struct origin){ e->low_at, span_sub(e->high, e->low) };
}

/* Finds what the window allows of the rates from slowest to fastest; false where it allows none. */
static bool solve(struct estimate *estimate, struct rate slowest, struct rate fastest)
{
	struct rate least, greatest;
	struct gap flat, steep;

	if (fastest.units < slowest.units || !first_possible(estimate, fastest, slowest, &greatest) ||
		!first_possible(estimate, slowest, fastest, &least))
		return false;
	estimate->slowest = least;
	estimate->fastest = greatest;
	flat = gap_along(estimate, least, WORST);
	steep = gap_along(estimate, greatest, WORST);
	estimate->now = interval_of(saturated(flat.low), saturated(steep.high));
	estimate->below = origin_of(flat.low_of);
	estimate->above = origin_of(steep.high_of);
	return interval_valid(estimate->now);
}

/* The rates that are possible now. */
static void possible_rates(const struct estimate *estimate, struct rate *slowest, struct rate *fastest)
{
	slowest->units = -estimate->most.units;
	*fastest = estimate->most;
	rate_memory_narrow(&estimate->memory, estimate->at, slowest, fastest);
}

/* Crystals alone have a rate to remember: a clock that is slewed may have any other at once. */
static bool has_rate(const struct estimate *estimate)
{
	return estimate->most.units <= rate_of_ppb(CRYSTAL_PPB).units;
}

/*
 * Asked before the latest window was kept, and answered since: one jump may be in the midst of it, and then of both windows.
 */
static bool has_late_one(const struct estimate *estimate)
{
	for (unsigned n = 0; n < estimate->count; n++)
		if (nth(estimate, n)->high_at.ns < estimate->kept_at.ns)
			return true;
	return false;
}

/* Keeps what the whole window says, by itself. */
static void keep(struct estimate *estimate)
{
	struct rate all = estimate->most, none = { -estimate->most.units };
	struct rates window;

	if (!has_rate(estimate) || ++estimate->since_kept < estimate->size ||
		estimate->ours < estimate->size || has_late_one(estimate))
		return;
	estimate->since_kept = 0;
	estimate->kept_at = estimate->at;
	if (!solve(estimate, none, all))
		return;
	window = (struct rates){ estimate->slowest, estimate->fastest, estimate->at };
	rate_memory_keep(&estimate->memory, &window, estimate->now);
}

static void append(struct estimate *estimate, const struct exchange *exchange)
{
	estimate->window[slot(estimate, estimate->count)] = *exchange;
	estimate->count++;
	estimate->ours += exchange->theirs ? 0 : 1;
}

/* One of our own: in full, the oldest one gives way, and what of theirs is older than what is then the oldest. */
static void append_ours(struct estimate *estimate, const struct exchange *exchange)
{
	if (estimate->ours == estimate->size)
		drop_oldest(estimate);
	while (estimate->count && nth(estimate, 0)->theirs)
		drop_oldest(estimate);
	if (!estimate->count || exchange->low_at.ns > estimate->at.ns)
		estimate->at = exchange->low_at;
	append(estimate, exchange);
}

/*
 * An exchange that took far longer than others of ours may have waited while a machine stood still, and then memory and truth have
 * parted though no bound contradicts: until the next one tells, nothing but this one is believed.
 */
static bool waited(const struct estimate *estimate, const struct exchange *exchange)
{
	struct span least = SPAN_MAX;

	for (unsigned n = 0; n < estimate->count; n++)
		if (!nth(estimate, n)->theirs)
			least = span_min(least, span_sub(nth(estimate, n)->high, nth(estimate, n)->low));
	return span_less(
		span_add(span_scale(least, 2, 1), WAITED_LEAST), span_sub(exchange->high, exchange->low));
}

/* What one exchange says of the offset at estimate->at. */
static struct interval by_itself(const struct estimate *estimate, const struct exchange *exchange)
{
	struct rate slowest = { -estimate->most.units };
	struct span high_age = age_of(estimate, exchange->high_at),
		    low_age = age_of(estimate, exchange->low_at);

	return interval_of(saturated(exchange->low.ns + along(slowest, low_age) - wandered(low_age)),
		saturated(exchange->high.ns + along(estimate->most, high_age) + wandered(high_age) + 1));
}

/* ---- for people ---- */

/* Middles of a window that is not yet full are far off, and count for little. */
static double weight_of(const struct estimate *estimate)
{
	double full = (double)estimate->ours / estimate->size;

	return full * full;
}

/* The likely rate, among those that are possible. */
static struct rate likely_rate(const struct estimate *estimate)
{
	struct rate rate = { estimate->slowest.units / 2 + estimate->fastest.units / 2 };
	double slope;

	if (!trend_slope(&estimate->trend, &slope))
		return rate;
	slope *= (double)((int64_t)1 << RATE_SHIFT);
	if (slope < (double)estimate->slowest.units)
		return estimate->slowest;
	return slope > (double)estimate->fastest.units ? estimate->fastest : (struct rate){ (int64_t)slope };
}

static void find_likely(struct estimate *estimate)
{
	struct span middle = interval_middle(estimate->now);
	struct gap gap;

	estimate->likely = middle;
	if (estimate->ours < LIKELY_LEAST)
		return;
	trend_look(
		&estimate->trend, estimate->at, middle, weight_of(estimate), TREND_WINDOWS * estimate->size);
	gap = gap_along(estimate, likely_rate(estimate), CALM);
	middle = saturated((gap.high + gap.low) / 2);
	estimate->likely = span_max(estimate->now.low, span_min(estimate->now.high, middle));
}

/* ---- jumps ---- */

static bool is_clean(const struct estimate *estimate, const struct exchange *exchange)
{
	return exchange->high_at.ns >= estimate->clean_from.ns;
}

bool estimate_straddles(const struct estimate *estimate, const struct exchange *exchange)
{
	if (!estimate->jumped || is_clean(estimate, exchange))
		return false;
	return !estimate->unclean || exchange->high_at.ns < nth(estimate, 0)->high_at.ns;
}

/* Forgets all but the jump, and when that was. */
static void start_anew(struct estimate *estimate, struct raw clean_from, bool unclean)
{
	estimate_forget(estimate);
	estimate->jumped = true;
	estimate->unclean = unclean;
	estimate->clean_from = clean_from;
}

unsigned estimate_add(struct estimate *estimate, const struct exchange *exchange)
{
	struct rate slowest, fastest;
	unsigned dropped = estimate->misfit ? estimate->count : 0;

	if (estimate->unclean)
		start_anew(estimate, estimate->clean_from, !is_clean(estimate, exchange));
	append_ours(estimate, exchange);
	keep(estimate);
	possible_rates(estimate, &slowest, &fastest);
	if (!solve(estimate, slowest, fastest)) {
		dropped += estimate->count - 1;
		start_anew(estimate, exchange->low_at, true);
		append_ours(estimate, exchange);
		solve(estimate, estimate->slowest, estimate->fastest);
	}
	estimate->alone = by_itself(estimate, exchange);
	estimate->latest = origin_of(exchange);
	estimate->waited = waited(estimate, exchange);
	if (estimate->waited) {
		estimate->now = estimate->alone;
		estimate->above = estimate->below = estimate->latest;
		estimate->likely = interval_middle(estimate->alone);
	} else {
		find_likely(estimate);
	}
	return dropped;
}

/* ---- what the other host asked ---- */

/* From within the window (which begins after any jump), and no more of them than of our own. */
static bool has_place(const struct estimate *estimate, const struct exchange *theirs)
{
	if (!estimate->count || estimate->unclean || estimate->count - estimate->ours >= estimate->ours)
		return false;
	return theirs->low_at.ns >= nth(estimate, 0)->high_at.ns && theirs->low_at.ns <= estimate->at.ns &&
	       theirs->high_at.ns <= estimate->at.ns && !span_less(theirs->high, theirs->low);
}

/* To its place by time, so that it leaves the window with those of ours that are as old. */
static void sink_latest(struct estimate *estimate)
{
	for (unsigned n = estimate->count - 1; n > 1; n--) {
		struct exchange *e = &estimate->window[slot(estimate, n)];
		struct exchange *before = &estimate->window[slot(estimate, n - 1)], held = *e;

		if (before->high_at.ns <= held.low_at.ns)
			return;
		*e = *before;
		*before = held;
	}
}

/* It did not fit: a raw clock jumped before our latest exchange was over. Told once, so that no flood of them costs us much. */
static void take_back(struct estimate *estimate)
{
	estimate->count--;
	estimate->jumped = estimate->unclean = estimate->misfit = true;
	estimate->clean_from = estimate->at;
}

bool estimate_add_theirs(struct estimate *estimate, const struct exchange *exchange)
{
	struct rate slowest = estimate->slowest, fastest = estimate->fastest, least, greatest;
	struct interval now = estimate->now;
	struct origin above = estimate->above, below = estimate->below;
	bool fits;

	if (!has_place(estimate, exchange))
		return false;
	append(estimate, exchange);
	possible_rates(estimate, &least, &greatest);
	fits = solve(estimate, least, greatest);
	if (fits)
		sink_latest(estimate);
	else
		take_back(estimate);
	estimate->slowest = slowest;
	estimate->fastest = fastest;
	estimate->now = now;
	estimate->above = above;
	estimate->below = below;
	return fits;
}

bool estimate_latest(const struct estimate *estimate, struct exchange *out)
{
	if (estimate->waited || estimate->unclean)
		return false;
	for (unsigned n = estimate->count; n > 0; n--) {
		const struct exchange *e = nth(estimate, n - 1);

		if (e->theirs)
			continue;
		*out = *e;
		return true;
	}
	return false;
}

/* ---- departures ---- */

static struct exchange *find(struct estimate *estimate, uint64_t id)
{
	for (unsigned n = 0; n < estimate->count; n++) {
		struct exchange *e = &estimate->window[slot(estimate, n)];

		if (e->id == id && !e->theirs)
			return e;
	}
	return NULL;
}

/* Later, but not so much that the bounds would cross. */
static bool believable(const struct exchange *e, struct span later)
{
	return later.ns > 0 && later.ns <= span_sub(e->high, e->low).ns;
}

/* T2 - T1 falls. */
void estimate_request_left(struct estimate *estimate, uint64_t id, struct raw left)
{
	struct exchange *e = find(estimate, id);
	struct span later = e ? raw_sub(left, e->high_at) : SPAN_ZERO;

	if (!e || !believable(e, later))
		return;
	e->high = span_sub(e->high, later);
	e->high_at = left;
}

/* T3 - T4 rises. */
void estimate_answer_left(struct estimate *estimate, uint64_t id, struct raw sent, struct raw left)
{
	struct exchange *e = find(estimate, id);
	struct span later = raw_sub(left, sent);

	if (!e || raw_add(e->low_at, e->low).ns != sent.ns || !believable(e, later))
		return;
	e->low = span_add(e->low, later);
}

/* ---- what is known ---- */

bool estimate_at(const struct estimate *estimate, struct raw at, struct interval *out)
{
	struct span since = raw_sub(at, estimate->at);
	struct rate slowest = estimate->slowest, fastest = estimate->fastest;
	int64_t wander = wandered(span_abs(since));

	if (!estimate->count)
		return false;
	if (since.ns < 0) { /* backwards the faster one was lower */
		slowest = estimate->fastest;
		fastest = estimate->slowest;
	}
	*out = interval_of(saturated(estimate->now.low.ns + along(slowest, since) - wander),
		saturated(estimate->now.high.ns + along(fastest, since) + wander + 1));
	return true;
}

bool estimate_alone_at(const struct estimate *estimate, struct raw at, struct interval *out)
{
	struct span since = span_abs(raw_sub(at, estimate->at));

	if (!estimate->count)
		return false;
	*out = interval_widen(
		estimate->alone, span_add(rate_along(estimate->most, since), span_ns(wandered(since) + 1)));
	return true;
}
