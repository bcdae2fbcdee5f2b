#include "joins.h"

#include "core_impl.h"

bool joins_equal(const struct wanted_joins *a, const struct wanted_joins *b)
{
	bool equal = a->want == b->want && a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = a->peers[i].peer == b->peers[i].peer && a->peers[i].out == b->peers[i].out &&
			a->peers[i].in == b->peers[i].in && a->peers[i].able == b->peers[i].able &&
			a->peers[i].word == b->peers[i].word;
	return equal;
}

/* One that is mended is let in as soon as that is proved: it gives up within half a minute. */
void joins_configure(struct core *core)
{
	const struct conf_galera *galera = &core->conf->galera;

	for (size_t i = 1; i < core->n_nodes; i++)
		level_configure(&core->nodes[i].join, galera->above, galera->after, SPAN_ZERO);
}

static enum proof proof_about(const struct core *core, const struct node *subject)
{
	unsigned electorate = core->conf->electorate;
	struct ballot ballots[VOTERS_MAX];
	const char *names[VOTERS_MAX];
	size_t n = judge_ballots(core, subject, ballots, names);
	struct finding found = quorum_judge(ballots, n, electorate, subject->voter, core->conf->galera.above);
	struct interval consensus;

	if (!found.beyond)
		return found.within ? PROOF_CLEAR : PROOF_NONE;
	if (!quorum_consensus(ballots, n, subject->voter, &consensus) || cause_leap_explains(core, consensus))
		return PROOF_NONE;
	return PROOF_BEYOND;
}

/* Only who is proved right itself, and by nobody held, keeps others out; what is in force stays so meanwhile. */
static enum want want_of(const struct core *core)
{
	if (core->released)
		return WANT_OFF;
	return core->hold.on || core->cluster_hold.on || core->verdict.state != VERDICT_OK ? WANT_KEEP
											   : WANT_ON;
}

static enum join_word word_of(const struct node *node)
{
	if (node->state.in_force & IN_FORCE_BLOCK_JOINS)
		return JOIN_LIST;
	return node->state.in_force & IN_FORCE_NO_LIST ? JOIN_NO_LIST : JOIN_SILENT;
}

static void add(struct core *core, struct node *node, struct wanted_joins *joins)
{
	struct join_peer *peer = &joins->peers[joins->n++];
	bool heard = node_fresh(core, node) && node->has_state;

	*peer = (struct join_peer){ .peer = (size_t)(node->peer - core->conf->peers),
		.out = node->join.raised,
		.in = !node->join.raised && node->join.proof == PROOF_CLEAR,
		.able = heard && node->state.state == VERDICT_OK && !(node->state.in_force & IN_FORCE_HOLD),
		.word = heard ? word_of(node) : JOIN_SILENT };
}

void joins_look(struct core *core)
{
	struct wanted_joins *joins = &core->wanted.joins;
	struct span most = span_scale(core->conf->probe.interval, 2, 1);

	*joins = (struct wanted_joins){ .want = WANT_KEEP };
	if (!conf_acts(core->conf) || !(core->conf->galera.measures & MEASURE_BLOCK_JOINS))
		return;
	joins->want = want_of(core);
	for (size_t i = 1; i < core->n_nodes; i++) {
		struct node *node = &core->nodes[i];

		if (node->kind != NODE_PEER || node->peer->role != ROLE_DATABASE)
			continue;
		if (joins->n == JOINS_MAX) {
			joins->n = 0;
			joins->want = WANT_OFF;
			return;
		}
		level_look(&node->join, proof_about(core, node), core->own.now.mono_after, most);
		add(core, node, joins);
	}
}
