#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../host/clock.h"
#include "../host/errand.h"
#include "decide.h"
#include "leak.h"

#define RETRY_FIRST span_s(1)
#define RETRY_MOST span_s(60)
#define REST span_ms(200)
#define REWRITE_EVERY span_s(5)

/* A record on its way to the disk: the errand's, while it runs. */
struct job {
	struct statefile place;
	bool remove;
	struct ownership record;
	bool good;
	char error[OWNERSHIP_ERROR_SIZE];
};

struct measure {
	const struct measure_kind *kind;
	const struct action_env *env;
	struct statefile place;
	struct db_place server; /* as configured */
	bool adopt, retired;
	struct look *look;
	struct allowance *allowance;
	const struct measure *beside;
	struct change *change;
	struct errand *errand;
	struct job job;

	enum want want;
	char reason[OWNERSHIP_WHY_SIZE];
	char waits[sizeof((struct action_report *)0)->detail];
	bool has_record, damaged;
	struct ownership record;
	char damage[OWNERSHIP_ERROR_SIZE];
	bool outdated, rewrite; /* what is on disk says less than the record; and is to be written again */
	struct timer *rewriter;

	enum look_state state;
	struct wsrep seen;
	char why[DB_ERROR_SIZE + 64];
	bool comparable, steady; /* no deed since the look before; which saw the same */
	bool unheld;             /* what somebody else took back may be set again */
	bool owes_join;          /* the latest OFF found nothing to end */
	struct leak_watch watch;
	bool stale; /* something was done since the look: what is known is too old to act on */
	bool busy, late;
	enum measure_act act; /* chosen last */

	/* What did not work, until it does; between two attempts there is a growing pause. */
	char failure[OWNERSHIP_ERROR_SIZE];
	bool pausing;
	struct span pause;
	struct timer *timer; /* ends the pause; at first: begins */

	bool reported;
	struct action_report report;
};

static void go_on(struct measure *m);

/* A deed is under way. */
static bool acting(const struct measure *m)
{
	return errand_busy(m->errand) || change_state(m->change) == CHANGE_SETTLING ||
	       change_state(m->change) == CHANGE_IN_FLIGHT;
}

/* It is over: what came of it shows in a look that begins now. */
static void look_anew(struct measure *m)
{
	m->comparable = false;
	look_again(m->look);
}

/* ---- telling ---- */

static void tell(struct measure *m, const struct measure_choice *choice)
{
	struct action_report report = { .measure = m->kind->measure, .state = choice->state };

	/* While there is nothing else to tell. */
	report.waiting = m->waits[0] && choice->state == ACTION_IDLE;
	if (report.waiting)
		report.state = ACTION_PENDING;
	snprintf(report.detail, sizeof report.detail, "%s", report.waiting ? m->waits : choice->detail);
	if (m->reported && report.state == m->report.state && report.waiting == m->report.waiting &&
		strcmp(report.detail, m->report.detail) == 0)
		return;
	m->reported = true;
	m->report = report;
	m->env->report(m->env->arg, &m->report);
}

static void fail(struct measure *m, const char *text)
{
	snprintf(m->failure, sizeof m->failure, "%s", text);
	m->pausing = true;
	timer_set(m->timer, m->pause);
	m->pause = span_min(span_add(m->pause, m->pause), RETRY_MOST);
}

/* A pause without a failure to tell of. */
static void rest(struct measure *m)
{
	m->pausing = true;
	timer_set(m->timer, REST);
}

static void succeed(struct measure *m)
{
	m->failure[0] = '\0';
	m->pausing = false;
	m->pause = RETRY_FIRST;
	timer_stop(m->timer);
}

static void on_timer(void *arg)
{
	struct measure *m = arg;

	m->pausing = false;
	go_on(m);
}

/* ---- the record ---- */

static void work(void *arg)
{
	struct job *job = &((struct measure *)arg)->job;

	job->good = job->remove ? ownership_remove(&job->place, job->error)
				: ownership_write(&job->place, &job->record, job->error);
}

/* Nobody waits for it; but it is to come right as soon as it can. */
static void outlast(struct measure *m)
{
	if (!m->outdated)
		m->env->note(m->env->arg, SEVERITY_WARNING, m->job.error);
	m->outdated = true;
	timer_set(m->rewriter, REWRITE_EVERY);
}

/*
 * Without the intent on disk nothing is set. What comes after it may be late: whoever reads an intent finds
 * out by looking; and what is ours is given back, disk or no disk.
 */
