#include "fault_impl.h"

#include <stdio.h>

void act_hold(struct act *act)
{
	struct event event = { .kind = EVENT_HOLD };

	event.hold.on = true;
	event.hold.for_span = act->fault->lasts;
	snprintf(event.hold.reason, sizeof event.hold.reason, "maintenance");
	if (act->begins && act->host->core)
		host_post(act->host, &event);
	host_disturb(act->host);
}

void act_release(struct act *act)
{
	struct event event = { .kind = EVENT_RELEASE };

	event.release.for_span = act->fault->lasts;
	if (act->begins && act->host->core)
		host_post(act->host, &event);
	host_disturb(act->host);
}

void act_drill(struct act *act)
{
	struct event event = { .kind = EVENT_DRILL };

	event.drill.on = true;
	event.drill.offset = act->fault->amount;
	event.drill.for_span = act->fault->lasts;
	if (act->begins && act->host->core)
		host_post(act->host, &event);
	host_disturb(act->host);
}
