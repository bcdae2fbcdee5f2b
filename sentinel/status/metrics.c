#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All nodes' views, taken once, since the format wants all samples of one metric together. */
struct sample {
	FILE *out;
	const struct status_source *source;
	struct reading now;
	struct core_view core;
	struct node_view self;
	struct node_view *peers;
	size_t n_peers;
};

static void put_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP skew_sentinel_%s %s\n# TYPE skew_sentinel_%s %s\n", name, help, name, type);
}

/* Exact: -0.000000001 too. */
static void put_seconds(FILE *out, struct span span)
{
	uint64_t ns = span.ns < 0 ? 0 - (uint64_t)span.ns : (uint64_t)span.ns;

	fprintf(out, " %s%" PRIu64 ".%09" PRIu64 "\n", span.ns < 0 ? "-" : "", ns / NS_PER_S, ns % NS_PER_S);
}

/* Backslash, quote and newline are escaped; other control characters, which a scraper may choke on, are dropped. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (const char *c = value; *c; c++)
		if (*c == '\\' || *c == '"')
			fprintf(out, "\\%c", *c);
		else if (*c == '\n')
			fputs("\\n", out);
		else if ((unsigned char)*c >= 0x20 && *c != 0x7f)
			fputc(*c, out);
	fputc('"', out);
}

static void put_labelled(FILE *out, const char *metric, const char *label, const char *value)
{
	fprintf(out, "skew_sentinel_%s{", metric);
	put_label(out, label, value);
	fputc('}', out);
}

static bool bounded(const struct node_view *peer)
{
	return peer->measured && peer->offset.low.ns != INT64_MIN && peer->offset.high.ns != INT64_MAX;
}

static bool peer_offset(const struct node_view *peer, struct span *out)
{
	*out = peer->likely;
	return bounded(peer);
}

static bool peer_low(const struct node_view *peer, struct span *out)
{
	*out = peer->offset.low;
	return bounded(peer);
}

static bool peer_high(const struct node_view *peer, struct span *out)
{
	*out = peer->offset.high;
	return bounded(peer);
}

static bool peer_delay(const struct node_view *peer, struct span *out)
{
	*out = peer->delay;
	return peer->have_delay;
}

/* Spans of a peer: false where the peer's is not known. */
static const struct peer_span {
	const char *name, *help;
	bool (*value)(const struct node_view *peer, struct span *out);
} peer_spans[] = {
	{ "offset_seconds", "The peer's clock minus this host's: the middle of what is possible.",
		peer_offset },
	{ "offset_low_seconds", "The least that the offset can be.", peer_low },
	{ "offset_high_seconds", "The most that the offset can be.", peer_high },
	{ "delay_seconds", "The least round trip among the latest probes.", peer_delay },
};

static void put_peer_spans(const struct sample *sample)
{
	for (size_t i = 0; i < sizeof peer_spans / sizeof peer_spans[0]; i++) {
		put_head(sample->out, peer_spans[i].name, "gauge", peer_spans[i].help);
		for (size_t p = 0; p < sample->n_peers; p++) {
			struct span value;

			if (!peer_spans[i].value(&sample->peers[p], &value))
				continue;
			put_labelled(sample->out, peer_spans[i].name, "peer", sample->peers[p].name);
			put_seconds(sample->out, value);
		}
	}
}

static void put_drifts(const struct sample *sample)
{
	put_head(sample->out, "drift_ppm", "gauge", "How fast the peer's clock gains on this host's.");
	for (size_t p = 0; p < sample->n_peers; p++) {
		if (!sample->peers[p].have_drift)
			continue;
		put_labelled(sample->out, "drift_ppm", "peer", sample->peers[p].name);
		fprintf(sample->out, " %.6f\n", sample->peers[p].drift_ppm);
	}
}

static uint64_t peer_reachable(const struct node_view *peer)
{
	return peer->reachable;
}

static uint64_t peer_sent(const struct node_view *peer)
{
	return peer->sent;
}

static uint64_t peer_answered(const struct node_view *peer)
{
	return peer->received;
}

