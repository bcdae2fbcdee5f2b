#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../text/jvalue.h"
#include "http_stream.h"

enum {
	HEADERS_MAX = 8192,
	BODY_MAX = 16384,
	READ_AHEAD_MAX = 65536, /* more than a whole request: evhttp itself would read without end */
	CONNECTIONS_MAX = 512,  /* for each of the two servers, so that TCP cannot shut out skewctl */
	CONNECTIONS_MIN = 8,
	FILES_KEPT = 96,       /* file descriptors that are not for them: probes, the database, state files */
	IDLE_S = 10,           /* between two pieces of a request or of an answer */
	CONNECTION_TICKS = 30, /* since its last request: ends those who send or read a little at a time */
	UNSENT_MAX = 32 << 20, /* octets of answers that were not fetched yet, over all connections */
	GROUPS_MAX = 1024,
};
#define TICK span_s(1)

struct connection {
	struct bufferevent *bev; /* we hold a reference */
	unsigned age;            /* ticks since it was opened or last asked for something */
	bool stream;             /* its answer goes on, as long as it is read */
};

/* One way in. */
struct server {
	struct http *http;
	struct evhttp *evhttp;
	struct evconnlistener *listener;
	bool local; /* the unix socket */
	size_t n, most;
	struct connection connections[CONNECTIONS_MAX];
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

struct sentence {
	char *text;
	size_t room;
};

static __attribute__((format(printf, 2, 3))) bool fail(const struct sentence *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, why->room, format, args);
	va_end(args);
	return false;
}

/* ---- replies ---- */

void http_reply_json(struct http_reply *reply, int status, json_t *json)
{
	reply->status = status;
	reply->type = "application/json";
	reply->body = json ? jvalue_dump(json) : NULL;
	json_decref(json);
}

void http_reply_error(struct http_reply *reply, int status, const char *format, ...)
{
	char text[512];
	json_t *json = json_object();
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	jvalue_put(json, "error", jvalue_text(text));
	http_reply_json(reply, status, json);
}

const char *http_parameter(const struct http_request *request, const char *name)
{
	return evhttp_find_header(&request->query->parameters, name);
}

/* ---- connections ----
 *
 * evhttp 2.1 neither limits the connections nor ends those that trickle. So each connection's bufferevent is made
 * here, and a reference to it kept: that evhttp is done with it shows in its callbacks being gone
 * (bufferevent_free() takes them away; it also shuts the sending side, so the client does not wait for us).
 */

static bool connection_over(const struct connection *connection)
{
	bufferevent_data_cb read_cb;
	bufferevent_data_cb write_cb;
	bufferevent_event_cb event_cb;
	void *owner;

	bufferevent_getcb(connection->bev, &read_cb, &write_cb, &event_cb, &owner);
	return !owner;
}

/* evhttp sees the end of the stream, and frees the connection by itself. */
static void connection_end(const struct connection *connection)
{
	shutdown(bufferevent_getfd(connection->bev), SHUT_RDWR);
}

static void server_sweep(struct server *server, unsigned ticks)
{
	size_t kept = 0;

	for (size_t i = 0; i < server->n; i++) {
		struct connection connection = server->connections[i];

		if (connection_over(&connection)) {
			bufferevent_decref(connection.bev);
			continue;
		}
		if (!connection.stream)
			connection.age += ticks;
		if (connection.age > CONNECTION_TICKS)
			connection_end(&connection);
		server->connections[kept++] = connection;
	}
	server->n = kept;
}

/* While there is no room the older half goes: who waits outside is served in turn, and is not kept out by idlers. */
static void server_thin(const struct server *server)
{
	if (server->n < server->most)
		return;
	for (size_t i = 0; i < server->most / 2; i++)
		if (!server->connections[i].stream)
			connection_end(&server->connections[i]);
}

