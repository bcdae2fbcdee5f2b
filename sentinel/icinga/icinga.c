#include "icinga.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../host/clock.h"
#include "../host/resolve.h"
#include "../text/jvalue.h"
#include "https.h"
#include "icinga_reply.h"
#include "login.h"
#include "reports.h"

#define TICK span_ms(500)
#define LOGIN_AGAIN span_s(1)
#define BACKOFF_LEAST span_s(1)
#define BACKOFF_MOST span_s(30)

enum { ERROR_SIZE = sizeof((struct icinga_why){ { 0 } }).text };

/* A master or satellite. */
struct endpoint_slot {
	struct icinga *icinga;
	const struct conf_icinga_endpoint *conf;
	struct https *https;
	bool resolved;
	struct endpoint to;
	bool answered, failed;
	bool refuses;      /* it works, and does not take the results of: */
	size_t refused;    /* a subject */
	unsigned failures; /* or refusals, one after the other */
	struct mono retry_at, answered_at;
	char error[ERROR_SIZE];
	/* What is on its way. */
	size_t subject;
	uint64_t version;
};

/* Where a subject's newest result stands. */
struct delivery {
	bool ours;         /* as it was told */
	bool taken, again; /* again: though it was taken */
	uint64_t version;  /* the one taken */
	uint64_t seen;     /* the latest that was looked at */
	struct mono taken_at;
	size_t by;      /* the endpoint */
	unsigned tried; /* endpoints that work and do not take it, as bits */
	unsigned failures;
	struct mono retry_at;
	char error[ERROR_SIZE]; /* the latest of those */
};

struct icinga {
	struct action_env env;
	const struct conf_icinga *conf;
	struct reports reports;
	struct delivery *deliveries; /* one a subject */
	struct resolve *resolve;
	struct login login;
	bool logged_in, login_stale;
	struct mono login_again; /* not before */
	char login_error[256];
	struct endpoint_slot slots[CONF_ICINGA_MAX];
	size_t n_slots, current;
	struct timer *tick;
	bool reporting, reporting_told;
	struct mono now; /* of the call under way */
};

static const char *icinga_host(const struct icinga *icinga, size_t index)
{
	const struct conf *conf = icinga->env.conf;

	return index ? conf->peers[index - 1].icinga_host : conf->self.icinga_host;
}

static void __attribute__((format(printf, 3, 4)))
tell(struct icinga *icinga, enum severity severity, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	icinga->env.note(icinga->env.arg, severity, text);
}

/* One second, two, four: up to half an interval, so that whatever mends is noticed within one. */
static struct span backoff(const struct icinga *icinga, unsigned failures)
{
	struct span most = span_min(BACKOFF_MOST, span_scale(icinga->conf->interval, 1, 2));
	struct span wait = span_scale(BACKOFF_LEAST, INT64_C(1) << (failures < 6 ? failures : 6), 1);

	return span_max(BACKOFF_LEAST, span_min(wait, most));
}

/* ---- who we are ---- */

