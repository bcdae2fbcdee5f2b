#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "core_impl.h"

/* So many that are not of its key, for so long, and not one that is, are hardly damage. */
enum { UNAUTHENTIC_LEAST = 8 };
#define UNAUTHENTIC_HELD span_s(10)
/* Later than that it is silence, where it was to be heard meanwhile. */
#define REJECTED_LATELY span_s(60)

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return memcmp(a->ip, b->ip, sizeof a->ip) == 0 && a->port == b->port && a->scope == b->scope;
}

/* ---- effects ---- */

void core_note(struct core *core, enum severity severity, const char *kind, const char *node,
	const char *format, ...)
{
	struct effects *effects = core->effects;
	struct note *note;
	va_list args;

	if (effects->n_notes == EFFECTS_NOTES)
		return;
	note = &effects->notes[effects->n_notes++];
	note->severity = severity;
	note->kind = kind;
	snprintf(note->node, sizeof note->node, "%s", node);
	va_start(args, format);
	vsnprintf(note->text, sizeof note->text, format, args);
	va_end(args);
}

/* Nothing but the address tells whose it was. */
static bool is_unauthentic(enum reject reason)
{
	return reason == REJECT_KEY || reason == REJECT_MAC;
}

const char *core_not_believed(const struct core *core, const struct node *node)
{
	static const char *const mend[REJECT_COUNT] = {
		[REJECT_MALFORMED] =
			"it does not answer as a sentinel: look what runs there, and compare the versions",
		[REJECT_KEY] = "its key id is not the one configured for it: compare `key` on both hosts",
		[REJECT_MAC] = "its key is another one than ours: compare the key files",
		[REJECT_CLUSTER] = "it is of another cluster: compare `cluster` on both hosts",
		[REJECT_NAME] = "it calls itself otherwise: compare `name` here with `node` there",
		[REJECT_INSTANCE] = "it was heard under another name: two addresses lead to one host",
		[REJECT_UNSYNCHRONISED] = "it says that it does not know the time",
		[REJECT_KISS] = "it asks to be left alone, and is asked less often",
	};
	enum reject reason = node->rejected_for;
	struct span lately = span_max(REJECTED_LATELY, node_fresh_for(core, node));
	struct mono now = core->own.now.mono_after;

	/* Where it is heard as well, a namesake or a stranger on its address sends the rest. */
	if (node_fresh(core, node) || !node->rejected_since ||
		span_less(lately, mono_sub(now, node->rejected_at)))
		return NULL;
	/* Damage on the way looks like another key, too. */
	if (is_unauthentic(reason) &&
		(node->rejected_since < UNAUTHENTIC_LEAST ||
			span_less(mono_sub(now, node->rejected_from), UNAUTHENTIC_HELD)))
		return NULL;
	return mend[reason];
}

/* Once for each node and reason: else it would only be silent. */
static void tell_rejection(struct core *core, struct node *node)
{
	const char *why = core_not_believed(core, node);

	if (!why || (node->rejections_told & 1U << node->rejected_for))
		return;
	node->rejections_told |= 1U << node->rejected_for;
	core_note(core, SEVERITY_WARNING, "peer", node->name, "what %s sends is not believed: %s", node->name,
		why);
}

/* What a good MAC proves is not hidden by what anybody may send from that address. */
static void keep_reason(struct core *core, struct node *node, enum reject reason)
{
	bool unauthentic = is_unauthentic(reason), other = unauthentic != is_unauthentic(node->rejected_for);

	if (unauthentic && other && core_not_believed(core, node))
		return;
	node->rejected_since = other ? 1 : node->rejected_since + 1;
	node->rejected_for = reason;
	node->rejected_at = core->own.now.mono_after;
	if (node->rejected_since == 1)
		node->rejected_from = node->rejected_at;
}

void core_reject(struct core *core, struct node *node, enum reject reason)
{
	core->rejected[reason]++;
	if (!node)
		return;
	node->rejected++;
	keep_reason(core, node, reason);
	tell_rejection(core, node);
}

bool core_full(const struct core *core)
{
	return core->effects->n_notes == EFFECTS_NOTES;
}