static const struct peer_count {
	const char *name, *type, *help;
	uint64_t (*value)(const struct node_view *peer);
} peer_counts[] = {
	{ "reachable", "gauge", "1 while the peer's latest answer is young enough to count.",
		peer_reachable },
	{ "probes_sent_total", "counter", "Probes sent to the peer.", peer_sent },
	{ "probes_answered_total", "counter", "Probes that the peer answered credibly.", peer_answered },
};

static void put_peer_counts(const struct sample *sample)
{
	for (size_t i = 0; i < sizeof peer_counts / sizeof peer_counts[0]; i++) {
		put_head(sample->out, peer_counts[i].name, peer_counts[i].type, peer_counts[i].help);
		for (size_t p = 0; p < sample->n_peers; p++) {
			put_labelled(sample->out, peer_counts[i].name, "peer", sample->peers[p].name);
			fprintf(sample->out, " %" PRIu64 "\n", peer_counts[i].value(&sample->peers[p]));
		}
	}
}

static void put_verdict(FILE *out, const struct node_view *node)
{
	static const enum verdict_state states[] = { VERDICT_OK, VERDICT_WARNING, VERDICT_CRITICAL,
		VERDICT_UNKNOWN };

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		fputs("skew_sentinel_verdict{", out);
		put_label(out, "node", node->name);
		fprintf(out, ",state=\"%s\"} %d\n", verdict_state_name(states[i]),
			node->verdict.state == states[i]);
	}
}

static void put_verdicts(const struct sample *sample)
{
	put_head(sample->out, "verdict", "gauge",
		"1 for the state that this host proves of the node, else 0.");
	put_verdict(sample->out, &sample->self);
	for (size_t p = 0; p < sample->n_peers; p++)
		if (sample->peers[p].kind == NODE_PEER)
			put_verdict(sample->out, &sample->peers[p]);
}

static void put_actions(const struct sample *sample)
{
	const struct status_actions *actions = sample->source->actions;

	put_head(sample->out, "action_active", "gauge", "1 while the measure is in force on this host.");
	for (size_t i = 0; i < actions->n; i++) {
		put_labelled(sample->out, "action_active", "action",
			measure_name(actions->lines[i].report.measure));
		fprintf(sample->out, " %d\n", actions->lines[i].report.state == ACTION_ACTIVE);
	}
}

static void put_action_states(const struct sample *sample)
{
	static const enum action_state states[] = { ACTION_IDLE, ACTION_PENDING, ACTION_ACTIVE, ACTION_FAILED,
		ACTION_HELD, ACTION_LATCHED, ACTION_DRY_RUN };
	const struct status_actions *actions = sample->source->actions;

	put_head(sample->out, "action_state", "gauge", "1 for the state that the measure is in, else 0.");
	for (size_t i = 0; i < actions->n; i++)
		for (size_t s = 0; s < sizeof states / sizeof states[0]; s++) {
			const struct action_report *report = &actions->lines[i].report;

			fputs("skew_sentinel_action_state{", sample->out);
			put_label(sample->out, "action", measure_name(report->measure));
			fprintf(sample->out, ",state=\"%s\"} %d\n", action_state_name(states[s]),
				report->state == states[s]);
		}
}

static void put_rejected(const struct sample *sample)
{
	put_head(sample->out, "datagrams_rejected_total", "counter", "Datagrams that were not believed.");
	for (enum reject reason = 0; reason < REJECT_COUNT; reason++) {
		put_labelled(sample->out, "datagrams_rejected_total", "reason", reject_name(reason));
		fprintf(sample->out, " %" PRIu64 "\n", sample->core.rejected[reason]);
	}
}

static void put_own(const struct sample *sample)
{
	const struct core_view *core = &sample->core;
	const struct own {
		const char *name, *type, *help;
		uint64_t value;
	} values[] = {
		{ "requests_total", "counter", "Requests of others that were read.", core->requests },
		{ "answers_total", "counter", "Answers given to them.", core->answers },
		{ "clock_steps_total", "counter", "Steps seen of this host's clock.", core->steps },
		{ "stalls_total", "counter", "Times that the daemon was kept from its work.", core->stalls },
		{ "drill", "gauge", "1 while a drill shifts this host's clock for the sentinel.",
			core->drill },
		{ "hold", "gauge", "1 while actions stand still by an operator's wish.", core->hold },
		{ "agree", "gauge", "Voters that prove the verdict about this host.",
			sample->self.verdict.agree },
		{ "electorate", "gauge", "Voters that there are.", sample->self.verdict.electorate },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		put_head(sample->out, values[i].name, values[i].type, values[i].help);
		fprintf(sample->out, "skew_sentinel_%s %" PRIu64 "\n", values[i].name, values[i].value);
	}
}

