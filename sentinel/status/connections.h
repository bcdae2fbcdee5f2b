/*
 * The connections of one evhttp server. evhttp 2.1 neither limits how many there are nor ends those that trickle: so
 * each one's bufferevent is made here, and a reference to it kept. Includes libevent, as loop.c does.
 */
#ifndef SENTINEL_CONNECTIONS_H
#define SENTINEL_CONNECTIONS_H

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stddef.h>

enum { CONNECTIONS_MAX = 512 }; /* for each server, so that TCP cannot shut out skewctl */

struct connection {
	struct bufferevent *bev; /* we hold a reference */
	unsigned age;            /* ticks since it was opened or last asked for something */
	bool stream;             /* its answer goes on, as long as it is read */
};

/* Zeroed to begin with. */
struct connections {
	struct evconnlistener *listener; /* borrowed; NULL: none yet. Off while there is no room */
	size_t n, most;
	struct connection list[CONNECTIONS_MAX];
};

/* From now on those that come in by this listener, as many as the limit on file descriptors leaves room for. */
void connections_use(struct connections *all, struct evconnlistener *listener);

/* One more, for evhttp, which owns it; NULL: no memory. */
struct bufferevent *connections_add(struct connections *all, struct event_base *base);

/* It asks for something: it is not idle; and from now on its answer goes on (stream), or does not. */
void connections_touch(struct connections *all, const struct bufferevent *bev, bool stream);

/* Once a second: ends what is idle or trickles, makes room, and lets in. */
void connections_tick(struct connections *all);

/* Octets of answers that were not fetched yet. */
size_t connections_unsent(const struct connections *all);

/* Before the end: what each takes at once of the answer under way, that to a request for the very reload, say. */
void connections_flush(struct connections *all);

/* After evhttp_free: gives up the references to those that are over. */
void connections_forget(struct connections *all);

#endif
