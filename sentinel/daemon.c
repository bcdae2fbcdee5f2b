#include "daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../conf/span.h"
#include "galera/blockjoins.h"
#include "galera/galera.h"
#include "galera/ownership.h"
#include "history/eventfile.h"
#include "history/keeper.h"
#include "history/record.h"
#include "host/clock.h"
#include "host/holdfile.h"
#include "host/keyfile.h"
#include "host/log.h"
#include "host/resolve.h"
#include "host/stepwatch.h"
#include "host/udp.h"
#include "icinga/icinga.h"
#include "status/api.h"
#include "status/stream.h"
#include "text/jvalue.h"

static const struct action_driver *const drivers[] = { &galera_driver, &icinga_driver, &blockjoins_driver };

enum { DRIVERS = sizeof drivers / sizeof drivers[0], REPORTS_MAX = 16 };

struct daemon {
	struct daemon_options options;
	struct conf *conf;
	struct keyring *ring;
	struct loop *loop;
	struct core *core;
	struct udp *udp;
	struct resolve *resolve;
	struct stepwatch *stepwatch;
	struct timesync_watch *timesync;
	struct http *http;
	struct stream *stream;
	struct keeper *keeper;
	struct events *events;
	struct eventfile *eventfile; /* NULL before it is opened */
	struct timer *tick, *later;
	int lock; /* on the state directory: one daemon, or one `skewctl release`, at a time */
	struct watch *signals[3];

	struct effects effects;
	struct wanted wanted; /* as the drivers know it */
	bool wanted_known, held;
	bool broken;     /* it has no sockets any more */
	bool claim_left; /* in the ledger, by a driver that was stopped */
	struct action_env env[DRIVERS];
	struct status_driver started[DRIVERS];
	struct status_actions actions;
	struct status_source source;
	struct api_commands commands;
	struct api api;

	/* Reports of the drivers wait here: they may come while an event is still being dealt with. */
	struct action_report reports[REPORTS_MAX];
	size_t n_reports;
	bool reporting, reporting_known; /* as a driver says, as the core knows it */

	/* So does what they tell of claims, and of a hold on all nodes. */
	bool claim_news, claim_held, hold_news;
	struct event cluster_hold;
};

/* ---- effects ---- */

static json_t *decision_now(const struct daemon *d)
{
	struct decision decision;

	core_decision(d->core, &decision);
	return record_json(&decision, SKEW_VERSION);
}

static void keep_event(struct daemon *d, uint64_t id)
{
	json_t *json = events_entry_json(events_get(d->events, id));

	if (d->eventfile)
		eventfile_add(d->eventfile, jvalue_dump(json));
	json_decref(json);
}

/* decision: what it rests on; NULL: nothing of the kind. Steals it. */
static void tell_decided(struct daemon *d, enum severity severity, const char *kind, const char *node,
	const char *text, json_t *decision)
{
	struct reading now;
	uint64_t id;

	clock_read(&now);
	id = events_add(d->events, now.wall, severity, kind, node, text);
	if (decision)
		events_decide(d->events, id, jvalue_dump(decision));
	json_decref(decision);
	keep_event(d, id);
	if (d->stream)
		stream_event(d->stream);
	log_line(severity, kind, "%s", text);
}

static void tell(
	struct daemon *d, enum severity severity, const char *kind, const char *node, const char *text)
{
	tell_decided(d, severity, kind, node, text, NULL);
}

/* The core knows how far the clock is off; what to do about it depends on what runs on this host. */
static void tell_note(struct daemon *d, const struct note *note)
{
	struct node_view self;
	struct reading now;
	char sentence[768];

	if (strcmp(note->kind, "verdict") != 0) {
		tell(d, note->severity, note->kind, note->node, note->text);
		return;
	}
	clock_read(&now);
	core_node(d->core, 0, &now, &self);
	tell_decided(d, note->severity, note->kind, note->node,
		status_sentence(&d->source, &self.verdict, sentence, sizeof sentence), decision_now(d));
}

static bool wanted_differs(const struct daemon *d)
{
	const struct wanted *now = &d->effects.wanted;

	return !d->wanted_known || d->wanted.leave != now->leave || d->wanted.claim != now->claim ||
	       d->wanted.released != now->released || !joins_equal(&d->wanted.joins, &now->joins);
}

static void want(struct daemon *d)
{
	if (!wanted_differs(d))
		return;
	d->wanted = d->effects.wanted;
	d->wanted_known = true;
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->want)
			drivers[i]->want(d->started[i].self, &d->wanted);
}

static void show_news(struct daemon *d)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->look)
			drivers[i]->look(d->started[i].self);
}

