#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../history/keeper.h"
#include "../page/page.h"
#include "../text/count.h"
#include "../text/jvalue.h"
#include "../text/when.h"
#include "fitness.h"
#include "gate.h"
#include "matrix.h"
#include "metrics.h"
#include "stream.h"

enum { EVENTS_MOST = 500, REPLY_TEXT_SIZE = 512 };

static void get_status(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;

	(void)request;
	http_reply_json(reply, 200, status_json(api->source));
}

static void get_matrix(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;

	(void)request;
	http_reply_json(reply, 200, matrix_json(api->source));
}

/* The number of the first entry wanted. `since` is the number of the last one known, or an instant. */
static bool first_wanted(const struct events *events, const char *since, uint64_t *out)
{
	struct wall when;
	uint64_t id;

	if (when_parse(since, &when)) {
		*out = events_since(events, when);
		return true;
	}
	if (!count_read(since, &id) || id == UINT64_MAX)
		return false;
	*out = id + 1;
	return true;
}

static void get_events(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;
	const char *since = http_parameter(request, "since");
	uint64_t newest = events_newest(api->source->events);
	uint64_t from = newest > EVENTS_MOST ? newest - EVENTS_MOST + 1 : 1;

	if (since && !first_wanted(api->source->events, since, &from))
		http_reply_error(reply, 400,
			"\"since\" must be the number of an event or an instant such as "
			"2026-11-23T01:35:00Z");
	else
		http_reply_json(reply, 200, events_json(api->source, from, EVENTS_MOST));
}

static void get_gate(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;

	(void)request;
	http_reply_json(reply, 200, gate_json(api->source));
}

/* How many seconds ago, from an instant or a span: "15m". */
static bool since_seconds(const char *since, struct wall now, int64_t *out)
{
	struct wall when;
	struct span ago;

	if (when_parse(since, &when))
		ago = wall_sub(now, when);
	else if (!span_parse(since, &ago))
		return false;
	*out = ago.ns / NS_PER_S;
	return ago.ns >= 0;
}

static void get_history(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;
	const struct status_source *source = api->source;
	const char *node = http_parameter(request, "node"), *since = http_parameter(request, "since");
	const struct history *history = keeper_history(source->keeper);
	int64_t ago = 15 * INT64_C(60), second;
	size_t number = node ? history_find(history, node) : 0;
	struct reading now;

	source->read(source->arg, &now);
	if (since && !since_seconds(since, now.wall, &ago)) {
		http_reply_error(reply, 400,
			"\"since\" must be a span such as 15m or 7d, or an instant that is over such as "
			"2026-11-23T01:35:00Z");
		return;
	}
	if (number >= history_count(history)) {
		http_reply_error(reply, 404, "of no node with that name a history is kept; see /v1/matrix");
		return;
	}
	second = keeper_second(source->keeper, &now);
	reply->status = 200;
	reply->type = "application/json";
	reply->body = history_json(history, number, second - ago, second, now.wall);
}

static void get_stream(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;

	reply->status = 200;
	reply->type = "text/event-stream";
	reply->stream = true;
	reply->body = stream_beginning(api->source, request->last_event_id);
}

static void get_page(void *arg, const struct http_request *request, struct http_reply *reply)
{
	(void)arg;
	(void)request;
	reply->status = 200;
	reply->type = "text/html; charset=utf-8";
	reply->policy = page_policy;
	reply->body = strdup(page_html);
}

static void get_metrics(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;

	(void)request;
	reply->status = 200;
	reply->type = METRICS_CONTENT_TYPE;
	reply->body = metrics_text(api->source);
}

static void get_health(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;
	char why[REPLY_TEXT_SIZE];
	json_t *json;

	(void)request;
	if (!status_healthy(api->source, why, sizeof why)) {
		http_reply_error(reply, 503, "%s", why);
		return;
	}
	json = json_object();
	jvalue_put(json, "healthy", json_true());
	http_reply_json(reply, 200, json);
}

static void get_database_health(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api *api = arg;
	char why[REPLY_TEXT_SIZE];
	json_t *json;

	(void)request;
	if (!fitness_of_database(api->source, why, sizeof why)) {
		http_reply_error(reply, 503, "%s", why);
		return;
	}
	json = json_object();
	jvalue_put(json, "fit", json_true());
	http_reply_json(reply, 200, json);
}

/* 409: it was understood, and cannot be done now. */
static void reply_done(struct http_reply *reply, bool done, const char *text)
{
	json_t *json;

	if (!done) {
		http_reply_error(reply, 409, "%s", text);
		return;
	}
	json = json_object();
	jvalue_put(json, "done", jvalue_text(text));
	http_reply_json(reply, 200, json);
}

static void post_drill(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api_commands *commands = ((const struct api *)arg)->commands;
	struct drill_request drill;
	char text[REPLY_TEXT_SIZE] = "";

	if (!request_drill(request->body, request->len, &drill, text, sizeof text))
		http_reply_error(reply, 400, "%s", text);
	else
		reply_done(
			reply, commands->drill(commands->arg, &drill, request->uid, text, sizeof text), text);
}

static void post_hold(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api_commands *commands = ((const struct api *)arg)->commands;
	struct hold_request hold;
	char text[REPLY_TEXT_SIZE] = "";

	if (!request_hold(request->body, request->len, &hold, text, sizeof text))
		http_reply_error(reply, 400, "%s", text);
	else
		reply_done(
			reply, commands->hold(commands->arg, &hold, request->uid, text, sizeof text), text);
}

static void post_release(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api_commands *commands = ((const struct api *)arg)->commands;
	struct release_request release;
	char text[REPLY_TEXT_SIZE] = "";

	if (!request_release(request->body, request->len, &release, text, sizeof text))
		http_reply_error(reply, 400, "%s", text);
	else
		reply_done(reply, commands->release(commands->arg, &release, request->uid, text, sizeof text),
			text);
}

static void post_reload(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const struct api_commands *commands = ((const struct api *)arg)->commands;
	char text[REPLY_TEXT_SIZE] = "";

	if (!request_empty(request->body, request->len, text, sizeof text))
		http_reply_error(reply, 400, "%s", text);
	else
		reply_done(reply, commands->reload(commands->arg, request->uid, text, sizeof text), text);
}

static const struct http_route routes[] = {
	{ "/v1/status", HTTP_READ, get_status },
	{ "/v1/matrix", HTTP_READ, get_matrix },
	{ "/v1/events", HTTP_READ, get_events },
	{ "/v1/gate", HTTP_READ, get_gate },
	{ "/v1/history", HTTP_READ, get_history },
	{ "/v1/stream", HTTP_READ, get_stream },
	{ "/", HTTP_READ, get_page },
	{ "/metrics", HTTP_READ, get_metrics },
	{ "/healthz", HTTP_READ, get_health },
	{ "/healthz/db", HTTP_READ, get_database_health },
	{ "/v1/drill", HTTP_COMMAND, post_drill },
	{ "/v1/hold", HTTP_COMMAND, post_hold },
	{ "/v1/release", HTTP_COMMAND, post_release },
	{ "/v1/reload", HTTP_COMMAND, post_reload },
};

struct http_handlers api_handlers(struct api *api)
{
	return (struct http_handlers){ routes, sizeof routes / sizeof routes[0], api };
}
