#include "daemon_impl.h"

#include <stdio.h>

#include "../host/clock.h"
#include "../host/holdfile.h"

enum { NOT_KEPT_SIZE = 384 };

/* First, lest a kill in between forget it. Where it cannot be kept, whoever asked for it is to be told too. */
static void keep_hold(struct daemon *d, const struct hold_kept *hold, char not_kept[NOT_KEPT_SIZE])
{
	char error[NOT_KEPT_SIZE - sizeof "; but "];

	not_kept[0] = '\0';
	if (holdfile_write(d->conf->state, hold, error, sizeof error))
		return;
	daemon_tell(d, SEVERITY_WARNING, "hold", d->conf->node, error);
	snprintf(not_kept, NOT_KEPT_SIZE, "; but %s", error);
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

bool command_hold(void *arg, const struct hold_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_HOLD };
	struct hold_kept hold = { .for_span = request->for_span,
		.ends = mono_add(clock_mono(), request->for_span) };
	char not_kept[NOT_KEPT_SIZE] = "";

	if (request->cluster)
		return order_hold(d, request, uid, text, room);
	snprintf(hold.reason, sizeof hold.reason, "%s", request->reason);
	command_asked(d, request->on ? "a hold" : "the end of the hold", uid);
	if (request->on)
		keep_hold(d, &hold, not_kept);
	event.hold.on = request->on;
	event.hold.for_span = request->for_span;
	snprintf(event.hold.reason, sizeof event.hold.reason, "%s", request->reason);
	daemon_happen(d, &event);
	if (!request->on)
		drivers_unhold(d);
	snprintf(text, room,
		request->on ? "actions on %s stand still; lift it with: skewctl unhold%s"
			    : "actions on %s are no longer held%s",
		d->conf->node, not_kept);
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
	char not_kept[NOT_KEPT_SIZE];

	if (request->claim[0])
		return order_end_claim(d, request->claim, uid, text, room);
	command_asked(d, "a release", uid);
	keep_hold(d, &hold, not_kept);
	event.release.for_span = request->for_span;
	daemon_happen(d, &event);
	snprintf(text, room,
		"everything of ours on %s is being given back, and actions are held; see: skewctl status%s",
		d->conf->node, not_kept);
	return true;
}
