#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "../../conf/span.h"
#include "../galera/claim_release.h"
#include "../galera/galera.h"
#include "../host/clock.h"
#include "../host/holdfile.h"
#include "ask.h"

/* As the folder's owner: root must not follow what others may have put there. */
static bool write_hold(const char *state, const struct hold_kept *hold, char error[HOLDFILE_ERROR_SIZE])
{
	struct stat folder;
	bool written;
	int uid;
	int gid;

	if (stat(state, &folder) != 0) {
		snprintf(error, HOLDFILE_ERROR_SIZE, "%s: %s", state, strerror(errno));
		return false;
	}
	gid = setfsgid(folder.st_gid);
	uid = setfsuid(folder.st_uid);
	written = holdfile_write(state, hold, error);
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
	char error[HOLDFILE_ERROR_SIZE];

	if (!write_hold(conf->state, &hold, error)) {
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

/* The list is not this host's alone: the other members' daemons keep it, or take it away, without this one. */
static void tell_of_list(const struct skewctl *ctl, const struct conf *conf)
{
	if (conf->galera.measures & MEASURE_BLOCK_JOINS)
		page_line(&ctl->page, NULL, TONE_PLAIN,
			"A list of those who may join is kept by all members: `skewctl release` on one whose "
			"daemon runs takes it away, or, if none does, as a database administrator: DELETE "
			"FROM "
			"mysql.wsrep_allowlist (a row 'skew-sentinel' in it says that it is ours)");
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
	/* In this order: what is out has a claim. One that stays keeps others in work, and this node too. */
	if (given_back && conf->self.role == ROLE_DATABASE)
		claim_release(conf, conf->node, ctl->page.out);
	tell_of_list(ctl, conf);
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
	status = ask_hold(ctl, "/v1/release", body);
	if (status == EXIT_NO_DAEMON && geteuid() == 0)
		fputs("skewctl: `systemctl stop skew-sentinel`, and `skewctl release` does it alone\n",
			stderr);
	return status;
}

/* ---- another node's claim ---- */

static bool claim_gone(const json_t *status, const void *node)
{
	const json_t *claims = json_object_get(json_object_get(status, "galera"), "claims");
	const json_t *claim;
	size_t i;

	json_array_foreach(claims, i, claim)
	{
		if (strcmp(json_string_value(claim), node) == 0)
			return false;
	}
	return true;
}

/* With no daemon here, by ourselves: whose claim it is tells who asks for it. */
static int end_claim_here(const struct skewctl *ctl, const char *node)
{
	struct conf *conf = ask_configuration(ctl);
	bool good;

	if (!conf)
		return EXIT_USAGE;
	good = claim_release(conf, node, ctl->page.out);
	if (good)
		page_line(&ctl->page, NULL, TONE_PLAIN, "%s has no claim to leave work.", node);
	conf_free(conf);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

static int release_claim(const struct skewctl *ctl)
{
	const char *node = option_value(ctl, OPTION_CLAIM);
	json_t *body = json_object();
	int status;

	if (json_object_set_new(body, "claim", json_string(node)) != 0) {
		json_decref(body);
		return usage_error(ctl, "--claim must be UTF-8");
	}
	if (!ask_socket(ctl) || ask_daemon_absent(ctl)) {
		json_decref(body);
		return end_claim_here(ctl, node);
	}
	status = ask_command(ctl, "/v1/release", body);
	return status == EXIT_DONE ? ask_until(ctl, claim_gone, node) : status;
}

int run_release(const struct skewctl *ctl)
{
	const char *for_text = option_value(ctl, OPTION_FOR);
	struct span for_span = SPAN_MAX;

	if (for_text && (!span_parse(for_text, &for_span) || for_span.ns <= 0))
		return usage_bad_span(ctl, OPTION_FOR);
	if (for_text && option_value(ctl, OPTION_CLAIM))
		return usage_error(ctl, "--claim goes alone");
	if (option_value(ctl, OPTION_CLAIM))
		return release_claim(ctl);
	if (!ask_socket(ctl))
		return EXIT_USAGE;
	return ask_daemon_absent(ctl) ? release_here(ctl, for_span) : release_there(ctl);
}