static void on_written(void *arg)
{
	struct measure *m = arg;
	const struct job *job = &m->job;
	bool essential = job->remove || job->record.phase == OWNERSHIP_INTENT;

	if (!job->good && essential) {
		fail(m, job->error);
	} else {
		if (job->good)
			m->outdated = false;
		else
			outlast(m);
		m->has_record = !job->remove;
		m->unheld = false;
		m->damaged = false;
		m->record = job->record;
	}
	look_anew(m);
}

static struct ownership next_record(const struct measure *m, enum ownership_phase phase)
{
	struct ownership next = m->record;
	struct reading now;

	next.phase = phase;
	next.view = m->seen.view;
	if (phase == OWNERSHIP_INTENT || phase == OWNERSHIP_CLEARING)
		next.count = m->seen.desync_count;
	snprintf(next.server, sizeof next.server, "%s", m->seen.incarnation);
	snprintf(next.socket, sizeof next.socket, "%s", look_place(&m->server).socket);
	if (!m->has_record) {
		clock_read(&now);
		next.when = now.wall;
		snprintf(next.why, sizeof next.why, "%s", m->reason);
	}
	return next;
}

static void write_record(struct measure *m, bool remove, enum ownership_phase phase)
{
	m->rewrite = false;
	m->job = (struct job){ .place = m->place, .remove = remove, .record = next_record(m, phase) };
	if (!errand_run(m->errand))
		fail(m, "out of memory");
}

/* As it is. */
static void rewrite_record(struct measure *m)
{
	m->rewrite = false;
	m->job = (struct job){ .place = m->place, .record = m->record };
	if (!errand_run(m->errand))
		timer_set(m->rewriter, REWRITE_EVERY);
}

static void on_rewriter(void *arg)
{
	struct measure *m = arg;

	m->rewrite = m->outdated;
	go_on(m);
}

static bool new_token(struct measure *m)
{
	return getrandom(&m->record.token, sizeof m->record.token, 0) == (ssize_t)sizeof m->record.token;
}

static void read_record(struct measure *m)
{
	enum ownership_found found = ownership_read(&m->place, &m->record, m->damage);

	m->has_record = found == OWNERSHIP_FOUND;
	m->damaged = found == OWNERSHIP_DAMAGED;
}

/* ---- deeds ---- */

static void on_change(void *arg, enum change_event event, const char *text)
{
	struct measure *m = arg;

	m->busy = event == CHANGE_BUSY;
	m->late = event == CHANGE_LATE;
	if (event == CHANGE_FAILED)
		fail(m, text);
	if (event == CHANGE_CUT)
		rest(m);
	if (event == CHANGE_LATE || event == CHANGE_BUSY)
		go_on(m);
	else
		look_anew(m);
}

static void perform(struct measure *m, const struct measure_choice *choice)
{
	m->stale = choice->act > ACT_ASK;
	switch (choice->act) {
	case ACT_NONE:
		if (change_state(m->change) == CHANGE_SETTLED)
			change_close(m->change);
		if (m->rewrite)
			rewrite_record(m);
		break;
	case ACT_WATCH:
		break;
	case ACT_ASK:
		allowance_ask(m->allowance);
		break;
	case ACT_SETTLE:
		if (!m->has_record && !new_token(m))
			fail(m, "the kernel gives no random numbers");
		else
			change_settle(m->change, m->record.token);
		break;
	case ACT_RECORD:
	case ACT_FORGET:
		write_record(m, choice->act == ACT_FORGET, choice->phase);
		break;
	case ACT_SET_OFF:
		m->owes_join = m->seen.desync_count == 0;
		/* fall through */
	case ACT_SET_ON:
		change_set(m->change, choice->act == ACT_SET_ON);
		break;
	}
}

static struct measure_facts gather(const struct measure *m)
{
	return (struct measure_facts){
		.kind = m->kind,
		.want = m->want,
		.reason = m->reason,
		.dry_run = m->env->conf->galera.dry_run,
		.adopt = m->adopt,
		.socket = look_place(&m->server).socket,
		.with_replicas = m->env->conf->galera.fence_with_replicas,
		.desync_is_ours = measure_begun(m->beside ? m->beside : m),
		.allowance = m->allowance ? allowance_state(m->allowance) : ALLOWANCE_OPEN,
		.allowance_why = m->allowance ? allowance_why(m->allowance) : "",
		.look = m->state,
		.why = m->why,
		.server = m->state == LOOK_UP ? &m->seen : NULL,
		.steady = m->steady,
		.record = m->has_record ? &m->record : NULL,
		.damage = m->damaged ? m->damage : NULL,
		.change = change_state(m->change),
		.busy = m->busy,
		.late = m->late,
		.unheld = m->unheld,
		.applies = leak_applies(&m->watch, clock_mono()),
		.owes_join = m->owes_join,
	};
}

