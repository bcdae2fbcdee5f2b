#include "local.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../core/verdict.h"
#include "../skewctl/client.h"
#include "../skewctl/reply.h"

/* ---- the documents ---- */

static void complain(
	const struct options *options, enum client_result answered, const char *why, struct result *result)
{
	switch (answered) {
	case CLIENT_ABSENT:
		result_say(result,
			"no skew-sentinel answers at %s (%s): start it with `systemctl start skew-sentinel`",
			options->socket, why);
		break;
	case CLIENT_DENIED:
		result_say(result,
			"%s: %s: put the user that runs this check into the socket's group (`usermod -aG "
			"skew-sentinel nagios`, then restart what runs it)",
			options->socket, why);
		break;
	case CLIENT_BROKEN:
	case CLIENT_OK:
		result_say(result,
			"skew-sentinel at %s does not answer as it should: %s; see `systemctl status "
			"skew-sentinel`",
			options->socket, why);
		break;
	}
}

static json_t *fetch(
	const struct options *options, const char *target, struct span within, struct result *result)
{
	struct client_answer answer;
	enum client_result answered;
	json_t *json = NULL;
	char why[256] = "that is no status";

	answered = client_ask(options->socket, "GET", target, NULL, within, &answer, why, sizeof why);
	if (answered == CLIENT_OK) {
		if (answer.status == 200)
			json = json_loadb(answer.body, answer.len, 0, NULL);
		else
			snprintf(why, sizeof why, "HTTP status %d", answer.status);
		free(answer.body);
	}
	if (!json)
		complain(options, answered, why, result);
	return json;
}

/* ---- numbers ---- */

static bool is_own(const struct options *options, const json_t *status)
{
	return !options->node || strcasecmp(options->node, reply_text(status, "node")) == 0;
}

bool local_is_other(const struct options *options, const json_t *status)
{
	return !is_own(options, status);
}

static const double *drift_of(const json_t *peer, double *out)
{
	const json_t *drift = json_object_get(peer, "drift_ppm");

	*out = json_number_value(drift);
	return json_is_number(drift) ? out : NULL;
}

static bool is_heard(const json_t *peer)
{
	return strcmp(reply_text(peer, "state"), "unreachable") != 0;
}

/* This host's voters: how many are heard, how far they are, how its clock drifts against theirs. */
static void take_own_numbers(const json_t *status, struct perfdata *perfdata)
{
	struct perfdata_peers peers = { 0 };
	const json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(status, "peers"), i, peer)
	{
		struct span delay;
		double drift;

		if (reply_true(peer, "voter"))
			perfdata_peer(&peers, is_heard(peer),
				reply_span(peer, "delay_s", &delay) ? &delay : NULL, drift_of(peer, &drift));
	}
	perfdata_take_peers(perfdata, &peers);
}

/* Of another node: what is seen of it from here, its drift against all the others'. */
static void take_numbers_of(const json_t *status, const json_t *node, struct perfdata *perfdata)
{
	struct perfdata_peers others = { 0 };
	const json_t *peer;
	double drift, own;
	size_t i;

	perfdata->have_delay = reply_span(node, "delay_s", &perfdata->delay);
	if (!drift_of(node, &drift))
		return;
	own = -drift;
	perfdata_peer(&others, true, NULL, &own);
	json_array_foreach(json_object_get(status, "peers"), i, peer)
	{
		double other;

		if (peer == node || !reply_true(peer, "voter") || !drift_of(peer, &other))
			continue;
		other -= drift;
		perfdata_peer(&others, is_heard(peer), NULL, &other);
	}
	perfdata_take_peers(perfdata, &others);
	perfdata->have_peers = false;
}

static void take_limit(const json_t *status, const char *name, char out[PERFDATA_RANGE_SIZE])
{
	struct span limit;

	if (reply_span(json_object_get(status, "thresholds"), name, &limit))
		perfdata_limit(limit, out);
}

static void take_numbers(const json_t *status, const json_t *verdict, bool own, struct perfdata *perfdata)
{
	perfdata->known = reply_interval(verdict, &perfdata->offset);
	perfdata->nearing = reply_span(verdict, "threshold_in_s", &perfdata->threshold_in);
	take_limit(status, "warning_s", perfdata->warning);
	take_limit(status, "critical_s", perfdata->critical);
	if (own)
		take_own_numbers(status, perfdata);
	else
		take_numbers_of(status,
			reply_find(json_object_get(status, "peers"), "name", reply_text(verdict, "node")),
			perfdata);
}

/* ---- words ---- */

/* What an operator or the daemon did on this host and somebody has to know. */
static void say_actions(const json_t *status, struct result *result)
{
	static const char *const told[] = { "active", "failed", "latched" };
	const json_t *hold = json_object_get(status, "hold"), *action;
	const char *reason = reply_text(hold, "reason");
	size_t i;

	json_array_foreach(json_object_get(status, "actions"), i, action)
	{
		for (size_t k = 0; k < sizeof told / sizeof told[0]; k++)
			if (strcmp(reply_text(action, "state"), told[k]) == 0)
				result_say(result, "; %s: %s", reply_text(action, "measure"), told[k]);
	}
	if (json_is_object(hold))
		result_say(result, "; actions are held%s%s", *reason ? ": " : "", reason);
}

