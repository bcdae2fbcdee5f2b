#include "daemon_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/keyfile.h"
#include "../host/log.h"

struct loaded {
	struct conf *conf;
	struct keyring *ring;
};

/* It is locked, and holds what tells us of what we did: neither can be had in two places. */
static bool same_state(const struct daemon *d, const struct conf *conf, char *error, size_t room)
{
	if (strcmp(conf->state, d->conf->state) == 0)
		return true;
	snprintf(error, room,
		"state cannot be changed while the daemon runs: stop the daemon, move what is in %s to %s, "
		"and start it again",
		d->conf->state, conf->state);
	return false;
}

static bool load(const struct daemon *d, struct loaded *out, char *error, size_t room)
{
	struct conf_error bad;

	out->conf = conf_load(d->options.file, &d->options.host, &bad);
	if (!out->conf) {
		snprintf(error, room, "%s", bad.text);
		return false;
	}
	out->ring = same_state(d, out->conf, error, room) ? keyfile_load(out->conf, error, room) : NULL;
	if (out->ring)
		return true;
	conf_free(out->conf);
	return false;
}

static void unload(struct loaded *loaded)
{
	conf_free(loaded->conf);
	keyring_free(loaded->ring);
}

bool reload_try(const struct daemon *d, char *error, size_t room)
{
	struct loaded probe;

	if (!load(d, &probe, error, room))
		return false;
	unload(&probe);
	return true;
}

/* Puts the new configuration in the old one's place, and gives the old one back in *swapped. */
static bool swap(struct daemon *d, struct loaded *swapped)
{
	struct loaded old = { d->conf, d->ring };

	if (!core_reload(d->core, swapped->conf, swapped->ring))
		return false;
	d->conf = swapped->conf;
	d->ring = swapped->ring;
	*swapped = old;
	return true;
}

/* Nothing works without what could not be opened again: better to end than to look alive. */
static void give_up(struct daemon *d, const char *why)
{
	log_line(SEVERITY_ERROR, "reload", "the old configuration cannot be used any more either: %s", why);
	loop_stop(d->loop);
}

/* False: the old one is in its place again, with its parts closed. */
static bool take(struct daemon *d, struct loaded *other, char *error, size_t room)
{
	if (!swap(d, other)) {
		snprintf(error, room, "out of memory");
		return false;
	}
	if (parts_open(d, error, room))
		return true;
	/* It could be parsed but not opened (an address that is taken): back to what worked. */
	parts_close(d);
	if (!swap(d, other))
		abort();
	return false;
}

static void reopen(struct daemon *d)
{
	char error[256];

	d->broken = !parts_open(d, error, sizeof error);
	if (d->broken)
		give_up(d, error);
}

static bool reload(struct daemon *d, char *error, size_t room)
{
	struct loaded other;
	bool taken;

	if (!load(d, &other, error, room))
		return false;
	parts_close(d);
	taken = take(d, &other, error, room);
	unload(&other);
	if (taken)
		keeper_reload(d->keeper);
	else
		reopen(d);
	daemon_plan(d);
	return taken;
}

void daemon_reload(struct daemon *d)
{
	char error[768], text[1024];

	if (reload(d, error, sizeof error)) {
		daemon_tell(d, SEVERITY_NOTICE, "reload", d->conf->node, "the configuration was read again");
		return;
	}
	snprintf(text, sizeof text, "the configuration was not taken, the old one stays in force: %s", error);
	daemon_tell(d, SEVERITY_ERROR, "reload", d->conf->node, text);
}
