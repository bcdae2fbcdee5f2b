#include "estimate.h"

#include "hull.h"

enum {
	LIKELY_LEAST = 8,  /* exchanges, to tell more than the middle */
	TREND_WINDOWS = 2, /* so many windows of them make a trend */
};

#define WAITED_LEAST span_ms(100)

void estimate_init(struct estimate *estimate, unsigned window, int64_t most_ppb)
{
	window_init(&estimate->window, window);
	estimate->most = rate_of_ppb(most_ppb);
	estimate_forget(estimate);
}

void estimate_forget(struct estimate *estimate)
{
	window_empty(&estimate->window);
	estimate->waited = false;
	estimate->since_kept = 0;
	estimate->kept_at = (struct raw){ INT64_MIN };
	rate_memory_forget(&estimate->memory);
	estimate->jumped = estimate->unclean = estimate->misfit = false;
	trend_forget(&estimate->trend);
	estimate->slowest.units = -estimate->most.units;
	estimate->fastest = estimate->most;
}

static struct hull hull_of(const struct estimate *estimate)
{
	return (struct hull){ &estimate->window, estimate->at };
}

/* ---- an exchange more ---- */

static struct origin origin_of(const struct exchange *e)
{
	return (struct origin){ e->low_at, exchange_round_trip(e) };
}

