/*
 * Nothing stays: once a node has long been able to prove itself fine, no level is raised, nothing is wanted
 * of its database, and where that can carry out a SET nothing of ours is in force. And nothing that others
 * took out is given back by us, nor is a SET ever sent while one is under way.
 */
#include "../../conf/span.h"
#include "invariant.h"

#define MARGIN span_ms(10)
/* The driver's longest pause between two attempts, and what it takes it to look, settle and set. */
#define GIVEN_BACK_WITHIN span_s(90)

static struct span patience(const struct host *host)
{
	struct span probes = span_scale(host->conf->probe.interval, 31, 10);

	return span_add(span_add(host->conf->thresholds.clear_after, probes), span_s(1));
}

/* For so long it could have proved that it is well within the level. */
static struct span fine_for(const struct host *host, enum level_name level)
{
	unsigned permille = host->conf->thresholds.clear_below_permille, need = majority_of(host),
		 count = votes(host);
	struct span limit = span_scale(level_limit(host, level), permille, 1000), calm[PLAN_HOSTS_MAX];
	struct span least = SPAN_MAX;
	unsigned n = 0;

	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct span now, width;

		if (!is_steady_voter(host, i))
			continue;
		now = clockwork_offset(&host->world->hosts[i].clock, &host->clock, host->world->now);
		width = span_add(width_most(host, i), MARGIN);
		if (span_abs(now).ns + width.ns <= limit.ns)
			calm[n++] = calm_for(host, i);
	}
	/* The longest calm that a majority shares: that of the (need - own vote)-th longest. */
	for (; count < need; count++) {
		unsigned best = 0;

		for (unsigned i = 1; i < n; i++)
			if (span_less(calm[best], calm[i]))
				best = i;
		if (!n)
			return SPAN_ZERO;
		least = span_min(least, calm[best]);
		calm[best] = calm[--n];
	}
	return least;
}

static void watch_server(struct host *host, const struct server *server)
{
	if (server->foreign_given_back)
		violate(host, INVARIANT_REMAINS, "gave back a desync that was an operator's");
	if (server->sent_twice)
		violate(host, INVARIANT_REMAINS, "sent a SET while another one was under way");
	if (!server_at_ease(server) || host->disk.full)
		host->at_ease_since = TRUTH_NEVER;
	else if (host->at_ease_since.ns == TRUTH_NEVER.ns)
		host->at_ease_since = host->world->now;
}

static bool could_give_back(const struct host *host, struct span fine)
{
	struct span ease = truth_sub(host->world->now, host->at_ease_since);

	return host->at_ease_since.ns != TRUTH_NEVER.ns && span_less(GIVEN_BACK_WITHIN, ease) &&
	       span_less(span_add(patience(host), GIVEN_BACK_WITHIN), fine);
}

static void look_at(struct host *host, enum level_name level)
{
	const struct sight *sight = &host->sight;
	/* Where even critical cannot be told, nothing is given back on it either. */
	struct span fine = span_min(fine_for(host, level), fine_for(host, LEVEL_CRITICAL));

	/* A trusted reference may keep an alert up, and nothing else. */
	if ((level != LEVEL_ACTION && reference_may_speak(host)) || span_less(fine, patience(host)))
		return;
	looked_at(host, INVARIANT_REMAINS);
	if (sight->raised[level])
		violate(host, INVARIANT_REMAINS, "has long been provably fine, and %s is still raised",
			level_title(level));
	if (level == LEVEL_CRITICAL && sight->state == VERDICT_UNKNOWN)
		violate(host, INVARIANT_REMAINS, "has long been provably fine, and its verdict is unknown");
	if (level != LEVEL_ACTION || sight->held)
		return;
	if (sight->want != WANT_OFF)
		violate(host, INVARIANT_REMAINS,
			"has long been provably fine, and nothing is wanted to be given back");
	if (could_give_back(host, fine) && server_ours(&host->world->cluster.servers[host->index]))
		violate(host, INVARIANT_REMAINS, "has long been provably fine, and is still desynced by us");
	if (could_give_back(host, fine) && host->world->authority.table.tokens[host->index])
		violate(host, INVARIANT_REMAINS, "has long been provably fine, and still holds a claim");
}

static void looked(struct host *host)
{
	watch_server(host, &host->world->cluster.servers[host->index]);
	if (!host->alive)
		return;
	for (int i = 0; i < LEVEL_COUNT; i++)
		if (i != LEVEL_ACTION || host->conf->galera.configured)
			look_at(host, (enum level_name)i);
}

const struct invariant invariant_remains = {
	.name = "remains",
	.promise = "nothing of ours stays, and nothing of others' is given back",
	.looked = looked,
};
