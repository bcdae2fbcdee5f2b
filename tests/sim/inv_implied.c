/*
 * What is told of two other hosts, and what follows over third ones, holds as well: since the instant of the
 * oldest measurement that was used, the true offset has been inside, but for what clocks that are steered may
 * have parted by.
 *
 * Looked at where no clock was set or slewed since that instant, and none stood still within anybody's
 * memory.
 */
#include "../../conf/span.h"
#include "invariant.h"

/* One host in so many looks. */
enum { LOOKS = 8 };

#define STEERED_PPB INT64_C(1200000)
#define MEMORY span_s(240)
#define EXCHANGE span_s(5)
/* Nothing that a sentinel makes use of is older. */
#define OLDEST span_s(60)

/*
 * No clock has done anything but run since what is that old was measured, by exchanges that took a while
 * themselves.
 */
static bool quiet_for(const struct world *world, struct span age)
{
	struct truth since = truth_add(world->now, span_neg(span_add(age, EXCHANGE)));

	for (unsigned i = 0; i < world->n_hosts; i++) {
		const struct clockwork *clock = &world->hosts[i].clock;

		if (!truth_before(clock->moved, since) || world->hosts[i].slew_ppb || clock->still ||
			(clock->stilled.ns != TRUTH_ALWAYS.ns &&
				span_less(truth_sub(world->now, clock->stilled), MEMORY)))
			return false;
	}
	return true;
}

static void look_at(struct host *host, const struct host *from, const struct host *to, struct interval told,
	struct span age)
{
	struct span truly = clockwork_offset(&to->clock, &from->clock, host->world->now);
	struct interval now = interval_widen(told, span_add(span_drift(age, STEERED_PPB), span_us(1)));
	char low[SPAN_TEXT_SIZE], high[SPAN_TEXT_SIZE], offset[SPAN_TEXT_SIZE];

	looked_at(host, INVARIANT_IMPLIED);
	if (!interval_holds(now, truly))
		violate(host, INVARIANT_IMPLIED, "tells that %s is from %s to %s off %s, and it is %s off",
			to->plan->name, span_format(told.low, low, sizeof low),
			span_format(told.high, high, sizeof high), from->plan->name,
			span_format(truly, offset, sizeof offset));
}

static void look_at_pair(struct host *host, unsigned from, unsigned to, const struct reading *now)
{
	struct world *world = host->world;
	struct cell cell;

	if (!core_cell(host->core, world_node(host, from), world_node(host, to), now, &cell))
		return;
	if (quiet_for(world, cell.age))
		look_at(host, &world->hosts[from], &world->hosts[to], cell.offset, cell.age);
	if (cell.has_mesh && quiet_for(world, OLDEST))
		look_at(host, &world->hosts[from], &world->hosts[to], cell.mesh, OLDEST);
}

static void looked(struct host *host)
{
	struct world *world = host->world;
	unsigned sentinels = plan_sentinels(&world->plan);
	struct reading now;

	if (!host->alive || host->clock.still || world->looks % LOOKS != host->index % LOOKS)
		return;
	now = clockwork_read(&host->clock, world->now, SPAN_ZERO);
	for (unsigned from = 0; from < sentinels; from++)
		for (unsigned to = 0; to < sentinels; to++)
			if (from != to && from != host->index)
				look_at_pair(host, from, to, &now);
}

const struct invariant invariant_implied = {
	.name = "implied",
	.promise = "what follows from the measurements of others holds as well",
	.looked = looked,
};