struct outgoing *core_send(struct core *core)
{
	if (core->effects->n_sends == EFFECTS_SENDS)
		return NULL;
	return &core->effects->sends[core->effects->n_sends++];
}

/* ---- configuration ---- */

static uint64_t digest_members(const struct conf *conf)
{
	uint64_t digest = message_members_digest(0, conf->node);

	for (size_t i = 0; i < conf->n_peers; i++)
		digest = message_members_digest(digest, conf->peers[i].name);
	return digest;
}

static void configure_levels(struct core *core)
{
	const struct conf *conf = core->conf;
	struct span clear_after = conf->thresholds.clear_after;

	level_configure(&core->levels[LEVEL_WARNING], conf->thresholds.warning, conf->thresholds.raise_after,
		clear_after);
	level_configure(&core->levels[LEVEL_CRITICAL], conf->thresholds.critical,
		conf->thresholds.raise_after, clear_after);
	level_configure(&core->levels[LEVEL_ACTION], conf->galera.above, conf->galera.after, clear_after);
	core->levels[LEVEL_ACTION].configured = conf_acts(conf);
	joins_configure(core);
}

/* The first probes go out at once, a little apart from each other, then each finds its place in the interval. */
static void plan_first(struct core *core, struct node *node)
{
	struct span spread = span_min(node->interval, span_ms(50));
	int64_t place = (int64_t)node->place, n = (int64_t)core->roster.n_asked + 1;

	node->burst = BURST_PROBES;
	node->burst_again = mono_add(core->own.now.mono_after, BURST_REST);
	node->next_probe = mono_add(core->own.now.mono_after, span_scale(spread, place, n));
}

/* A request is as long as the longest answer to it: a peer's name may be longer than ours. */
static size_t request_size(const struct conf *conf, const char *version)
{
	struct hello longest = { 0 };
	unsigned entries = conf->n_peers < ROW_SLICE_MAX ? (unsigned)conf->n_peers : ROW_SLICE_MAX;

	snprintf(longest.cluster, sizeof longest.cluster, "%s", conf->cluster);
	snprintf(longest.name, sizeof longest.name, "%s", conf->node);
	snprintf(longest.version, sizeof longest.version, "%s", version);
	for (size_t i = 0; i < conf->n_peers; i++)
		if (strlen(conf->peers[i].name) > strlen(longest.name))
			snprintf(longest.name, sizeof longest.name, "%s", conf->peers[i].name);
	return message_answer_size(&longest, entries);
}

/* The drivers begin anew, and tell what they find: the words of those that do not any more are void. */
static void forget_unconfigured(struct core *core)
{
	const struct conf *conf = core->conf;
	unsigned joins = conf_acts(conf) ? conf->galera.measures & MEASURE_BLOCK_JOINS : 0;

	core->standing &= conf_leaves(conf);
	core->active &= conf_leaves(conf) | joins;
	core->no_list = core->no_list && joins;
}

bool core_reload(struct core *core, const struct conf *conf, const struct keyring *ring)
{
	struct roster roster, old = core->roster;
	bool *kept = calloc(1 + conf->n_peers + conf->n_references, sizeof *kept);

	if (!kept || !roster_make(&roster, conf, ring, core->hello.instance)) {
		free(kept);
		return false;
	}
	roster_adopt(&roster, &old, kept);
	core->conf = conf;
	core->ring = ring;
	core->roster = roster;
	core->nodes = roster.nodes;
	core->n_nodes = roster.n_nodes;
	for (size_t i = 0; i < roster.n_asked; i++)
		if (!kept[roster.asked[i]])
			plan_first(core, &roster.nodes[roster.asked[i]]);
	roster_free(&old);
	free(kept);
	core->members = digest_members(conf);
	snprintf(core->hello.cluster, sizeof core->hello.cluster, "%s", conf->cluster);
	snprintf(core->hello.name, sizeof core->hello.name, "%s", conf->node);
	core->request_size = request_size(conf, core->hello.version);
	configure_levels(core);
	forget_unconfigured(core);
	return true;
}

