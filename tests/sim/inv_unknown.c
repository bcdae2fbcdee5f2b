/*
 * `unknown` changes nothing: no level is raised or cleared, nothing is set and nothing given back. And a node
 * that goes beyond a level and comes back is called so once, not twice. Where the links cannot prove a level, what they can
 * prove has to do: a node that they prove within that is back.
 */
#include "../../conf/span.h"
#include "invariant.h"

/* What its record says to be in force when the sentinel is started is taken over, whatever can be told. */
static bool is_taken_over(const struct host *host, enum level_name level)
{
	return level == LEVEL_ACTION && host->sight.raised[level] && host->watches[level].raised_in == 0 &&
	       disk_has_record(&host->disk);
}

static void freeze(struct host *host, const struct sight *before)
{
	const struct sight *sight = &host->sight;
	bool ours = server_ours(&host->world->cluster.servers[host->index]);

	looked_at(host, INVARIANT_UNKNOWN);
	for (int i = 0; i < LEVEL_COUNT; i++)
		if (sight->raised[i] != before->raised[i] && !is_taken_over(host, (enum level_name)i))
			violate(host, INVARIANT_UNKNOWN, "the verdict is unknown, and %s was %s",
				level_title((enum level_name)i), sight->raised[i] ? "raised" : "cleared");
	if (sight->want == WANT_ON && before->want != WANT_ON)
		violate(host, INVARIANT_UNKNOWN, "the verdict is unknown, and desync comes to be wanted");
	if (sight->want == WANT_OFF && ours && !sight->held)
		violate(host, INVARIANT_UNKNOWN, "the verdict is unknown, and desync is to be given back");
}

static void raised(struct host *host, enum level_name level)
{
	struct level_watch *watch = &host->watches[level];

	looked_at(host, INVARIANT_UNKNOWN);
	if (watch->away && watch->raised_in == watch->excursions)
		violate(host, INVARIANT_UNKNOWN, "%s was raised twice in one excursion", level_title(level));
	watch->raised_in = watch->excursions;
}

static void stepped(struct host *host, const struct sight *before)
{
	if (host->sight.state == VERDICT_UNKNOWN)
		freeze(host, before);
	for (int i = 0; i < LEVEL_COUNT; i++) {
		if (host->sight.raised[i] && !before->raised[i])
			raised(host, (enum level_name)i);
		if (!host->sight.raised[i] && before->raised[i] && !host->sight.provable[i])
			host->watches[i].away = false;
	}
}

static void follow(struct host *host, enum level_name level)
{
	struct level_watch *watch = &host->watches[level];
	struct span limit = level_limit(host, level);
	struct span clear = span_scale(limit, host->conf->thresholds.clear_below_permille, 1000);

	if (!watch->away && voters_beyond_now(host, limit) >= majority_of(host)) {
		watch->away = true;
		watch->excursions++;
	} else if (watch->away && voters_within_now(host, clear) >= majority_of(host)) {
		watch->away = false;
	}
}

static void looked(struct host *host)
{
	for (int i = 0; i < LEVEL_COUNT; i++)
		follow(host, (enum level_name)i);
}

const struct invariant invariant_unknown = {
	.name = "unknown",
	.promise = "what cannot be told changes nothing, and an excursion is called once",
	.stepped = stepped,
	.looked = looked,
};
