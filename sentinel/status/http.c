#include "http.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller.h"
#include "connections.h"
#include "http_stream.h"
#include "listen.h"

enum {
	HEADERS_MAX = 8192,
	BODY_MAX = 16384,
	IDLE_S = 10,           /* between two pieces of a request or of an answer */
	UNSENT_MAX = 32 << 20, /* octets of answers that were not fetched yet, over all connections */
};
#define TICK span_s(1)

/* One way in. */
struct server {
	struct http *http;
	struct evhttp *evhttp;
	bool local; /* the unix socket */
	struct connections connections;
	struct http_stream stream;
};

struct http {
	struct http_handlers handlers;
	struct timer *timer;
	struct server local, tcp;
	char path[CONF_PATH_SIZE]; /* of the unix socket, "" before it is ours */
	ino_t inode;
	char host[CONF_HOST_SIZE]; /* that TCP listens on, */
	uint16_t port;             /* with this port */
	char node[NODE_NAME_SIZE];
};

struct http_query {
	struct evkeyvalq parameters;
};

const char *http_parameter(const struct http_request *request, const char *name)
{
	return evhttp_find_header(&request->query->parameters, name);
}

/* ---- requests ---- */

/* Who names no host at all, as HTTP/1.0 allows and load balancers' health checks do, is no browser. */
static bool host_allowed(const struct http *http, struct evhttp_request *req)
{
	const char *header = evhttp_find_header(evhttp_request_get_input_headers(req), "Host");

	return header ? caller_names_us(header, http->host, http->node) : req->major == 1 && req->minor == 0;
}

static void add_headers(struct evkeyvalq *headers, const struct http_reply *reply)
{
	evhttp_add_header(headers, "Content-Type", reply->type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	if (reply->policy) {
		evhttp_add_header(headers, "Content-Security-Policy", reply->policy);
		evhttp_add_header(headers, "Referrer-Policy", "no-referrer");
		evhttp_add_header(headers, "Cross-Origin-Opener-Policy", "same-origin");
	}
}

/* Goes on until the reader leaves. */
static bool begin_stream(struct server *server, struct evhttp_request *req, struct http_reply *reply)
{
	if (!reply->stream || !reply->body || evhttp_request_get_command(req) == EVHTTP_REQ_HEAD)
		return false;
	add_headers(evhttp_request_get_output_headers(req), reply);
	http_stream_begin(&server->stream, req, reply->body);
	free(reply->body);
	return true;
}

static void send_reply(struct evhttp_request *req, struct http_reply *reply)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	struct evbuffer *body = evbuffer_new();
	char length[24];

	if (!reply->body || !body) {
		evhttp_send_error(req, 503, "Out of memory");
		goto out;
	}
	add_headers(headers, reply);
	/* evhttp leaves it out for HTTP/1.0, and an answer that was cut off would pass for a whole one. */
	snprintf(length, sizeof length, "%zu", strlen(reply->body));
	evhttp_add_header(headers, "Content-Length", length);
	if (evhttp_request_get_command(req) != EVHTTP_REQ_HEAD)
		evbuffer_add(body, reply->body, strlen(reply->body));
	evhttp_send_reply(req, reply->status, NULL, body);
out:
	if (body)
		evbuffer_free(body);
	free(reply->body);
}

static const struct http_route *find_route(
	const struct http *http, const char *path, bool *other_method, enum http_method method)
{
	*other_method = false;
	for (size_t i = 0; i < http->handlers.n_routes; i++) {
		const struct http_route *route = &http->handlers.routes[i];

		if (strcmp(route->path, path) != 0)
			continue;
		if (route->method == method)
			return route;
		*other_method = true;
	}
	return NULL;
}

/* The body as text: NULL where memory is short. */
static char *body_of(struct evhttp_request *req, size_t *len)
{
	struct evbuffer *buffer = evhttp_request_get_input_buffer(req);
	char *body;

	*len = evbuffer_get_length(buffer);
	body = malloc(*len + 1);
	if (!body || evbuffer_copyout(buffer, body, *len) != (ev_ssize_t)*len) {
		free(body);
		return NULL;
	}
	body[*len] = '\0';
	return body;
}

static void route_answer(const struct http *http, const struct http_route *route, struct evhttp_request *req,
	uid_t uid, struct http_reply *reply)
{
	const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
	struct http_query parsed;
	struct http_request request = { .uid = uid, .query = &parsed };
	char *body = body_of(req, &request.len);

	if (evhttp_parse_query_str(query ? query : "", &parsed.parameters) != 0) {
		http_reply_error(reply, 400, "the part behind the ? cannot be read");
		goto out;
	}
	request.last_event_id = evhttp_find_header(evhttp_request_get_input_headers(req), "Last-Event-ID");
	if (body) {
		request.body = body;
		route->answer(http->handlers.arg, &request, reply);
	}
	evhttp_clear_headers(&parsed.parameters);
out:
	free(body);
}

