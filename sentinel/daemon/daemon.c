#include "daemon_impl.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../galera/ownership.h"
#include "../host/clock.h"
#include "../host/keyfile.h"
#include "../host/log.h"

/* ---- what happens ---- */

static void on_tick(void *arg)
{
	struct daemon *d = arg;

	core_host_is(d->core, told_service(timesync_get(d->timesync)), drivers_told_database(d));
	daemon_happen(d, &(struct event){ .kind = EVENT_TICK });
}

static void on_hangup(void *arg, unsigned what)
{
	(void)what;
	daemon_reload(arg);
}

static void on_terminate(void *arg, unsigned what)
{
	struct daemon *d = arg;

	(void)what;
	loop_stop(d->loop);
}

static void read_clock(void *arg, struct reading *out)
{
	(void)arg;
	clock_read(out);
}

static void on_history_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	daemon_tell(d, severity, "history", d->conf->node, text);
}

static void on_eventfile_failed(void *arg, const char *why)
{
	struct daemon *d = arg;

	daemon_tell(d, SEVERITY_WARNING, "events", d->conf->node, why);
}

/* ---- beginning and end ---- */

/* Once the directory is ours. */
static bool open_eventfile(struct daemon *d, char *error, size_t room)
{
	d->eventfile = eventfile_new(d->loop, d->conf->state, on_eventfile_failed, d);
	if (!d->eventfile)
		snprintf(error, room, "out of memory");
	return d->eventfile;
}

/* A directory that cannot be locked cannot be written either: drivers then say so, and do nothing. */
static bool take_lock(struct daemon *d, char *error, size_t room)
{
	char why[OWNERSHIP_ERROR_SIZE];

	switch (ownership_lock(d->conf->state, &d->lock, why)) {
	case OWNERSHIP_LOCKED:
		return true;
	case OWNERSHIP_BUSY:
		snprintf(error, room, "another skew-sentinel, or a skewctl release, works with %s",
			d->conf->state);
		return false;
	case OWNERSHIP_NO_LOCK:
		daemon_tell(d, SEVERITY_WARNING, "daemon", d->conf->node, why);
		break;
	}
	return true;
}

static bool make_core(struct daemon *d, char *error, size_t room)
{
	uint8_t seed[PRNG_SEED_SIZE];
	struct reading now;

	d->ring = keyfile_load(d->conf, error, room);
	if (!d->ring)
		return false;
	if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
		snprintf(error, room, "the kernel gives no random numbers");
		return false;
	}
	clock_read(&now);
	d->core = core_new(d->conf, d->ring, seed, SKEW_VERSION, &now);
	explicit_bzero(seed, sizeof seed);
	if (d->core)
		return true;
	snprintf(error, room, "out of memory");
	return false;
}

static bool make_loop(struct daemon *d)
{
	d->loop = loop_new();
	if (!d->loop)
		return false;
	d->events = events_new(EVENTS_CAPACITY);
	d->tick = timer_new(d->loop, on_tick, d);
	d->later = timer_new(d->loop, news_deal, d);
	d->stepwatch = stepwatch_new(d->loop, on_tick, d);
	d->timesync = timesync_watch_new(d->loop);
	d->signals[0] = watch_signal(d->loop, SIGHUP, on_hangup, d);
	d->signals[1] = watch_signal(d->loop, SIGTERM, on_terminate, d);
	d->signals[2] = watch_signal(d->loop, SIGINT, on_terminate, d);
	return d->events && d->tick && d->later && d->timesync && d->signals[0] && d->signals[1] &&
	       d->signals[2];
}

static void wire_status(struct daemon *d)
{
	d->source = (struct status_source){
		.core = d->core,
		.conf = (const struct conf *const *)&d->conf,
		.events = d->events,
		.timesync = timesync_get(d->timesync),
		.actions = &d->actions,
		.drivers = d->started,
		.n_drivers = DRIVERS,
		.loop = d->loop,
		.version = SKEW_VERSION,
		.read = read_clock,
	};
	d->commands = commands_of(d);
	d->api = (struct api){ .source = &d->source, .commands = &d->commands };
}

struct daemon *daemon_new(const struct daemon_options *options, struct conf *conf, char *error, size_t room)
{
	struct daemon *d = calloc(1, sizeof *d);

	if (!d) {
		conf_free(conf);
		snprintf(error, room, "out of memory");
		return NULL;
	}
	d->options = *options;
	d->conf = conf;
	d->lock = -1;
	if (!make_loop(d)) {
		snprintf(error, room, "out of memory");
		goto fail;
	}
	eventfile_read(d->conf->state, d->events);
	if (!take_lock(d, error, room) || !open_eventfile(d, error, room) || !make_core(d, error, room))
		goto fail;
	wire_status(d);
	d->stream = stream_new(d->loop, &d->source);
	d->keeper = keeper_new(d->loop, &d->source, on_history_note, d);
	d->source.keeper = d->keeper;
	d->holdkeeper = holdkeeper_new(d->loop, d->conf->state, hold_not_kept, d);
	d->source.holdkeeper = d->holdkeeper;
	if (!d->stream || !d->keeper || !d->holdkeeper) {
		snprintf(error, room, "out of memory");
		goto fail;
	}
	if (!parts_open(d, error, room))
		goto fail;
	hold_restore(d);
	daemon_plan(d);
	return d;
fail:
	daemon_free(d);
	return NULL;
}

bool daemon_run(struct daemon *d)
{
	log_line(SEVERITY_NOTICE, "daemon",
		"skew-sentinel %s watches the clock of %s in cluster %s against %zu peers", SKEW_VERSION,
		d->conf->node, d->conf->cluster, d->conf->n_peers);
	loop_run(d->loop);
	log_line(SEVERITY_NOTICE, "daemon", "stopped; what is in force stays so");
	return !d->broken;
}

void daemon_free(struct daemon *d)
{
	if (!d)
		return;
	if (d->loop)
		parts_close(d);
	keeper_free(d->keeper);
	holdkeeper_free(d->holdkeeper);
	stream_free(d->stream);
	d->stream = NULL;
	http_free(d->http);
	udp_free(d->udp);
	for (size_t i = 0; i < sizeof d->signals / sizeof d->signals[0]; i++)
		watch_free(d->signals[i]);
	timesync_watch_free(d->timesync);
	stepwatch_free(d->stepwatch);
	timer_free(d->later);
	timer_free(d->tick);
	eventfile_free(d->eventfile);
	events_free(d->events);
	core_free(d->core);
	keyring_free(d->ring);
	conf_free(d->conf);
	loop_free(d->loop);
	if (d->lock >= 0)
		close(d->lock);
	free(d);
}
