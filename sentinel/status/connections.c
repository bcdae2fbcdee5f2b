#include "connections.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
	READ_AHEAD_MAX = 65536, /* more than a whole request: evhttp itself would read without end */
	CONNECTIONS_MIN = 8,
	FILES_KEPT = 96,       /* file descriptors that are not for them: probes, the database, state files */
	CONNECTION_TICKS = 30, /* since its last request: ends those who send or read a little at a time */
};

/* ---- in ---- */

/*
 * How many connections the limit on file descriptors leaves room for, in each server: out of them, the rest of the daemon
 * could not work either. The soft limit, made for programs that use select(), is raised as far as it takes.
 */
static size_t most(void)
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

/* Out of file descriptors, most likely: a pause until the next tick, instead of a loop that spins. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg;
	evconnlistener_disable(listener);
}

void connections_use(struct connections *all, struct evconnlistener *listener)
{
	all->listener = listener;
	all->most = most();
	evconnlistener_set_error_cb(listener, on_accept_error);
}

struct bufferevent *connections_add(struct connections *all, struct event_base *base)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!bev)
		return NULL;
	bufferevent_setwatermark(bev, EV_READ, 0, READ_AHEAD_MAX);
	bufferevent_incref(bev);
	/* The listener is off while there is no room, so that there is some here. */
	all->list[all->n++] = (struct connection){ .bev = bev };
	if (all->n >= all->most)
		evconnlistener_disable(all->listener);
	return bev;
}

void connections_touch(struct connections *all, const struct bufferevent *bev, bool stream)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].bev == bev) {
			all->list[i].age = 0;
			all->list[i].stream = stream;
		}
}

size_t connections_unsent(const struct connections *all)
{
	size_t unsent = 0;

	for (size_t i = 0; i < all->n; i++)
		unsent += evbuffer_get_length(bufferevent_get_output(all->list[i].bev));
	return unsent;
}

/* ---- out ---- */

/* That evhttp is done with a connection shows in its callbacks being gone (bufferevent_free() takes them away). */
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

static void sweep(struct connections *all, unsigned ticks)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct connection connection = all->list[i];

		if (connection_over(&connection)) {
			bufferevent_decref(connection.bev);
			continue;
		}
		if (!connection.stream)
			connection.age += ticks;
		if (connection.age > CONNECTION_TICKS)
			connection_end(&connection);
		all->list[kept++] = connection;
	}
	all->n = kept;
}

/* While there is no room the older half goes: who waits outside is served in turn, and is not kept out by idlers. */
static void thin(const struct connections *all)
{
	if (all->n < all->most)
		return;
	for (size_t i = 0; i < all->most / 2; i++)
		if (!all->list[i].stream)
			connection_end(&all->list[i]);
}

static void admit(const struct connections *all)
{
	if (!all->listener)
		return;
	if (all->n < all->most)
		evconnlistener_enable(all->listener);
	else
		evconnlistener_disable(all->listener);
}

void connections_tick(struct connections *all)
{
	sweep(all, 1);
	thin(all);
	admit(all);
}

void connections_flush(struct connections *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct evbuffer *output = bufferevent_get_output(all->list[i].bev);

		if (connection_over(&all->list[i]) || evbuffer_get_length(output) == 0)
			continue;
		evbuffer_unfreeze(output, 1);
		evbuffer_write(output, bufferevent_getfd(all->list[i].bev));
	}
}

void connections_forget(struct connections *all)
{
	sweep(all, 0);
}
