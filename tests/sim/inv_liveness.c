/*
 * A node that truly is beyond a level, with a strict majority of right clocks in reach over paths that allow
 * a proof and lost nothing meanwhile, is called within three probe intervals and raise_after; and is to be
 * taken out where the level is the one for actions.
 */
#include "../../conf/span.h"
#include "invariant.h"

/* Crystals part while one waits. */
#define MARGIN span_ms(10)
/* A second, and what clocks may be off besides. */
#define FORGIVEN_MOST span_ms(1600)

struct span_pair {
	struct span low, high;
};

/* What it takes the driver to do what is wanted, on a server that can. */
#define ACTED_WITHIN span_s(10)

static struct span patience(const struct host *host, enum level_name level)
{
	struct span raise =
		level == LEVEL_ACTION ? host->conf->galera.after : host->conf->thresholds.raise_after;
	struct span probes = span_scale(host->conf->probe.interval, 31, 10); /* spread by 3 % */

	return span_add(span_add(raise, probes), span_ms(300));
}

/* Voters that each must have been provable for a while beyond `wait`, and provably of one mind. */
static unsigned provable(const struct host *host, enum level_name level, struct span wait, int side)
{
	struct span limit = level_limit(host, level);
	struct span_pair found[PLAN_HOSTS_MAX];
	unsigned n = 0, most = 0;

	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct span now, width, trip;

		if (!is_steady_voter(host, i))
			continue;
		now = clockwork_offset(&host->world->hosts[i].clock, &host->clock, host->world->now);
		width = span_add(width_most(host, i), MARGIN);
		trip = width_most(host, i);
		if (span_less(calm_for(host, i), span_add(wait, trip)))
			continue;
		if (side > 0 ? now.ns - width.ns > limit.ns : now.ns + width.ns < -limit.ns)
			found[n++] = (struct span_pair){ span_sub(now, width), span_add(now, width) };
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned count = 0;

		for (unsigned k = 0; k < n; k++)
			count += found[k].low.ns >= found[i].low.ns &&
				 found[k].high.ns - found[i].low.ns <= limit.ns;
		most = count > most ? count : most;
	}
	return most;
}

/* Around a leap second, what smeared and stepped clocks may differ by is named, and never acted on. */
static bool is_forgiven(const struct host *host, enum level_name level)
{
	return level == LEVEL_ACTION && host->world->leap_in_sight &&
	       voters_beyond_now(host, FORGIVEN_MOST) < majority_of(host);
}

static bool is_provable(const struct host *host, enum level_name level, struct span wait)
{
	unsigned need = majority_of(host);

	return provable(host, level, wait, 1) >= need || provable(host, level, wait, -1) >= need;
}

/* Who gives back what is ours has the last word until the verdict has cleared. */
static bool operator_meddles(const struct host *host)
{
	const struct plan *plan = &host->world->plan;

	for (unsigned i = 0; i < plan->n_faults; i++)
		if (plan->faults[i].kind == FAULT_DB_OPERATOR && plan->faults[i].host == host->index)
			return true;
	return false;
}

/* It has long been wanted, with a claim, and its server could. */
static void look_at_deed(struct host *host)
{
	const struct server *server = &host->world->cluster.servers[host->index];
	struct span ease = truth_sub(host->world->now, host->at_ease_since);

	if (!deputy_holds(host->deputy))
		host->holds_since = TRUTH_NEVER;
	else if (host->holds_since.ns == TRUTH_NEVER.ns)
		host->holds_since = host->world->now;
	if (host->sight.held || host->holds_since.ns == TRUTH_NEVER.ns ||
		span_less(truth_sub(host->world->now, host->holds_since), ACTED_WITHIN) ||
		operator_meddles(host) || host->at_ease_since.ns == TRUTH_NEVER.ns ||
		!server_at_ease(server) || span_less(ease, ACTED_WITHIN) ||
		!is_provable(host, LEVEL_ACTION, span_add(patience(host, LEVEL_ACTION), ACTED_WITHIN)))
		return;
	host->world->totals.deeds++;
	if (!server_ours(server))
		violate(host, INVARIANT_LIVENESS,
			"has long been to be taken out, holds a claim, and is at work");
}

static void look_at(struct host *host, enum level_name level)
{
	const struct sight *sight = &host->sight;
	char limit[SPAN_TEXT_SIZE];

	if (is_forgiven(host, level) || reference_may_veto(host, level_limit(host, level)) ||
		!is_provable(host, level, patience(host, level)))
		return;
	looked_at(host, INVARIANT_LIVENESS);
	span_format(level_limit(host, level), limit, sizeof limit);
	if (!sight->raised[level])
		violate(host, INVARIANT_LIVENESS,
			"has long been provably beyond %s (%s), and is not called so", limit,
			level_title(level));
	else if (level == LEVEL_CRITICAL && sight->state != VERDICT_CRITICAL)
		violate(host, INVARIANT_LIVENESS, "has long been provably beyond %s, and its verdict is %s",
			limit, verdict_state_name(sight->state));
	else if (level == LEVEL_ACTION && sight->claim != WANT_ON && !sight->held)
		violate(host, INVARIANT_LIVENESS, "has long been provably beyond %s, and asks for no claim",
			limit);
	else if (level == LEVEL_ACTION && sight->want != WANT_ON && !sight->held &&
		 deputy_holds(host->deputy))
		violate(host, INVARIANT_LIVENESS,
			"has long been provably beyond %s, and is not to be taken out", limit);
	else if (level == LEVEL_ACTION)
		look_at_deed(host);
}

static void looked(struct host *host)
{
	if (!host->alive)
		return;
	for (int i = 0; i < LEVEL_COUNT; i++)
		if (i != LEVEL_ACTION || host->conf->galera.configured)
			look_at(host, (enum level_name)i);
}

const struct invariant invariant_liveness = {
	.name = "liveness",
	.promise = "a node that provably is beyond a level is called in time",
	.looked = looked,
};
