#include "daemon_impl.h"

#include <stdio.h>

#include "../../conf/span.h"
#include "../host/clock.h"
#include "../host/holdfile.h"

void hold_not_kept(void *arg, const char *why)
{
	struct daemon *d = arg;

	daemon_tell(d, SEVERITY_WARNING, "hold", d->conf->node, why);
}

void hold_restore(struct daemon *d)
{
	struct event event = { .kind = EVENT_HOLD };
	struct hold_kept hold;
	struct span left;

	if (!holdfile_read(d->conf->state, clock_mono(), &hold, &left))
		return;
	if (hold.released) {
		event.kind = EVENT_RELEASE;
		event.release.for_span = left;
	} else {
		event.hold.on = true;
		event.hold.for_span = left;
		snprintf(event.hold.reason, sizeof event.hold.reason, "%s", hold.reason);
	}
	daemon_happen(d, &event);
}

/* With this host's own hold lifted: does one stand that is on all nodes? */
static bool is_held_on_all(const struct daemon *d)
{
	struct reading now;
	struct core_view view;

	clock_read(&now);
	core_overview(d->core, &now, &view);
	return view.hold;
}

bool command_hold(void *arg, const struct hold_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_HOLD };
	struct hold_kept hold = { .for_span = request->for_span,
		.ends = mono_add(clock_mono(), request->for_span) };

	if (request->cluster)
		return order_hold(d, request, uid, text, room);
	snprintf(hold.reason, sizeof hold.reason, "%s", request->reason);
	command_asked(d, request->on ? "a hold" : "the end of the hold", uid);
	holdkeeper_wish(d->holdkeeper, request->on ? &hold : NULL);
	event.hold.on = request->on;
	event.hold.for_span = request->for_span;
	snprintf(event.hold.reason, sizeof event.hold.reason, "%s", request->reason);
	daemon_happen(d, &event);
	if (!request->on)
		drivers_unhold(d);
	snprintf(text, room,
		request->on ? "actions on %s stand still; lift it with: skewctl unhold"
		: is_held_on_all(d)
			? "actions on %s are held still, as on all nodes; lift that with: skewctl "
			  "unhold --cluster"
			: "actions on %s are no longer held",
		d->conf->node);
	return true;
}

bool command_release(void *arg, const struct release_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_RELEASE };
	struct hold_kept hold = {
		.released = true,
		.for_span = request->for_span,
		.ends = mono_add(clock_mono(), request->for_span),
		.reason = "release",
	};
	bool forever = request->for_span.ns == SPAN_MAX.ns;
	char span[SPAN_TEXT_SIZE];

	if (request->claim[0])
		return order_end_claim(d, request->claim, uid, text, room);
	command_asked(d, "a release", uid);
	holdkeeper_wish(d->holdkeeper, &hold);
	event.release.for_span = request->for_span;
	daemon_happen(d, &event);
	snprintf(text, room,
		"everything of ours on %s is being given back, and actions are held%s%s; see: skewctl status",
		d->conf->node, forever ? " until: skewctl unhold" : " for ",
		forever ? "" : span_format(request->for_span, span, sizeof span));
	return true;
}
