#include "judged.h"

static bool is_recent(const struct core *core, const struct node *voter)
{
	return voter->kind == NODE_SELF || voter->asked_at.ns >= core->own.step_raw.ns;
}

/*
 * May what was measured of the node be set against the subject's clock? Against our own, `recent` tells what it is worth;
 * but while nothing can be told, what was measured before our clock was stepped leads to no verdict at all. Between two
 * others it is simply not used until both were measured since our step.
 */
static bool is_usable(const struct core *core, const struct node *node, const struct node *subject)
{
	bool told = subject->kind == NODE_SELF && core->verdict.state != VERDICT_UNKNOWN;

	if (node->kind == NODE_SELF)
		return true;
	return node_fresh(core, node) && (told || is_recent(core, node));
}

size_t judge_ballots(const struct core *core, const struct node *subject, struct ballot ballots[VOTERS_MAX],
	const char *names[VOTERS_MAX])
{
	struct interval at, other;
	bool known = is_usable(core, subject, subject) && node_offset(core, subject, &at);
	size_t n = 0;

	for (size_t i = 0; i < core->n_nodes && n < VOTERS_MAX; i++) {
		const struct node *voter = &core->nodes[i];

		if (voter == subject || !voter->voter)
			continue;
		ballots[n] = (struct ballot){ .recent = is_recent(core, voter) };
		if (known && is_usable(core, voter, subject) && node_offset(core, voter, &other)) {
			ballots[n].known = true;
			ballots[n].offset = ballots[n].alone = interval_sub(other, at);
			if (subject->kind == NODE_SELF)
				node_offset_alone(core, voter, &ballots[n].alone);
		}
		names[n++] = voter->name;
	}
	return n;
}

struct span judge_limit(const struct core *core, size_t level)
{
	const struct span limits[LEVEL_COUNT] = { core->conf->thresholds.warning,
		core->conf->thresholds.critical, core->conf->galera.above };

	return limits[level];
}

/*
 * Whoever is proved beyond a level is beyond every lower one all the more, though the majority may not be of one mind to
 * within that: what is acted upon at 2 s is critical at 500 ms.
 */
static void imply_lower(const struct core *core, struct finding found[LEVEL_COUNT])
{
	for (size_t high = 0; high < LEVEL_COUNT; high++)
		for (size_t low = 0; found[high].beyond && low < LEVEL_COUNT; low++)
			if (!found[low].beyond && span_less(judge_limit(core, low), judge_limit(core, high)))
				found[low] = found[high];
}

void judge_collect(const struct core *core, const struct node *subject, struct judged *j)
{
	unsigned electorate = core->conf->electorate;

	j->n = judge_ballots(core, subject, j->ballots, j->names);
	j->provable = quorum_provable(j->ballots, j->n, electorate, subject->voter);
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		j->found[i] =
			quorum_judge(j->ballots, j->n, electorate, subject->voter, judge_limit(core, i));
	imply_lower(core, j->found);
}

void judge_describe(
	const struct core *core, const struct node *subject, const struct judged *j, struct verdict *v)
{
	const struct finding *warning = &j->found[LEVEL_WARNING], *critical = &j->found[LEVEL_CRITICAL];
	struct interval consensus = INTERVAL_ALL;
	struct causes causes;
	struct summary_facts facts = {
		.name = subject->name,
		.ballots = j->ballots,
		.names = j->names,
		.n = j->n,
		.votes = subject->voter,
		.critical = core->conf->thresholds.critical,
		.warning = core->conf->thresholds.warning,
		.beyond = critical->beyond,
		.beyond_any = critical->beyond || warning->beyond,
		.right = v->state == VERDICT_WARNING ? warning->within : critical->within,
		.warning_told = warning->beyond || warning->within,
		.provable = j->provable,
		.causes = &causes,
	};

	v->electorate = core->conf->electorate;
	v->measured = quorum_consensus(j->ballots, j->n, subject->voter, &consensus);
	cause_find(core, subject, consensus, &causes);
	v->offset = v->measured ? interval_neg(consensus) : INTERVAL_ALL;
	summary_write(&facts, v);
}

unsigned judge_agreeing(enum verdict_state state, const struct finding found[LEVEL_COUNT])
{
	const struct finding *warning = &found[LEVEL_WARNING], *critical = &found[LEVEL_CRITICAL];

	switch (state) {
	case VERDICT_OK:
		return critical->within_by;
	case VERDICT_WARNING:
		return warning->beyond ? warning->beyond_by : critical->within_by;
	case VERDICT_CRITICAL:
		return critical->beyond  ? critical->beyond_by
		       : warning->beyond ? warning->beyond_by
					 : critical->within_by;
	case VERDICT_UNKNOWN:
		break;
	}
	return 0;
}

void judge_other(const struct core *core, const struct node *subject, struct verdict *out)
{
	struct judged j = { .waiting = false };

	judge_collect(core, subject, &j);
	out->state = j.found[LEVEL_CRITICAL].beyond   ? VERDICT_CRITICAL
		     : j.found[LEVEL_WARNING].beyond  ? VERDICT_WARNING
		     : j.found[LEVEL_CRITICAL].within ? VERDICT_OK
						      : VERDICT_UNKNOWN;
	out->agree = judge_agreeing(out->state, j.found);
	judge_describe(core, subject, &j, out);
}

bool judge_beyond_since_step(const struct core *core, const struct judged *j, struct span limit)
{
	struct ballot recent[VOTERS_MAX];

	for (size_t i = 0; i < j->n; i++) {
		recent[i] = j->ballots[i];
		recent[i].known = recent[i].known && recent[i].recent;
		recent[i].offset = recent[i].alone;
	}
	return quorum_judge(recent, j->n, core->conf->electorate, core->nodes[0].voter, limit).beyond;
}
