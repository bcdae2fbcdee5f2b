/* What came of what was sent. */
#include "icinga_impl.h"

#include <stdio.h>
#include <string.h>

#include "../host/clock.h"
#include "icinga_reply.h"

static void send_all_again(struct icinga *icinga)
{
	for (size_t i = 0; i < icinga->reports.n; i++)
		icinga->deliveries[i].again = icinga->deliveries[i].taken;
}

void icinga_note_good(struct endpoint_slot *slot)
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
	icinga_note_good(slot);
	icinga_tell(icinga, SEVERITY_NOTICE, "Icinga's %s takes results again; the newest are sent once more",
		slot->conf->name);
	send_all_again(icinga);
}

static void note_broken(struct icinga *icinga, struct endpoint_slot *slot, const char *why)
{
	slot->failed = true;
	slot->refuses = false;
	slot->retry_at = mono_add(icinga->now, icinga_backoff(icinga, slot->failures++));
	icinga->login_stale = true;
	if (strcmp(slot->error, why) == 0)
		return;
	snprintf(slot->error, sizeof slot->error, "%s", why);
	icinga_tell(icinga, SEVERITY_WARNING, "Icinga's %s does not take results: %s", slot->conf->name, why);
}

static void note_taken(struct icinga *icinga, struct endpoint_slot *slot, bool was_bad)
{
	struct delivery *delivery = &icinga->deliveries[slot->subject];

	if (slot->refuses && slot->refused == slot->subject) {
		icinga_tell(icinga, SEVERITY_NOTICE, "Icinga's %s takes the results of %s again",
			slot->conf->name, icinga_host(icinga, slot->subject));
		icinga_note_good(slot);
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
	slot->retry_at = mono_add(icinga->now, icinga_backoff(icinga, slot->failures++));
	snprintf(slot->error, sizeof slot->error, "%s", why);
	snprintf(delivery->error, sizeof delivery->error, "%s", why);
	delivery->tried |= 1U << (slot - icinga->slots);
	if (!told)
		icinga_tell(icinga, SEVERITY_WARNING, "Icinga's %s does not take the result of %s: %s",
			slot->conf->name, icinga_host(icinga, slot->subject), why);
}

void icinga_on_answer(void *arg, const struct https_answer *answer)
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
	icinga_pump(icinga);
}
