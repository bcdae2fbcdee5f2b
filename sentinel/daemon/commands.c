#include "daemon_impl.h"

#include <signal.h>
#include <stdio.h>

#include "../../conf/span.h"

void command_asked(struct daemon *d, const char *what, uid_t uid)
{
	char text[128];

	/* A number: to look the name up may mean to ask a directory server. */
	snprintf(text, sizeof text, "%s was asked for by user id %u", what, (unsigned)uid);
	daemon_tell(d, SEVERITY_NOTICE, "command", d->conf->node, text);
}

static bool command_drill(void *arg, const struct drill_request *request, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;
	struct event event = { .kind = EVENT_DRILL };
	char offset[64], span[64], drift[64] = "";

	command_asked(d, request->on ? "a drill" : "the end of the drill", uid);
	event.drill.on = request->on;
	event.drill.offset = request->offset;
	event.drill.drift_ppb = request->drift_ppb;
	event.drill.for_span = request->for_span;
	daemon_happen(d, &event);
	if (request->drift_ppb)
		snprintf(drift, sizeof drift, " and to drift by %+g ppm", (double)request->drift_ppb / 1000);
	if (request->on)
		snprintf(text, room,
			"%s now believes its clock to be shifted by %s%s, for %s; stop it with: skewctl "
			"drill "
			"--stop",
			d->conf->node, span_format(request->offset, offset, sizeof offset), drift,
			span_format(request->for_span, span, sizeof span));
	else
		snprintf(text, room, "no drill runs on %s any more", d->conf->node);
	return true;
}

/* Not from inside the request that asks for it: the reload closes its connection. */
static bool command_reload(void *arg, uid_t uid, char *text, size_t room)
{
	struct daemon *d = arg;

	command_asked(d, "a reload", uid);
	if (!reload_try(d, text, room))
		return false;
	raise(SIGHUP);
	snprintf(text, room, "%s is good and is being taken; see: skewctl events", d->options.file);
	return true;
}

struct api_commands commands_of(struct daemon *d)
{
	return (struct api_commands){
		.drill = command_drill,
		.hold = command_hold,
		.release = command_release,
		.reload = command_reload,
		.arg = d,
	};
}
