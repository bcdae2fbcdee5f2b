#include "icinga_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/clock.h"

#define TICK span_ms(500)
#define LOGIN_AGAIN span_s(1)
#define BACKOFF_MOST span_s(30)

const char *icinga_host(const struct icinga *icinga, size_t index)
{
	const struct conf *conf = icinga->env.conf;

	return index ? conf->peers[index - 1].icinga_host : conf->self.icinga_host;
}

void icinga_tell(struct icinga *icinga, enum severity severity, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	icinga->env.note(icinga->env.arg, severity, text);
}

/* One second, two, four: up to half an interval, so that whatever mends is noticed within one. */
struct span icinga_backoff(const struct icinga *icinga, unsigned failures)
{
	struct span most = span_min(BACKOFF_MOST, span_scale(icinga->conf->interval, 1, 2));
	struct span wait = span_scale(BACKOFF_LEAST, INT64_C(1) << (failures < 6 ? failures : 6), 1);

	return span_max(BACKOFF_LEAST, span_min(wait, most));
}

/* ---- who we are ---- */

static void note_login(struct icinga *icinga, const char *error)
{
	if (*error && strcmp(error, icinga->login_error) != 0)
		icinga_tell(icinga, SEVERITY_ERROR, "%s: %s",
			icinga->logged_in ? "reports to Icinga go on with what was read before"
					  : "nothing is reported to Icinga",
			error);
	snprintf(icinga->login_error, sizeof icinga->login_error, "%s", error);
}

/* Files may have been mended since: they are read again after each refusal. */
static bool log_in(struct icinga *icinga)
{
	char error[sizeof icinga->login_error] = "";
	struct login fresh;

	if ((icinga->logged_in && !icinga->login_stale) || mono_before(icinga->now, icinga->login_again))
		return icinga->logged_in;
	icinga->login_again = mono_add(icinga->now, LOGIN_AGAIN);
	icinga->login_stale = false;
	if (login_read(&fresh, icinga->conf, error, sizeof error)) {
		login_forget(&icinga->login);
		icinga->login = fresh;
		icinga->logged_in = true;
	} else {
		icinga->login_stale = true;
	}
	note_login(icinga, error);
	return icinga->logged_in;
}

/* Rather than just begun. */
static bool has_failed(const struct icinga *icinga)
{
	return !icinga_any_works(icinga, 0) || icinga->deliveries[0].failures || *icinga->login_error;
}

/* Whether our own results arrive: while they do not, others report for us. */
static void tell_reporting(struct icinga *icinga)
{
	const struct delivery *own = &icinga->deliveries[0];
	struct span most = span_add(span_scale(icinga->conf->interval, 2, 1), icinga->conf->timeout);
	bool reporting = own->taken && !own->failures && icinga_any_works(icinga, own->tried) &&
			 span_less(mono_sub(icinga->now, own->taken_at), most);

	if (icinga->reporting_told ? reporting == icinga->reporting : !reporting && !has_failed(icinga))
		return;
	icinga->reporting = reporting;
	icinga->reporting_told = true;
	icinga->env.reporting(icinga->env.arg, reporting);
}

/* ---- what is new ---- */

static void tell_whose(struct icinga *icinga, size_t index)
{
	const struct subject *subject = &icinga->reports.subjects[index];
	struct delivery *delivery = &icinga->deliveries[index];

	if (index == 0 || subject->ours == delivery->ours)
		return;
	delivery->ours = subject->ours;
	if (subject->ours)
		icinga_tell(icinga, SEVERITY_NOTICE, "this host reports for %s now, %s",
			icinga->env.conf->peers[index - 1].name,
			subject->silent ? "which is silent" : "whose own results do not arrive");
	else
		icinga_tell(icinga, SEVERITY_NOTICE, "this host does not report for %s any more",
			icinga->env.conf->peers[index - 1].name);
}

/*
 * An endpoint that failed is asked whether it works again with what was the newest when it was asked. It may have hung since
 * then: going on, it would take that for news, after what was sent to another one meanwhile.
 */
static void call_back(struct icinga *icinga, size_t index)
{
	for (size_t i = 0; i < icinga->n_slots; i++) {
		struct endpoint_slot *slot = &icinga->slots[i];

		if (slot->failed && https_busy(slot->https) && slot->subject == index)
			https_cancel(slot->https);
	}
}