static void plan(struct daemon *d)
{
	timer_set(d->tick, mono_sub(core_deadline(d->core), clock_mono()));
}

static void perform(struct daemon *d)
{
	for (size_t i = 0; i < d->effects.n_sends; i++)
		udp_send(d->udp, &d->effects.sends[i]);
	for (size_t i = 0; i < d->effects.n_notes; i++)
		tell_note(d, &d->effects.notes[i]);
	if (d->held && !d->effects.held)
		holdfile_remove(d->conf->state);
	d->held = d->effects.held;
	want(d);
	if (d->effects.n_notes)
		show_news(d);
	plan(d);
}

static void happen(struct daemon *d, struct event *event)
{
	clock_read(&event->now);
	core_step(d->core, event, &d->effects);
	perform(d);
}

/* ---- events ---- */

/* For people at other hosts. */
static void tell_of_host(const struct daemon *d)
{
	enum told_database database = TOLD_DATABASE_NOT;

	for (size_t i = 0; i < DRIVERS; i++)
		if (drivers[i] == &galera_driver && d->started[i].self)
			database = galera_told(d->started[i].self);
	core_host_is(d->core, told_service(timesync_get(d->timesync)), database);
}

static void on_tick(void *arg)
{
	tell_of_host(arg);
	happen(arg, &(struct event){ .kind = EVENT_TICK });
}

static void on_datagram(void *arg, const struct incoming *in)
{
	happen(arg, &(struct event){ .kind = EVENT_DATAGRAM, .datagram = *in });
}

static void on_departed(void *arg, enum side side, uint64_t token, struct wall stamp)
{
	struct event event = { .kind = EVENT_DEPARTED };

	event.departed.side = side;
	event.departed.token = token;
	event.departed.stamp = stamp;
	happen(arg, &event);
}

static void on_address(void *arg, size_t node, const struct endpoint *endpoint)
{
	struct event event = { .kind = EVENT_ADDRESS };

	event.address.node = node;
	event.address.endpoint = *endpoint;
	happen(arg, &event);
}

static void on_history_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	tell(d, severity, "history", d->conf->node, text);
}

static void on_resolve_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	tell(d, severity, "resolve", d->conf->node, text);
}

static void tell_claim_and_hold(struct daemon *d)
{
	if (d->hold_news) {
		d->hold_news = false;
		happen(d, &d->cluster_hold);
	}
	if (d->claim_news) {
		d->claim_news = false;
		happen(d, &(struct event){ .kind = EVENT_CLAIM, .claim_held = d->claim_held });
	}
}

static void on_later(void *arg)
{
	struct daemon *d = arg;
	struct action_report reports[REPORTS_MAX];
	size_t n = d->n_reports;

	memcpy(reports, d->reports, n * sizeof *reports);
	d->n_reports = 0;
	for (size_t i = 0; i < n; i++)
		happen(d, &(struct event){ .kind = EVENT_ACTION, .action = reports[i] });
	tell_claim_and_hold(d);
	if (d->reporting != d->reporting_known)
		happen(d, &(struct event){ .kind = EVENT_REPORTING, .reporting = d->reporting });
	d->reporting_known = d->reporting;
}

static void on_reporting(void *arg, bool reporting)
{
	struct daemon *d = arg;

	d->reporting = reporting;
	timer_set(d->later, SPAN_ZERO);
}

/* The latest report of a measure replaces one that still waits. */
static void queue_report(struct daemon *d, const struct action_report *report)
{
	size_t i = 0;

	while (i < d->n_reports && d->reports[i].measure != report->measure)
		i++;
	if (i == REPORTS_MAX)
		return;
	d->reports[i] = *report;
	if (i == d->n_reports)
		d->n_reports++;
	timer_set(d->later, SPAN_ZERO);
}

/* What needs a person. */
static enum severity report_severity(enum action_state state)
{
	return state == ACTION_FAILED || state == ACTION_HELD || state == ACTION_LATCHED ? SEVERITY_ERROR
											 : SEVERITY_NOTICE;
}

static void on_report(void *arg, const struct action_report *report)
{
	struct daemon *d = arg;
	struct reading now;
	char text[512];

	clock_read(&now);
	if (status_actions_report(&d->actions, drivers[0]->name, report, now.wall)) {
		snprintf(text, sizeof text, "%s on %s is %s%s%s", measure_name(report->measure),
			d->conf->node, action_state_name(report->state), report->detail[0] ? ": " : "",
			report->detail);
		tell_decided(
			d, report_severity(report->state), "action", d->conf->node, text, decision_now(d));
	}
	queue_report(d, report);
}