/* Finds what the window allows of the rates from slowest to fastest; false where it allows none. */
static bool solve(struct estimate *estimate, struct rate slowest, struct rate fastest)
{
	struct hull hull = hull_of(estimate);
	struct rate least, greatest;
	struct gap flat, steep;

	if (fastest.units < slowest.units || !hull_first_possible(hull, fastest, slowest, &greatest) ||
		!hull_first_possible(hull, slowest, fastest, &least))
		return false;
	estimate->slowest = least;
	estimate->fastest = greatest;
	flat = hull_gap(hull, least, WANDER_WORST);
	steep = hull_gap(hull, greatest, WANDER_WORST);
	estimate->now = interval_of(span_saturated(flat.low), span_saturated(steep.high));
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

/* Keeps what the whole window says, by itself. */
static void keep(struct estimate *estimate)
{
	struct rate all = estimate->most, none = { -estimate->most.units };
	struct rates window;

	/* One jump may be in the midst of an exchange that was asked before the latest window was kept, and then in both. */
	if (!has_rate(estimate) || ++estimate->since_kept < estimate->window.size ||
		estimate->window.ours < estimate->window.size ||
		window_reaches_before(&estimate->window, estimate->kept_at))
		return;
	estimate->since_kept = 0;
	estimate->kept_at = estimate->at;
	if (!solve(estimate, none, all))
		return;
	window = (struct rates){ estimate->slowest, estimate->fastest, estimate->at };
	rate_memory_keep(&estimate->memory, &window, estimate->now);
}

static void add_ours(struct estimate *estimate, const struct exchange *exchange)
{
	window_add_ours(&estimate->window, exchange);
	if (estimate->window.count == 1 || exchange->low_at.ns > estimate->at.ns)
		estimate->at = exchange->low_at;
}

/*
 * An exchange that took far longer than others of ours may have waited while a machine stood still, and then memory and truth have
 * parted though no bound contradicts: until the next one tells, nothing but this one is believed.
 */
static bool waited(const struct estimate *estimate, const struct exchange *exchange)
{
	struct span least = window_least_round_trip(&estimate->window);

	return span_less(span_add(span_scale(least, 2, 1), WAITED_LEAST), exchange_round_trip(exchange));
}

/* What one exchange says of the offset at estimate->at. */
static struct interval by_itself(const struct estimate *estimate, const struct exchange *exchange)
{
	struct rate slowest = { -estimate->most.units };
	struct span high_age = span_max(SPAN_ZERO, raw_sub(estimate->at, exchange->high_at));
	struct span low_age = span_max(SPAN_ZERO, raw_sub(estimate->at, exchange->low_at));

	return interval_of(
		span_saturated(exchange->low.ns + rate_times(slowest, low_age) - rate_wander(low_age)),
		span_saturated(exchange->high.ns + rate_times(estimate->most, high_age) +
			       rate_wander(high_age) + 1));
}

/* ---- for people ---- */

/* Middles of a window that is not yet full are far off, and count for little. */
static double weight_of(const struct estimate *estimate)
{
	double full = (double)estimate->window.ours / estimate->window.size;

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
	if (estimate->window.ours < LIKELY_LEAST)
		return;
	trend_look(&estimate->trend, estimate->at, middle, weight_of(estimate),
		TREND_WINDOWS * estimate->window.size);
	gap = hull_gap(hull_of(estimate), likely_rate(estimate), WANDER_CALM);
	middle = span_saturated((gap.high + gap.low) / 2);
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
	return !estimate->unclean || exchange->high_at.ns < window_nth(&estimate->window, 0)->high_at.ns;
}

/* Forgets all but the jump, and when that was. */
static void start_anew(struct estimate *estimate, struct raw clean_from, bool unclean)
{
	estimate_forget(estimate);
	estimate->jumped = true;
	estimate->unclean = unclean;
	estimate->clean_from = clean_from;
}

void estimate_restart(struct estimate *estimate, struct raw at)
{
	start_anew(estimate, at, false);
}

unsigned estimate_add(struct estimate *estimate, const struct exchange *exchange)
{
	struct rate slowest, fastest;
	unsigned dropped = estimate->misfit ? estimate->window.count : 0;

	if (estimate->unclean)
		start_anew(estimate, estimate->clean_from, !is_clean(estimate, exchange));
	add_ours(estimate, exchange);
	keep(estimate);
	possible_rates(estimate, &slowest, &fastest);
	if (!solve(estimate, slowest, fastest)) {
		dropped += estimate->window.count - 1;
		start_anew(estimate, exchange->low_at, true);
		add_ours(estimate, exchange);
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

/* From within the window, which begins after any jump. */
static bool has_place(const struct estimate *estimate, const struct exchange *theirs)
{
	return !estimate->unclean && window_has_place(&estimate->window, theirs) &&
	       theirs->low_at.ns <= estimate->at.ns && theirs->high_at.ns <= estimate->at.ns &&
	       !span_less(theirs->high, theirs->low);
}

/* It did not fit: a raw clock jumped before our latest exchange was over. Told once, so that no flood of them costs us much. */
static void take_back(struct estimate *estimate)
{
	window_drop_latest(&estimate->window);
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
	window_add_theirs(&estimate->window, exchange);
	possible_rates(estimate, &least, &greatest);
	fits = solve(estimate, least, greatest);
	if (fits)
		window_sink_latest(&estimate->window);
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
	const struct exchange *latest = window_latest_of_ours(&estimate->window);

	if (estimate->waited || estimate->unclean || !latest)
		return false;
	*out = *latest;
	return true;
}

/* ---- departures ---- */

/* Later, but not so much that the bounds would cross. */
static bool believable(const struct exchange *e, struct span later)
{
	return later.ns > 0 && later.ns <= exchange_round_trip(e).ns;
}

/* T2 - T1 falls. */
void estimate_request_left(struct estimate *estimate, uint64_t id, struct raw left)
{
	struct exchange *e = window_find(&estimate->window, id);
	struct span later = e ? raw_sub(left, e->high_at) : SPAN_ZERO;

	if (!e || !believable(e, later))
		return;
	e->high = span_sub(e->high, later);
	e->high_at = left;
}

/* T3 - T4 rises. */
void estimate_answer_left(struct estimate *estimate, uint64_t id, struct raw sent, struct raw left)
{
	struct exchange *e = window_find(&estimate->window, id);
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
	int64_t wander = rate_wander(span_abs(since));

	if (!estimate->window.count)
		return false;
	if (since.ns < 0) { /* backwards the faster one was lower */
		slowest = estimate->fastest;
		fastest = estimate->slowest;
	}
	*out = interval_of(span_saturated(estimate->now.low.ns + rate_times(slowest, since) - wander),
		span_saturated(estimate->now.high.ns + rate_times(fastest, since) + wander + 1));
	return true;
}

bool estimate_alone_at(const struct estimate *estimate, struct raw at, struct interval *out)
{
	struct span since = span_abs(raw_sub(at, estimate->at));

	if (!estimate->window.count)
		return false;
	*out = interval_widen(estimate->alone,
		span_add(rate_along(estimate->most, since), span_ns(rate_wander(since) + 1)));
	return true;
}