static void say_more(const json_t *status, const json_t *verdict, struct result *result)
{
	const json_t *peer;
	size_t i;

	result_more(result, "cluster %s, seen from %s (%s); state since %s", reply_text(status, "cluster"),
		reply_text(status, "node"), reply_text(status, "version"), reply_text(verdict, "since"));
	json_array_foreach(json_object_get(status, "peers"), i, peer)
	{
		struct interval offset;
		char middle[REPLY_TEXT_SIZE], bound[REPLY_TEXT_SIZE];

		if (reply_interval(peer, &offset))
			result_more(result, "%s %s: %s (%s) against %s, reach %03llo",
				reply_text(peer, "name"), reply_text(peer, "state"),
				reply_signed(interval_middle(offset), middle), reply_bound(offset, bound),
				reply_text(status, "node"), (unsigned long long)reply_count(peer, "reach"));
		else
			result_more(result, "%s %s: not measured", reply_text(peer, "name"),
				reply_text(peer, "state"));
	}
}

static void say_verbose(
	const struct options *options, const json_t *status, const json_t *verdict, struct result *result)
{
	const struct perfdata *p = &result->perfdata;
	const char *since = reply_text(verdict, "since");
	char *all;

	if (options->verbose >= 1 && *since)
		result_say(result, "; so since %s", since);
	if (options->verbose >= 1 && p->have_peers)
		result_say(result, "; %u of %u voters heard", p->heard, p->peers);
	say_more(status, verdict, result);
	if (options->verbose < 3)
		return;
	all = json_dumps(status, JSON_COMPACT | JSON_REAL_PRECISION(15));
	result_more(result, "%s", all ? all : "");
	free(all);
}

/* ---- the verdict ---- */

static bool read_state(const json_t *verdict, enum verdict_state *out)
{
	static const enum verdict_state states[] = { VERDICT_OK, VERDICT_WARNING, VERDICT_CRITICAL,
		VERDICT_UNKNOWN };

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		if (strcmp(reply_text(verdict, "state"), verdict_state_name(states[i])) == 0) {
			*out = states[i];
			return true;
		}
	}
	return false;
}

/*
 * May ranges of one's own be held against the offset? Where the daemon cannot tell for another reason than the length of
 * the paths, no majority stands behind it.
 */
static bool is_offset_sound(const struct result *result, const json_t *verdict)
{
	return result->state != VERDICT_UNKNOWN || strcmp(reply_text(verdict, "cause"), "path-too-slow") == 0;
}

/* What the matrix has on another node: what is proved of it from here, and what it told of itself. */
static const json_t *find_entry(const struct options *options, const json_t *matrix)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(matrix, "verdicts"), i,
		entry) if (strcasecmp(reply_text(entry, "node"), options->node) == 0) return entry;
	return NULL;
}

/* Silence, and its own word where that is another one: hearsay, and maybe old. */
static void say_of_other(const json_t *status, const json_t *entry, struct result *result)
{
	const char *node = reply_text(entry, "node"), *told = reply_text(entry, "state");
	const json_t *peer = reply_find(json_object_get(status, "peers"), "name", node);
	char rough[REPLY_TEXT_SIZE];
	struct span heard;

	if (peer && !is_heard(peer) && reply_span(peer, "last_heard_s", &heard))
		result_say(result, "; %s was last heard %s ago", node, reply_rough(heard, rough));
	else if (peer && !is_heard(peer))
		result_say(result, "; %s was never heard", node);
	else if (strcmp(told, verdict_state_name(result->state)) != 0)
		result_say(result, "; of itself it says: %s", told);
}

void local_judge(
	const struct options *options, const json_t *status, const json_t *matrix, struct result *result)
{
	bool own = is_own(options, status);
	const json_t *entry = own ? NULL : find_entry(options, matrix);
	const json_t *verdict = json_object_get(own ? status : entry, own ? "verdict" : "proved");

	if (!entry && !own) {
		result_say(result, "%s is none of the nodes that %s knows: see `skewctl matrix`",
			options->node, reply_text(status, "node"));
		return;
	}
	if (!read_state(verdict, &result->state)) {
		result_say(result, "skew-sentinel at %s gives no verdict: is it of another version?",
			options->socket);
		return;
	}
	result_say(result, "%s", reply_text(verdict, "summary"));
	take_numbers(status, verdict, own, &result->perfdata);
	if ((options->warning.text || options->critical.text) && is_offset_sound(result, verdict))
		result_judge(result, options);
	if (own)
		say_actions(status, result);
	else
		say_of_other(status, entry, result);
	say_verbose(options, status, verdict, result);
}

void local_check(const struct options *options, struct span within, struct result *result)
{
	json_t *status = fetch(options, "/v1/status", within, result), *matrix = NULL;

	if (!status)
		return;
	if (local_is_other(options, status))
		matrix = fetch(options, "/v1/matrix", within, result);
	if (matrix || is_own(options, status))
		local_judge(options, status, matrix, result);
	json_decref(matrix);
	json_decref(status);
}