static void on_icinga_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	tell(d, severity, "icinga", d->conf->node, text);
}

static void on_no_list(void *arg, bool no_list)
{
	happen(arg, &(struct event){ .kind = EVENT_LIST, .no_list = no_list });
}

static void on_driver_note(void *arg, enum severity severity, const char *text)
{
	struct daemon *d = arg;

	tell(d, severity, "action", d->conf->node, text);
}

static void on_claim(void *arg, bool held)
{
	struct daemon *d = arg;

	d->claim_held = held;
	d->claim_news = true;
	timer_set(d->later, SPAN_ZERO);
}

static void on_cluster_hold(void *arg, bool on, struct span left, const char *reason)
{
	struct daemon *d = arg;

	d->cluster_hold = (struct event){ .kind = EVENT_HOLD };
	d->cluster_hold.hold.on = on;
	d->cluster_hold.hold.cluster = true;
	d->cluster_hold.hold.for_span = left;
	snprintf(d->cluster_hold.hold.reason, sizeof d->cluster_hold.hold.reason, "%s", reason);
	d->hold_news = true;
	timer_set(d->later, SPAN_ZERO);
}

/* ---- commands from the status socket ---- */

/* Who asked for it, for those who look at the events afterwards. */
static void tell_asker(struct daemon *d, const char *what, uid_t uid)
{
	char text[128];

	/* A number: to look the name up may mean to ask a directory server. */
	snprintf(text, sizeof text, "%s was asked for by user id %u", what, (unsigned)uid);
	tell(d, SEVERITY_NOTICE, "command", d->conf->node, text);
}

static bool command_drill(void *arg, const struct drill_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_DRILL };
	char offset[64], span[64];

	tell_asker(d, request->on ? "a drill" : "the end of the drill", uid);
	event.drill.on = request->on;
	event.drill.offset = request->offset;
	event.drill.drift_ppb = request->drift_ppb;
	event.drill.for_span = request->for_span;
	happen(d, &event);
	if (request->on)
		snprintf(text, room,
			"%s now believes its clock to be shifted by %s, for %s; stop it with: skewctl drill "
			"--stop",
			d->conf->node, span_format(request->offset, offset, sizeof offset),
			span_format(request->for_span, span, sizeof span));
	else
		snprintf(text, room, "no drill runs on %s any more", d->conf->node);
	return true;
}

/* ---- holds outlive the daemon ---- */

enum { NOT_KEPT_SIZE = 384 };

/* First, lest a kill in between forget it. Where it cannot be kept, whoever asked for it is to be told too. */
static void keep_hold(struct daemon *d, const struct hold_kept *hold, char not_kept[NOT_KEPT_SIZE])
{
	char error[NOT_KEPT_SIZE - sizeof "; but "];

	not_kept[0] = '\0';
	if (holdfile_write(d->conf->state, hold, error, sizeof error))
		return;
	tell(d, SEVERITY_WARNING, "hold", d->conf->node, error);
	snprintf(not_kept, NOT_KEPT_SIZE, "; but %s", error);
}

static void restore_hold(struct daemon *d)
{
	struct event event = { .kind = EVENT_HOLD };
	struct hold_kept hold;
	struct span left;

	if (!holdfile_read(d->conf->state, clock_mono(), &hold, &left))
		return;
	if (hold.released) {
		event.kind = EVENT_RELEASE;
		event.release.for_span = left;
	} else {
		event.hold.on = true;
		event.hold.for_span = left;
		snprintf(event.hold.reason, sizeof event.hold.reason, "%s", hold.reason);
	}
	happen(d, &event);
}

static void unhold_drivers(struct daemon *d)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->unhold)
			drivers[i]->unhold(d->started[i].self);
}

/* ---- orders to the cluster ---- */

static bool give_order(struct daemon *d, const struct action_order *order, char *text, size_t room)
{
	for (size_t i = 0; i < DRIVERS; i++)
		if (d->started[i].self && drivers[i]->order)
			return drivers[i]->order(d->started[i].self, order, text, room);
	snprintf(text, room,
		"there is no database here to tell the others by (galera): do it on a host that has one");
	return false;
}

static bool hold_all(struct daemon *d, const struct hold_request *request, uid_t uid, char *text, size_t room)
{
	struct action_order order = {
		.kind = request->on ? ORDER_HOLD_ALL : ORDER_UNHOLD_ALL,
		.for_span = request->for_span,
		.reason = request->reason,
	};

	tell_asker(d, request->on ? "a hold on all nodes" : "the end of the hold on all nodes", uid);
	if (!give_order(d, &order, text, room))
		return false;
	snprintf(text, room,
		request->on ? "actions on all nodes are being held; lift it with: skewctl unhold --cluster"
			    : "the hold on all nodes is being lifted");
	return true;
}