struct core *core_new(const struct conf *conf, const struct keyring *ring, const uint8_t seed[PRNG_SEED_SIZE],
	const char *version, const struct reading *now)
{
	struct core *core = calloc(1, sizeof *core);

	if (!core)
		return NULL;
	core->prng = prng_new(seed);
	if (!core->prng)
		goto fail;
	core->hello.instance = prng_u64(core->prng) | 1;
	core->verdict.state = VERDICT_UNKNOWN;
	snprintf(core->hello.version, sizeof core->hello.version, "%s", version);
	own_init(&core->own, now);
	core->started = core->since_mono = core->deadline = now->mono_after;
	core->since = now->wall;
	if (!core_reload(core, conf, ring))
		goto fail;
	return core;
fail:
	core_free(core);
	return NULL;
}

void core_free(struct core *core)
{
	if (!core)
		return;
	prng_free(core->prng);
	roster_free(&core->roster);
	free(core);
}

/* ---- what time brings ---- */

/* Our own clock is not where it was, so neither are the others' against it; their raw clocks are. */
static void map_anew(struct core *core)
{
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);

		struct span before = interval_middle(node->stated);

		drift_forget(&node->drift);
		node_offset(core, node, &node->stated);
		node->likely = span_add(node->likely, span_sub(interval_middle(node->stated), before));
	}
}

static void tell_steps(struct core *core)
{
	unsigned n = pace_take(&core->steps_told, core->own.now.mono_after);
	char step[64], often[PACE_TEXT_SIZE];

	if (n)
		core_note(core, SEVERITY_WARNING, "step", core->conf->node,
			"the clock of %s was stepped by %s%s", core->conf->node,
			span_format(core->own.step, step, sizeof step), pace_text(n, often));
}

static void note_step(struct core *core)
{
	core->steps_told.held++;
	tell_steps(core);
	for (size_t i = 0; i < core->roster.n_asked; i++)
		node_burst(core, node_asked(core, i));
}

/* Was this process kept from its work, far past the time it asked to be called at? */
static void look_for_stall(struct core *core, const struct reading *now)
{
	/* No longer than since the last look: the datagrams that waited come before the tick does. */
	struct span late = span_min(mono_sub(now->mono_before, core->deadline),
		mono_sub(now->mono_before, core->own.now.mono_after));
	char text[64];

	if (span_less(late, STALL_LEAST))
		return;
	core->stalls++;
	core->stall = late;
	core->stall_at = now->mono_after;
	core->longest_stall = span_max(core->longest_stall, late);
	core_note(core, SEVERITY_WARNING, "stall", core->conf->node,
		"this process stood still for %s: the machine was stopped, suspended or overloaded",
		span_format(late, text, sizeof text));
}

/*
 * The raw clock stood still meanwhile, so what was measured before leads nowhere: all is measured anew. Answers that were on
 * their way may yet come; they were asked for on a raw clock of before.
 */
static void note_sleep(struct core *core)
{
	char text[64];

	core_note(core, SEVERITY_WARNING, "stall", core->conf->node, "%s was suspended for %s",
		core->conf->node, span_format(core->own.sleep, text, sizeof text));
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);

		estimate_restart(&node->watch->estimate, core->own.now.raw_before);
		drift_forget(&node->drift);
		node->measured = false;
		node->burst_again = core->own.now.mono_after;
		node_burst(core, node);
	}
}

/* What was held back so that the events are not flooded, once it is its time. */
static void tell_held(struct core *core)
{
	tell_steps(core);
	for (size_t i = 0; i < core->roster.n_asked; i++)
		peer_tell_held(core, node_asked(core, i));
}

/* ---- what drivers and the shell say ---- */

static unsigned with_bit(unsigned bits, unsigned bit, bool on)
{
	return on ? bits | bit : bits & ~bit;
}

/*
 * The driver's first word on a measure tells what was in force before this daemon started: that stays so until the
 * opposite of its reason is proved. Later ones raise nothing: what a driver did is no proof. Nor does what is not
 * configured any more, and is given back.
 */
