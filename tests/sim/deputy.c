#include "deputy_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "../../sentinel/galera/galera.h"
#include "../../sentinel/host/clock.h"
#include "../../sentinel/host/errand.h"
#include "../../sentinel/status/status.h"
#include "world.h"

#define WRITING_TAKES span_ms(3)

struct timer {
	struct loop *loop;
	timer_fn *fn;
	void *arg;
	bool set;
	struct mono due;
	struct timer *next;
};

struct deputy {
	struct loop loop;
	struct action_env env;
	struct status_source source;
	void *driver;
	struct wanted wanted;
	bool wanted_known, holds;
};

struct host *deputy_running;

/* ---- loop.h ---- */

struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg)
{
	struct timer *timer = calloc(1, sizeof *timer);

	if (!timer)
		return NULL;
	*timer = (struct timer){ .loop = loop, .fn = fn, .arg = arg, .next = loop->timers };
	loop->timers = timer;
	return timer;
}

void timer_set(struct timer *timer, struct span in)
{
	timer->set = true;
	timer->due = mono_add(deputy_mono(timer->loop->host), span_max(in, SPAN_ZERO));
}

void timer_stop(struct timer *timer)
{
	timer->set = false;
}

void timer_free(struct timer *timer)
{
	if (!timer)
		return;
	for (struct timer **at = &timer->loop->timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	}
	free(timer);
}

/* ---- clock.h and getrandom(2) ---- */

struct mono deputy_mono(const struct host *host)
{
	return clockwork_mono(&host->clock, host->world->now);
}

struct mono clock_mono(void)
{
	return deputy_mono(deputy_running);
}

void clock_read(struct reading *out)
{
	*out = clockwork_read(&deputy_running->clock, deputy_running->world->now, SPAN_ZERO);
}

ssize_t __wrap_getrandom(void *out, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *out, size_t len, unsigned flags)
{
	uint8_t *bytes = out;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)dice_u64(&deputy_running->dice);
	return (ssize_t)len;
}

void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE])
{
	snprintf(out, CLOCK_BOOT_ID_SIZE, "the-only-boot");
}

/* ---- errand.h ---- */

struct errand {
	errand_fn *work, *done;
	void *arg;
	struct timer *timer;
	bool busy;
};

static void errand_over(void *arg)
{
	struct errand *errand = arg;

	errand->work(errand->arg);
	errand->busy = false;
	errand->done(errand->arg);
}

struct errand *errand_new(struct loop *loop, errand_fn *work, errand_fn *done, void *arg)
{
	struct errand *errand = calloc(1, sizeof *errand);

	if (!errand)
		return NULL;
	*errand = (struct errand){ .work = work, .done = done, .arg = arg };
	errand->timer = timer_new(loop, errand_over, errand);
	if (errand->timer)
		return errand;
	free(errand);
	return NULL;
}

bool errand_run(struct errand *errand)
{
	errand->busy = true;
	timer_set(errand->timer, WRITING_TAKES);
	return true;
}

bool errand_busy(const struct errand *errand)
{
	return errand->busy;
}

/* Killed in the midst of it: the rename was done or it was not. */
void errand_free(struct errand *errand)
{
	if (!errand)
		return;
	if (errand->busy && dice_chance(&deputy_running->dice, 500000))
		errand->work(errand->arg);
	timer_free(errand->timer);
	free(errand);
}

static bool fire_one(struct loop *loop)
{
	struct mono now = deputy_mono(loop->host);

	for (struct timer *timer = loop->timers; timer; timer = timer->next) {
		if (!timer->set || mono_before(now, timer->due))
			continue;
		timer->set = false;
		timer->fn(timer->arg);
		return true;
	}
	return false;
}

/* ---- action.h ---- */

static void on_report(void *arg, const struct action_report *report)
{
	struct host *host = arg;

	story_tell(host->world, host->plan->name, "%s is %s%s%s",
		report->measure == MEASURE_DESYNC ? "desync" : "fence", action_state_name(report->state),
		report->detail[0] ? ": " : "", report->detail);
	host_post(host, &(struct event){ .kind = EVENT_ACTION, .action = *report });
}

static void on_note(void *arg, enum severity severity, const char *text)
{
	struct host *host = arg;

	(void)severity;
	story_tell(host->world, host->plan->name, "%s", text);
}

static void on_claim(void *arg, bool held)
{
	struct host *host = arg;

	/* Not yet, while it is being made. */
	if (host->deputy)
		host->deputy->holds = held;
	host_post(host, &(struct event){ .kind = EVENT_CLAIM, .claim_held = held });
}

/* ---- */

struct deputy *deputy_new(struct host *host)
{
	struct deputy *deputy = calloc(1, sizeof *deputy);

	if (!deputy)
		return NULL;
	deputy_running = host;
	deputy->loop.host = host;
	deputy->source = (struct status_source){ .core = host->core };
	deputy->env = (struct action_env){
		.loop = &deputy->loop,
		.conf = host->conf,
		.report = on_report,
		.note = on_note,
		.source = &deputy->source,
		.claim = on_claim,
		.arg = host,
	};
	deputy->driver = galera_driver.start(&deputy->env);
	if (deputy->driver)
		return deputy;
	free(deputy);
	return NULL;
}

void deputy_kill(struct deputy *deputy)
{
	if (!deputy)
		return;
	deputy_running = deputy->loop.host;
	galera_driver.stop(deputy->driver);
	free(deputy);
}

void deputy_want(struct deputy *deputy, const struct wanted *wanted)
{
	if (deputy->wanted_known && deputy->wanted.leave == wanted->leave &&
		deputy->wanted.claim == wanted->claim && deputy->wanted.released == wanted->released)
		return;
	deputy_running = deputy->loop.host;
	deputy->wanted = *wanted;
	deputy->wanted_known = true;
	galera_driver.want(deputy->driver, &deputy->wanted);
}

bool deputy_holds(const struct deputy *deputy)
{
	return deputy->holds;
}

enum told_database deputy_told(const struct deputy *deputy)
{
	return deputy ? galera_told(deputy->driver) : TOLD_DATABASE_NOT;
}

bool deputy_turn(struct deputy *deputy)
{
	deputy_running = deputy->loop.host;
	return deputy_answer_one(&deputy->loop) || fire_one(&deputy->loop);
}

struct mono deputy_due(const struct deputy *deputy)
{
	struct mono due = { INT64_MAX };

	for (const struct timer *timer = deputy->loop.timers; timer; timer = timer->next)
		if (timer->set)
			due = mono_earlier(due, timer->due);
	return mono_earlier(due, deputy_answer_due(&deputy->loop));
}
