#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../text/when.h"
#include "galera.h"
#include "measure.h"
#include "ownership.h"

#define ATTEMPT_WITHIN span_s(8)

/* One go at it: a loop of its own, with the driver in it that is wanted to have nothing in force. */
struct attempt {
	struct loop *loop;
	const struct measure_kind *kind;
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
	void *driver = galera_start_release(&env, user, attempt->kind->measure);

	if (deadline && driver) {
		timer_set(deadline, ATTEMPT_WITHIN);
		galera_driver.want(driver, &nothing);
		loop_run(attempt->loop);
	}
	if (driver)
		galera_driver.stop(driver);
	timer_free(deadline);
}

static bool try_as(const struct conf *conf, const struct measure_kind *kind, const char *user, FILE *out)
{
	struct attempt attempt = { .loop = loop_new(), .kind = kind, .out = out };

	snprintf(attempt.report.detail, sizeof attempt.report.detail, "out of memory");
	if (attempt.loop)
		run(&attempt, conf, user);
	loop_free(attempt.loop);
	if (attempt.good)
		fprintf(out, "Nothing of ours is in force any more of %s%s%s.\n", kind->variable,
			attempt.report.detail[0] ? "; " : "", attempt.report.detail);
	else
		fprintf(out, "Not done (as database user %s): %s.\n", user, attempt.report.detail);
	return attempt.good;
}

/* The unix_socket plugin believes the effective user. */
static bool try_as_daemon(
	const struct conf *conf, const struct measure_kind *kind, const char *user, FILE *out)
{
	const struct passwd *entry = geteuid() == 0 ? getpwnam(user) : NULL;
	gid_t gid = getegid();
	bool good;

	if (!entry || entry->pw_uid == 0)
		return try_as(conf, kind, user, out);
	if (setegid(entry->pw_gid) != 0 || seteuid(entry->pw_uid) != 0) {
		fprintf(out, "This process cannot become user %s.\n", user);
		return false;
	}
	good = try_as(conf, kind, user, out);
	return seteuid(0) == 0 && setegid(gid) == 0 && good;
}

static bool give_back(const struct conf *conf, const struct measure_kind *kind, FILE *out)
{
	const char *user = conf->galera.user[0] ? conf->galera.user : "skew-sentinel";

	if (try_as_daemon(conf, kind, user, out))
		return true;
	if (geteuid() == 0 && strcmp(user, "root") != 0 && try_as(conf, kind, "root", out))
		return true;
	fprintf(out,
		"The record %s/%s is kept. Try again once mariadbd answers; or, as a database administrator "
		"on "
		"this host: SET GLOBAL %s; and then again: skewctl release\n",
		conf->state, kind->record, kind->clearing);
	return false;
}

/* Is there a record? *socket: where the server is that it speaks of, if it can be told. */
static bool anything(const struct conf *conf, const struct measure_kind *kind, FILE *out,
	char socket[OWNERSHIP_SOCKET_SIZE])
{
	const struct statefile place = { .dir = conf->state, .name = kind->record };
	char error[OWNERSHIP_ERROR_SIZE], when[WHEN_SIZE];
	struct ownership record;

	switch (ownership_read(&place, &record, error)) {
	case OWNERSHIP_NONE:
		return false;
	case OWNERSHIP_DAMAGED:
		fprintf(out,
			"%s. It is there only while something of ours is in force: so %s is taken for "
			"ours.\n",
			error, kind->setting);
		return true;
	case OWNERSHIP_FOUND:
		fprintf(out, "By the record %s was set by us on %s: %s\n", kind->setting,
			when_format(record.when, when), record.why);
		snprintf(socket, OWNERSHIP_SOCKET_SIZE, "%s", record.socket);
		return true;
	}
	return true;
}

/* Where it was set, should galera.socket lead elsewhere by now. */
static bool release_one(const struct conf *conf, const struct measure_kind *kind, FILE *out, bool *found)
{
	char socket[OWNERSHIP_SOCKET_SIZE] = "";
	struct conf there = *conf;

	if (!anything(conf, kind, out, socket))
		return true;
	*found = true;
	if (socket[0])
		snprintf(there.galera.socket, sizeof there.galera.socket, "%s", socket);
	return give_back(&there, kind, out);
}

/* The fence first: clients wait for it. */
static bool release_all(const struct conf *conf, FILE *out)
{
	bool good = true, found = false;
	size_t n = 0;

	while (galera_kind(n))
		n++;
	while (n > 0)
		good = release_one(conf, galera_kind(--n), out, &found) && good;
	if (!found)
		fprintf(out, "Nothing of ours is in force: there is no record in %s.\n", conf->state);
	return good;
}

bool galera_left_in_force(const char *state)
{
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	for (size_t i = 0; galera_kind(i); i++) {
		const struct statefile place = { .dir = state, .name = galera_kind(i)->record };

		if (ownership_read(&place, &record, error) != OWNERSHIP_NONE)
			return true;
	}
	return false;
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
	good = release_all(conf, out);
	close(lock);
	return good;
}
