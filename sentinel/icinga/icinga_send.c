/* What is sent, and to which endpoint. */
#include "icinga_impl.h"

#include <stdio.h>
#include <stdlib.h>

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

bool icinga_any_works(const struct icinga *icinga, unsigned tried)
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
	delivery->retry_at = mono_add(icinga->now, icinga_backoff(icinga, delivery->failures++));
}

void icinga_send_due(struct icinga *icinga)
{
	for (size_t i = 0; i < icinga->reports.n; i++) {
		struct delivery *delivery = &icinga->deliveries[i];
		struct endpoint_slot *slot;

		if (!is_due(icinga, i) || is_on_its_way(icinga, i))
			continue;
		slot = choose_slot(icinga, delivery->tried);
		if (slot && !post(icinga, slot, i))
			delivery->retry_at = mono_add(icinga->now, BACKOFF_LEAST);
		if (!slot && !icinga_any_works(icinga, delivery->tried))
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
void icinga_try_bad(struct icinga *icinga)
{
	if (!icinga->reports.subjects[0].ours || !icinga_any_works(icinga, 0))
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
