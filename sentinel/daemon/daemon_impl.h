/*
 * The daemon's inside, shared by the files of this folder alone. All of it runs in the one loop's thread; nothing here
 * blocks. Texts that are handed in are copied, or used before the call returns.
 */
#ifndef SENTINEL_DAEMON_IMPL_H
#define SENTINEL_DAEMON_IMPL_H

#include "../history/eventfile.h"
#include "../history/keeper.h"
#include "../host/holdkeeper.h"
#include "../host/resolve.h"
#include "../host/stepwatch.h"
#include "../host/udp.h"
#include "../status/api.h"
#include "../status/stream.h"
#include "../text/told.h"
#include "daemon.h"

enum { DRIVERS = 3, REPORTS_MAX = 16 };

/* What drivers tell waits here: it may come while an event is still being dealt with. */
struct driver_news {
	struct action_report reports[REPORTS_MAX];
	size_t n_reports;
	bool reporting, reporting_known; /* as a driver says, as the core knows it */
	bool claim_news, claim_held;     /* of claims, */
	bool hold_news;                  /* and of a hold on all nodes */
	struct event cluster_hold;
};

/* It owns what it points to, but for what the drivers and the status only borrow. */
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
	struct holdkeeper *holdkeeper;
	struct events *events;
	struct eventfile *eventfile; /* NULL before it is opened */
	struct timer *tick, *later;
	int lock; /* on the state directory: one daemon, or one `skewctl release`, at a time; -1: not taken */
	struct watch *signals[3];

	struct effects effects;
	struct wanted wanted; /* as the drivers know it */
	bool wanted_known, held;
	bool broken;     /* it has no sockets any more */
	bool claim_left; /* in the ledger, by a driver that was stopped */
	struct action_env env[DRIVERS];
	struct status_driver started[DRIVERS];
	struct driver_news news;
	struct status_actions actions;
	struct status_source source;
	struct api_commands commands;
	struct api api;
};

/* ---- tell.c ---- */
/* A sentence for the list of events, its file, those who follow the stream, and the log. */
void daemon_tell(
	struct daemon *d, enum severity severity, const char *kind, const char *node, const char *text);
/* The same, with the core's decision of now, which it rests on. */
void daemon_tell_decided(
	struct daemon *d, enum severity severity, const char *kind, const char *node, const char *text);

/* ---- step.c ---- */
/* Stamps the event with the time, lets the core step, and does what it says. Not from inside itself. */
void daemon_happen(struct daemon *d, struct event *event);
/* Sets the timer for the core's deadline. */
void daemon_plan(struct daemon *d);

/* ---- drivers.c ---- */
/* Starts what the configuration names, and tells of what was left by what it names no more. False: no memory. */
bool drivers_start(struct daemon *d) __attribute__((warn_unused_result));
/* In force stays what is in force; what they told and was not yet dealt with is forgotten. */
void drivers_stop(struct daemon *d);
/* Hands on what the last step wants of them, where that differs from what they know. */
void drivers_want(struct daemon *d);
/* Something was noted that may be news to them. */
void drivers_look(struct daemon *d);
/* As action_driver.order, for the one that takes orders; without one it says so. */
bool drivers_order(struct daemon *d, const struct action_order *order, char *text, size_t room)
	__attribute__((warn_unused_result));
void drivers_unhold(struct daemon *d);
/* How the database of this host does, for people at other hosts. */
enum told_database drivers_told_database(const struct daemon *d);

/* ---- driver_news.c ---- */
/* The callbacks of struct action_env; arg: the daemon. */
void news_report(void *arg, const struct action_report *report);
void news_reporting(void *arg, bool reporting);
void news_claim(void *arg, bool held);
void news_cluster_hold(void *arg, bool on, struct span left, const char *reason);
/* Of the timer `later`: what has waited becomes events of the core. */
void news_deal(void *arg);
void news_forget(struct daemon *d);

/* ---- commands.c ---- */
struct api_commands commands_of(struct daemon *d);
/* Who asked for it, for those who look at the events afterwards. */
void command_asked(struct daemon *d, const char *what, uid_t uid);

/* ---- hold.c ---- */
bool command_hold(void *arg, const struct hold_request *request, uid_t uid, char *text, size_t room);
bool command_release(void *arg, const struct release_request *request, uid_t uid, char *text, size_t room);
/* What was held or released when the daemon ended is so again. */
void hold_restore(struct daemon *d);
void hold_not_kept(void *arg, const char *why);

/* ---- order.c ---- */
/* What an operator asks of the whole cluster; false: why not, in `text`. */
bool order_hold(struct daemon *d, const struct hold_request *request, uid_t uid, char *text, size_t room);
bool order_end_claim(struct daemon *d, const char *node, uid_t uid, char *text, size_t room);

/* ---- parts.c ---- */
/*
 * The parts that depend on the configuration: sockets, names to look up, drivers. Sockets that the configuration of now
 * still names stay open from the last time. False, and one sentence in `error`: something cannot be had; what was opened
 * is for parts_close.
 */
bool parts_open(struct daemon *d, char *error, size_t room) __attribute__((warn_unused_result));
/* All but the sockets, which parts_open or daemon_free see to. */
void parts_close(struct daemon *d);

/* ---- reload.c ---- */
/* Takes the configuration anew, or stays with the old one, and tells which. */
void daemon_reload(struct daemon *d);
/* Would it be taken, as far as can be seen without opening anything? False: why not, in `error`. */
bool reload_try(const struct daemon *d, char *error, size_t room) __attribute__((warn_unused_result));

#endif