static void take_action(struct core *core, const struct event *event)
{
	unsigned bit = event->action.measure;
	enum action_state state = event->action.state;
	bool standing = state != ACTION_IDLE && state != ACTION_DRY_RUN && state != ACTION_LATCHED &&
			!event->action.waiting;

	core->active = with_bit(core->active, bit, state == ACTION_ACTIVE);
	if (bit == MEASURE_BLOCK_JOINS)
		return;
	core->standing = with_bit(core->standing, bit, standing);
	budget_driver_says(&core->budget, core->standing != 0);
	if (standing && !(core->spoken & bit) && (conf_leaves(core->conf) & bit))
		core->levels[LEVEL_ACTION].raised = true;
	core->spoken |= bit;
}

static void take_address(struct core *core, const struct event *event)
{
	struct node *node;

	if (event->address.node == 0 || event->address.node >= core->n_nodes)
		return;
	node = &core->nodes[event->address.node];
	if (node->has_endpoint && endpoint_equal(&node->endpoint, &event->address.endpoint))
		return;
	node->endpoint = event->address.endpoint;
	node->has_endpoint = true;
	node->burst_again = core->own.now.mono_after;
	node_burst(core, node);
}

static void dispatch(struct core *core, const struct event *event)
{
	switch (event->kind) {
	case EVENT_TICK:
		ask_due(core);
		break;
	case EVENT_DATAGRAM:
		if (event->datagram.side == SIDE_ASK)
			hear(core, &event->datagram);
		else
			answer_request(core, &event->datagram);
		break;
	case EVENT_DEPARTED:
		if (event->departed.side == SIDE_ASK)
			ask_departed(core, event->departed.token, event->departed.stamp);
		else
			answer_departed(core, event->departed.token, event->departed.stamp);
		break;
	case EVENT_ADDRESS:
		take_address(core, event);
		break;
	case EVENT_ACTION:
		take_action(core, event);
		break;
	case EVENT_CLAIM:
		core->budget.held = event->claim_held;
		break;
	case EVENT_DRILL:
		operator_drill(core, event);
		break;
	case EVENT_HOLD:
		operator_hold(core, event);
		break;
	case EVENT_RELEASE:
		operator_release(core, event);
		break;
	case EVENT_LIST:
		core->no_list = event->no_list;
		break;
	case EVENT_REPORTING:
		core->reporting = event->reporting;
		break;
	}
}

static struct mono next_deadline(const struct core *core)
{
	struct mono least = mono_earlier(ask_deadline(core), judge_deadline(core));

	if (core->own.drill.on)
		least = mono_earlier(least, core->own.drill.ends);
	if (core->hold.on && !core->hold.forever)
		least = mono_earlier(least, core->hold.ends);
	if (core->cluster_hold.on && !core->cluster_hold.forever)
		least = mono_earlier(least, core->cluster_hold.ends);
	return least;
}

/* Requests of others change nothing that a verdict is made of: strangers cannot make us think. What peers tell with them, and
 * departures, take effect with the next answer. */
static bool changes_verdict(const struct event *event)
{
	return event->kind != EVENT_DEPARTED &&
	       (event->kind != EVENT_DATAGRAM || event->datagram.side == SIDE_ASK);
}

void core_require_claim(struct core *core, bool required)
{
	core->budget.required = required;
}

void core_host_is(struct core *core, enum told_service service, enum told_database database)
{
	core->service = (uint8_t)service;
	core->database = (uint8_t)database;
}

void core_step(struct core *core, const struct event *event, struct effects *effects)
{
	uint32_t epoch;
	bool stepped;

	effects->n_sends = effects->n_notes = 0;
	effects->verdict_changed = false;
	core->effects = effects;
	look_for_stall(core, &event->now);
	stepped = own_look(&core->own, &event->now);
	epoch = core->own.epoch;
	if (core->own.slept)
		note_sleep(core);
	if (stepped)
		note_step(core);
	operator_end_over(core);
	dispatch(core, event);
	if (stepped || core->own.epoch != epoch)
		map_anew(core);
	if (stepped || changes_verdict(event))
		judge(core);
	if (event->kind == EVENT_TICK)
		tell_held(core);
	effects->held = core->hold.on;
	effects->wanted = core->wanted;
	core->deadline = next_deadline(core);
	core->effects = NULL;
}

struct mono core_deadline(const struct core *core)
{
	return core->deadline;
}
