#include <stdio.h>

#include "judged.h"

/* That nobody is heard is no news in the first moments. */
#define FIRST_TOLD_AFTER span_s(10)

/* So lately that the exchanges which tell are still to come. */
static bool stepped_lately(const struct core *core)
{
	struct span soon = span_add(span_scale(core->conf->probe.interval, 3, 1), core->conf->probe.timeout);

	return core->own.steps && span_less(mono_sub(core->own.now.mono_after, core->own.step_at), soon);
}

/* Keeps what was found beyond a level only where it was found since the latest step. */
static void keep_recent(const struct core *core, struct judged *j)
{
	bool stands[LEVEL_COUNT];

	for (size_t i = 0; i < LEVEL_COUNT; i++)
		stands[i] = j->found[i].beyond && judge_beyond_since_step(core, j, judge_limit(core, i));
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		bool higher = false;

		for (size_t k = 0; k < LEVEL_COUNT; k++)
			higher |= stands[k] && !span_less(judge_limit(core, k), judge_limit(core, i));
		j->waiting |= stepped_lately(core) && j->found[i].beyond && !higher;
		j->found[i].beyond = j->found[i].beyond && higher;
	}
}

/* What the ballots prove about one level; see enum proof. */
static enum proof proof_by_majority(const struct core *core, const struct judged *j, size_t level)
{
	struct span limit = judge_limit(core, level);
	struct span clear = span_scale(limit, core->conf->thresholds.clear_below_permille, 1000);
	bool votes = core->nodes[0].voter;

	if (j->found[level].beyond)
		return PROOF_BEYOND;
	/* Slow links may not be able to prove so little: what they can prove has to do. */
	clear = span_max(clear, j->provable);
	if (quorum_judge(j->ballots, j->n, core->conf->electorate, votes, clear).within)
		return PROOF_CLEAR;
	return j->found[level].within ? PROOF_WITHIN : PROOF_NONE;
}

/*
 * A trusted reference that proves the majority wrong vetoes: then nothing can be told. One that proves this host wrong
 * alerts, though the whole cluster agree with it; it never takes a node out by itself. And nothing is done about what a
 * leap second explains.
 */
static enum proof proof_of(const struct core *core, const struct judged *j, size_t level)
{
	struct span limit = judge_limit(core, level);
	enum proof proof = proof_by_majority(core, j, level);
	struct interval consensus;

	if (level != LEVEL_ACTION && cause_alarm(core, limit).name)
		return PROOF_BEYOND;
	if (proof != PROOF_BEYOND || !quorum_consensus(j->ballots, j->n, core->nodes[0].voter, &consensus))
		return proof;
	if (cause_veto(core, limit, consensus).name)
		return PROOF_NONE;
	if (level == LEVEL_ACTION && cause_leap_explains(core, consensus))
		return PROOF_NONE;
	return proof;
}

/*
 * Where critical can be neither proved nor excluded, and no lower level is proved, nothing can be told: then every level's
 * time stands still, those that could be told by themselves included.
 */
static void look_at_levels(struct core *core, const struct judged *j)
{
	struct span most = span_scale(core->conf->probe.interval, 2, 1);
	enum proof proofs[LEVEL_COUNT];
	bool told = j->found[LEVEL_CRITICAL].within;

	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		proofs[i] = proof_of(core, j, i);
		told |= i != LEVEL_ACTION && proofs[i] == PROOF_BEYOND;
		core->findings[i] = j->found[i];
		core->provable[i] = !span_less(judge_limit(core, i), j->provable);
	}
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (core->levels[i].configured)
			level_look(&core->levels[i], told && !j->waiting ? proofs[i] : PROOF_NONE,
				core->own.now.mono_after, most);
}

/*
 * A level that was raised stands until it is cleared, as long as anything can be told at all; a host cut off from the
 * majority knows nothing. Beyond a level but not for long enough yet: as before.
 */
static enum verdict_state state_of(const struct core *core, const struct judged *j)
{
	const struct level *warning = &core->levels[LEVEL_WARNING], *critical = &core->levels[LEVEL_CRITICAL];
	bool within = j->found[LEVEL_CRITICAL].within;

	if (j->waiting)
		return core->verdict.state;
	if (!within && critical->proof != PROOF_BEYOND && warning->proof != PROOF_BEYOND)
		return VERDICT_UNKNOWN;
	if (critical->raised)
		return VERDICT_CRITICAL;
	if (warning->raised)
		return VERDICT_WARNING;
	return within ? VERDICT_OK : core->verdict.state;
}

static struct mono told_until(const struct core *core)
{
	return mono_add(core->untold_since, span_scale(core->conf->probe.interval, 2, 1));
}

/*
 * What was told is told for a moment longer than it can be proved: where clocks are being slewed, or paths are hardly better
 * than the level, the next exchange proves it again, and nobody is helped by two verdicts a second. No level moves meanwhile.
 */
