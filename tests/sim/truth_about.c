#include "invariant.h"

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
	return conf_role_votes(host->plan->role);
}

struct stand stand_of(const struct host *host, unsigned voter)
{
	const struct host *other = &host->world->hosts[voter];
	const struct evidence *evidence = &host->pairs[voter].evidence;
	struct truth now = host->world->now;
	struct wall carried = wall_add((struct wall){ clockwork_raw(&other->clock, now).ns }, evidence->map);
	struct stand stand = { .now = clockwork_offset(&other->clock, &host->clock, now) };

	stand.then = stand.carried = stand.now;
	if (host->pairs[voter].known) {
		stand.then = evidence->offset;
		stand.carried = wall_sub(carried, clockwork_told(&host->clock, now));
	}
	return stand;
}

static bool is_beyond(struct span offset, struct span limit, int side)
{
	return side > 0 ? offset.ns > limit.ns : offset.ns < -limit.ns;
}

static bool is_other_voter(const struct host *host, unsigned voter)
{
	return voter != host->index && votes(&host->world->hosts[voter]);
}

static unsigned count_beyond(const struct host *host, struct span limit, int side, bool now_alone)
{
	unsigned count = 0;

	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct stand stand;

		if (!is_other_voter(host, i))
			continue;
		stand = stand_of(host, i);
		count += is_beyond(stand.now, limit, side) ||
			 (!now_alone && (is_beyond(stand.then, limit, side) ||
						is_beyond(stand.carried, limit, side)));
	}
	return count;
}

static unsigned greater(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

unsigned voters_beyond(const struct host *host, struct span limit)
{
	return greater(count_beyond(host, limit, 1, false), count_beyond(host, limit, -1, false));
}

unsigned voters_beyond_now(const struct host *host, struct span limit)
{
	return greater(count_beyond(host, limit, 1, true), count_beyond(host, limit, -1, true));
}

static bool is_within(struct span offset, struct span limit)
{
	return span_abs(offset).ns <= limit.ns;
}

static unsigned count_within(const struct host *host, struct span limit, bool now_alone)
{
	unsigned count = votes(host);

	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct stand stand;

		if (!is_other_voter(host, i))
			continue;
		stand = stand_of(host, i);
		count += is_within(stand.now, limit) ||
			 (!now_alone && (is_within(stand.then, limit) || is_within(stand.carried, limit)));
	}
	return count;
}

unsigned voters_within(const struct host *host, struct span limit)
{
	return count_within(host, limit, false);
}

unsigned voters_within_now(const struct host *host, struct span limit)
{
	return count_within(host, limit, true);
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