/* A metric of its own, which is left out where it is not known. */
static void put_seconds_of(
	const struct sample *sample, const char *name, const char *help, bool known, struct span value)
{
	put_head(sample->out, name, "gauge", help);
	if (!known)
		return;
	fprintf(sample->out, "skew_sentinel_%s", name);
	put_seconds(sample->out, value);
}

/* This host against the consensus: what its own verdict rests on. */
static void put_own_verdict(const struct sample *sample)
{
	const struct verdict *verdict = &sample->self.verdict;
	struct interval offset = verdict->offset;
	bool known = verdict->measured && offset.low.ns != INT64_MIN && offset.high.ns != INT64_MAX;

	put_seconds_of(sample, "own_offset_seconds",
		"This host's clock minus the consensus: the middle of what is possible.", known,
		interval_middle(offset));
	put_seconds_of(
		sample, "own_offset_low_seconds", "The least that the own offset can be.", known, offset.low);
	put_seconds_of(sample, "own_offset_high_seconds", "The most that the own offset can be.", known,
		offset.high);
	put_seconds_of(sample, "threshold_in_seconds",
		"When this host will be beyond the critical level if it drifts on as it does.",
		sample->core.nearing, sample->core.nearing_in);
}

static void put_levels(const struct sample *sample)
{
	static const char *const names[LEVEL_COUNT] = { "warning", "critical", "action" };

	put_head(sample->out, "threshold_seconds", "gauge", "The levels of the verdict about this host.");
	for (enum level_name name = 0; name < LEVEL_COUNT; name++) {
		struct level_view level;

		core_level(sample->source->core, name, &level);
		if (!level.configured)
			continue;
		put_labelled(sample->out, "threshold_seconds", "level", names[name]);
		put_seconds(sample->out, level.limit);
	}
}

static void put_flag(const struct sample *sample, const char *name, const char *help, bool known, bool value)
{
	put_head(sample->out, name, "gauge", help);
	if (known)
		fprintf(sample->out, "skew_sentinel_%s %d\n", name, value);
}

/* That no time service runs is not known while it was not looked for, nor where not all processes can be seen. */
static void put_timesync(const struct sample *sample)
{
	static const struct timesync nothing;
	const struct timesync *timesync = sample->source->timesync ? sample->source->timesync : &nothing;

	put_flag(sample, "clock_synchronised", "1 while the kernel says that the clock is synchronised.",
		timesync != &nothing, timesync->synchronised);
	put_flag(sample, "time_service_running", "1 while a time service was found on this host.",
		timesync->looked && (timesync->running || timesync->whole_host), timesync->running);
}

/* ---- the database and its cluster ---- */

static double number_of(const json_t *json)
{
	return json_is_boolean(json) ? json_is_true(json) : json_number_value(json);
}

static void put_number(FILE *out, const char *name, const char *type, const char *help, double value)
{
	put_head(out, name, type, help);
	fprintf(out, "skew_sentinel_%s %.9g\n", name, value);
}

static unsigned unguarded_of(const json_t *galera)
{
	const json_t *member;
	unsigned count = 0;
	size_t i;

	json_array_foreach(json_object_get(galera, "members"), i, member) count +=
		json_is_false(json_object_get(member, "guarded"));
	return count;
}

