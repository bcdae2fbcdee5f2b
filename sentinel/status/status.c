#include "status.h"

#include <stdio.h>
#include <string.h>

#include "../text/jvalue.h"

/* The core's deadline may be missed by so much before the daemon is called ill: its own stall counts from 1 s. */
#define CORE_LATE span_s(5)

const char *measure_name(enum conf_measure measure)
{
	switch (measure) {
	case MEASURE_DESYNC:
		return "desync";
	case MEASURE_FENCE:
		return "fence";
	case MEASURE_BLOCK_JOINS:
		return "block_joins";
	}
	return "unknown";
}

static const char *level_word(enum level_name name)
{
	static const char *const words[LEVEL_COUNT] = {
		[LEVEL_WARNING] = "warning",
		[LEVEL_CRITICAL] = "critical",
		[LEVEL_ACTION] = "action",
	};

	return words[name];
}

bool status_actions_report(struct status_actions *actions, const char *driver,
	const struct action_report *report, struct wall now)
{
	struct status_action *line = actions->lines;
	struct status_action *end = actions->lines + actions->n;
	bool changed;

	while (line < end && !(line->report.measure == report->measure && strcmp(line->driver, driver) == 0))
		line++;
	if (line == actions->lines + STATUS_ACTIONS_MAX)
		return false;
	changed = line == end || line->report.state != report->state;
	actions->n += line == end;
	line->driver = driver;
	line->report = *report;
	if (changed)
		line->since = now;
	return changed;
}

void status_put_offset(json_t *object, bool known, struct interval offset)
{
	bool bounded = known && offset.low.ns != INT64_MIN && offset.high.ns != INT64_MAX;

	jvalue_put(object, "offset_s", bounded ? jvalue_span(interval_middle(offset)) : json_null());
	jvalue_put(object, "low_s", known ? jvalue_span(offset.low) : json_null());
	jvalue_put(object, "high_s", known ? jvalue_span(offset.high) : json_null());
}

json_t *status_verdict_json(const char *node, const struct verdict *verdict)
{
	json_t *json = json_object();

	jvalue_put(json, "node", jvalue_text(node));
	jvalue_put(json, "state", json_string(verdict_state_name(verdict->state)));
	status_put_offset(json, verdict->measured, verdict->offset);
	jvalue_put(json, "agree", json_integer(verdict->agree));
	jvalue_put(json, "electorate", json_integer(verdict->electorate));
	jvalue_put(json, "cause", jvalue_text(verdict->cause));
	jvalue_put(json, "summary", jvalue_text(verdict->summary));
	return json;
}

char *status_sentence(
	const struct status_source *source, const struct verdict *verdict, char *out, size_t room)
{
	bool raised = verdict->state == VERDICT_WARNING || verdict->state == VERDICT_CRITICAL;
	/* A level that waits to be cleared needs no cure any more. */
	bool wrong = raised && verdict->agree >= quorum_majority(verdict->electorate);
	struct reading now;
	struct core_view core;
	char cure[256] = "";

	source->read(source->arg, &now);
	core_overview(source->core, &now, &core);
	if (wrong && !core.drill && source->timesync)
		timesync_cure(source->timesync, (*source->conf)->node, cure, sizeof cure);
	snprintf(out, room, "%s%s%s", verdict->summary, *cure ? "; " : "", cure);
	return out;
}

json_t *status_own_verdict_json(
	const struct status_source *source, const struct node_view *self, const struct core_view *core)
{
	json_t *json = status_verdict_json(self->name, &self->verdict);
	char summary[sizeof self->verdict.summary + 256];

	jvalue_put(json, "since", jvalue_wall(core->since));
	jvalue_put(json, "as_of", self->as_of.ns ? jvalue_wall(self->as_of) : json_null());
	jvalue_put(json, "threshold_in_s", core->nearing ? jvalue_span(core->nearing_in) : json_null());
	jvalue_put(json, "summary",
		jvalue_text(status_sentence(source, &self->verdict, summary, sizeof summary)));
	return json;
}

static json_t *thresholds_json(const struct conf *conf)
{
	json_t *json = json_object();

	jvalue_put(json, "warning_s", jvalue_span(conf->thresholds.warning));
	jvalue_put(json, "critical_s", jvalue_span(conf->thresholds.critical));
	jvalue_put(json, "action_s", conf_acts(conf) ? jvalue_span(conf->galera.above) : json_null());
	jvalue_put(json, "raise_after_s", jvalue_span(conf->thresholds.raise_after));
	jvalue_put(json, "clear_below", json_real(conf->thresholds.clear_below_permille / 1000.0));
	jvalue_put(json, "clear_after_s", jvalue_span(conf->thresholds.clear_after));
	return json;
}

