#include "loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#include "clock.h"

/* What has none of its own gets the middle one, that is PRIORITY_OTHERS: all of evhttp, too. */
enum { PRIORITY_TIMERS, PRIORITY_OTHERS, PRIORITIES };

struct loop {
	struct event_base *base;
	struct span longest;
};

struct watch {
	struct loop *loop;
	struct event *event;
	int fd;
	unsigned what;
	bool is_signal;
	watch_fn *fn;
	void *arg;
};

struct timer {
	struct loop *loop;
	struct event *event;
	timer_fn *fn;
	void *arg;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);
	struct event_config *config = event_config_new();

	if (!loop || !config)
		goto fail;
	/* epoll's own timeout is in whole milliseconds: with a timerfd probes leave when they are due. */
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	/* After each callback that is no timer's it is seen whether one is due: many clients hold up no probe. */
	event_config_set_max_dispatch_interval(config, NULL, 1, PRIORITY_OTHERS);
	loop->base = event_base_new_with_config(config);
	if (!loop->base || event_base_priority_init(loop->base, PRIORITIES) != 0)
		goto fail;
	event_config_free(config);
	return loop;
fail:
	if (loop && loop->base)
		event_base_free(loop->base);
	if (config)
		event_config_free(config);
	free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	/* What libevent put off until its next turn: it holds on until then to a connection that was freed just now. */
	event_base_loop(loop->base, EVLOOP_NONBLOCK);
	event_base_free(loop->base);
	free(loop);
}

void loop_run(struct loop *loop)
{
	event_base_dispatch(loop->base);
}

void loop_stop(struct loop *loop)
{
	event_base_loopbreak(loop->base);
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

struct span loop_longest_callback(const struct loop *loop)
{
	return loop->longest;
}

static void measure(struct loop *loop, struct span began)
{
	loop->longest = span_max(loop->longest, span_sub(clock_cpu(), began));
}

/* The callback may free its watch or timer: the loop is remembered. */
static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;
	struct loop *loop = watch->loop;
	struct span began = clock_cpu();
	unsigned ready = ((what & EV_READ) ? WATCH_READ : 0U) | ((what & EV_WRITE) ? WATCH_WRITE : 0U);

	(void)fd;
	watch->fn(watch->arg, ready);
	measure(loop, began);
}

void watch_set(struct watch *watch, unsigned what)
{
	short flags = EV_PERSIST;

	if (watch->is_signal || what == watch->what)
		return;
	if (watch->what)
		event_del(watch->event);
	watch->what = what;
	if (!what)
		return;
	if (what & WATCH_READ)
		flags |= EV_READ;
	if (what & WATCH_WRITE)
		flags |= EV_WRITE;
	event_assign(watch->event, watch->loop->base, watch->fd, flags, on_event, watch);
	event_add(watch->event, NULL);
}

static struct watch *watch_make(struct loop *loop, int fd, watch_fn *fn, void *arg)
{
	struct watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	*watch = (struct watch){ .loop = loop, .fd = fd, .fn = fn, .arg = arg };
	watch->event = event_new(loop->base, fd, EV_READ | EV_PERSIST, on_event, watch);
	if (watch->event)
		return watch;
	free(watch);
	return NULL;
}

struct watch *watch_new(struct loop *loop, int fd, unsigned what, watch_fn *fn, void *arg)
{
	struct watch *watch = watch_make(loop, fd, fn, arg);

	if (watch)
		watch_set(watch, what);
	return watch;
}

struct watch *watch_signal(struct loop *loop, int signal, watch_fn *fn, void *arg)
{
	struct watch *watch = watch_make(loop, signal, fn, arg);

	if (!watch)
		return NULL;
	watch->is_signal = true;
	event_assign(watch->event, loop->base, signal, EV_SIGNAL | EV_PERSIST, on_event, watch);
	event_add(watch->event, NULL);
	return watch;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	event_free(watch->event);
	free(watch);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct timer *timer = arg;
	struct loop *loop = timer->loop;
	struct span began = clock_cpu();

	(void)fd;
	(void)what;
	timer->fn(timer->arg);
	measure(loop, began);
}

struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg)
{
	struct timer *timer = calloc(1, sizeof *timer);

	if (!timer)
		return NULL;
	timer->loop = loop;
	timer->fn = fn;
	timer->arg = arg;
	timer->event = evtimer_new(loop->base, on_timeout, timer);
	if (timer->event && event_priority_set(timer->event, PRIORITY_TIMERS) == 0)
		return timer;
	if (timer->event)
		event_free(timer->event);
	free(timer);
	return NULL;
}

void timer_set(struct timer *timer, struct span in)
{
	int64_t ns = in.ns > 0 ? in.ns : 0;
	struct timeval wait = {
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_usec = (suseconds_t)((ns % NS_PER_S + NS_PER_US - 1) / NS_PER_US),
	};

	if (wait.tv_usec == 1000000) {
		wait.tv_sec++;
		wait.tv_usec = 0;
	}
	evtimer_add(timer->event, &wait);
}

void timer_stop(struct timer *timer)
{
	evtimer_del(timer->event);
}

void timer_free(struct timer *timer)
{
	if (!timer)
		return;
	event_free(timer->event);
	free(timer);
}
