#include <stdio.h>
#include <string.h>

#include "core_impl.h"

/* Nearer than this to the others, or further than that from the level, a drift says nothing worth a word. */
#define FIRST_TOLD_AFTER span_s(10)
#define NEARING_LEAST span_ms(1)
#define NEARING_MOST span_s(INT64_C(86400) * 30)

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

/* ---- any node ---- */

struct judged {
	struct ballot ballots[VOTERS_MAX];
	const char *names[VOTERS_MAX];
	size_t n;
	struct finding found[LEVEL_COUNT];
	struct span provable;
	bool waiting; /* proved beyond a level, by what was measured before our own clock was stepped alone */
};

static struct span level_limit(const struct core *core, size_t level)
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
			if (!found[low].beyond && span_less(level_limit(core, low), level_limit(core, high)))
				found[low] = found[high];
}

static void collect(const struct core *core, const struct node *subject, struct judged *j)
{
	unsigned electorate = core->conf->electorate;

	j->n = judge_ballots(core, subject, j->ballots, j->names);
	j->provable = quorum_provable(j->ballots, j->n, electorate, subject->voter);
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		j->found[i] =
			quorum_judge(j->ballots, j->n, electorate, subject->voter, level_limit(core, i));
	imply_lower(core, j->found);
}

static void describe(
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

/* The voters that prove what the state says; of one that is about to be cleared, those that prove it right. */
static unsigned agreeing(enum verdict_state state, const struct finding found[LEVEL_COUNT])
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

	collect(core, subject, &j);
	out->state = j.found[LEVEL_CRITICAL].beyond   ? VERDICT_CRITICAL
		     : j.found[LEVEL_WARNING].beyond  ? VERDICT_WARNING
		     : j.found[LEVEL_CRITICAL].within ? VERDICT_OK
						      : VERDICT_UNKNOWN;
	out->agree = agreeing(out->state, j.found);
	describe(core, subject, &j, out);
}

/* ---- this host ---- */

/*
 * Our own clock was stepped, and what was measured before is carried on over our raw clock. A machine that stood still
 * and was then set right by its time service looks just like that: its raw clock did not go on meanwhile. So it takes
 * exchanges begun after the step to convict; a burst of probes is on its way. And each of them convicts alone: all that
 * older ones add rests on raw clocks that never stood still, which is the rule, and no proof.
 */
static bool beyond_since_step(const struct core *core, const struct judged *j, struct span limit)
{
	struct ballot recent[VOTERS_MAX];

	for (size_t i = 0; i < j->n; i++) {
		recent[i] = j->ballots[i];
		recent[i].known = recent[i].known && recent[i].recent;
		recent[i].offset = recent[i].alone;
	}
	return quorum_judge(recent, j->n, core->conf->electorate, core->nodes[0].voter, limit).beyond;
}

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
		stands[i] = j->found[i].beyond && beyond_since_step(core, j, level_limit(core, i));
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		bool higher = false;

		for (size_t k = 0; k < LEVEL_COUNT; k++)
			higher |= stands[k] && !span_less(level_limit(core, k), level_limit(core, i));
		j->waiting |= stepped_lately(core) && j->found[i].beyond && !higher;
		j->found[i].beyond = j->found[i].beyond && higher;
	}
}

/* What the ballots prove about one level; see enum proof. */
static enum proof proof_by_majority(const struct core *core, const struct judged *j, size_t level)
{
	struct span limit = level_limit(core, level);
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
	struct span limit = level_limit(core, level);
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
		core->provable[i] = !span_less(level_limit(core, i), j->provable);
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

static void decide(struct core *core)
{
	struct budget_choice choice = budget_choose(&core->budget, want_now(core));

	core->wanted.leave = choice.action;
	core->wanted.claim = choice.claim;
	core->wanted.released = core->released;
	snprintf(core->wanted.reason, sizeof core->wanted.reason, "%s", core->verdict.summary);
}

/* Peers that no longer answer, once each. */
static void note_silent(struct core *core)
{
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);

		if (!node->announced || node->unreachable_noted || node_fresh(core, node))
			continue;
		node->unreachable_noted = true;
		core_note(core, SEVERITY_WARNING, "peer", node->name, "%s no longer answers", node->name);
	}
}

