#include "invariant.h"

#include <stdarg.h>
#include <stdio.h>

const struct invariant *const invariants[INVARIANT_COUNT] = {
	[INVARIANT_INTERVAL] = &invariant_interval,
	[INVARIANT_ACCUSATION] = &invariant_accusation,
	[INVARIANT_LIVENESS] = &invariant_liveness,
	[INVARIANT_REMAINS] = &invariant_remains,
	[INVARIANT_UNKNOWN] = &invariant_unknown,
	[INVARIANT_BUDGET] = &invariant_budget,
	[INVARIANT_IMPLIED] = &invariant_implied,
	[INVARIANT_CARRIED] = &invariant_carried,
	[INVARIANT_OTHERS] = &invariant_others,
};

void looked_at(struct host *host, enum invariant_name name)
{
	host->world->totals.proofs[name]++;
}

void violate(struct host *host, enum invariant_name name, const char *format, ...)
{
	struct world *world = host->world;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	/* One that goes on and on is told once. */
	if (world->totals.violations[name]++)
		return;
	snprintf(world->violations[name], sizeof world->violations[name], "%.3f s, %s: %s",
		span_seconds(truth_sub(world->now, (struct truth){ 0 })), host->plan->name, text);
	story_tell(world, host->plan->name, "VIOLATION of %s: %s", invariants[name]->name, text);
}

static void count(struct host *host, const struct sight *before)
{
	struct totals *totals = &host->world->totals;
	const struct sight *sight = &host->sight;

	totals->exchanges += sight->fresh >= 0;
	totals->verdicts[sight->state] += sight->state != before->state;
	for (int i = 0; i < LEVEL_COUNT; i++) {
		totals->raised[i] += sight->raised[i] && !before->raised[i];
		totals->cleared[i] += !sight->raised[i] && before->raised[i];
	}
}

void invariants_stepped(struct host *host, const struct sight *before)
{
	count(host, before);
	for (int i = 0; i < INVARIANT_COUNT; i++)
		if (invariants[i]->stepped)
			invariants[i]->stepped(host, before);
}

void invariants_looked(struct world *world)
{
	for (unsigned h = 0; h < world->n_hosts; h++)
		for (int i = 0; i < INVARIANT_COUNT; i++)
			if (invariants[i]->looked && !world->hosts[h].plan->server)
				invariants[i]->looked(&world->hosts[h]);
}

void invariants_clustered(struct world *world)
{
	for (unsigned h = 0; h < world->n_hosts; h++)
		for (int i = 0; i < INVARIANT_COUNT; i++)
			if (invariants[i]->clustered)
				invariants[i]->clustered(&world->hosts[h]);
}
