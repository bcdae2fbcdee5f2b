/* The gate's question: is this host's clock right, so that its database may start? */
#include "judged.h"

/* A reference vetoes, and a leap second excuses, as with all that is done about a clock. */
static enum gate_answer gate_answer_of(const struct core *core, const struct judged *j)
{
	struct span limit = core->conf->gate.above;
	bool votes = core->nodes[0].voter;
	struct finding found = quorum_judge(j->ballots, j->n, core->conf->electorate, votes, limit);
	struct interval consensus;

	if (!found.beyond)
		return found.within ? GATE_RIGHT : GATE_UNKNOWN;
	if (!judge_beyond_since_step(core, j, limit) ||
		!quorum_consensus(j->ballots, j->n, votes, &consensus) ||
		cause_veto(core, limit, consensus).name || cause_leap_explains(core, consensus))
		return GATE_UNKNOWN;
	return GATE_WRONG;
}

void core_gate(const struct core *core, struct gate_view *out)
{
	const struct node *self = &core->nodes[0];
	struct judged j = { .waiting = false };

	judge_collect(core, self, &j);
	out->answer = gate_answer_of(core, &j);
	out->verdict = core->verdict;
	/* What is told of a level is told once it has held; this is about now. */
	if (out->answer != GATE_UNKNOWN)
		judge_other(core, self, &out->verdict);
}
