#include "claim_release.h"

#include <pwd.h>
#include <unistd.h>

#include "claim.h"
#include "look.h"

#define ATTEMPT_WITHIN span_s(8)

/* One go at it: a loop of its own, with a connection that looks and one that writes. */
struct attempt {
	struct action_env env;
	FILE *out;
	const char *node;
	struct look *look;
	struct claim *claim;
	bool ordered, refused, good;
};

static void on_note(void *arg, enum severity severity, const char *text)
{
	const struct attempt *attempt = arg;

	(void)severity;
	fprintf(attempt->out, "%s.\n", text);
}

static bool is_out(void *arg)
{
	(void)arg;
	return false;
}

/* Nobody's claim but the one is touched; where it is gone, all is done. */
static void go_on(struct attempt *attempt)
{
	char text[256];

	if (!claim_known(attempt->claim) || !claim_current(attempt->claim))
		return;
	attempt->good = !claim_of(attempt->claim, attempt->node);
	if (attempt->good)
		loop_stop(attempt->env.loop);
	else if (!attempt->ordered)
		attempt->ordered = claim_end(attempt->claim, attempt->node, text, sizeof text);
}

static void on_changed(void *arg)
{
	go_on(arg);
}

static void on_look(void *arg, enum look_state state, const struct wsrep *seen, const char *why)
{
	struct attempt *attempt = arg;

	(void)why;
	claim_looked(attempt->claim, seen);
	if (state == LOOK_AWAY)
		loop_stop(attempt->env.loop);
	else
		go_on(attempt);
}

static void on_deadline(void *arg)
{
	loop_stop(arg);
}

static void run(struct attempt *attempt, const struct db_place *place)
{
	const struct claim_owner owner = { .changed = on_changed, .out = is_out, .arg = attempt };
	struct timer *deadline = timer_new(attempt->env.loop, on_deadline, attempt->env.loop);

	attempt->claim = claim_new(&attempt->env, place, &owner);
	attempt->look = attempt->claim ? look_new(attempt->env.loop, place, on_look, attempt) : NULL;
	if (deadline && attempt->look) {
		timer_set(deadline, ATTEMPT_WITHIN);
		loop_run(attempt->env.loop);
	}
	look_free(attempt->look);
	claim_free(attempt->claim);
	timer_free(deadline);
}

static bool try_as(const struct conf *conf, const char *node, const char *user, FILE *out)
{
	const struct db_place place = { .socket = conf->galera.socket, .user = user };
	struct attempt attempt = { .node = node, .out = out };

	attempt.env =
		(struct action_env){ .loop = loop_new(), .conf = conf, .note = on_note, .arg = &attempt };
	if (attempt.env.loop)
		run(&attempt, &place);
	loop_free(attempt.env.loop);
	return attempt.good;
}

/* The unix_socket plugin believes the effective user. */
bool claim_release(const struct conf *conf, const char *node, FILE *out)
{
	const char *user = conf->galera.user;
	const struct passwd *entry = geteuid() == 0 ? getpwnam(user) : NULL;
	gid_t gid = getegid();
	bool good = false;

	if (entry && entry->pw_uid != 0 && setegid(entry->pw_gid) == 0) {
		good = seteuid(entry->pw_uid) == 0 && try_as(conf, node, user, out);
		if (seteuid(0) != 0 || setegid(gid) != 0)
			return false;
	}
	good = good || try_as(conf, node, geteuid() == 0 ? "root" : user, out);
	if (!good)
		fprintf(out,
			"Whether %s has a claim to leave work cannot be told, or it cannot be ended from "
			"here; on "
			"a host whose "
			"database is Primary: skewctl release --claim %s\n",
			node, node);
	return good;
}
