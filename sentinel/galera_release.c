#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "galera.h"
#include "measure.h"
#include "ownership.h"
#include "when.h"

#define ATTEMPT_WITHIN span_s(8)

/* One go at it: a loop of its own, with the driver in it that is wanted to have nothing in force. */
struct attempt {
	struct loop *loop;
	FILE *out;
	bool good;
	struct action_report report; /* the latest */
};

static void on_report(void *arg, const struct action_report *report)
{
	struct attempt *attempt = arg;

	attempt->report = *report;
	attempt->good = report->state == ACTION_IDLE;
	if (attempt->good || report->state == ACTION_FAILED)
		loop_stop(attempt->loop);
}

static void on_note(void *arg, enum severity severity, const char *text)
{
	struct attempt *attempt = arg;

	(void)severity;
	fprintf(attempt->out, "%s.\n", text);
}

static void on_deadline(void *arg)
{
	loop_stop(arg);
}

/*
 * Idle is told before the first look too, where there is no record: only with one is an attempt worth making.
 */
static void run(struct attempt *attempt, const struct conf *conf, const char *user)
{
	static const struct wanted nothing = { .leave = WANT_OFF, .reason = "skewctl release" };
	struct action_env env = {
		.loop = attempt->loop, .conf = conf, .report = on_report, .note = on_note, .arg = attempt
	};
	struct timer *deadline = timer_new(attempt->loop, on_deadline, attempt->loop);
	void *driver = galera_start_release(&env, user);

	if (deadline && driver) {
		timer_set(deadline, ATTEMPT_WITHIN);
		galera_driver.want(driver, &nothing);
		loop_run(attempt->loop);
	}
	if (driver)
		galera_driver.stop(driver);
	timer_free(deadline);
}

static bool try_as(const struct conf *conf, const char *user, FILE *out)
{
	struct attempt attempt = { .loop = loop_new(), .out = out };

	snprintf(attempt.report.detail, sizeof attempt.report.detail, "out of memory");
	if (attempt.loop)
		run(&attempt, conf, user);
	loop_free(attempt.loop);
	if (attempt.good)
		fprintf(out, "Nothing of ours is in force any more%s%s.\n",
			attempt.report.detail[0] ? "; " : "", attempt.report.detail);
	else
		fprintf(out, "Not done (as database user %s): %s.\n", user, attempt.report.detail);
	return attempt.good;
}

/* The unix_socket plugin believes the effective user. */
static bool try_as_daemon(const struct conf *conf, const char *user, FILE *out)
{
	const struct passwd *entry = geteuid() == 0 ? getpwnam(user) : NULL;
	gid_t gid = getegid();
	bool good;

	if (!entry || entry->pw_uid == 0)
		return try_as(conf, user, out);
	if (setegid(entry->pw_gid) != 0 || seteuid(entry->pw_uid) != 0) {
		fprintf(out, "This process cannot become user %s.\n", user);
		return false;
	}
	good = try_as(conf, user, out);
	return seteuid(0) == 0 && setegid(gid) == 0 && good;
}

static bool give_back(const struct conf *conf, FILE *out)
{
	const char *user = conf->galera.user[0] ? conf->galera.user : "skew-sentinel";

	if (try_as_daemon(conf, user, out))
		return true;
	if (geteuid() == 0 && strcmp(user, "root") != 0 && try_as(conf, "root", out))
		return true;
	fprintf(out,
		"The record in %s is kept. Try again once mariadbd answers; or, as a database administrator "
		"on this "
		"host: SET GLOBAL wsrep_desync=OFF; and then again: skewctl release\n",
		conf->state);
	return false;
}

static bool anything(const struct conf *conf, FILE *out)
{
	const struct ownership_place place = { .dir = conf->state, .name = desync_measure.record };
	char error[OWNERSHIP_ERROR_SIZE], when[WHEN_SIZE];
	struct ownership record;

	switch (ownership_read(&place, &record, error)) {
	case OWNERSHIP_NONE:
		fprintf(out, "Nothing of ours is in force: there is no record in %s.\n", conf->state);
		return false;
	case OWNERSHIP_DAMAGED:
		fprintf(out,
			"%s. It is there only while something of ours is in force: so wsrep_desync=ON is "
			"taken for "
			"ours.\n",
			error);
		return true;
	case OWNERSHIP_FOUND:
		fprintf(out, "By the record wsrep_desync=ON was set by us on %s: %s\n",
			when_format(record.when, when), record.why);
		return true;
	}
	return true;
}

bool galera_release(const struct conf *conf, FILE *out)
{
	char error[OWNERSHIP_ERROR_SIZE];
	bool good = false;
	int lock;

	switch (ownership_lock(conf->state, &lock, error)) {
	case OWNERSHIP_BUSY:
		fprintf(out, "The daemon runs (%s): it gives back when asked over its status socket.\n",
			error);
		return false;
	case OWNERSHIP_NO_LOCK:
		fprintf(out, "%s.\n", error);
		return false;
	case OWNERSHIP_LOCKED:
		break;
	}
	good = !anything(conf, out) || give_back(conf, out);
	close(lock);
	return good;
}