/* The names of those voters; see struct level_view. */
static json_t *voters_json(const struct core *core, uint64_t who)
{
	json_t *names = json_array();

	for (unsigned bit = 0; bit < 64 && who >> bit; bit++)
		if (who >> bit & 1)
			json_array_append_new(names, jvalue_text(core_voter(core, bit)));
	return names;
}

/* What a majority proves about this host and the level now, and who that majority is. */
static void put_proof(json_t *json, const struct core *core, const struct level_view *level)
{
	uint64_t who = level->beyond ? level->beyond_who : level->within ? level->within_who : 0;

	jvalue_put(json, "proved",
		json_string(level->beyond   ? "beyond"
			    : level->within ? "within"
					    : "nothing"));
	jvalue_put(json, "by", voters_json(core, who));
	jvalue_put(json, "itself_counts", json_boolean(!level->beyond && level->within_itself));
}

static json_t *levels_json(const struct core *core)
{
	json_t *levels = json_array();

	for (enum level_name name = 0; name < LEVEL_COUNT; name++) {
		struct level_view level;
		json_t *json;

		core_level(core, name, &level);
		if (!level.configured)
			continue;
		json = json_object();
		jvalue_put(json, "name", json_string(level_word(name)));
		jvalue_put(json, "limit_s", jvalue_span(level.limit));
		jvalue_put(json, "raised", json_boolean(level.raised));
		jvalue_put(json, "held_s", jvalue_span(level.held));
		jvalue_put(json, "agree", json_integer(level.agree));
		jvalue_put(json, "provable", json_boolean(level.provable));
		put_proof(json, core, &level);
		json_array_append_new(levels, json);
	}
	return levels;
}

static const char *role_word(const struct node_view *node)
{
	return node->kind == NODE_REFERENCE ? "reference" : conf_role_name(node->role);
}

static json_t *exchange_json(const struct exchange_view *exchange)
{
	json_t *json = json_object();

	jvalue_put(json, "as_of", jvalue_wall(exchange->answered));
	jvalue_put(json, "round_trip_s", jvalue_span(exchange->round_trip));
	return json;
}

/* The exchanges behind the interval: the latest one, what it says by itself, and those that either end rests on. */
static json_t *proof_json(const struct node_view *peer)
{
	json_t *json, *latest;

	if (!peer->measured)
		return json_null();
	json = json_object();
	latest = exchange_json(&peer->latest);
	status_put_offset(latest, true, peer->alone);
	jvalue_put(json, "latest", latest);
	jvalue_put(json, "low", exchange_json(&peer->below));
	jvalue_put(json, "high", exchange_json(&peer->above));
	return json;
}

static json_t *peer_json(const struct node_view *peer)
{
	json_t *json = json_object();

	jvalue_put(json, "name", jvalue_text(peer->name));
	jvalue_put(json, "address", jvalue_text(peer->address));
	jvalue_put(json, "role", json_string(role_word(peer)));
	jvalue_put(json, "site", jvalue_text(peer->site));
	jvalue_put(json, "voter", json_boolean(peer->voter));
	jvalue_put(json, "state",
		json_string(peer->reachable || !peer->watched ? verdict_state_name(peer->verdict.state)
							      : "unreachable"));
	jvalue_put(json, "watched", json_boolean(peer->watched));
	status_put_offset(json, peer->measured, peer->offset);
	if (peer->measured)
		jvalue_put(json, "offset_s", jvalue_span(peer->likely));
	jvalue_put(json, "as_of", peer->measured ? jvalue_wall(peer->as_of) : json_null());
	jvalue_put(json, "delay_s", peer->have_delay ? jvalue_span(peer->delay) : json_null());
	jvalue_put(json, "drift_ppm", peer->have_drift ? jvalue_real(peer->drift_ppm) : json_null());
	jvalue_put(json, "reach", json_integer(peer->reach));
	jvalue_put(json, "last_heard_s", peer->heard ? jvalue_span(peer->last_heard) : json_null());
	jvalue_put(json, "sent", jvalue_count(peer->sent));
	jvalue_put(json, "received", jvalue_count(peer->received));
	jvalue_put(json, "rejected", jvalue_count(peer->rejected));
	jvalue_put(json, "other_list", json_boolean(peer->other_list));
	jvalue_put(json, "not_believed", peer->not_believed ? json_string(peer->not_believed) : json_null());
	jvalue_put(json, "version", *peer->version ? jvalue_text(peer->version) : json_null());
	jvalue_put(json, "drill", json_boolean(peer->drill));
	jvalue_put(json, "synchronised", peer->heard ? json_boolean(peer->synchronised) : json_null());
	jvalue_put(json, "summary", jvalue_text(peer->verdict.summary));
	jvalue_put(json, "proof", proof_json(peer));
	return json;
}

