/*
 * No node is called beyond a level, or taken out of work, while it truly is within that level of the
 * majority; and none is called fine while it is not.
 *
 * Called: at the instant at which the level is raised. It then stands until the opposite has been proved for
 * a while, which the cluster is entitled to. A verdict rests on exchanges that lie a little in the past, so a
 * voter counts for what it was then as well as for what it is now (struct stand).
 */
#include "../../conf/span.h"
#include "invariant.h"

/* What its record says to be in force when the sentinel is started is taken over as it is. */
static bool is_taken_over(const struct host *host, enum level_name level)
{
	return level == LEVEL_ACTION && disk_has_record(&host->disk) && host->watches[level].raised_in == 0;
}

static void accuse(struct host *host, enum level_name level)
{
	char limit[SPAN_TEXT_SIZE];
	unsigned beyond;

	if (is_taken_over(host, level))
		return;
	looked_at(host, INVARIANT_ACCUSATION);
	beyond = voters_beyond(host, level_limit(host, level));
	if (beyond >= majority_of(host) ||
		(level != LEVEL_ACTION && reference_beyond(host, level_limit(host, level))))
		return;
	violate(host, INVARIANT_ACCUSATION, "called beyond %s (%s), though truly only %u of %u are beyond it",
		span_format(level_limit(host, level), limit, sizeof limit), level_title(level), beyond,
		host->conf->electorate);
}

/*
 * Old bounds on a raw clock that has jumped since are wrong for a while, and nobody can know; see
 * inv_interval.c.
 */
static bool rests_on_a_jump(const struct host *host)
{
	for (unsigned i = 0; i < host->world->n_hosts; i++)
		if (i != host->index && pair_jumped_lately(host, i))
			return true;
	return false;
}

static void acquit(struct host *host)
{
	unsigned within = voters_within(host, level_limit(host, LEVEL_CRITICAL));

	if (rests_on_a_jump(host))
		return;
	looked_at(host, INVARIANT_ACCUSATION);
	if (within < majority_of(host))
		violate(host, INVARIANT_ACCUSATION,
			"called fine, though truly only %u of %u are within the level", within,
			host->conf->electorate);
}

static void stepped(struct host *host, const struct sight *before)
{
	for (int i = 0; i < LEVEL_COUNT; i++)
		if (host->sight.raised[i] && !before->raised[i])
			accuse(host, (enum level_name)i);
	if (host->sight.state == VERDICT_OK && before->state != VERDICT_OK)
		acquit(host);
}

void invariants_acted(struct host *host)
{
	unsigned beyond = voters_beyond(host, level_limit(host, LEVEL_ACTION));

	host->world->totals.desyncs++;
	looked_at(host, INVARIANT_ACCUSATION);
	if (beyond < majority_of(host))
		violate(host, INVARIANT_ACCUSATION,
			"wsrep_desync=ON is sent, though truly only %u of %u are beyond the level for "
			"actions",
			beyond, host->conf->electorate);
}

const struct invariant invariant_accusation = {
	.name = "accusation",
	.promise = "no node is called beyond a level, or acts, while it truly is within it",
	.stepped = stepped,
};
