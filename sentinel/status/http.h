/*
 * HTTP/1.1 over the status socket and, where configured, over TCP: who may ask, how much and for how long. What is
 * answered is the handlers' (api.h). The listening sockets are listen.c's, how many may come in connections.c's, who may
 * ask is for caller.c to say. Includes libevent, as connections.c, http_stream.c and loop.c do.
 *
 * The unix socket serves everyone who may open it; a POST needs root, the daemon's own user or a member of the
 * socket's group, by the kernel's word (SO_PEERCRED, SO_PEERGROUPS). TCP is read-only, and answers only to a Host
 * header that names this host by an address, "localhost" or its configured name, or in HTTP/1.0 to none: a web page
 * elsewhere cannot have a browser read it (DNS rebinding).
 */
#ifndef SENTINEL_HTTP_H
#define SENTINEL_HTTP_H

#include <jansson.h>
#include <sys/types.h>

#include "../../conf/conf.h"
#include "../host/loop.h"

enum http_method { HTTP_READ, HTTP_COMMAND }; /* GET and HEAD; POST */

struct http_query;
struct http_request {
	const char *body; /* NUL-terminated behind its `len` octets */
	size_t len;
	uid_t uid; /* of the one who sends a command */
	const struct http_query *query;
	const char *last_event_id; /* what a reader of a stream had last; NULL: none */
};

/* The value of a parameter behind the "?", decoded; NULL: not given. */
const char *http_parameter(const struct http_request *request, const char *name);

struct http_reply {
	int status;       /* 200, 404, ... */
	const char *type; /* of the body */
	char *body;       /* for free(), by http.c; NULL: memory was short */
	/* A page's Content-Security-Policy; NULL: none. */
	const char *policy;
	/* The body is a beginning only: what http_stream_send gives comes after it, until the reader leaves. */
	bool stream;
};

/* The reply becomes this JSON; steals the reference, and takes NULL for a lack of memory. */
void http_reply_json(struct http_reply *reply, int status, json_t *json);

/* {"error": "the sentence"} */
void http_reply_error(struct http_reply *reply, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

struct http_route {
	const char *path;
	enum http_method method;
	void (*answer)(void *arg, const struct http_request *request, struct http_reply *reply);
};

struct http_handlers {
	const struct http_route *routes;
	size_t n_routes;
	void *arg;
};

struct http;

/*
 * Opens what `conf->status` names. NULL, and a sentence in *why, where it cannot. A socket left behind by a daemon that
 * is gone is replaced; one that somebody listens at, or a file that is no socket, never. conf and handlers are copied.
 */
struct http *http_new(struct loop *loop, const struct conf *conf, const struct http_handlers *handlers,
	char *why, size_t room);

/* Was it opened for just this? Then a new configuration needs no new sockets, and nobody who asks just now is cut off. */
bool http_serves(const struct http *http, const struct conf *conf);

/*
 * To all who read a stream. A piece that is KEPT reaches everyone or, where too much waits for a reader already, ends
 * its connection: it comes again and says what it had last. One that is PASSING is made up for by the next: a reader
 * that has not fetched all yet goes without.
 */
enum http_frame { HTTP_FRAME_KEPT, HTTP_FRAME_PASSING };
void http_stream_send(struct http *http, enum http_frame kind, const char *text);
size_t http_stream_readers(const struct http *http);

/* Drops all connections and takes the socket away. Before loop_free. */
void http_free(struct http *http);

#endif
