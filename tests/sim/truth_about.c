#include "invariant.h"

#include "../../sentinel/core/rate_memory.h"

struct span level_limit(const struct host *host, enum level_name level)
{
	const struct conf *conf = host->conf;
	const struct span limits[LEVEL_COUNT] = {
		[LEVEL_WARNING] = conf->thresholds.warning,
		[LEVEL_CRITICAL] = conf->thresholds.critical,
		[LEVEL_ACTION] = conf->galera.above,
	};

	return limits[level];
}

const char *level_title(enum level_name level)
{
	static const char *const titles[LEVEL_COUNT] = { "warning", "critical", "action" };

	return titles[level];
}

unsigned majority_of(const struct host *host)
{
	return host->conf->electorate / 2 + 1;
}

bool votes(const struct host *host)
{
	return plan_votes(host->plan);
}

struct stand stand_of(const struct host *host, unsigned voter)
{
	const struct host *other = &host->world->hosts[voter];
	const struct evidence *evidence = &host->pairs[voter].evidence;
	struct truth now = host->world->now;
	struct wall carried = wall_add((struct wall){ clockwork_raw(&other->clock, now).ns }, evidence->map);
	struct span moved = span_sub(clockwork_map(&host->clock, now), evidence->asker_map);
	struct stand stand = { .now = clockwork_offset(&other->clock, &host->clock, now) };

	for (int i = 0; i < STANDS - 1; i++)
		stand.others[i] = stand.now;
	if (!host->pairs[voter].known)
		return stand;
	stand.others[0] = evidence->before;
	stand.others[1] = evidence->offset;
	stand.others[2] = span_sub(evidence->offset, moved);
	stand.others[3] = wall_sub(carried, clockwork_told(&host->clock, now));
	return stand;
}

static bool is_beyond(struct span offset, struct span limit, int side)
{
	return side > 0 ? offset.ns > limit.ns : offset.ns < -limit.ns;
}

static bool is_within(struct span offset, struct span limit, int side)
{
	(void)side;
	return span_abs(offset).ns <= limit.ns;
}

typedef bool test_fn(struct span offset, struct span limit, int side);

static bool any(const struct stand *stand, test_fn *test, struct span limit, int side)
{
	bool found = test(stand->now, limit, side);

	for (int i = 0; i < STANDS - 1; i++)
		found = found || test(stand->others[i], limit, side);
	return found;
}

static bool is_other_voter(const struct host *host, unsigned voter)
{
	return voter != host->index && votes(&host->world->hosts[voter]);
}

static unsigned count_voters(
	const struct host *host, test_fn *test, struct span limit, int side, bool now_alone)
{
	unsigned count = 0;

	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct stand stand;

		if (!is_other_voter(host, i))
			continue;
		stand = stand_of(host, i);
		count += now_alone ? test(stand.now, limit, side) : any(&stand, test, limit, side);
	}
	return count;
}

static unsigned greater(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

unsigned voters_beyond(const struct host *host, struct span limit)
{
	return greater(count_voters(host, is_beyond, limit, 1, false),
		count_voters(host, is_beyond, limit, -1, false));
}

unsigned voters_beyond_now(const struct host *host, struct span limit)
{
	return greater(count_voters(host, is_beyond, limit, 1, true),
		count_voters(host, is_beyond, limit, -1, true));
}

bool reference_beyond(const struct host *host, struct span limit)
{
	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct stand stand;

		if (!host->world->hosts[i].plan->trusted || !host->pairs[i].known)
			continue;
		stand = stand_of(host, i);
		if (any(&stand, is_beyond, limit, 1) || any(&stand, is_beyond, limit, -1))
			return true;
	}
	return false;
}

bool reference_may_speak(const struct host *host)
{
	for (unsigned i = 0; i < host->world->n_hosts; i++)
		if (host->world->hosts[i].plan->trusted)
			return true;
	return false;
}

bool reference_may_veto(const struct host *host, struct span limit)
{
	/* It is asked seldom, and may be slewed by a tenth of the time that is gone. */
	static const int64_t doubt_s = 30;

	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		const struct host *other = &host->world->hosts[i];
		struct span off = clockwork_offset(&other->clock, &host->clock, host->world->now);

		if (other->plan->trusted && span_abs(off).ns <= limit.ns + span_s(doubt_s).ns)
			return true;
	}
	return false;
}

unsigned voters_within(const struct host *host, struct span limit)
{
	return votes(host) + count_voters(host, is_within, limit, 0, false);
}

unsigned voters_within_now(const struct host *host, struct span limit)
{
	return votes(host) + count_voters(host, is_within, limit, 0, true);
}

bool is_steady_voter(const struct host *host, unsigned voter)
{
	return is_other_voter(host, voter) && !host->world->hosts[voter].plan->server;
}

/*
 * For how many exchanges the latest jump, which does not show, may spoil what is remembered: the window, and with it what that
 * says of the rate, kept for two more, and answers to what was asked before. Where it changed the rate, or is not alone, the memory
 * of the rate over many windows (rate_memory.h) as well, once there is one.
 */
static unsigned spoils(const struct pair *pair, unsigned window)
{
	enum { BY_ITSELF = 3, MEMORY_LEAST = 5, UNDER_WAY = 32 };
	unsigned by_itself = BY_ITSELF * window + UNDER_WAY;

	if (pair->seen <= MEMORY_LEAST * window)
		return by_itself;
	if (pair->earlier <= RATE_MARKS * window + by_itself)
		return RATE_MARKS * window + by_itself;
	return pair->other ? RATE_MARKS / 2 * window + by_itself : by_itself;
}

bool pair_jumped_lately(const struct host *host, unsigned peer)
{
	const struct pair *pair = &host->pairs[peer];
	struct truth jumped = truth_later(host->clock.stilled, host->world->hosts[peer].clock.stilled);

	if (jumped.ns == TRUTH_ALWAYS.ns)
		return false;
	return jumped.ns != pair->jumped.ns ||
	       !(pair->shown || pair->since > spoils(pair, host->conf->probe.window));
}

struct span calm_for(const struct host *host, unsigned voter)
{
	struct world *world = host->world;
	const struct host *other = &world->hosts[voter];
	const struct wire *out = world_wire(world, host->index, voter);
	const struct wire *back = world_wire(world, voter, host->index);
	struct truth last = truth_later(host->disturbed, other->disturbed);

	last = truth_later(last, truth_later(out->troubled, back->troubled));
	if (!host->alive || !other->alive || host->stalled || other->stalled || host->clock.still ||
		other->clock.still || host->slew_ppb || other->slew_ppb || out->cuts || back->cuts)
		return SPAN_ZERO;
	return truth_sub(world->now, last);
}

struct span width_most(const struct host *host, unsigned voter)
{
	/* What processes, brackets and three seconds without an exchange add to a round trip. */
	static const int64_t rest_ms = 10;
	struct world *world = host->world;
	struct span trip = span_add(wire_prompt(world_wire(world, host->index, voter)),
		wire_prompt(world_wire(world, voter, host->index)));

	return span_add(trip, span_ms(rest_ms));
}
