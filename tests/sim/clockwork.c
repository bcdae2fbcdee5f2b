#include "clockwork.h"

void clockwork_start(struct clockwork *clock, struct span uptime, struct wall wall, int64_t crystal_ppb)
{
	*clock = (struct clockwork){
		.raw = { uptime.ns },
		.mono = { uptime.ns },
		.wall = wall,
		.crystal_ppb = crystal_ppb,
		.synchronised = true,
		.jumped = TRUTH_ALWAYS,
		.migrated = TRUTH_ALWAYS,
		.stilled = TRUTH_ALWAYS,
		.moved = TRUTH_ALWAYS,
	};
}

static struct span scaled(struct span span, int64_t ppb)
{
	return span_add(span, span_scale(span, ppb, NS_PER_S));
}

/* How far the raw clock and the disciplined ones went since the latest change. */
static struct span raw_gone(const struct clockwork *clock, struct truth at)
{
	return clock->still ? SPAN_ZERO : scaled(truth_sub(at, clock->at), clock->crystal_ppb);
}

static struct span wall_gone(const struct clockwork *clock, struct truth at)
{
	return scaled(raw_gone(clock, at), clock->discipline_ppb);
}

struct raw clockwork_raw(const struct clockwork *clock, struct truth at)
{
	return raw_add(clock->raw, raw_gone(clock, at));
}

struct mono clockwork_mono(const struct clockwork *clock, struct truth at)
{
	return mono_add(clock->mono, wall_gone(clock, at));
}

struct wall clockwork_wall(const struct clockwork *clock, struct truth at)
{
	return wall_add(clock->wall, wall_gone(clock, at));
}

struct wall clockwork_told(const struct clockwork *clock, struct truth at)
{
	return wall_add(clockwork_wall(clock, at), clock->drill);
}

struct span clockwork_map(const struct clockwork *clock, struct truth at)
{
	return wall_minus_raw(clockwork_told(clock, at), clockwork_raw(clock, at));
}

struct span clockwork_offset(const struct clockwork *b, const struct clockwork *a, struct truth at)
{
	return wall_sub(clockwork_told(b, at), clockwork_told(a, at));
}

static struct span unscaled(struct span span, int64_t ppb)
{
	return span_scale(span, NS_PER_S, NS_PER_S + ppb);
}

struct truth clockwork_when(const struct clockwork *clock, struct mono mono)
{
	struct span gone = mono_sub(mono, clock->mono);
	struct truth at;

	if (clock->still)
		return TRUTH_NEVER;
	if (gone.ns <= 0)
		return clock->at;
	at = truth_add(clock->at, unscaled(unscaled(gone, clock->discipline_ppb), clock->crystal_ppb));
	while (mono_before(clockwork_mono(clock, at), mono)) /* rounding: a nanosecond or two */
		at = truth_add(at, span_ns(1));
	return at;
}

struct reading clockwork_read(const struct clockwork *clock, struct truth at, struct span bracket)
{
	struct truth quarter = truth_add(at, span_scale(bracket, 1, 4));
	struct truth half = truth_add(at, span_scale(bracket, 1, 2));
	struct truth late = truth_add(at, span_scale(bracket, 3, 4));

	return (struct reading){
		.raw_before = clockwork_raw(clock, at),
		.mono_before = clockwork_mono(clock, quarter),
		.wall = clockwork_wall(clock, half),
		.mono_after = clockwork_mono(clock, late),
		.raw_after = clockwork_raw(clock, truth_add(at, bracket)),
		.boot = clock->boot,
		.leap = clock->leap,
		.synchronised = clock->synchronised,
	};
}

/* Begins a new straight line at `at`. */
static void turn(struct clockwork *clock, struct truth at)
{
	struct span raw = raw_gone(clock, at), wall = wall_gone(clock, at);

	clock->raw = raw_add(clock->raw, raw);
	clock->mono = mono_add(clock->mono, wall);
	clock->wall = wall_add(clock->wall, wall);
	clock->at = at;
}

void clockwork_set_rates(
	struct clockwork *clock, struct truth at, int64_t crystal_ppb, int64_t discipline_ppb)
{
	turn(clock, at);
	clock->crystal_ppb = crystal_ppb;
	clock->discipline_ppb = discipline_ppb;
}

static void jumped(struct clockwork *clock, struct truth at)
{
	clock->jumps++;
	clock->jumped = clock->moved = at;
}

void clockwork_step(struct clockwork *clock, struct truth at, struct span by)
{
	turn(clock, at);
	clock->wall = wall_add(clock->wall, by);
	jumped(clock, at);
}

void clockwork_drill(struct clockwork *clock, struct truth at, struct span shift)
{
	clock->drill = shift;
	jumped(clock, at);
}

void clockwork_stop(struct clockwork *clock, struct truth at)
{
	turn(clock, at);
	clock->still = true;
	clock->gap = SPAN_ZERO;
	clock->stilled = clock->moved = at;
}

void clockwork_resume(struct clockwork *clock, struct truth at)
{
	turn(clock, at);
	clock->still = false;
	clock->gap = truth_sub(at, clock->stilled);
	clock->stilled = clock->moved = at;
}

void clockwork_arrive(struct clockwork *clock, struct truth at)
{
	clockwork_resume(clock, at);
	clock->migrated = at;
}

void clockwork_wake(struct clockwork *clock, struct truth at, struct span slept)
{
	clockwork_resume(clock, at);
	clock->wall = wall_add(clock->wall, slept);
	clock->boot = span_add(clock->boot, slept);
	jumped(clock, at);
}