/* Our wall clock against the voters': minus the median of theirs against ours. */
static bool own_drift(const struct core *core, struct rate *out)
{
	int64_t middles[VOTERS_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < core->n_nodes && n < VOTERS_MAX; i++) {
		const struct node *node = &core->nodes[i];
		struct rate least = { 0 }, greatest = { 0 };
		size_t at = n;

		if (!node->voter || (node->kind != NODE_SELF && !node_fresh(core, node)) ||
			!node_drift(node, &least, &greatest))
			continue;
		for (; at > 0 && middles[at - 1] > least.units / 2 + greatest.units / 2; at--)
			middles[at] = middles[at - 1];
		middles[at] = least.units / 2 + greatest.units / 2;
		n++;
	}
	if (n < quorum_majority(core->conf->electorate))
		return false;
	out->units = ns_sub(0, middles[n / 2]);
	return true;
}

/* When, if all goes on as it does, this host will be beyond the critical level. A forecast: for people, not for acts. */
static void look_ahead(struct core *core)
{
	const struct verdict *verdict = &core->verdict;
	struct span room, offset = interval_middle(verdict->offset);
	struct rate rate;

	core->nearing = false;
	if (!verdict->measured || verdict->state == VERDICT_UNKNOWN || !own_drift(core, &rate) ||
		rate.units == 0)
		return;
	offset = rate.units > 0 ? offset : span_neg(offset);
	room = span_sub(core->conf->thresholds.critical, offset);
	if (room.ns <= 0 || span_less(span_abs(offset), NEARING_LEAST))
		return;
	if (offset.ns < 0) /* it drifts towards the others */
		return;
	core->nearing_in =
		span_scale(room, (int64_t)1 << 50, rate.units > 0 ? rate.units : ns_sub(0, rate.units));
	core->nearing = span_less(core->nearing_in, NEARING_MOST);
}

/* A leap second is in sight where our own kernel says so, or a majority: one peer's word freezes nothing. */
static void look_for_leap(struct core *core)
{
	const struct reading *now = &core->own.now;
	unsigned count = 0;

	for (size_t i = 0; i < core->roster.n_asked; i++) {
		const struct node *node = node_asked(core, i);

		count += node->voter && node_fresh(core, node) &&
			 (node->leap == NTP_LEAP_INSERT || node->leap == NTP_LEAP_DELETE);
	}
	if (now->leap == NTP_LEAP_INSERT || now->leap == NTP_LEAP_DELETE ||
		count >= quorum_majority(core->conf->electorate))
		core->leap_seen = now->mono_after;
	if (count || core->leap_seen.ns == now->mono_after.ns)
		core->leap_heard = now->mono_after;
}

void judge(struct core *core)
{
	struct node *self = &core->nodes[0];
	enum verdict_state before = core->verdict.state, state;
	struct judged j = { .waiting = false };

	note_silent(core);
	look_for_leap(core);
	collect(core, self, &j);
	keep_recent(core, &j);
	look_at_levels(core, &j);
	state = state_of(core, &j);
	if (!is_told_still(core, state)) {
		core->verdict.state = state;
		core->verdict.agree = agreeing(state, j.found);
		describe(core, self, &j, &core->verdict);
	}
	look_ahead(core);
	announce(core, before);
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

/* ---- the gate ---- */

/* A reference vetoes, and a leap second excuses, as with all that is done about a clock. */
static enum gate_answer gate_answer_of(const struct core *core, const struct judged *j)
{
	struct span limit = core->conf->gate.above;
	bool votes = core->nodes[0].voter;
	struct finding found = quorum_judge(j->ballots, j->n, core->conf->electorate, votes, limit);
	struct interval consensus;

	if (!found.beyond)
		return found.within ? GATE_RIGHT : GATE_UNKNOWN;
	if (!beyond_since_step(core, j, limit) || !quorum_consensus(j->ballots, j->n, votes, &consensus) ||
		cause_veto(core, limit, consensus).name || cause_leap_explains(core, consensus))
		return GATE_UNKNOWN;
	return GATE_WRONG;
}

void core_gate(const struct core *core, struct gate_view *out)
{
	const struct node *self = &core->nodes[0];
	struct judged j = { .waiting = false };

	collect(core, self, &j);
	out->answer = gate_answer_of(core, &j);
	out->verdict = core->verdict;
	/* What is told of a level is told once it has held; this is about now. */
	if (out->answer != GATE_UNKNOWN)
		judge_other(core, self, &out->verdict);
}