/* What is not for this host to report any more, nobody refuses it. */
static void forget_refusals(struct icinga *icinga)
{
	for (size_t i = 0; i < icinga->n_slots; i++) {
		struct endpoint_slot *slot = &icinga->slots[i];

		if (slot->refuses && !icinga->reports.subjects[slot->refused].ours)
			icinga_note_good(slot);
	}
}

/* A change goes out at once, whoever failed a moment ago: what made it fail may be what has changed. */
static void note_news(struct icinga *icinga)
{
	forget_refusals(icinga);
	for (size_t i = 0; i < icinga->reports.n; i++) {
		struct delivery *delivery = &icinga->deliveries[i];

		tell_whose(icinga, i);
		if (delivery->seen == icinga->reports.subjects[i].version)
			continue;
		delivery->seen = icinga->reports.subjects[i].version;
		delivery->tried = 0;
		delivery->retry_at = (struct mono){ 0 };
		call_back(icinga, i);
		for (size_t k = 0; k < icinga->n_slots && i == 0; k++)
			icinga->slots[k].retry_at = (struct mono){ 0 };
	}
}

/* What is sent is what is seen now, however long ago it was that somebody looked. */
void icinga_pump(struct icinga *icinga)
{
	icinga->now = clock_mono();
	if (!reports_look(&icinga->reports))
		return;
	note_news(icinga);
	if (log_in(icinga)) {
		icinga_send_due(icinga);
		icinga_try_bad(icinga);
	}
	tell_reporting(icinga);
}

static void on_tick(void *arg)
{
	struct icinga *icinga = arg;

	icinga_pump(icinga);
	timer_set(icinga->tick, TICK);
}

static void look_soon(void *self)
{
	struct icinga *icinga = self;

	timer_set(icinga->tick, SPAN_ZERO);
}

static void on_address(void *arg, size_t index, const struct endpoint *endpoint)
{
	struct icinga *icinga = arg;

	icinga->slots[index].to = *endpoint;
	icinga->slots[index].resolved = true;
}

static void on_resolve_note(void *arg, enum severity severity, const char *text)
{
	icinga_tell(arg, severity, "%s", text);
}

/* ---- beginning and end ---- */

static bool is_configured(const struct conf *conf)
{
	return conf->icinga.configured;
}

static void stop(void *self)
{
	struct icinga *icinga = self;

	resolve_free(icinga->resolve);
	for (size_t i = 0; i < icinga->n_slots; i++)
		https_free(icinga->slots[i].https);
	timer_free(icinga->tick);
	login_forget(&icinga->login);
	reports_free(&icinga->reports);
	free(icinga->deliveries);
	free(icinga);
}

static bool make_slots(struct icinga *icinga)
{
	const struct conf_address *addresses[CONF_ICINGA_MAX];
	const struct resolve_calls calls = { on_address, on_resolve_note, icinga };

	for (size_t i = 0; i < icinga->conf->n_endpoints; i++) {
		struct endpoint_slot *slot = &icinga->slots[icinga->n_slots++];

		slot->icinga = icinga;
		slot->conf = &icinga->conf->endpoints[i];
		slot->https = https_new(icinga->env.loop, icinga_on_answer, slot);
		if (!slot->https)
			return false;
		addresses[i] = &slot->conf->url;
	}
	icinga->resolve = resolve_list(icinga->env.loop, addresses, icinga->n_slots, &calls);
	return icinga->resolve;
}

static void *start(const struct action_env *env)
{
	struct icinga *icinga = calloc(1, sizeof *icinga);

	if (!icinga)
		return NULL;
	icinga->env = *env;
	icinga->conf = &env->conf->icinga;
	icinga->tick = timer_new(env->loop, on_tick, icinga);
	if (!icinga->tick || !reports_init(&icinga->reports, env->source) || !make_slots(icinga))
		goto fail;
	icinga->deliveries = calloc(icinga->reports.n, sizeof *icinga->deliveries);
	if (!icinga->deliveries)
		goto fail;
	timer_set(icinga->tick, SPAN_ZERO);
	return icinga;
fail:
	stop(icinga);
	return NULL;
}

const struct action_driver icinga_driver = {
	.name = "icinga",
	.configured = is_configured,
	.start = start,
	.look = look_soon,
	.status = icinga_status,
	.stop = stop,
};
