#include "daemon_impl.h"

#include <string.h>

#include "../host/clock.h"

/* The core knows how far the clock is off; what to do about it depends on what runs on this host. */
static void tell_note(struct daemon *d, const struct note *note)
{
	struct node_view self;
	struct reading now;
	char sentence[768];

	if (strcmp(note->kind, "verdict") != 0) {
		daemon_tell(d, note->severity, note->kind, note->node, note->text);
		return;
	}
	clock_read(&now);
	core_node(d->core, 0, &now, &self);
	daemon_tell_decided(d, note->severity, note->kind, note->node,
		status_sentence(&d->source, &self.verdict, sentence, sizeof sentence));
}

void daemon_plan(struct daemon *d)
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
		holdkeeper_wish(d->holdkeeper, NULL);
	d->held = d->effects.held;
	drivers_want(d);
	if (d->effects.n_notes)
		drivers_look(d);
	daemon_plan(d);
}

void daemon_happen(struct daemon *d, struct event *event)
{
	clock_read(&event->now);
	core_step(d->core, event, &d->effects);
	perform(d);
}
