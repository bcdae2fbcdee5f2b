#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "replay.h"
#include "reply.h"
#include "show.h"

/* ---- following ---- */

/* Where the reader stands: the numbers go on over a restart, unless what was kept is lost. */
struct follower {
	bool begun;
	json_int_t last;
};

static int follow_once(const struct skewctl *ctl, struct follower *follower)
{
	char target[64] = "/v1/events";
	int status;
	json_t *events;

	if (follower->begun)
		snprintf(target, sizeof target, "/v1/events?since=%lld", (long long)follower->last);
	events = ask_document(ctl, target, &status);
	if (!events)
		return status;
	if (follower->begun && reply_count(events, "newest") < follower->last) {
		*follower = (struct follower){ 0 };
	} else {
		show_events(events, &ctl->page);
		fflush(ctl->page.out);
		follower->begun = reply_count(events, "newest") > 0;
		follower->last = reply_count(events, "newest");
	}
	json_decref(events);
	return EXIT_DONE;
}

static int follow(const struct skewctl *ctl)
{
	struct follower follower = { 0 };
	int status = follow_once(ctl, &follower);

	while (status == EXIT_DONE) {
		sleep(1);
		status = follow_once(ctl, &follower);
	}
	return status;
}

/* ---- replaying ---- */

static int complain(const char *file, const char *why)
{
	fprintf(stderr, "skewctl: %s: %s\n", file, why);
	return EXIT_REFUSED;
}

/* What was saved: "-" is standard input. NULL: said on standard error. */
static json_t *read_saved(const char *name)
{
	bool is_input = strcmp(name, "-") == 0;
	FILE *in = is_input ? stdin : fopen(name, "re");
	char why[256];
	json_t *events;

	if (!in) {
		complain(name, strerror(errno));
		return NULL;
	}
	events = replay_read(in, why, sizeof why);
	if (!events)
		complain(is_input ? "standard input" : name, why);
	if (!is_input)
		fclose(in);
	return events;
}

static int replay(const struct skewctl *ctl)
{
	int status = EXIT_REFUSED;
	json_t *document = ctl->n_names ? NULL : ask_document(ctl, "/v1/events", &status);
	json_t *events =
		ctl->n_names ? read_saved(ctl->names[0]) : json_incref(json_object_get(document, "events"));
	json_t *report;

	json_decref(document);
	if (!events)
		return status;
	report = replay_events(events);
	json_decref(events);
	if (ctl->given & OPTION_JSON)
		ask_print(ctl, report);
	else
		replay_show(report, &ctl->page);
	status = reply_count(report, "same") == reply_count(report, "replayed") ? EXIT_DONE : EXIT_REFUSED;
	json_decref(report);
	return status;
}

int run_events(const struct skewctl *ctl)
{
	if ((ctl->given & OPTION_FOLLOW) && (ctl->given & (OPTION_JSON | OPTION_REPLAY)))
		return usage_error(ctl, "--follow and --%s do not go together",
			ctl->given & OPTION_REPLAY ? "replay" : "json");
	if (ctl->given & OPTION_REPLAY)
		return replay(ctl);
	if (ctl->n_names)
		return usage_error(ctl, "'%s' is too much", ctl->names[0]);
	return ctl->given & OPTION_FOLLOW ? follow(ctl) : ask_and_show(ctl, "/v1/events", show_events);
}
