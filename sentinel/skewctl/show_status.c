#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "show.h"

enum tone show_tone(const char *state)
{
	static const struct {
		const char *state;
		enum tone tone;
	} tones[] = {
		{ "ok", TONE_GOOD },
		{ "warning", TONE_WARN },
		{ "unknown", TONE_WARN },
		{ "unreachable", TONE_WARN },
		{ "critical", TONE_BAD },
		{ "active", TONE_WARN },
		{ "failed", TONE_BAD },
		{ "latched", TONE_BAD },
	};

	for (size_t i = 0; i < sizeof tones / sizeof tones[0]; i++)
		if (strcmp(tones[i].state, state) == 0)
			return tones[i].tone;
	return TONE_PLAIN;
}

/* How long ago `object`'s instant was when the daemon answered; "" where it is not known. */
static const char *ago(
	const json_t *status, const json_t *object, const char *name, char out[REPLY_TEXT_SIZE])
{
	struct wall now;
	struct wall then;

	out[0] = '\0';
	if (reply_wall(status, "time", &now) && reply_wall(object, name, &then))
		reply_rough(wall_sub(now, then), out);
	return out;
}

/* "; warning raised; action proved for 4 s" */
static char *levels_text(const json_t *levels)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const json_t *level;
	size_t i;

	if (!out)
		return NULL;
	json_array_foreach(levels, i, level)
	{
		struct span held = SPAN_ZERO;
		bool raised = reply_true(level, "raised");
		bool moving = reply_span(level, "held_s", &held) && held.ns > 0;
		char span[REPLY_TEXT_SIZE];

		if (raised)
			fprintf(out, "; %s raised", reply_text(level, "name"));
		if (moving)
			fprintf(out, raised ? ", clearing for %s" : "; %s proved for %s",
				raised ? reply_rough(held, span) : reply_text(level, "name"),
				reply_rough(held, span));
	}
	fclose(out);
	return text;
}

static void show_state(const json_t *status, const struct page *page)
{
	const json_t *verdict = json_object_get(status, "verdict");
	const char *state = reply_text(verdict, "state");
	char *levels = levels_text(json_object_get(status, "levels"));
	struct span nearing;
	bool drifts = strcmp(state, "critical") != 0 && reply_span(verdict, "threshold_in_s", &nearing);
	char since[REPLY_TEXT_SIZE], when[REPLY_TEXT_SIZE];

	page_line(page, "State", show_tone(state), "%s for %s%s%s%s", state,
		ago(status, verdict, "since", since), levels ? levels : "",
		drifts ? "; at this drift critical in " : "", drifts ? reply_rough(nearing, when) : "");
	free(levels);
}

static void show_cluster(const json_t *status, const struct page *page)
{
	struct span up = SPAN_ZERO;
	bool known = reply_span(status, "uptime_s", &up);
	char uptime[REPLY_TEXT_SIZE];

	page_line(page, "Cluster", TONE_PLAIN, "%s; this is %s; electorate of %lld; skew-sentinel %s, up %s",
		reply_text(status, "cluster"), reply_text(status, "node"),
		(long long)reply_count(json_object_get(status, "verdict"), "electorate"),
		reply_text(status, "version"), known ? reply_rough(up, uptime) : "?");
}

static void show_timesync(const json_t *status, const struct page *page)
{
	const json_t *timesync = json_object_get(status, "timesync");
	const char *service = reply_text(timesync, "service");
	bool synchronised = reply_true(timesync, "synchronised");
	bool good = synchronised && *service;
	struct span error;
	char text[REPLY_TEXT_SIZE];
	char bound[REPLY_TEXT_SIZE + sizeof ", within "] = "";

	if (!json_is_object(timesync))
		return;
	if (synchronised && reply_span(timesync, "max_error_s", &error))
		snprintf(bound, sizeof bound, ", within %s", reply_rough(error, text));
	if (!*service)
		service = reply_true(timesync, "whole_host") ? "no time service"
							     : "no time service that can be seen";
	page_line(page, "Time", good ? TONE_PLAIN : TONE_WARN, "%s runs; the kernel says: %s%s", service,
		synchronised ? "synchronised" : "not synchronised", bound);
}

static void show_drill(const json_t *status, const struct page *page)
{
	const json_t *drill = json_object_get(status, "drill");
	double ppm = json_number_value(json_object_get(drill, "drift_ppm"));
	struct span offset;
	struct span left;
	char offset_text[REPLY_TEXT_SIZE];
	char left_text[REPLY_TEXT_SIZE];
	char drift[REPLY_TEXT_SIZE] = "";

	if (!reply_span(drill, "offset_s", &offset) || !reply_span(drill, "left_s", &left))
		return;
	if (ppm < 0 || ppm > 0)
		snprintf(drift, sizeof drift, " and %+g ppm", ppm);
	page_line(page, "Drill", TONE_WARN, "%s%s; ends in %s (at once with: skewctl drill --stop)",
		reply_signed(offset, offset_text), drift, reply_rough(left, left_text));
}

