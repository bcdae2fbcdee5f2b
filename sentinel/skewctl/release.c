#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "../../conf/span.h"
#include "../clock.h"
#include "../galera.h"
#include "../holdfile.h"
#include "ask.h"

/* As the folder's owner: root must not follow what others may have put there. */
static bool write_hold(const char *state, const struct hold_kept *hold, char *error, size_t room)
{
	struct stat folder;
	bool written;
	int uid;
	int gid;

	if (stat(state, &folder) != 0) {
		snprintf(error, room, "%s: %s", state, strerror(errno));
		return false;
	}
	gid = setfsgid(folder.st_gid);
	uid = setfsuid(folder.st_uid);
	written = holdfile_write(state, hold, error, room);
	setfsuid((uid_t)uid);
	setfsgid((gid_t)gid);
	return written;
}

/* The daemon, when it is started again, is not to take the node out at once. */
static bool hold_here(const struct skewctl *ctl, const struct conf *conf, struct span for_span)
{
	struct hold_kept hold = {
		.released = true,
		.for_span = for_span,
		.ends = mono_add(clock_mono(), for_span),
		.reason = "release",
	};
	char text[SPAN_TEXT_SIZE];
	char error[512];

	if (!write_hold(conf->state, &hold, error, sizeof error)) {
		fprintf(stderr, "skewctl: %s\n", error);
		return false;
	}
	if (for_span.ns == SPAN_MAX.ns)
		page_line(&ctl->page, NULL, TONE_PLAIN, "Actions are held until: skewctl unhold");
	else
		page_line(&ctl->page, NULL, TONE_PLAIN,
			"Actions are held for %s; lift it with: skewctl unhold",
			span_format(for_span, text, sizeof text));
	return true;
}

/* With the daemon dead, by ourselves: first the hold, in case it is started meanwhile. */
static int release_here(const struct skewctl *ctl, struct span for_span)
{
	struct conf *conf = ask_configuration(ctl);
	bool held;
	bool given_back;

	if (!conf)
		return EXIT_USAGE;
	held = hold_here(ctl, conf, for_span);
	given_back = galera_release(conf, ctl->page.out);
	conf_free(conf);
	return held && given_back ? EXIT_DONE : EXIT_REFUSED;
}

static int release_there(const struct skewctl *ctl)
{
	const char *for_text = option_value(ctl, OPTION_FOR);
	json_t *body = json_object();
	int status;

	if (for_text)
		json_object_set_new(body, "for", json_string(for_text));
	status = ask_command(ctl, "/v1/release", body);
	if (status == EXIT_NO_DAEMON && geteuid() == 0)
		fputs("skewctl: `systemctl stop skew-sentinel`, and `skewctl release` does it alone\n",
			stderr);
	return status;
}

int run_release(const struct skewctl *ctl)
{
	const char *for_text = option_value(ctl, OPTION_FOR);
	struct span for_span = SPAN_MAX;

	if (for_text && (!span_parse(for_text, &for_span) || for_span.ns <= 0))
		return usage_bad_span(ctl, OPTION_FOR);
	if (!ask_socket(ctl))
		return EXIT_USAGE;
	return ask_daemon_absent(ctl) ? release_here(ctl, for_span) : release_there(ctl);
}
