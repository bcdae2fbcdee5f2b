#include "icinga_impl.h"

#include <stdio.h>
#include <string.h>

#include "../host/clock.h"
#include "../text/jvalue.h"

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

json_t *icinga_status(const void *self)
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