/* A sentinel that answers gives its claim back by itself, and may be using it. */
static bool is_alive(const struct daemon *d, const char *name)
{
	struct node_view node;
	struct reading now;

	clock_read(&now);
	for (size_t i = 0; i < core_nodes(d->core); i++) {
		core_node(d->core, i, &now, &node);
		if (strcmp(node.name, name) == 0)
			return i == 0 || (node.kind == NODE_PEER && node.reachable);
	}
	return false;
}

static bool end_claim(struct daemon *d, const char *node, uid_t uid, char *text, size_t room)
{
	struct action_order order = { .kind = ORDER_END_A_CLAIM, .node = node };
	char what[96];

	snprintf(what, sizeof what, "the end of the claim of %.63s", node);
	tell_asker(d, what, uid);
	if (is_alive(d, node)) {
		snprintf(text, room,
			"the sentinel of %s answers, and gives its claim back when its node is at work "
			"again; to have that now, there: skewctl release",
			node);
		return false;
	}
	if (!give_order(d, &order, text, room))
		return false;
	snprintf(text, room, "the claim of %s is being ended", node);
	return true;
}

static bool command_hold(void *arg, const struct hold_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_HOLD };
	struct hold_kept hold = { .for_span = request->for_span,
		.ends = mono_add(clock_mono(), request->for_span) };
	char not_kept[NOT_KEPT_SIZE] = "";

	if (request->cluster)
		return hold_all(d, request, uid, text, room);
	snprintf(hold.reason, sizeof hold.reason, "%s", request->reason);
	tell_asker(d, request->on ? "a hold" : "the end of the hold", uid);
	if (request->on)
		keep_hold(d, &hold, not_kept);
	event.hold.on = request->on;
	event.hold.for_span = request->for_span;
	snprintf(event.hold.reason, sizeof event.hold.reason, "%s", request->reason);
	happen(d, &event);
	if (!request->on)
		unhold_drivers(d);
	snprintf(text, room,
		request->on ? "actions on %s stand still; lift it with: skewctl unhold%s"
			    : "actions on %s are no longer held%s",
		d->conf->node, not_kept);
	return true;
}

static bool command_release(
	void *arg, const struct release_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_RELEASE };
	struct hold_kept hold = {
		.released = true,
		.for_span = request->for_span,
		.ends = mono_add(clock_mono(), request->for_span),
		.reason = "release",
	};
	char not_kept[NOT_KEPT_SIZE];

	if (request->claim[0])
		return end_claim(d, request->claim, uid, text, room);
	tell_asker(d, "a release", uid);
	keep_hold(d, &hold, not_kept);
	event.release.for_span = request->for_span;
	happen(d, &event);
	snprintf(text, room,
		"everything of ours on %s is being given back, and actions are held; see: skewctl status%s",
		d->conf->node, not_kept);
	return true;
}

/* ---- parts that depend on the configuration ---- */

/* The configuration has changed, and what was done under the old one stays: nothing is touched that is not configured. */
static void warn_of_leftovers(struct daemon *d, const struct action_driver *driver)
{
	if (driver != &galera_driver)
		return;
	if (galera_left_in_force(d->conf->state))
		tell(d, SEVERITY_ERROR, "action", d->conf->node, GALERA_LEFT_IN_FORCE);
	else if (d->claim_left)
		tell(d, SEVERITY_ERROR, "action", d->conf->node, GALERA_LEFT_A_CLAIM);
}

/* Who told of it tells no more. */
static void forget_cluster_hold(struct daemon *d, const struct action_driver *driver)
{
	if (driver == &galera_driver)
		on_cluster_hold(d, false, SPAN_ZERO, "");
}

/* The same of the list of those who may join. */
static void warn_of_list(struct daemon *d, const struct action_driver *driver)
{
	if (driver == &blockjoins_driver && blockjoins_left(d->conf->state))
		tell(d, SEVERITY_ERROR, "action", d->conf->node, BLOCKJOINS_LEFT);
}