/*
 * After a failure what is told is the failure, until nothing is left to be done; and during the pause nothing
 * is tried again. Only an intent that came to nothing is forgotten: what somebody else sets meanwhile must
 * not pass for ours.
 */
static void regard_failure(struct measure *m, struct measure_choice *choice)
{
	bool at_rest = choice->act <= ACT_WATCH && change_state(m->change) <= CHANGE_SETTLED;

	if (!m->failure[0]) {
		if (m->pausing)
			choice->act = ACT_NONE;
		return;
	}
	if (at_rest) {
		succeed(m);
		return;
	}
	choice->state = ACTION_FAILED;
	snprintf(choice->detail, sizeof choice->detail, "%.*s", (int)sizeof choice->detail - 1, m->failure);
	if (!m->pausing)
		return;
	if (choice->act == ACT_SET_ON && change_state(m->change) == CHANGE_SETTLED)
		choice->act = ACT_FORGET;
	else if (choice->act != ACT_FORGET)
		choice->act = ACT_NONE;
}

static void go_on(struct measure *m)
{
	struct measure_facts facts;
	struct measure_choice choice;

	if (errand_busy(m->errand) || (m->stale && !acting(m) && m->state == LOOK_UP))
		return;
	facts = gather(m);
	choice = decide_next(&facts);
	regard_failure(m, &choice);
	m->act = choice.act;
	tell(m, &choice);
	if (!acting(m))
		perform(m, &choice);
}

/* ---- */

struct measure *measure_new(const struct measure_setup *setup)
{
	struct measure *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	*m = (struct measure){
		.kind = setup->kind,
		.env = setup->env,
		.server = setup->place,
		.allowance = setup->allowance,
		.beside = setup->beside,
		.retired = setup->retired,
		.place = { .dir = setup->env->conf->state, .name = setup->kind->record },
		.adopt = setup->adopt,
		.look = setup->look,
		.want = WANT_KEEP,
		.pause = RETRY_FIRST,
	};
	m->change = change_new(m->env->loop, &setup->place, &m->kind->sql, on_change, m);
	m->errand = errand_new(m->env->loop, work, on_written, m);
	m->timer = timer_new(m->env->loop, on_timer, m);
	m->rewriter = timer_new(m->env->loop, on_rewriter, m);
	if (!m->change || !m->errand || !m->timer || !m->rewriter) {
		measure_free(m);
		return NULL;
	}
	read_record(m);
	timer_set(m->timer, SPAN_ZERO);
	return m;
}

void measure_free(struct measure *m)
{
	if (!m)
		return;
	errand_free(m->errand);
	change_free(m->change);
	timer_free(m->timer);
	timer_free(m->rewriter);
	free(m);
}

void measure_want(struct measure *m, const struct wanted *wanted)
{
	enum want want = m->retired ? WANT_OFF : wanted->leave;

	snprintf(m->reason, sizeof m->reason, "%.*s", (int)sizeof m->reason - 1, wanted->reason);
	if (want == m->want)
		return;
	m->want = want;
	succeed(m);
	go_on(m);
}

void measure_looked(struct measure *m, enum look_state state, const struct wsrep *seen, const char *why)
{
	m->steady = state == LOOK_UP && m->comparable && wsrep_same(&m->seen, seen);
	m->comparable = state == LOOK_UP;
	m->state = state;
	snprintf(m->why, sizeof m->why, "%s", why);
	if (state == LOOK_UP)
		m->seen = *seen;
	leak_looked(&m->watch, state == LOOK_UP ? seen : NULL, clock_mono());
	if (!acting(m))
		m->stale = false;
	go_on(m);
}

bool measure_ours(const struct measure *m)
{
	return m->has_record && (m->record.phase == OWNERSHIP_SET || m->record.phase == OWNERSHIP_CLEARING);
}

bool measure_clear(const struct measure *m)
{
	return !m->has_record && !m->damaged && !acting(m);
}

void measure_waits(struct measure *m, const char *why)
{
	if (strcmp(why, m->waits) == 0)
		return;
	snprintf(m->waits, sizeof m->waits, "%s", why);
	/* Else the next look tells it; of a server that does not answer there may be none for long. */
	if (m->state == LOOK_HUNG || m->state == LOOK_AWAY)
		go_on(m);
}

bool measure_begun(const struct measure *m)
{
	return m->has_record && m->record.phase != OWNERSHIP_LIFTED;
}

void measure_again(struct measure *m)
{
	go_on(m);
}

void measure_unhold(struct measure *m)
{
	m->unheld = m->has_record && m->record.phase == OWNERSHIP_LIFTED;
	succeed(m);
	go_on(m);
}

bool measure_hurries(const struct measure *m)
{
	return acting(m) ? !m->late && !m->busy : m->act != ACT_NONE;
}