static json_t *peers_json(const struct core *core, const struct reading *now)
{
	json_t *peers = json_array();

	for (size_t i = 1; i < core_nodes(core); i++) {
		struct node_view peer;

		core_node(core, i, now, &peer);
		json_array_append_new(peers, peer_json(&peer));
	}
	return peers;
}

static json_t *actions_json(const struct status_actions *actions)
{
	json_t *list = json_array();

	for (size_t i = 0; i < actions->n; i++) {
		const struct status_action *action = &actions->lines[i];
		json_t *json = json_object();

		jvalue_put(json, "name", json_string(action->driver));
		jvalue_put(json, "measure", json_string(measure_name(action->report.measure)));
		jvalue_put(json, "state", json_string(action_state_name(action->report.state)));
		jvalue_put(json, "since", jvalue_wall(action->since));
		jvalue_put(json, "detail", jvalue_text(action->report.detail));
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *timesync_json(const struct timesync *timesync)
{
	static const char *const leaps[] = {
		[NTP_LEAP_NONE] = "none",
		[NTP_LEAP_INSERT] = "insert",
		[NTP_LEAP_DELETE] = "delete",
		[NTP_LEAP_UNSYNCHRONISED] = "unsynchronised",
	};
	json_t *json;

	if (!timesync)
		return json_null();
	json = json_object();
	jvalue_put(json, "service", timesync->running ? json_string(timesync->service) : json_null());
	jvalue_put(json, "running", timesync->looked ? json_boolean(timesync->running) : json_null());
	jvalue_put(json, "whole_host", json_boolean(timesync->whole_host));
	jvalue_put(json, "synchronised", json_boolean(timesync->synchronised));
	jvalue_put(json, "max_error_s", jvalue_span(timesync->max_error));
	jvalue_put(json, "leap", json_string(leaps[timesync->leap & 3]));
	return json;
}

static json_t *drill_json(const struct core_view *core)
{
	json_t *json;

	if (!core->drill)
		return json_null();
	json = json_object();
	jvalue_put(json, "offset_s", jvalue_span(core->drill_offset));
	jvalue_put(json, "drift_ppm", json_real((double)core->drill_ppb / 1000.0));
	jvalue_put(json, "left_s", jvalue_span(core->drill_left));
	return json;
}

/* Whether a restart finds the hold, or its end, as it is: true, null (not yet), or why not. */
static json_t *hold_kept_json(const struct holdkeeper *keeper)
{
	switch (keeper ? holdkeeper_state(keeper) : HOLDKEEPER_KEPT) {
	case HOLDKEEPER_KEPT:
		return json_true();
	case HOLDKEEPER_FAILED:
		return jvalue_text(holdkeeper_why(keeper));
	case HOLDKEEPER_BUSY:
		break;
	}
	return json_null();
}

static json_t *hold_json(const struct core_view *core)
{
	json_t *json;

	if (!core->hold)
		return json_null();
	json = json_object();
	jvalue_put(json, "reason", jvalue_text(core->hold_reason));
	jvalue_put(json, "left_s", jvalue_span(core->hold_left));
	return json;
}

/* A sentinel answers there. */
static bool is_guarded(const struct core *core, const char *name, const struct reading *now)
{
	struct node_view node;

	for (size_t i = 0; name && i < core_nodes(core); i++) {
		core_node(core, i, now, &node);
		if (strcmp(node.name, name) == 0)
			return node.kind == NODE_SELF || (node.kind == NODE_PEER && node.reachable);
	}
	return false;
}

/* The driver knows who is in the cluster, the core who is watched. An arbitrator has no data that need it. */
static void put_guarded(json_t *driver, const struct status_source *source)
{
	json_t *member;
	struct reading now;
	size_t i;

	source->read(source->arg, &now);
	json_array_foreach(json_object_get(driver, "members"), i, member)
	{
		const char *role = json_string_value(json_object_get(member, "role"));
		const char *peer = json_string_value(json_object_get(member, "peer"));

		jvalue_put(member, "guarded",
			role && strcmp(role, "arbitrator") == 0
				? json_null()
				: json_boolean(is_guarded(source->core, peer, &now)));
	}
}

json_t *status_driver_json(const struct status_source *source, size_t driver)
{
	const struct status_driver *slot = &source->drivers[driver];
	json_t *json = slot->self ? slot->driver->status(slot->self) : json_null();

	put_guarded(json, source);
	return json;
}

static void put_drivers(json_t *json, const struct status_source *source)
{
	for (size_t i = 0; i < source->n_drivers; i++)
		jvalue_put(json, source->drivers[i].driver->name, status_driver_json(source, i));
}

static json_t *rejected_json(const struct core_view *core)
{
	json_t *json = json_object();

	for (enum reject reason = 0; reason < REJECT_COUNT; reason++)
		jvalue_put(json, reject_name(reason), jvalue_count(core->rejected[reason]));
	return json;
}

static void put_counters(json_t *json, const struct core_view *core)
{
	jvalue_put(json, "epoch", json_integer(core->epoch));
	jvalue_put(json, "steps", jvalue_count(core->steps));
	jvalue_put(json, "stalls", jvalue_count(core->stalls));
	jvalue_put(json, "longest_stall_s", jvalue_span(core->longest_stall));
	jvalue_put(json, "requests", jvalue_count(core->requests));
	jvalue_put(json, "answers", jvalue_count(core->answers));
	jvalue_put(json, "rejected", rejected_json(core));
}

json_t *status_json(const struct status_source *source)
{
	const struct conf *conf = *source->conf;
	json_t *json = json_object();
	struct reading now;
	struct core_view core;
	struct node_view self;

	source->read(source->arg, &now);
	core_overview(source->core, &now, &core);
	core_node(source->core, 0, &now, &self);
	jvalue_put(json, "cluster", jvalue_text(conf->cluster));
	jvalue_put(json, "node", jvalue_text(conf->node));
	jvalue_put(json, "version", jvalue_text(source->version));
	jvalue_put(json, "instance", jvalue_id(core.instance));
	jvalue_put(json, "time", jvalue_wall(now.wall));
	jvalue_put(json, "uptime_s", jvalue_span(core.uptime));
	jvalue_put(json, "verdict", status_own_verdict_json(source, &self, &core));
	jvalue_put(json, "thresholds", thresholds_json(conf));
	jvalue_put(json, "levels", levels_json(source->core));
	jvalue_put(json, "peers", peers_json(source->core, &now));
	jvalue_put(json, "actions", actions_json(source->actions));
	jvalue_put(json, "timesync", timesync_json(source->timesync));
	put_drivers(json, source);
	jvalue_put(json, "drill", drill_json(&core));
	jvalue_put(json, "hold", hold_json(&core));
	jvalue_put(json, "hold_kept", hold_kept_json(source->holdkeeper));
	jvalue_put(json, "receive_stamps", jvalue_text(source->receive_stamps));
	put_counters(json, &core);
	jvalue_put(json, "longest_callback_s",
		source->loop ? jvalue_span(loop_longest_callback(source->loop)) : json_null());
	return json;
}

json_t *events_entry_json(const struct events_entry *entry)
{
	json_t *json = json_object();

	jvalue_put(json, "id", jvalue_count(entry->id));
	jvalue_put(json, "time", jvalue_wall(entry->time));
	jvalue_put(json, "severity", json_string(severity_name(entry->severity)));
	jvalue_put(json, "kind", jvalue_text(entry->kind));
	jvalue_put(json, "node", jvalue_text(entry->node));
	jvalue_put(json, "text", jvalue_text(entry->text));
	if (entry->decision)
		jvalue_put(json, "decision", json_loads(entry->decision, 0, NULL));
	return json;
}

json_t *events_json(const struct status_source *source, uint64_t from, size_t limit)
{
	const struct events *events = source->events;
	uint64_t oldest = events_oldest(events);
	json_t *json = json_object();
	json_t *list = json_array();
	struct reading now;
	struct core_view core;

	source->read(source->arg, &now);
	core_overview(source->core, &now, &core);
	for (uint64_t id = from < oldest ? oldest : from; json_array_size(list) < limit; id++) {
		const struct events_entry *entry = events_get(events, id);

		if (!entry)
			break;
		json_array_append_new(list, events_entry_json(entry));
	}
	jvalue_put(json, "instance", jvalue_id(core.instance));
	jvalue_put(json, "oldest", jvalue_count(oldest));
	jvalue_put(json, "newest", jvalue_count(events_newest(events)));
	jvalue_put(json, "events", list);
	return json;
}

bool status_healthy(const struct status_source *source, char *out, size_t room)
{
	struct reading now;
	struct span late;

	source->read(source->arg, &now);
	late = mono_sub(now.mono_after, core_deadline(source->core));
	if (!span_less(CORE_LATE, late))
		return true;
	snprintf(out, room, "the core has not been called for %.1f s past its deadline", span_seconds(late));
	return false;
}
