#include "decision.h"

#include <stdio.h>

#include "core_impl.h"

_Static_assert(DECISION_VOTERS == (int)VOTERS_MAX && DECISION_LEVELS == (int)LEVEL_COUNT, "as in core.h");

void decision_find(struct decision *decision)
{
	struct ballot recent[DECISION_VOTERS];

	for (size_t i = 0; i < decision->n; i++) {
		recent[i] = decision->ballots[i];
		recent[i].known = recent[i].known && recent[i].recent;
		recent[i].offset = recent[i].alone;
	}
	for (size_t i = 0; i < DECISION_LEVELS; i++) {
		struct decision_level *level = &decision->levels[i];

		level->found = quorum_judge(
			decision->ballots, decision->n, decision->electorate, decision->votes, level->limit);
		level->since_step = quorum_judge(
			recent, decision->n, decision->electorate, decision->votes, level->limit);
	}
}

bool finding_equal(const struct finding *a, const struct finding *b)
{
	return a->beyond == b->beyond && a->side == b->side && a->beyond_by == b->beyond_by &&
	       a->within == b->within && a->within_by == b->within_by;
}

void core_decision(const struct core *core, struct decision *out)
{
	const char *names[VOTERS_MAX];

	*out = (struct decision){
		.electorate = core->conf->electorate,
		.votes = core->nodes[0].voter,
		.state = core->verdict.state,
	};
	out->n = judge_ballots(core, &core->nodes[0], out->ballots, names);
	for (size_t i = 0; i < out->n; i++)
		snprintf(out->names[i], sizeof out->names[i], "%s", names[i]);
	for (size_t i = 0; i < DECISION_LEVELS; i++) {
		out->levels[i].limit = core->levels[i].limit;
		out->levels[i].raised = core->levels[i].raised;
	}
	decision_find(out);
}