static void answer(struct server *server, struct evhttp_request *req, int fd, struct http_reply *reply)
{
	const struct http *http = server->http;
	bool command = evhttp_request_get_command(req) == EVHTTP_REQ_POST;
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	bool other_method;
	const struct http_route *route =
		find_route(http, path ? path : "", &other_method, command ? HTTP_COMMAND : HTTP_READ);
	uid_t uid = 0;

	if (!server->local && !host_allowed(http, req))
		http_reply_error(reply, 403, "ask by address, by localhost or by this node's name");
	else if (command && !server->local)
		http_reply_error(reply, 403, "commands are taken at the unix socket alone");
	else if (!route && other_method)
		http_reply_error(reply, 405, "%s is not how to ask this: use %s", command ? "POST" : "GET",
			command ? "GET" : "POST");
	else if (!route)
		http_reply_error(reply, 404, "nothing of that name is here");
	else if (command && !caller_may_command(fd, http->path, &uid))
		http_reply_error(reply, 403, "commands need root or a member of the socket's group");
	else if (connections_unsent(&http->local.connections) + connections_unsent(&http->tcp.connections) >
		 UNSENT_MAX)
		http_reply_error(reply, 503, "too many answers are waiting to be fetched");
	else
		route_answer(http, route, req, uid, reply);
	if (reply->stream && http_stream_full(&server->stream)) {
		free(reply->body);
		reply->stream = false;
		http_reply_error(reply, 503, "%d read along already, and no more may", STREAM_READERS_MAX);
	}
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct server *server = arg;
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evhttp_request_get_connection(req));
	struct http_reply reply = { .status = 503 };
	bool stream;

	answer(server, req, bufferevent_getfd(bev), &reply);
	stream = begin_stream(server, req, &reply);
	connections_touch(&server->connections, bev, stream);
	if (!stream)
		send_reply(req, &reply);
}

void http_stream_send(struct http *http, enum http_frame kind, const char *text)
{
	http_stream_write(&http->local.stream, kind, text);
	http_stream_write(&http->tcp.stream, kind, text);
}

size_t http_stream_readers(const struct http *http)
{
	return http->local.stream.n + http->tcp.stream.n;
}

/* ---- start and stop ---- */

static void on_tick(void *arg)
{
	struct http *http = arg;

	connections_tick(&http->local.connections);
	connections_tick(&http->tcp.connections);
	timer_set(http->timer, TICK);
}

static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct server *server = arg;

	return connections_add(&server->connections, base);
}

/* Takes the listening fd over, also where it fails. */
static bool listen_with(struct server *server, struct event_base *base, int fd)
{
	struct evconnlistener *listener =
		evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);

	if (!listener) {
		close(fd);
		return false;
	}
	if (!evhttp_bind_listener(server->evhttp, listener)) {
		evconnlistener_free(listener);
		return false;
	}
	connections_use(&server->connections, listener);
	return true;
}

/* The same. */
static bool server_start(struct server *server, struct http *http, struct loop *loop, int fd, bool local)
{
	struct event_base *base = loop_base(loop);

	server->http = http;
	server->local = local;
	server->evhttp = evhttp_new(base);
	if (!server->evhttp) {
		close(fd);
		return false;
	}
	evhttp_set_max_headers_size(server->evhttp, HEADERS_MAX);
	evhttp_set_max_body_size(server->evhttp, BODY_MAX);
	evhttp_set_timeout(server->evhttp, IDLE_S);
	evhttp_set_allowed_methods(server->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
	evhttp_set_bevcb(server->evhttp, on_connection, server);
	evhttp_set_gencb(server->evhttp, on_request, server);
	return listen_with(server, base, fd);
}

static void server_stop(struct server *server)
{
	connections_flush(&server->connections);
	if (server->evhttp)
		evhttp_free(server->evhttp); /* and the listener, and all connections */
	connections_forget(&server->connections);
}

static bool start_local(struct http *http, struct loop *loop, const struct conf *conf, char *why, size_t room)
{
	int fd = listen_unix(conf->status.socket, why, room);
	struct stat st;

	if (fd < 0)
		return false;
	memcpy(http->path, conf->status.socket, sizeof http->path);
	http->inode = lstat(http->path, &st) == 0 ? st.st_ino : 0;
	if (server_start(&http->local, http, loop, fd, true))
		return true;
	snprintf(why, room, "memory is short");
	return false;
}

static bool start_tcp(struct http *http, struct loop *loop, const struct conf *conf, char *why, size_t room)
{
	int fd;

	if (!conf->status.http_on)
		return true;
	fd = listen_tcp(&conf->status.http, why, room);
	if (fd < 0)
		return false;
	memcpy(http->host, conf->status.http.host, sizeof http->host);
	http->port = conf->status.http.port;
	if (server_start(&http->tcp, http, loop, fd, false))
		return true;
	snprintf(why, room, "memory is short");
	return false;
}

struct http *http_new(struct loop *loop, const struct conf *conf, const struct http_handlers *handlers,
	char *why, size_t room)
{
	struct http *http = calloc(1, sizeof *http);

	if (!http) {
		snprintf(why, room, "memory is short");
		return NULL;
	}
	/* evhttp writes without MSG_NOSIGNAL: a client that is gone must not take the daemon with it. */
	signal(SIGPIPE, SIG_IGN);
	http->handlers = *handlers;
	memcpy(http->node, conf->node, sizeof http->node);
	if (!start_local(http, loop, conf, why, room) || !start_tcp(http, loop, conf, why, room))
		goto failed;
	http->timer = timer_new(loop, on_tick, http);
	if (!http->timer) {
		snprintf(why, room, "memory is short");
		goto failed;
	}
	timer_set(http->timer, TICK);
	return http;
failed:
	http_free(http);
	return NULL;
}

bool http_serves(const struct http *http, const struct conf *conf)
{
	bool same_tcp = (http->tcp.connections.listener != NULL) == conf->status.http_on &&
			(!conf->status.http_on || (strcmp(http->host, conf->status.http.host) == 0 &&
							  http->port == conf->status.http.port));

	return same_tcp && strcmp(http->path, conf->status.socket) == 0 &&
	       strcmp(http->node, conf->node) == 0;
}

void http_free(struct http *http)
{
	struct stat st;

	if (!http)
		return;
	timer_free(http->timer);
	server_stop(&http->local);
	server_stop(&http->tcp);
	/* Not that of a daemon which came after us. */
	if (http->path[0] && lstat(http->path, &st) == 0 && st.st_ino == http->inode)
		unlink(http->path);
	free(http);
}
