/*
 * What a verdict rests on is every voter's offset now, carried on from the latest exchange with it; the true offset of now
 * is inside, too.
 *
 * Excused: since it was asked, the voter's clock was set, or is slewed faster than a time service steers (a plain server's
 * may be slewed by all that Linux allows); a raw clock stood still within what is remembered. This host's own clock may do
 * what it likes, for it is read.
 */
#include <string.h>

#include "../../conf/span.h"
#include "../../sentinel/core/rate.h"
#include "invariant.h"

/* One step in so many. */
enum { STEPS = 8 };

/* Of another host with this name; n_hosts: none. */
static unsigned named(const struct host *host, const char *name)
{
	const struct world *world = host->world;
	unsigned i = 0;

	while (i < world->n_hosts && (i == host->index || strcmp(world->hosts[i].plan->name, name) != 0))
		i++;
	return i;
}

static bool is_excused(const struct host *host, unsigned voter)
{
	const struct host *other = &host->world->hosts[voter];
	int64_t slew = other->slew_ppb < 0 ? -other->slew_ppb : other->slew_ppb;

	return !host->pairs[voter].known ||
	       !truth_before(other->clock.moved, host->pairs[voter].evidence.asked) ||
	       (slew > STEERED_PPB / 4 && !other->plan->server) || pair_jumped_lately(host, voter);
}

static void look_at(struct host *host, unsigned voter, struct interval told)
{
	const struct host *other = &host->world->hosts[voter];
	struct span truly = clockwork_offset(&other->clock, &host->clock, host->world->now);
	char low[SPAN_TEXT_SIZE], high[SPAN_TEXT_SIZE], offset[SPAN_TEXT_SIZE];

	looked_at(host, INVARIANT_CARRIED);
	if (!interval_holds(interval_widen(told, span_us(1)), truly))
		violate(host, INVARIANT_CARRIED, "takes %s to be from %s to %s off now, and it is %s off",
			other->plan->name, span_format(told.low, low, sizeof low),
			span_format(told.high, high, sizeof high), span_format(truly, offset, sizeof offset));
}

static void stepped(struct host *host, const struct sight *before)
{
	struct decision decision;

	(void)before;
	if (host->world->totals.steps % STEPS != 0 || host->clock.still)
		return;
	core_decision(host->core, &decision);
	for (size_t i = 0; i < decision.n; i++) {
		unsigned voter = named(host, decision.names[i]);

		if (decision.ballots[i].known && voter < host->world->n_hosts && !is_excused(host, voter))
			look_at(host, voter, decision.ballots[i].offset);
	}
}

const struct invariant invariant_carried = {
	.name = "carried",
	.promise = "what a verdict rests on holds now as well",
	.stepped = stepped,
};