static void show_one_hold(const json_t *hold, const char *lift, const struct page *page)
{
	const char *reason = reply_text(hold, "reason");
	struct span left;
	char left_text[REPLY_TEXT_SIZE];

	if (!json_is_object(hold))
		return;
	if (reply_span(hold, "left_s", &left))
		page_line(page, "Hold", TONE_WARN,
			"actions stand still for %s more (at once: skewctl %s)%s%s",
			reply_rough(left, left_text), lift, *reason ? ": " : "", reason);
	else
		page_line(page, "Hold", TONE_WARN, "actions stand still until: skewctl %s%s%s", lift,
			*reason ? "; " : "", reason);
}

/* Each by what lifts it: one on all nodes outlives an `unhold` here. */
static void show_hold(const json_t *status, const struct page *page)
{
	const json_t *hold = json_object_get(status, "hold");
	const json_t *on_all = json_object_get(json_object_get(status, "galera"), "hold");

	if (reply_hold_is_clusters(status)) {
		show_one_hold(hold, "unhold --cluster", page);
		return;
	}
	show_one_hold(hold, "unhold", page);
	if (json_is_object(on_all))
		page_line(page, "Hold", TONE_WARN, "and on all nodes, by %s, until: skewctl unhold --cluster",
			reply_text(on_all, "by"));
}

static void show_actions(const json_t *status, const struct page *page)
{
	const json_t *action;
	size_t i;

	json_array_foreach(json_object_get(status, "actions"), i, action)
	{
		const char *state = reply_text(action, "state");
		const char *detail = reply_text(action, "detail");
		char since[REPLY_TEXT_SIZE];

		page_line(page, "Action", show_tone(state), "%s %s: %s for %s%s%s",
			reply_text(action, "name"), reply_text(action, "measure"), state,
			ago(status, action, "since", since), *detail ? "; " : "", detail);
	}
}

static bool is_fenced(const json_t *galera)
{
	const char *rejects = reply_text(galera, "reject_queries");

	return *rejects && strcmp(rejects, "NONE") != 0;
}

static void show_galera(const json_t *status, const struct page *page)
{
	const json_t *galera = json_object_get(status, "galera");
	const char *connection = reply_text(galera, "connection");
	const char *state = reply_text(galera, "local_state_comment");
	bool up = strcmp(connection, "up") == 0;

	if (!json_is_object(galera))
		return;
	if (*state)
		page_line(page, "Galera", up ? TONE_PLAIN : TONE_WARN,
			"%s%s%s%s, %s, %lld nodes; wsrep_desync_count %lld%s%s", up ? "" : "the server is ",
			up ? "" : connection, up ? "" : "; before that: ", state,
			reply_text(galera, "cluster_status"), (long long)reply_count(galera, "cluster_size"),
			(long long)reply_count(galera, "desync_count"),
			reply_true(galera, "ours") ? ", ours among it" : "",
			is_fenced(galera) ? "; clients are refused" : "");
	else
		page_line(page, "Galera", TONE_WARN, "the server is %s", connection);
	if (*reply_text(galera, "missing"))
		page_line(page, "", TONE_WARN, "%s", reply_text(galera, "missing"));
}

/* What keeps results from arriving, and what to mend; for whom else this host reports. */
/* One that is an endpoint's as well is told there. */
static bool is_an_endpoints(const json_t *icinga, const char *error)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(icinga, "endpoints"), i, item)
	{
		if (strcmp(reply_text(item, "error"), error) == 0)
			return true;
	}
	return false;
}

static void show_icinga_results(const json_t *icinga, const struct page *page)
{
	const json_t *item;
	char others[REPLY_TEXT_SIZE] = "";
	size_t i, len = 0;

	json_array_foreach(json_object_get(icinga, "endpoints"), i, item)
	{
		if (*reply_text(item, "error"))
			page_line(page, "", TONE_WARN, "%s: %s", reply_text(item, "name"),
				reply_text(item, "error"));
	}
	json_array_foreach(json_object_get(icinga, "results"), i, item)
	{
		if (*reply_text(item, "error") && !is_an_endpoints(icinga, reply_text(item, "error")))
			page_line(page, "", TONE_WARN, "%s", reply_text(item, "error"));
		if (reply_true(item, "on_behalf") && len < sizeof others)
			len += (size_t)snprintf(others + len, sizeof others - len, "%s%s", len ? ", " : "",
				reply_text(item, "node"));
	}
	if (*others)
		page_line(page, "", TONE_PLAIN, "this host reports for %s, whose own results do not arrive",
			others);
}