static bool start_drivers(struct daemon *d)
{
	/* The authority over claims comes with the driver that has a use for them. */
	core_require_claim(d->core, galera_driver.configured(d->conf) && !d->conf->galera.dry_run);
	for (size_t i = 0; i < DRIVERS; i++) {
		d->started[i].driver = drivers[i];
		if (!drivers[i]->configured(d->conf)) {
			warn_of_leftovers(d, drivers[i]);
			forget_cluster_hold(d, drivers[i]);
			warn_of_list(d, drivers[i]);
			continue;
		}
		d->env[i] = (struct action_env){ .loop = d->loop,
			.conf = d->conf,
			.report = on_report,
			.source = &d->source,
			.reporting = on_reporting,
			.no_list = on_no_list,
			.note = drivers[i] == &icinga_driver ? on_icinga_note : on_driver_note,
			.claim = on_claim,
			.hold = on_cluster_hold,
			.arg = d };
		d->started[i].self = drivers[i]->start(&d->env[i]);
		if (!d->started[i].self)
			return false;
	}
	d->wanted_known = false;
	if (!d->conf->icinga.configured)
		on_reporting(d, false);
	return true;
}

static void stop_drivers(struct daemon *d)
{
	d->claim_left = false;
	for (size_t i = 0; i < DRIVERS; i++) {
		if (d->started[i].self && drivers[i] == &galera_driver)
			d->claim_left = galera_claim_left(d->started[i].self);
		if (d->started[i].self)
			drivers[i]->stop(d->started[i].self);
		d->started[i].self = NULL;
	}
	d->n_reports = 0;
	d->claim_news = d->hold_news = false;
	d->actions = (struct status_actions){ 0 };
}

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
static bool open_parts(struct daemon *d, char *error, size_t room)
{
	if (!open_udp(d, error, room) || !open_http(d, error, room))
		return false;
	d->resolve = resolve_new(d->loop, d->conf, on_address, on_resolve_note, d);
	if (!d->resolve || !start_drivers(d)) {
		snprintf(error, room, "out of memory");
		return false;
	}
	return true;
}

static void close_parts(struct daemon *d)
{
	stop_drivers(d);
	resolve_free(d->resolve);
	d->resolve = NULL;
}

/* ---- reload ---- */

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
		"and start "
		"it again",
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

/* Puts the new configuration in the old one's place, and gives the old one back in *swapped. */
static bool swap(struct daemon *d, struct loaded *swapped)
{
	struct loaded old = { d->conf, d->ring };
	struct reading now;

	clock_read(&now);
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

static bool reload(struct daemon *d, char *error, size_t room)
{
	struct loaded other;
	char worse[256];

	if (!load(d, &other, error, room))
		return false;
	close_parts(d);
	if (!swap(d, &other))
		snprintf(error, room, "out of memory");
	else if (open_parts(d, error, room))
		goto good;
	else {
		/* It could be parsed but not opened (an address that is taken): back to what worked. */
		close_parts(d);
		if (!swap(d, &other))
			abort();
	}
	conf_free(other.conf);
	keyring_free(other.ring);
	d->broken = !open_parts(d, worse, sizeof worse);
	if (d->broken)
		give_up(d, worse);
	plan(d);
	return false;
good:
	conf_free(other.conf);
	keyring_free(other.ring);
	keeper_reload(d->keeper);
	plan(d);
	return true;
}

static bool reload_and_tell(struct daemon *d)
{
	char error[768], text[1024];

	if (reload(d, error, sizeof error)) {
		tell(d, SEVERITY_NOTICE, "reload", d->conf->node, "the configuration was read again");
		return true;
	}
	snprintf(text, sizeof text, "the configuration was not taken, the old one stays in force: %s", error);
	tell(d, SEVERITY_ERROR, "reload", d->conf->node, text);
	return false;
}

/* Not from inside the request that asks for it: the reload closes its connection. */
static bool command_reload(void *arg, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct loaded probe;

	tell_asker(d, "a reload", uid);
	if (!load(d, &probe, text, room))
		return false;
	conf_free(probe.conf);
	keyring_free(probe.ring);
	raise(SIGHUP);
	snprintf(text, room, "%s is good and is being taken; see: skewctl events", d->options.file);
	return true;
}

/* ---- beginning and end ---- */

static void on_hangup(void *arg, unsigned what)
{
	(void)what;
	reload_and_tell(arg);
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

static void on_eventfile_failed(void *arg, const char *why)
{
	struct daemon *d = arg;

	tell(d, SEVERITY_WARNING, "events", d->conf->node, why);
}

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
		tell(d, SEVERITY_WARNING, "daemon", d->conf->node, why);
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
	d->later = timer_new(d->loop, on_later, d);
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
	d->commands = (struct api_commands){
		.drill = command_drill,
		.hold = command_hold,
		.release = command_release,
		.reload = command_reload,
		.arg = d,
	};
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
	if (!d->stream || !d->keeper) {
		snprintf(error, room, "out of memory");
		goto fail;
	}
	if (!open_parts(d, error, room))
		goto fail;
	restore_hold(d);
	plan(d);
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
		close_parts(d);
	keeper_free(d->keeper);
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
