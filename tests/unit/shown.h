/* One host of the net (net.h) as its status socket sees it. */
#ifndef TESTS_UNIT_SHOWN_H
#define TESTS_UNIT_SHOWN_H

#include "../../sentinel/status/status.h"
#include "net.h"

struct shown {
	const struct net *net;
	size_t host;
	const struct conf *conf;
	struct events *events;
	struct status_actions actions;
	struct timesync timesync;
	struct status_source source;
};

static inline void shown_read(void *arg, struct reading *out)
{
	const struct shown *shown = arg;

	*out = net_reading(shown->net, shown->host);
}

static inline void shown_open(struct shown *shown, const struct net *net, size_t host)
{
	*shown = (struct shown){
		.net = net,
		.host = host,
		.conf = net->hosts[host].conf,
		.events = events_new(EVENTS_CAPACITY),
		.timesync = { .looked = true,
			.whole_host = true,
			.max_error = span_s(16),
			.leap = NTP_LEAP_UNSYNCHRONISED },
	};
	shown->source = (struct status_source){
		.core = net->hosts[host].core,
		.conf = &shown->conf,
		.events = shown->events,
		.timesync = &shown->timesync,
		.actions = &shown->actions,
		.version = "0.1.0",
		.receive_stamps = "kernel",
		.read = shown_read,
		.arg = shown,
	};
}

static inline void shown_close(struct shown *shown)
{
	events_free(shown->events);
}

#endif