static void server_admit(const struct server *server)
{
	if (!server->listener)
		return;
	if (server->n < server->most)
		evconnlistener_enable(server->listener);
	else
		evconnlistener_disable(server->listener);
}

static void server_tick(struct server *server)
{
	server_sweep(server, 1);
	server_thin(server);
	server_admit(server);
}

static void on_tick(void *arg)
{
	struct http *http = arg;

	server_tick(&http->local);
	server_tick(&http->tcp);
	timer_set(http->timer, TICK);
}

/* The listener is off while there is no room, so that there is some here. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
	struct server *server = arg;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!bev)
		return NULL;
	bufferevent_setwatermark(bev, EV_READ, 0, READ_AHEAD_MAX);
	bufferevent_incref(bev);
	server->connections[server->n++] = (struct connection){ .bev = bev };
	if (server->n >= server->most)
		evconnlistener_disable(server->listener);
	return bev;
}

/* Out of file descriptors, most likely: a pause until the next tick, instead of a loop that spins. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg;
	evconnlistener_disable(listener);
}

static void connection_touch(struct server *server, const struct bufferevent *bev, bool stream)
{
	for (size_t i = 0; i < server->n; i++)
		if (server->connections[i].bev == bev) {
			server->connections[i].age = 0;
			server->connections[i].stream = stream;
		}
}

static size_t server_unsent(const struct server *server)
{
	size_t unsent = 0;

	for (size_t i = 0; i < server->n; i++)
		unsent += evbuffer_get_length(bufferevent_get_output(server->connections[i].bev));
	return unsent;
}

/* ---- who may ask ---- */

static bool in_groups(int fd, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof groups;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
		return false;
	for (size_t i = 0; i < size / sizeof groups[0]; i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool may_command(const struct http *http, int fd, uid_t *uid)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	struct stat socket;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	*uid = peer.uid;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return stat(http->path, &socket) == 0 && (peer.gid == socket.st_gid || in_groups(fd, socket.st_gid));
}

/* Cuts the port off: "[::1]:9124" becomes "::1", "db3:9124" becomes "db3". False where it is neither. */
static bool host_name(const char *header, char host[CONF_HOST_SIZE])
{
	bool bracketed = header[0] == '[';
	size_t len = strcspn(header += bracketed, bracketed ? "]" : ":");
	const char *rest = header + len;

	if (len == 0 || len >= CONF_HOST_SIZE || (bracketed && *rest++ != ']'))
		return false;
	if (*rest && (*rest != ':' || rest[1 + strspn(rest + 1, "0123456789")]))
		return false;
	memcpy(host, header, len);
	host[len] = '\0';
	return true;
}

static bool is_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/*
 * An address cannot be made to point elsewhere; of the names only our own are known not to be an attacker's. Who names no
 * host at all, as HTTP/1.0 allows and load balancers' health checks do, is no browser.
 */
static bool host_allowed(const struct http *http, const struct evhttp_request *req, const char *header)
{
	char host[CONF_HOST_SIZE];

	if (!header)
		return req->major == 1 && req->minor == 0;
	if (!host_name(header, host))
		return false;
	return is_address(host) || strcasecmp(host, "localhost") == 0 || strcasecmp(host, http->host) == 0 ||
	       strcasecmp(host, http->node) == 0;
}

/* ---- requests ---- */

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

	if (!server->local &&
		!host_allowed(http, req, evhttp_find_header(evhttp_request_get_input_headers(req), "Host")))
		http_reply_error(reply, 403, "ask by address, by localhost or by this node's name");
	else if (command && !server->local)
		http_reply_error(reply, 403, "commands are taken at the unix socket alone");
	else if (!route && other_method)
		http_reply_error(reply, 405, "%s is not how to ask this: use %s", command ? "POST" : "GET",
			command ? "GET" : "POST");
	else if (!route)
		http_reply_error(reply, 404, "nothing of that name is here");
	else if (command && !may_command(http, fd, &uid))
		http_reply_error(reply, 403, "commands need root or a member of the socket's group");
	else if (server_unsent(&http->local) + server_unsent(&http->tcp) > UNSENT_MAX)
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
	connection_touch(server, bev, stream);
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

/* ---- the sockets ---- */

static bool socket_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Accepted, or its queue is full: somebody is there in either case. */
	bool alive = fd >= 0 &&
		     (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return alive;
}

/* Only a socket that nobody listens at may go. */
static bool path_free(const char *path, const struct sockaddr_un *address, const struct sentence *why)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT || fail(why, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(why, "%s is there and no socket: remove it or set status.socket", path);
	if (socket_alive(address))
		return fail(why, "%s: another skew-sentinel listens there", path);
	return true;
}

static bool make_directory(const char *path, const struct sentence *why)
{
	char directory[CONF_PATH_SIZE];
	char *slash;

	snprintf(directory, sizeof directory, "%s", path);
	slash = strrchr(directory, '/');
	if (!slash || slash == directory)
		return true;
	*slash = '\0';
	return mkdir(directory, 0755) == 0 || errno == EEXIST ||
	       fail(why, "%s: %s", directory, strerror(errno));
}

static bool address_of(const char *path, struct sockaddr_un *out, const struct sentence *why)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof out->sun_path)
		return fail(why, "%s: a socket's path may have %zu octets", path, sizeof out->sun_path - 1);
	memcpy(out->sun_path, path, strlen(path) + 1);
	return true;
}