static void note_login(struct icinga *icinga, const char *error)
{
	if (*error && strcmp(error, icinga->login_error) != 0)
		tell(icinga, SEVERITY_ERROR, "%s: %s",
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

/* ---- which endpoint ---- */

static bool is_ready(const struct icinga *icinga, const struct endpoint_slot *slot, unsigned tried)
{
	return slot->resolved && !https_busy(slot->https) && !(tried & 1U << (slot - icinga->slots)) &&
	       (!slot->failed || !mono_before(icinga->now, slot->retry_at));
}

/* The one that took the latest, then the next that works, then one that may work again. */
static struct endpoint_slot *choose_slot(struct icinga *icinga, unsigned tried)
{
	bool any_works = false;

	for (size_t i = 0; i < icinga->n_slots; i++) {
		struct endpoint_slot *slot = &icinga->slots[(icinga->current + i) % icinga->n_slots];
		bool open = !slot->failed && slot->resolved && !(tried & 1U << (slot - icinga->slots));

		any_works |= open;
		if (open && !https_busy(slot->https))
			return slot;
	}
	for (size_t i = 0; i < icinga->n_slots && !any_works; i++)
		if (is_ready(icinga, &icinga->slots[i], tried))
			return &icinga->slots[i];
	return NULL;
}

static bool works(const struct endpoint_slot *slot)
{
	return slot->resolved && !slot->failed;
}

static bool any_works(const struct icinga *icinga, unsigned tried)
{
	for (size_t i = 0; i < icinga->n_slots; i++)
		if (works(&icinga->slots[i]) && !(tried & 1U << i))
			return true;
	return false;
}

/* ---- sending ---- */

static bool write_target(const struct icinga *icinga, const char *host, char *out, size_t room)
{
	char service[HTTPS_ENCODED_SIZE], object[HTTPS_ENCODED_SIZE];

	return https_encode(host, object) && https_encode(icinga->conf->service, service) &&
	       snprintf(out, room, "/v1/actions/process-check-result?service=%s!%s", object, service) <
		       (int)room;
}

static bool post(struct icinga *icinga, struct endpoint_slot *slot, size_t index)
{
	struct https_request request = {
		.tls = icinga->login.tls,
		.to = slot->to,
		.name = slot->conf->name,
		.authorization = icinga->login.authorization,
		.timeout = icinga->conf->timeout,
	};
	char target[512];
	struct result result;
	char *body;
	bool good;

	reports_write(&icinga->reports, index, &result);
	if (!write_target(icinga, result.host, target, sizeof target))
		return false;
	body = result_body(&result, icinga->env.conf->node, icinga->conf->ttl);
	request.target = target;
	request.body = body;
	good = body && https_post(slot->https, &request);
	free(body);
	slot->subject = index;
	slot->version = icinga->reports.subjects[index].version;
	return good;
}

/* On its way through an endpoint that works: what is newer waits for its end. */
static bool is_on_its_way(const struct icinga *icinga, size_t index)
{
	for (size_t i = 0; i < icinga->n_slots; i++)
		if (!icinga->slots[i].failed && https_busy(icinga->slots[i].https) &&
			icinga->slots[i].subject == index)
			return true;
	return false;
}

static bool is_due(const struct icinga *icinga, size_t index)
{
	const struct subject *subject = &icinga->reports.subjects[index];
	const struct delivery *delivery = &icinga->deliveries[index];
	struct mono next = mono_add(delivery->taken_at, icinga->conf->interval);

	if (!subject->ours || mono_before(icinga->now, delivery->retry_at))
		return false;
	return !delivery->taken || delivery->again || delivery->version != subject->version ||
	       !mono_before(icinga->now, next);
}

/* No endpoint is left to try for now. */
static void give_up(struct icinga *icinga, size_t index)
{
	struct delivery *delivery = &icinga->deliveries[index];

	if (!delivery->tried)
		return;
	delivery->tried = 0;
	delivery->retry_at = mono_add(icinga->now, backoff(icinga, delivery->failures++));
}

static void send_due(struct icinga *icinga)
{
	for (size_t i = 0; i < icinga->reports.n; i++) {
		struct delivery *delivery = &icinga->deliveries[i];
		struct endpoint_slot *slot;

		if (!is_due(icinga, i) || is_on_its_way(icinga, i))
			continue;
		slot = choose_slot(icinga, delivery->tried);
		if (slot && !post(icinga, slot, i))
			delivery->retry_at = mono_add(icinga->now, BACKOFF_LEAST);
		if (!slot && !any_works(icinga, delivery->tried))
			give_up(icinga, i);
	}
}

/* While another one has the newest of what it refused: else that is due, and asks in turn. */
static bool is_worth_asking(const struct icinga *icinga, const struct endpoint_slot *slot)
{
	const struct subject *subject = &icinga->reports.subjects[slot->refused];
	const struct delivery *delivery = &icinga->deliveries[slot->refused];

	return subject->ours && !is_due(icinga, slot->refused) && !is_on_its_way(icinga, slot->refused) &&
	       delivery->taken && &icinga->slots[delivery->by] != slot;
}

/*
 * Beside one that works, those that failed are asked whether they work again, with what there is to tell of this host:
 * should they, everything is sent again. Those that refuse are asked with what they refused.
 */
static void try_bad(struct icinga *icinga)
{
	if (!icinga->reports.subjects[0].ours || !any_works(icinga, 0))
		return;
	for (size_t i = 0; i < icinga->n_slots; i++) {
		struct endpoint_slot *slot = &icinga->slots[i];
		bool ask = slot->failed || (slot->refuses && is_worth_asking(icinga, slot));

		if (!ask || !slot->resolved || https_busy(slot->https) ||
			mono_before(icinga->now, slot->retry_at))
			continue;
		if (!post(icinga, slot, slot->failed ? 0 : slot->refused))
			slot->retry_at = mono_add(icinga->now, BACKOFF_LEAST);
	}
}

/* Rather than just begun. */
static bool has_failed(const struct icinga *icinga)
{
	return !any_works(icinga, 0) || icinga->deliveries[0].failures || *icinga->login_error;
}

/* Whether our own results arrive: while they do not, others report for us. */
static void tell_reporting(struct icinga *icinga)
{
	const struct delivery *own = &icinga->deliveries[0];
	struct span most = span_add(span_scale(icinga->conf->interval, 2, 1), icinga->conf->timeout);
	bool reporting = own->taken && !own->failures && any_works(icinga, own->tried) &&
			 span_less(mono_sub(icinga->now, own->taken_at), most);

	if (icinga->reporting_told ? reporting == icinga->reporting : !reporting && !has_failed(icinga))
		return;
	icinga->reporting = reporting;
	icinga->reporting_told = true;
	icinga->env.reporting(icinga->env.arg, reporting);
}

static void pump(struct icinga *icinga);

/* ---- what came of it ---- */

static void send_all_again(struct icinga *icinga)
{
	for (size_t i = 0; i < icinga->reports.n; i++)
		icinga->deliveries[i].again = icinga->deliveries[i].taken;
}

static void note_good(struct endpoint_slot *slot)
{
	slot->refuses = false;
	slot->failures = 0;
	slot->error[0] = '\0';
}

static void note_works(struct icinga *icinga, struct endpoint_slot *slot)
{
	slot->answered = true;
	slot->answered_at = icinga->now;
	if (!slot->failed)
		return;
	slot->failed = false;
	note_good(slot);
	tell(icinga, SEVERITY_NOTICE, "Icinga's %s takes results again; the newest are sent once more",
		slot->conf->name);
	send_all_again(icinga);
}

static void note_broken(struct icinga *icinga, struct endpoint_slot *slot, const char *why)
{
	slot->failed = true;
	slot->refuses = false;
	slot->retry_at = mono_add(icinga->now, backoff(icinga, slot->failures++));
	icinga->login_stale = true;
	if (strcmp(slot->error, why) == 0)
		return;
	snprintf(slot->error, sizeof slot->error, "%s", why);
	tell(icinga, SEVERITY_WARNING, "Icinga's %s does not take results: %s", slot->conf->name, why);
}

static void note_taken(struct icinga *icinga, struct endpoint_slot *slot, bool was_bad)
{
	struct delivery *delivery = &icinga->deliveries[slot->subject];

	if (slot->refuses && slot->refused == slot->subject) {
		tell(icinga, SEVERITY_NOTICE, "Icinga's %s takes the results of %s again", slot->conf->name,
			icinga_host(icinga, slot->subject));
		note_good(slot);
	}
	/* Who was asked whether it is well again is not yet the one to go to. */
	if (!was_bad)
		icinga->current = (size_t)(slot - icinga->slots);
	*delivery = (struct delivery){
		.ours = delivery->ours,
		.taken = true,
		.seen = delivery->seen,
		.version = slot->version,
		.taken_at = icinga->now,
		.by = (size_t)(slot - icinga->slots),
	};
}

static void note_refused(struct icinga *icinga, struct endpoint_slot *slot, const char *why)
{
	struct delivery *delivery = &icinga->deliveries[slot->subject];
	bool told = strcmp(slot->error, why) == 0 || strcmp(delivery->error, why) == 0;

	if (!slot->refuses)
		slot->failures = 0;
	slot->refuses = true;
	slot->refused = slot->subject;
	slot->retry_at = mono_add(icinga->now, backoff(icinga, slot->failures++));
	snprintf(slot->error, sizeof slot->error, "%s", why);
	snprintf(delivery->error, sizeof delivery->error, "%s", why);
	delivery->tried |= 1U << (slot - icinga->slots);
	if (!told)
		tell(icinga, SEVERITY_WARNING, "Icinga's %s does not take the result of %s: %s",
			slot->conf->name, icinga_host(icinga, slot->subject), why);
}

static void on_answer(void *arg, const struct https_answer *answer)
{
	struct endpoint_slot *slot = arg;
	struct icinga *icinga = slot->icinga;
	struct icinga_why why;
	enum icinga_reply reply =
		icinga_reply_read(answer, icinga->conf, icinga_host(icinga, slot->subject), &why);
	bool was_bad = slot->failed || slot->refuses;

	icinga->now = clock_mono();
	if (reply == REPLY_BROKEN)
		note_broken(icinga, slot, why.text);
	else
		note_works(icinga, slot);
	if (reply == REPLY_TAKEN)
		note_taken(icinga, slot, was_bad);
	if (reply == REPLY_NOT_THIS)
		note_refused(icinga, slot, why.text);
	pump(icinga);
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
		tell(icinga, SEVERITY_NOTICE, "this host reports for %s now, %s",
			icinga->env.conf->peers[index - 1].name,
			subject->silent ? "which is silent" : "whose own results do not arrive");
	else
		tell(icinga, SEVERITY_NOTICE, "this host does not report for %s any more",
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
			note_good(slot);
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
static void pump(struct icinga *icinga)
{
	icinga->now = clock_mono();
	if (!reports_look(&icinga->reports))
		return;
	note_news(icinga);
	if (log_in(icinga)) {
		send_due(icinga);
		try_bad(icinga);
	}
	tell_reporting(icinga);
}

static void on_tick(void *arg)
{
	struct icinga *icinga = arg;

	pump(icinga);
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
	tell(arg, severity, "%s", text);
}

/* ---- status ---- */

static json_t *ago(const struct icinga *icinga, struct mono then)
{
	return jvalue_span(mono_sub(icinga->now, then));
}

static const char *slot_state(const struct endpoint_slot *slot)
{
	if (slot->failed)
		return "failed";
	if (!slot->resolved)
		return "unresolved";
	if (slot->refuses)
		return "refuses";
	return slot->answered ? "ok" : "untried";
}

static json_t *slot_json(const struct icinga *icinga, const struct endpoint_slot *slot)
{
	const struct conf_address *url = &slot->conf->url;
	json_t *json = json_object();
	char text[CONF_HOST_SIZE + 32];

	snprintf(text, sizeof text, strchr(url->host, ':') ? "https://[%s]:%u" : "https://%s:%u", url->host,
		(unsigned)url->port);
	jvalue_put(json, "name", jvalue_text(slot->conf->name));
	jvalue_put(json, "url", jvalue_text(text));
	jvalue_put(json, "state", json_string(slot_state(slot)));
	jvalue_put(json, "error", *slot->error ? jvalue_text(slot->error) : json_null());
	jvalue_put(json, "answered_s", slot->answered ? ago(icinga, slot->answered_at) : json_null());
	jvalue_put(json, "failures", json_integer(slot->failures));
	return json;
}

static json_t *delivery_json(const struct icinga *icinga, size_t index)
{
	const struct conf *conf = icinga->env.conf;
	const struct subject *subject = &icinga->reports.subjects[index];
	const struct delivery *delivery = &icinga->deliveries[index];
	json_t *json = json_object();

	jvalue_put(json, "node", jvalue_text(index ? conf->peers[index - 1].name : conf->node));
	jvalue_put(json, "host", jvalue_text(icinga_host(icinga, index)));
	jvalue_put(json, "state", json_string(verdict_state_name(subject->state)));
	jvalue_put(json, "silent", json_boolean(subject->silent));
	jvalue_put(json, "on_behalf", json_boolean(index > 0));
	jvalue_put(
		json, "newest_taken", json_boolean(delivery->taken && delivery->version == subject->version));
	jvalue_put(json, "taken_s", delivery->taken ? ago(icinga, delivery->taken_at) : json_null());
	jvalue_put(json, "by",
		delivery->taken ? jvalue_text(icinga->slots[delivery->by].conf->name) : json_null());
	jvalue_put(json, "error", *delivery->error ? jvalue_text(delivery->error) : json_null());
	return json;
}

static json_t *status(const void *self)
{
	/* The ages are as of now; nothing else of it changes. */
	struct icinga now = *(const struct icinga *)self;
	json_t *json = json_object(), *endpoints = json_array(), *results = json_array();

	now.now = clock_mono();
	for (size_t i = 0; i < now.n_slots; i++)
		json_array_append_new(endpoints, slot_json(&now, &now.slots[i]));
	for (size_t i = 0; i < now.reports.n; i++)
		if (now.reports.subjects[i].ours)
			json_array_append_new(results, delivery_json(&now, i));
	jvalue_put(json, "reporting", json_boolean(now.reporting));
	jvalue_put(json, "service", jvalue_text(now.conf->service));
	jvalue_put(json, "interval_s", jvalue_span(now.conf->interval));
	jvalue_put(json, "ttl_s", jvalue_span(now.conf->ttl));
	jvalue_put(json, "error", *now.login_error ? jvalue_text(now.login_error) : json_null());
	jvalue_put(json, "endpoints", endpoints);
	jvalue_put(json, "results", results);
	return json;
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
		slot->https = https_new(icinga->env.loop, on_answer, slot);
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
	.status = status,
	.stop = stop,
};
