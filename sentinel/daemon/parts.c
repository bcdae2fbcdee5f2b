#include "daemon_impl.h"

#include <stdio.h>

/* ---- what they tell ---- */

static void on_datagram(void *arg, const struct incoming *in)
{
	daemon_happen(arg, &(struct event){ .kind = EVENT_DATAGRAM, .datagram = *in });
}

static void on_departed(void *arg, enum side side, uint64_t token, struct wall stamp)
{
	struct event event = { .kind = EVENT_DEPARTED };

	event.departed.side = side;
	event.departed.token = token;
	event.departed.stamp = stamp;
	daemon_happen(arg, &event);
}

static void on_address(void *arg, size_t node, const struct endpoint *endpoint)
{
	struct event event = { .kind = EVENT_ADDRESS };

	event.address.node = node;
	event.address.endpoint = *endpoint;
	daemon_happen(arg, &event);
}

static void on_resolve_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	daemon_tell(d, severity, "resolve", d->conf->node, text);
}

/* ---- open and close ---- */

/* The status socket stays open over a reload that does not touch it: nobody who asks just then is cut off. */
static bool open_http(struct daemon *d, char *error, size_t room)
{
	struct http_handlers handlers = api_handlers(&d->api);

	if (d->http && http_serves(d->http, d->conf))
		return true;
	stream_use(d->stream, NULL);
	http_free(d->http);
	d->http = http_new(d->loop, d->conf, &handlers, error, room);
	stream_use(d->stream, d->http);
	return d->http;
}

/* So do these: answers that are on their way get home, and an address that is gone by now does no harm. */
static bool open_udp(struct daemon *d, char *error, size_t room)
{
	if (d->udp && udp_serves(d->udp, d->conf))
		return true;
	udp_free(d->udp);
	d->udp = udp_new(d->loop, d->conf, on_datagram, on_departed, d, error, room);
	if (d->udp)
		d->source.receive_stamps = udp_no_stamps(d->udp) ? udp_no_stamps(d->udp) : "kernel";
	return d->udp;
}

/* Everything else that was made from the old configuration is made anew; the core keeps what it knows. */
bool parts_open(struct daemon *d, char *error, size_t room)
{
	if (!open_udp(d, error, room) || !open_http(d, error, room))
		return false;
	d->resolve = resolve_new(d->loop, d->conf, on_address, on_resolve_note, d);
	if (!d->resolve || !drivers_start(d)) {
		snprintf(error, room, "out of memory");
		return false;
	}
	return true;
}

void parts_close(struct daemon *d)
{
	drivers_stop(d);
	resolve_free(d->resolve);
	d->resolve = NULL;
}
