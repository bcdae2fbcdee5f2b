#include <stdio.h>
#include <string.h>

#include "core_impl.h"

const char *reject_name(enum reject reason)
{
	static const char *const names[REJECT_COUNT] = { "malformed", "mode", "closed", "key", "mac",
		"cluster", "name", "instance", "address", "nonce", "unsynchronised", "kiss", "step" };

	return names[reason];
}

const char *action_state_name(enum action_state state)
{
	static const char *const names[] = { "idle", "pending", "active", "failed", "held", "latched",
		"dry-run" };

	return names[state];
}

size_t core_nodes(const struct core *core)
{
	return core->n_nodes;
}

/* An instant of our raw clock as the wall clock has it now. */
static struct wall wall_of_raw(const struct reading *now, struct raw at)
{
	return wall_add(now->wall, span_neg(raw_sub(now->raw_before, at)));
}

static void view_address(const struct conf_address *address, char *out, size_t room)
{
	bool literal6 = strchr(address->host, ':') != NULL;

	snprintf(out, room, literal6 ? "[%s]:%u" : "%s:%u", address->host, (unsigned)address->port);
}

static struct span least_delay(const struct node *node)
{
	struct span least = SPAN_MAX;

	for (unsigned i = 0; i < node->n_delays; i++)
		least = span_min(least, node->delays[i]);
	return least;
}

/* A verdict is as young as the latest exchange it rests on. */
static struct wall latest_of_all(const struct core *core, const struct reading *now)
{
	struct wall latest = { 0 };

	for (size_t i = 1; i < core->n_nodes; i++) {
		struct wall at = wall_of_raw(now, core->nodes[i].as_of);

		if (core->nodes[i].measured && core->nodes[i].voter && at.ns > latest.ns)
			latest = at;
	}
	return latest;
}

static struct exchange_view exchange_view(const struct reading *now, const struct origin *origin)
{
	return (struct exchange_view){ wall_of_raw(now, origin->at), origin->round_trip };
}

static void view_exchanges(
	const struct core *core, const struct node *node, const struct reading *now, struct node_view *out)
{
	const struct estimate *estimate = &node->watch->estimate;

	if (!node_offset_alone(core, node, &out->alone))
		out->alone = INTERVAL_ALL;
	out->latest = exchange_view(now, &estimate->latest);
	out->below = exchange_view(now, &estimate->below);
	out->above = exchange_view(now, &estimate->above);
}

static void view_measured(
	const struct core *core, const struct node *node, const struct reading *now, struct node_view *out)
{
	struct rate slowest, fastest;

	out->reachable = node_fresh(core, node);
	out->measured = node->measured;
	out->heard = node->measured;
	if (!node->measured)
		return;
	out->offset = node->stated;
	out->likely = span_max(node->stated.low, span_min(node->stated.high, node->likely));
	out->as_of = wall_of_raw(now, node->as_of);
	out->last_heard = raw_sub(now->raw_after, node->as_of);
	view_exchanges(core, node, now, out);
	out->have_delay = node->n_delays > 0;
	out->delay = least_delay(node);
	out->have_drift = node_drift(node, &slowest, &fastest);
	if (out->have_drift)
		out->drift_ppm = (rate_ppm(slowest) + rate_ppm(fastest)) / 2;
}

static void view_configured(const struct core *core, const struct node *node, struct node_view *out)
{
	const struct conf_peer *peer = node->kind == NODE_SELF ? &core->conf->self : node->peer;

	snprintf(out->name, sizeof out->name, "%s", node->name);
	out->voter = node->voter;
	if (node->kind == NODE_REFERENCE) {
		view_address(&node->reference->address, out->address, sizeof out->address);
		return;
	}
	out->role = peer->role;
	snprintf(out->site, sizeof out->site, "%s", peer->site);
	if (node->kind == NODE_PEER)
		view_address(&peer->address, out->address, sizeof out->address);
}

/* Nothing can be proved of what is not measured, and that is as it should be. */
static void view_unwatched(const struct core *core, const struct node *node, struct verdict *out)
{
	*out = (struct verdict){ .state = VERDICT_UNKNOWN,
		.offset = INTERVAL_ALL,
		.electorate = core->conf->electorate,
		.cause = "not-watched" };
	snprintf(out->summary, sizeof out->summary,
		"%s is not measured from here: in a cluster of %zu each host asks those that vote and %d "
		"others; its own sentinel knows",
		node->name, core->roster.n_members, FEW);
}