/*
 * Listens under a name of its own and then takes the final one: the socket is never there with a wrong mode, and
 * never missing while an old one is replaced.
 */
static bool listen_at(int fd, const char *path, const struct sentence *why)
{
	char temporary[CONF_PATH_SIZE + 16];
	struct sockaddr_un address;

	snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
	if (!address_of(temporary, &address, why))
		return false;
	unlink(temporary);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		return fail(why, "%s: %s", temporary, strerror(errno));
	if (chmod(temporary, 0660) == 0 && listen(fd, SOMAXCONN) == 0 && rename(temporary, path) == 0)
		return true;
	fail(why, "%s: %s", path, strerror(errno));
	unlink(temporary);
	return false;
}

static int open_local(const char *path, const struct sentence *why)
{
	struct sockaddr_un address;
	int fd;

	if (!address_of(path, &address, why) || !make_directory(path, why) || !path_free(path, &address, why))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && listen_at(fd, path, why))
		return fd;
	if (fd < 0)
		fail(why, "%s: %s", path, strerror(errno));
	else
		close(fd);
	return -1;
}

/* No name is looked up here: that could wait. */
static bool tcp_address(const struct conf_address *from, struct sockaddr_storage *out, socklen_t *size)
{
	const char *host = strcasecmp(from->host, "localhost") == 0 ? "127.0.0.1" : from->host;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(from->port);
		*size = sizeof *v4;
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(from->port);
		*size = sizeof *v6;
		return true;
	}
	return false;
}

