#include "daemon_impl.h"

#include "../galera/blockjoins.h"
#include "../galera/galera.h"
#include "../icinga/icinga.h"

static const struct action_driver *const drivers[] = { &galera_driver, &icinga_driver, &blockjoins_driver };

_Static_assert(DRIVERS == sizeof drivers / sizeof drivers[0], "there is room for each driver");

/* ---- what is told to them ---- */

static bool wanted_differs(const struct daemon *d)
{
	const struct wanted *now = &d->effects.wanted;

	return !d->wanted_known || d->wanted.leave != now->leave || d->wanted.claim != now->claim ||
	       d->wanted.released != now->released || !joins_equal(&d->wanted.joins, &now->joins);
}

void drivers_want(struct daemon *d)
{
	if (!wanted_differs(d))
		return;
	d->wanted = d->effects.wanted;
	d->wanted_known = true;
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->want)
			drivers[i]->want(d->started[i].self, &d->wanted);
}

void drivers_look(struct daemon *d)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->look)
			drivers[i]->look(d->started[i].self);
}

bool drivers_order(struct daemon *d, const struct action_order *order, char *text, size_t room)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->order)
			return drivers[i]->order(d->started[i].self, order, text, room);
	snprintf(text, room,
		"there is no database here to tell the others by (galera): do it on a host that has one");
	return false;
}

void drivers_unhold(struct daemon *d)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->unhold)
			drivers[i]->unhold(d->started[i].self);
}

enum told_database drivers_told_database(const struct daemon *d)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (drivers[i] == &galera_driver && d->started[i].self)
			return galera_told(d->started[i].self);
	return TOLD_DATABASE_NOT;
}

/* ---- what they tell and does not have to wait (driver_news.c) ---- */

static void on_icinga_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	daemon_tell(d, severity, "icinga", d->conf->node, text);
}

static void on_driver_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	daemon_tell(d, severity, "action", d->conf->node, text);
}

static void on_no_list(void *arg, bool no_list)
{
	daemon_happen(arg, &(struct event){ .kind = EVENT_LIST, .no_list = no_list });
}

/* ---- start and stop ---- */

/* The configuration has changed, and what was done under the old one stays: nothing is touched that is not configured. */
static void warn_of_leftovers(struct daemon *d)
{
	if (galera_left_in_force(d->conf->state))
		daemon_tell(d, SEVERITY_ERROR, "action", d->conf->node, GALERA_LEFT_IN_FORCE);
	else if (d->claim_left)
		daemon_tell(d, SEVERITY_ERROR, "action", d->conf->node, GALERA_LEFT_A_CLAIM);
}

/* The same of the list of those who may join. */
static void warn_of_list(struct daemon *d)
{
	if (blockjoins_left(d->conf->state))
		daemon_tell(d, SEVERITY_ERROR, "action", d->conf->node, BLOCKJOINS_LEFT);
}

static void go_without(struct daemon *d, const struct action_driver *driver)
{
	if (driver == &galera_driver) {
		warn_of_leftovers(d);
		/* Who told of a hold on all nodes tells no more. */
		news_cluster_hold(d, false, SPAN_ZERO, "");
	} else if (driver == &blockjoins_driver)
		warn_of_list(d);
}

static struct action_env env_for(struct daemon *d, const struct action_driver *driver)
{
	return (struct action_env){
		.loop = d->loop,
		.conf = d->conf,
		.report = news_report,
		.source = &d->source,
		.reporting = news_reporting,
		.no_list = on_no_list,
		.note = driver == &icinga_driver ? on_icinga_note : on_driver_note,
		.claim = news_claim,
		.hold = news_cluster_hold,
		.arg = d,
	};
}

bool drivers_start(struct daemon *d)
{
	/* The authority over claims comes with the driver that has a use for them. */
	core_require_claim(d->core, galera_driver.configured(d->conf) && !d->conf->galera.dry_run);
	for (size_t i = 0; i < DRIVERS; i++) {
		d->started[i].driver = drivers[i];
		if (!drivers[i]->configured(d->conf)) {
			go_without(d, drivers[i]);
			continue;
		}
		d->env[i] = env_for(d, drivers[i]);
		d->started[i].self = drivers[i]->start(&d->env[i]);
		if (!d->started[i].self)
			return false;
	}
	d->wanted_known = false;
	if (!d->conf->icinga.configured)
		news_reporting(d, false);
	return true;
}

void drivers_stop(struct daemon *d)
{
	d->claim_left = false;
	for (size_t i = 0; i < DRIVERS; i++) {
		if (d->started[i].self && drivers[i] == &galera_driver)
			d->claim_left = galera_claim_left(d->started[i].self);
		if (d->started[i].self)
			drivers[i]->stop(d->started[i].self);
		d->started[i].self = NULL;
	}
	news_forget(d);
	d->actions = (struct status_actions){ 0 };
}
