/*
 * What a sentinel says of the other hosts, which is what Icinga is told of one that cannot speak for itself: none is called
 * beyond a level while it truly is within it of the majority, and none fine while it is not.
 *
 * Looked at while all clocks do nothing but run, and none stood still within anybody's memory.
 */
#include "../../conf/span.h"
#include "invariant.h"

/* One host in so many looks. */
enum { LOOKS = 4 };

/* Longer than anything that is measured of a sentinel is believed; a plain NTP server is asked seldom. */
#define QUIET span_s(20)
#define QUIET_SERVER span_s(300)
/* By so much steered clocks may part since the latest step, which was a moment ago. */
#define PARTED span_ms(5)

static bool is_quiet(const struct host *host)
{
	const struct world *world = host->world;

	for (unsigned i = 0; i < world->n_hosts; i++) {
		const struct host *other = &world->hosts[i];
		struct span quiet = other->plan->server ? QUIET_SERVER : QUIET;

		if (!truth_before(other->clock.moved, truth_add(world->now, span_neg(quiet))) ||
			other->slew_ppb || other->clock.still ||
			(i != host->index && pair_jumped_lately(host, i)))
			return false;
	}
	return true;
}

/* The voters other than the subject that truly are so far off it, to one side: +1, -1; 0: that are within. */
static unsigned count(const struct world *world, unsigned subject, struct span limit, int side)
{
	unsigned n = 0;

	for (unsigned i = 0; i < world->n_hosts; i++) {
		struct span off =
			clockwork_offset(&world->hosts[i].clock, &world->hosts[subject].clock, world->now);

		if (i != subject && votes(&world->hosts[i]))
			n += side ? side * off.ns > limit.ns : span_abs(off).ns <= limit.ns;
	}
	return n;
}

static void look_beyond(struct host *host, unsigned subject, enum level_name level)
{
	const struct world *world = host->world;
	struct span limit = span_sub(level_limit(host, level), PARTED);
	char text[SPAN_TEXT_SIZE];

	if (count(world, subject, limit, 1) < majority_of(host) &&
		count(world, subject, limit, -1) < majority_of(host))
		violate(host, INVARIANT_OTHERS, "calls %s beyond %s, which it truly is not",
			world->hosts[subject].plan->name,
			span_format(level_limit(host, level), text, sizeof text));
}

static void look_fine(struct host *host, unsigned subject)
{
	const struct world *world = host->world;
	struct span limit = span_add(level_limit(host, LEVEL_CRITICAL), PARTED);

	if (count(world, subject, limit, 0) + votes(&world->hosts[subject]) < majority_of(host))
		violate(host, INVARIANT_OTHERS, "calls %s fine, which it truly is not",
			world->hosts[subject].plan->name);
}

static void look_at(struct host *host, unsigned subject, const struct reading *now)
{
	struct node_view view;

	core_node(host->core, world_node(host, subject), now, &view);
	if (!view.watched || view.verdict.state == VERDICT_UNKNOWN)
		return;
	looked_at(host, INVARIANT_OTHERS);
	if (view.verdict.state == VERDICT_CRITICAL)
		look_beyond(host, subject, LEVEL_CRITICAL);
	else if (view.verdict.state == VERDICT_WARNING)
		look_beyond(host, subject, LEVEL_WARNING);
	else
		look_fine(host, subject);
}

static void looked(struct host *host)
{
	const struct world *world = host->world;
	struct reading now;

	if (!host->alive || host->stalled || world->looks % LOOKS != host->index % LOOKS || !is_quiet(host))
		return;
	now = clockwork_read(&host->clock, world->now, SPAN_ZERO);
	for (unsigned subject = 0; subject < plan_sentinels(&world->plan); subject++)
		if (subject != host->index)
			look_at(host, subject, &now);
}

const struct invariant invariant_others = {
	.name = "others",
	.promise = "no other host is called beyond a level, or fine, while it truly is not",
	.looked = looked,
};