static int open_tcp(const struct conf_address *where, const struct sentence *why)
{
	struct sockaddr_storage address;
	socklen_t size;
	int on = 1;
	int fd;

	if (!tcp_address(where, &address, &size)) {
		fail(why, "status.http: %s is no address: give an IP address of this host, or localhost",
			where->host);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		bind(fd, (const struct sockaddr *)&address, size) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	fail(why, "status.http: %s port %u: %s", where->host, where->port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- */

/*
 * How many connections the limit on file descriptors leaves room for, in each server: out of them, the rest of the daemon
 * could not work either. The soft limit, made for programs that use select(), is raised as far as it takes.
 */
static size_t connections_most(void)
{
	struct rlimit files;
	rlim_t wanted = FILES_KEPT + 2 * CONNECTIONS_MAX;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return CONNECTIONS_MIN;
	if (files.rlim_cur < wanted) {
		files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
			return CONNECTIONS_MIN;
	}
	if (files.rlim_cur >= wanted)
		return CONNECTIONS_MAX;
	if (files.rlim_cur < FILES_KEPT + 2 * CONNECTIONS_MIN)
		return CONNECTIONS_MIN;
	return (size_t)(files.rlim_cur - FILES_KEPT) / 2;
}

/* Takes the listening fd over, also where it fails. */
static bool server_start(struct server *server, struct http *http, struct loop *loop, int fd, bool local)
{
	struct event_base *base = loop_base(loop);

	server->http = http;
	server->local = local;
	server->most = connections_most();
	server->evhttp = evhttp_new(base);
	server->listener =
		evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!server->evhttp || !server->listener || !evhttp_bind_listener(server->evhttp, server->listener)) {
		if (server->listener)
			evconnlistener_free(server->listener);
		else
			close(fd);
		server->listener = NULL;
		return false;
	}
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	evhttp_set_max_headers_size(server->evhttp, HEADERS_MAX);
	evhttp_set_max_body_size(server->evhttp, BODY_MAX);
	evhttp_set_timeout(server->evhttp, IDLE_S);
	evhttp_set_allowed_methods(server->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST);
	evhttp_set_bevcb(server->evhttp, on_connection, server);
	evhttp_set_gencb(server->evhttp, on_request, server);
	return true;
}

/* What a socket takes at once of the answers under way: that to a request for the very reload that ends us, say. */
static void server_flush(struct server *server)
{
	for (size_t i = 0; i < server->n; i++) {
		struct evbuffer *output = bufferevent_get_output(server->connections[i].bev);

		if (connection_over(&server->connections[i]) || evbuffer_get_length(output) == 0)
			continue;
		evbuffer_unfreeze(output, 1);
		evbuffer_write(output, bufferevent_getfd(server->connections[i].bev));
	}
}

static void server_stop(struct server *server)
{
	server_flush(server);
	if (server->evhttp)
		evhttp_free(server->evhttp); /* and the listener, and all connections */
	server_sweep(server, 0);
}

static bool start_local(
	struct http *http, struct loop *loop, const struct conf *conf, const struct sentence *why)
{
	int fd = open_local(conf->status.socket, why);
	struct stat st;

	if (fd < 0)
		return false;
	memcpy(http->path, conf->status.socket, sizeof http->path);
	http->inode = lstat(http->path, &st) == 0 ? st.st_ino : 0;
	return server_start(&http->local, http, loop, fd, true) || fail(why, "memory is short");
}

static bool start_tcp(
	struct http *http, struct loop *loop, const struct conf *conf, const struct sentence *why)
{
	int fd;

	if (!conf->status.http_on)
		return true;
	fd = open_tcp(&conf->status.http, why);
	memcpy(http->host, conf->status.http.host, sizeof http->host);
	http->port = conf->status.http.port;
	return fd >= 0 && (server_start(&http->tcp, http, loop, fd, false) || fail(why, "memory is short"));
}

struct http *http_new(struct loop *loop, const struct conf *conf, const struct http_handlers *handlers,
	char *why, size_t room)
{
	struct sentence sentence = { .room = room };
	struct http *http = calloc(1, sizeof *http);

	sentence.text = why;
	if (!http) {
		fail(&sentence, "memory is short");
		return NULL;
	}
	/* evhttp writes without MSG_NOSIGNAL: a client that is gone must not take the daemon with it. */
	signal(SIGPIPE, SIG_IGN);
	http->handlers = *handlers;
	memcpy(http->node, conf->node, sizeof http->node);
	if (!start_local(http, loop, conf, &sentence) || !start_tcp(http, loop, conf, &sentence))
		goto failed;
	http->timer = timer_new(loop, on_tick, http);
	if (!http->timer) {
		fail(&sentence, "memory is short");
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
	bool same_tcp = (http->tcp.listener != NULL) == conf->status.http_on &&
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
