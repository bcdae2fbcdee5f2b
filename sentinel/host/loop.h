/*
 * The one event loop. loop.c is the one file that includes libevent, but for those that speak HTTP (status/ and
 * icinga/https.c), which borrow the base.
 *
 * Everything here belongs to one thread. A callback must not wait for anything.
 */
#ifndef SENTINEL_LOOP_H
#define SENTINEL_LOOP_H

#include "../../proto/instant.h"

struct loop;
struct event_base;

/* NULL where libevent fails. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
struct event_base *loop_base(struct loop *loop); /* for those that speak HTTP alone */

/* The most CPU time that one callback used so far: what "never blocks" means, measured. */
struct span loop_longest_callback(const struct loop *loop);

/* A file descriptor that is watched; it stays the caller's to close, after watch_free. */
struct watch;
enum { WATCH_READ = 1, WATCH_WRITE = 2 };
typedef void watch_fn(void *arg, unsigned what);
struct watch *watch_new(struct loop *loop, int fd, unsigned what, watch_fn *fn, void *arg);
void watch_set(struct watch *watch, unsigned what); /* 0: none for now */
void watch_free(struct watch *watch);               /* NULL is fine, as below */

/* A timer on CLOCK_MONOTONIC that fires once after each timer_set. */
struct timer;
typedef void timer_fn(void *arg);
struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg);
void timer_set(struct timer *timer, struct span in); /* negative: at once */
void timer_stop(struct timer *timer);
void timer_free(struct timer *timer);

/* A signal, delivered in the loop. Free with watch_free. */
struct watch *watch_signal(struct loop *loop, int signal, watch_fn *fn, void *arg);

#endif