void core_node(const struct core *core, size_t index, const struct reading *now, struct node_view *out)
{
	const struct node *node = &core->nodes[index];

	*out = (struct node_view){ .kind = node->kind };
	view_configured(core, node, out);
	out->watched = node->watch;
	if (node->kind == NODE_SELF) {
		out->reachable = true;
		out->as_of = latest_of_all(core, now);
		snprintf(out->version, sizeof out->version, "%s", core->hello.version);
		out->drill = core->own.drill.on;
		out->synchronised = now->synchronised;
		out->verdict = core->verdict;
		out->state.service = core->service;
		out->state.database = core->database;
		return;
	}
	view_measured(core, node, now, out);
	out->reach = node->reach;
	out->sent = node->sent;
	out->received = node->received;
	out->rejected = node->rejected;
	out->not_believed = core_not_believed(core, node);
	memcpy(out->version, node->version, sizeof out->version);
	out->has_state = node->has_state;
	out->state = node->state;
	out->drill = node->in_drill;
	out->other_list = has_other_list(core, node);
	out->synchronised = node->synchronised;
	if (node->watch)
		judge_other(core, node, &out->verdict);
	else
		view_unwatched(core, node, &out->verdict);
}

bool core_cell(const struct core *core, size_t from, size_t to, const struct reading *now, struct cell *out)
{
	bool measured = mesh_measured(core, from, to, out), implied;
	struct cell mesh;

	implied = mesh_implied(core, from, to, &mesh);
	if (!measured && !implied)
		return false;
	if (!measured)
		*out = mesh;
	out->has_mesh = measured && implied;
	out->mesh = out->has_mesh ? mesh.offset : INTERVAL_ALL;
	out->age = span_add(out->age, raw_sub(now->raw_after, core->own.now.raw_after));
	return true;
}

const char *core_voter(const struct core *core, unsigned bit)
{
	for (size_t i = 1; i < core->n_nodes; i++)
		if (core->nodes[i].voter && bit-- == 0)
			return core->nodes[i].name;
	return "";
}

void core_level(const struct core *core, enum level_name name, struct level_view *out)
{
	const struct level *level = &core->levels[name];

	*out = (struct level_view){
		.name = name,
		.configured = level->configured,
		.limit = level->limit,
		.raised = level->raised,
		.proved = level->proof == PROOF_BEYOND,
		.held = level->held,
		.agree = core->findings[name].beyond_by,
		.provable = core->provable[name],
		.beyond = core->findings[name].beyond,
		.within = core->findings[name].within,
		.within_itself = core->findings[name].within && core->nodes[0].voter,
		.beyond_who = core->findings[name].beyond_who,
		.within_who = core->findings[name].within_who,
	};
}

static struct span left_until(const struct reading *now, struct mono end)
{
	return span_max(SPAN_ZERO, mono_sub(end, now->mono_after));
}

void core_overview(const struct core *core, const struct reading *now, struct core_view *out)
{
	const struct hold *hold = core->hold.on ? &core->hold : &core->cluster_hold;

	*out = (struct core_view){
		.instance = core->hello.instance,
		.epoch = core->own.epoch,
		.nearing = core->nearing,
		.nearing_in = core->nearing_in,
		.uptime = mono_sub(now->mono_after, core->started),
		.verdict_since_mono = core->since_mono,
		.since = core->since,
		.drill = core->own.drill.on,
		.drill_offset = core->own.drill.offset,
		.drill_ppb = core->own.drill.drift_ppb,
		.drill_left = left_until(now, core->own.drill.ends),
		.hold = core->hold.on || core->cluster_hold.on,
		.hold_left = hold->forever ? SPAN_MAX : left_until(now, hold->ends),
		.requests = core->requests,
		.answers = core->answers,
		.stalls = core->stalls,
		.longest_stall = core->longest_stall,
		.steps = core->own.steps,
	};
	snprintf(out->hold_reason, sizeof out->hold_reason, "%s", hold->reason);
	memcpy(out->rejected, core->rejected, sizeof out->rejected);
}