static void put_cluster(FILE *out, const json_t *galera)
{
	static const struct {
		const char *object, *key, *name, *type, *help;
	} values[] = {
		{ NULL, "cluster_size", "galera_cluster_size", "gauge", "Members, arbitrators included." },
		{ NULL, "local_state", "galera_local_state", "gauge", "wsrep_local_state; 4: Synced." },
		{ NULL, "ready", "galera_ready", "gauge", "1 while the node takes queries." },
		{ NULL, "desync_count", "galera_desync_count", "gauge", "Desyncs in force, by whomever." },
		{ NULL, "segment", "galera_segment", "gauge", "gmcast.segment of the node." },
		{ NULL, "claim_held", "claim_held", "gauge",
			"1 while this node holds a claim to leave work." },
		{ "flow_control", "active", "galera_flow_control_active", "gauge",
			"1 while flow control pauses the cluster." },
		{ "flow_control", "paused", "galera_flow_control_paused_ratio", "gauge",
			"The share of the time that it was paused, since FLUSH STATUS." },
		{ "flow_control", "sent", "galera_flow_control_sent_total", "counter",
			"Pauses that the node asked for." },
		{ "flow_control", "received", "galera_flow_control_received_total", "counter",
			"Pauses that any node asked for." },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		const json_t *object = values[i].object ? json_object_get(galera, values[i].object) : galera;
		const json_t *value = json_object_get(object, values[i].key);

		if (value)
			put_number(out, values[i].name, values[i].type, values[i].help, number_of(value));
	}
	put_number(out, "galera_members_unguarded", "gauge",
		"Members with data at which no sentinel answers, or that are no configured peers.",
		unguarded_of(galera));
	put_number(out, "galera_claims", "gauge", "Claims to leave work in the cluster.",
		(double)json_array_size(json_object_get(galera, "claims")));
}

static void put_galera(const struct sample *sample)
{
	const struct status_source *source = sample->source;

	for (size_t i = 0; i < source->n_drivers; i++) {
		json_t *json;

		if (strcmp(source->drivers[i].driver->name, "galera") != 0)
			continue;
		json = status_driver_json(source, i);
		if (json_is_object(json))
			put_cluster(sample->out, json);
		json_decref(json);
	}
}

static void put_info(const struct sample *sample)
{
	put_head(sample->out, "info", "gauge", "Always 1: who is talking.");
	fputs("skew_sentinel_info{", sample->out);
	put_label(sample->out, "version", sample->source->version);
	fputc(',', sample->out);
	put_label(sample->out, "cluster", (*sample->source->conf)->cluster);
	fputc(',', sample->out);
	put_label(sample->out, "node", (*sample->source->conf)->node);
	fputs("} 1\n", sample->out);
	put_head(sample->out, "uptime_seconds", "gauge", "How long the daemon has been running.");
	fputs("skew_sentinel_uptime_seconds", sample->out);
	put_seconds(sample->out, sample->core.uptime);
}

static bool sample_take(struct sample *sample)
{
	const struct core *core = sample->source->core;

	sample->n_peers = core_nodes(core) - 1;
	sample->peers = calloc(sample->n_peers + 1, sizeof sample->peers[0]);
	if (!sample->peers)
		return false;
	sample->source->read(sample->source->arg, &sample->now);
	core_overview(core, &sample->now, &sample->core);
	core_node(core, 0, &sample->now, &sample->self);
	/* In a large cluster those that this host does not ask would only look as if they were lost. */
	sample->n_peers = 0;
	for (size_t i = 1; i < core_nodes(core); i++) {
		core_node(core, i, &sample->now, &sample->peers[sample->n_peers]);
		sample->n_peers += sample->peers[sample->n_peers].watched;
	}
	return true;
}

static void put_all(const struct sample *sample)
{
	put_info(sample);
	put_peer_spans(sample);
	put_drifts(sample);
	put_peer_counts(sample);
	put_verdicts(sample);
	put_own_verdict(sample);
	put_levels(sample);
	put_actions(sample);
	put_action_states(sample);
	put_timesync(sample);
	put_rejected(sample);
	put_own(sample);
	put_galera(sample);
}

char *metrics_text(const struct status_source *source)
{
	struct sample sample = { .source = source };
	char *text = NULL;
	size_t len;

	if (!sample_take(&sample))
		return NULL;
	sample.out = open_memstream(&text, &len);
	if (sample.out)
		put_all(&sample);
	if (!sample.out || fclose(sample.out) != 0) {
		free(text);
		text = NULL;
	}
	free(sample.peers);
	return text;
}