static bool is_told_still(struct core *core, enum verdict_state state)
{
	struct mono now = core->own.now.mono_after;

	if (core->verdict.state == VERDICT_UNKNOWN || state != VERDICT_UNKNOWN) {
		core->untold_since.ns = 0;
		return false;
	}
	if (!core->untold_since.ns)
		core->untold_since = now;
	return mono_before(now, told_until(core));
}

static enum severity severity_of(enum verdict_state state)
{
	static const enum severity severities[] = { SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_ERROR,
		SEVERITY_WARNING };

	return severities[state];
}

/* Who hears nobody from the beginning has to say so, too, once that is no matter of the first moments any more. */
static bool first_is_due(const struct core *core)
{
	return span_less(FIRST_TOLD_AFTER, mono_sub(core->own.now.mono_after, core->started));
}

static void announce(struct core *core, enum verdict_state before)
{
	struct verdict *verdict = &core->verdict;

	if (verdict->state == before && (core->first_told || !first_is_due(core)))
		return;
	core->first_told = true;
	if (verdict->state != before) {
		core->since = core->own.now.wall;
		core->since_mono = core->own.now.mono_after;
	}
	core->effects->verdict_changed = true;
	core_note(core, severity_of(verdict->state), "verdict", core->nodes[0].name, "%s", verdict->summary);
}

/* There is one, and it has told what each of its measures found. */
static bool driver_spoke(const struct core *core)
{
	unsigned leaves = conf_leaves(core->conf);

	return core->levels[LEVEL_ACTION].configured && leaves && (core->spoken & leaves) == leaves;
}

/*
 * Raised, and still proved: on. Not raised, and proved within: off. Whatever else, nothing is changed: neither on
 * ignorance, nor before the time is up, nor while an operator holds it. What is in force stays so until it is cleared, and
 * nothing is done anew to a node that is proved right again.
 */
static enum want want_now(const struct core *core)
{
	const struct level *level = &core->levels[LEVEL_ACTION];

	if (core->released)
		return WANT_OFF;
	if (core->hold.on || core->cluster_hold.on || !driver_spoke(core) || level->proof == PROOF_NONE ||
		core->verdict.state == VERDICT_UNKNOWN)
		return WANT_KEEP;
	if (level->raised)
		return level->proof == PROOF_BEYOND ? WANT_ON : WANT_KEEP;
	return level->proof == PROOF_BEYOND ? WANT_KEEP : WANT_OFF;
}

/* Told once, so that nobody wonders why a node that is wrong works on. */
static void note_held_back(struct core *core)
{
	const struct level *level = &core->levels[LEVEL_ACTION];
	bool held = core->hold.on || core->cluster_hold.on;

	if (!held || !level->raised)
		core->held_back = false;
	if (core->held_back || !held || !level->raised || level->proof != PROOF_BEYOND ||
		core->conf->galera.dry_run || !driver_spoke(core) ||
		(core->standing & conf_leaves(core->conf)))
		return;
	core->held_back = true;
	core_note(core, SEVERITY_WARNING, "hold", core->conf->node,
		"%s would leave work now, but actions are held; lift it with: skewctl unhold%s",
		core->conf->node,
		!core->cluster_hold.on ? ""
		: core->hold.on        ? ", and skewctl unhold --cluster"
				       : " --cluster");
}

static void decide(struct core *core)
{
	struct budget_choice choice = budget_choose(&core->budget, want_now(core));

	core->wanted.leave = choice.action;
	core->wanted.claim = choice.claim;
	core->wanted.released = core->released;
	snprintf(core->wanted.reason, sizeof core->wanted.reason, "%s", core->verdict.summary);
}

/* Peers that no longer answer. */
static void note_silent(struct core *core)
{
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);

		if (!node->announced || node->unreachable_noted || node_fresh(core, node))
			continue;
		peer_silent(core, node);
	}
}

void judge(struct core *core)
{
	struct node *self = &core->nodes[0];
	enum verdict_state before = core->verdict.state, state;
	struct judged j = { .waiting = false };

	note_silent(core);
	forecast_leap(core);
	judge_collect(core, self, &j);
	keep_recent(core, &j);
	look_at_levels(core, &j);
	state = state_of(core, &j);
	if (!is_told_still(core, state)) {
		core->verdict.state = state;
		core->verdict.agree = judge_agreeing(state, j.found);
		judge_describe(core, self, &j, &core->verdict);
	}
	forecast_threshold(core);
	announce(core, before);
	note_held_back(core);
	decide(core);
	joins_look(core);
}

struct mono judge_deadline(const struct core *core)
{
	struct mono least = { INT64_MAX }, due;

	if (core->untold_since.ns)
		least = told_until(core);

	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (level_due(&core->levels[i], &due))
			least = mono_earlier(least, due);
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		const struct node *node = node_asked(core, i);

		if (node->measured && node_fresh(core, node))
			least = mono_earlier(least,
				mono_add(core->own.now.mono_after,
					span_add(span_sub(node_fresh_for(core, node), node_age(core, node)),
						span_ms(1))));
	}
	return least;
}