static void show_icinga(const json_t *status, const struct page *page)
{
	const json_t *icinga = json_object_get(status, "icinga");
	const json_t *own = json_array_get(json_object_get(icinga, "results"), 0);
	struct span span;
	char taken[REPLY_TEXT_SIZE];

	if (!json_is_object(icinga))
		return;
	if (*reply_text(icinga, "error"))
		page_line(page, "Icinga", TONE_BAD, "%s", reply_text(icinga, "error"));
	else if (!reply_true(icinga, "reporting"))
		page_line(page, "Icinga", TONE_WARN, "this host's own results do not arrive");
	else if (reply_span(own, "taken_s", &span))
		page_line(page, "Icinga", TONE_PLAIN, "%s took the latest result %s ago",
			reply_text(own, "by"), reply_rough(span, taken));
	show_icinga_results(icinga, page);
}

static void show_noticed(const json_t *status, const struct page *page)
{
	json_int_t steps = reply_count(status, "steps");
	json_int_t stalls = reply_count(status, "stalls");
	const char *stamps = reply_text(status, "receive_stamps");

	if (steps || stalls)
		page_line(page, "Noticed", TONE_PLAIN, "steps of the clock: %lld; stalls of the daemon: %lld",
			(long long)steps, (long long)stalls);
	if (*stamps && strcmp(stamps, "kernel") != 0)
		page_line(page, "Stamps", TONE_PLAIN, "%s", stamps);
}

/* Of the latest eight probes, or of as many as there were. */
static void add_reach(struct table *table, const json_t *peer)
{
	unsigned reach = (unsigned)reply_count(peer, "reach");
	json_int_t sent = reply_count(peer, "sent");
	int of = sent < 8 ? (int)sent : 8;

	table_add(table, TONE_PLAIN, "%d/%d", __builtin_popcount(reach & 0xff), of);
}

static void add_peer(struct table *table, const json_t *peer)
{
	const char *state = reply_text(peer, "state");
	struct interval offset;
	struct span span;
	bool measured = reply_interval(peer, &offset);
	char text[REPLY_TEXT_SIZE];

	table_add(table, TONE_PLAIN, "%s%s", reply_text(peer, "name"),
		reply_true(peer, "drill") ? " (drill)" : "");
	table_add(table, TONE_PLAIN, "%s", reply_text(peer, "role"));
	table_add(table, show_tone(state), "%s", state);
	table_add(table, TONE_PLAIN, "%s",
		reply_span(peer, "offset_s", &span) ? reply_signed(span, text) : "-");
	table_add(table, TONE_PLAIN, "%s", measured ? reply_bound(offset, text) : "-");
	table_add(table, TONE_PLAIN, "%s",
		reply_span(peer, "delay_s", &span) ? reply_signed(span, text) + 1 : "-");
	add_reach(table, peer);
	table_add(table, TONE_PLAIN, "%s",
		reply_span(peer, "last_heard_s", &span) ? reply_rough(span, text) : "never");
}

/* In a large cluster most hosts are asked by others; each is in `peers` all the same. */
static bool is_watched(const json_t *peer)
{
	return !json_is_false(json_object_get(peer, "watched"));
}

/* They do answer: no firewall is to be looked for. */
static void show_not_believed(const json_t *peers, const struct page *page)
{
	const json_t *peer;
	size_t i;

	json_array_foreach(peers, i, peer)
	{
		if (*reply_text(peer, "not_believed") &&
			strcmp(reply_text(peer, "state"), "unreachable") == 0)
			page_line(page, NULL, TONE_WARN, "%s is heard, and not believed: %s",
				reply_text(peer, "name"), reply_text(peer, "not_believed"));
	}
}

static void show_peers(const json_t *status, const struct page *page)
{
	static const struct table_column columns[] = {
		{ "Peer", false, 0 },
		{ "Role", false, 2 },
		{ "State", false, 0 },
		{ "Offset", true, 0 },
		{ "Bound", false, 0 },
		{ "Delay", true, 1 },
		{ "Reach", true, 0 },
		{ "Heard", true, 0 },
	};
	struct table *table;
	const json_t *peers = json_object_get(status, "peers");
	const json_t *peer;
	size_t i, elsewhere = 0;

	if (json_array_size(peers) == 0)
		return;
	table = table_new(columns, sizeof columns / sizeof columns[0]);
	json_array_foreach(peers, i, peer)
	{
		if (is_watched(peer))
			add_peer(table, peer);
		else
			elsewhere++;
	}
	page_gap(page);
	table_print(table, page, false);
	if (elsewhere)
		page_line(page, NULL, TONE_DIM, "%zu more are asked by other hosts.", elsewhere);
	table_free(table);
	show_not_believed(peers, page);
}

void show_status(const json_t *status, const struct page *page)
{
	const json_t *verdict = json_object_get(status, "verdict");

	page_line(page, NULL, show_tone(reply_text(verdict, "state")), "%s", reply_text(verdict, "summary"));
	page_gap(page);
	show_state(status, page);
	show_cluster(status, page);
	show_timesync(status, page);
	show_drill(status, page);
	show_hold(status, page);
	show_actions(status, page);
	show_galera(status, page);
	show_icinga(status, page);
	show_noticed(status, page);
	show_peers(status, page);
}
