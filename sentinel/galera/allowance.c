#include "allowance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/clock.h"
#include "../host/errand.h"

#define DAY span_s(86400)
#define RETRY_AFTER span_s(5)

enum { LEAVES_MAX = 100, FORMAT_VERSION = 1 };

/* What is on disk: the instants of the latest leaves, oldest first. */
struct ledger {
	bool latched;
	unsigned n;
	struct mono leaves[LEAVES_MAX];
};

struct allowance {
	struct statefile file;
	unsigned per_day;
	enum allowance_state state;
	char why[STATEFILE_ERROR_SIZE + 64];
	struct ledger ledger;
	struct errand *errand;
	struct timer *timer; /* when to try again after a failure */
	struct ledger job;   /* the errand's, while it runs */
	bool trial;          /* it is to show whether the disk can be written to */
	bool written, stale; /* stale: what is being written is out of date already */
	char error[STATEFILE_ERROR_SIZE];
	allowance_fn *fn;
	void *arg;
};

/* ---- the text ---- */

static void write_text(const struct ledger *ledger, char text[STATEFILE_SIZE])
{
	char boot[CLOCK_BOOT_ID_SIZE];
	int len;

	clock_boot_id(boot);
	len = snprintf(text, STATEFILE_SIZE,
		"skew-sentinel galera-leaves %d\nboot %s\nlatched %d\nleaves %u\n", FORMAT_VERSION, boot,
		ledger->latched, ledger->n);
	for (unsigned i = 0; i < ledger->n; i++)
		len += snprintf(
			text + len, STATEFILE_SIZE - (size_t)len, "%" PRId64 "\n", ledger->leaves[i].ns);
}

static bool take_number(const char **at, int64_t least, int64_t most, int64_t *out)
{
	char *end;

	*out = strtoll(*at, &end, 10);
	if (end == *at || *end != '\n' || *out < least || *out > most)
		return false;
	*at = end + 1;
	return true;
}

static bool take_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool read_text(const char *text, struct mono now, struct ledger *out)
{
	char boot[CLOCK_BOOT_ID_SIZE];
	int64_t version, latched, n, leaf;
	bool same_boot;

	if (!take_word(&text, "skew-sentinel galera-leaves ") ||
		!take_number(&text, FORMAT_VERSION, FORMAT_VERSION, &version) || !take_word(&text, "boot "))
		return false;
	clock_boot_id(boot);
	same_boot = strncmp(text, boot, strlen(boot)) == 0 && text[strlen(boot)] == '\n';
	text += strcspn(text, "\n");
	if (!take_word(&text, "\nlatched ") || !take_number(&text, 0, 1, &latched) ||
		!take_word(&text, "leaves ") || !take_number(&text, 0, LEAVES_MAX, &n))
		return false;
	*out = (struct ledger){ .latched = latched != 0, .n = (unsigned)n };
	for (unsigned i = 0; i < out->n; i++) {
		if (!take_number(&text, INT64_MIN, INT64_MAX, &leaf))
			return false;
		out->leaves[i] = same_boot ? (struct mono){ leaf } : now;
	}
	return *text == '\0';
}

static void latch(struct allowance *a, const char *why)
{
	a->state = ALLOWANCE_LATCHED;
	a->ledger.latched = true;
	snprintf(a->why, sizeof a->why, "%s", why);
}

/* What cannot be read may say that it is latched. */
static void read_ledger(struct allowance *a)
{
	char text[STATEFILE_SIZE], error[STATEFILE_ERROR_SIZE];

	switch (statefile_read(&a->file, text, error)) {
	case STATEFILE_NONE:
		return;
	case STATEFILE_FOUND:
		if (read_text(text, clock_mono(), &a->ledger)) {
			if (a->ledger.latched)
				latch(a, "it was taken out as often as galera.max_per_day allows");
			return;
		}
		statefile_damaged(&a->file, error);
		break;
	case STATEFILE_DAMAGED:
		break;
	}
	latch(a, error);
}

/* ---- leaves ---- */

static void forget_old(struct ledger *ledger, struct mono now)
{
	unsigned old = 0;

	while (old < ledger->n && !span_less(mono_sub(now, ledger->leaves[old]), DAY))
		old++;
	ledger->n -= old;
	memmove(ledger->leaves, ledger->leaves + old, ledger->n * sizeof *ledger->leaves);
}

unsigned allowance_used(const struct allowance *a)
{
	struct ledger ledger = a->ledger;

	forget_old(&ledger, clock_mono());
	return ledger.n;
}

static void work(void *arg)
{
	struct allowance *a = arg;
	char text[STATEFILE_SIZE];

	if (a->job.n == 0 && !a->job.latched && !a->trial) {
		a->written = statefile_remove(&a->file, a->error);
		return;
	}
	write_text(&a->job, text);
	a->written = statefile_write(&a->file, text, a->error);
}

static void fail(struct allowance *a, const char *error)
{
	if (a->state == ALLOWANCE_ASKED && a->ledger.n > 0)
		a->ledger.n--;
	a->state = ALLOWANCE_FAILED;
	snprintf(a->why, sizeof a->why, "%s", error);
	timer_set(a->timer, RETRY_AFTER);
}

static void recover(struct allowance *a)
{
	a->state = ALLOWANCE_OPEN;
	a->why[0] = '\0';
}

static void write_ledger(struct allowance *a)
{
	a->stale = errand_busy(a->errand);
	if (a->stale)
		return;
	a->job = a->ledger;
	a->trial = a->state == ALLOWANCE_FAILED;
	if (!errand_run(a->errand) && (a->state == ALLOWANCE_ASKED || a->state == ALLOWANCE_FAILED))
		fail(a, "out of memory");
}

/* A latch that could not be written holds as long as this process does. */
static void on_written(void *arg)
{
	struct allowance *a = arg;

	if (a->stale) {
		write_ledger(a);
		return;
	}
	if (a->state == ALLOWANCE_ASKED && a->written)
		a->state = ALLOWANCE_GIVEN;
	else if (a->state == ALLOWANCE_FAILED && a->written)
		recover(a);
	else if (a->state == ALLOWANCE_ASKED || a->state == ALLOWANCE_FAILED)
		fail(a, a->error);
	a->fn(a->arg);
}

static void on_timer(void *arg)
{
	struct allowance *a = arg;

	if (a->state == ALLOWANCE_FAILED)
		write_ledger(a);
	else
		a->fn(a->arg);
}

void allowance_ask(struct allowance *a)
{
	struct mono now = clock_mono();
	char why[STATEFILE_ERROR_SIZE];

	if (a->state != ALLOWANCE_OPEN)
		return;
	forget_old(&a->ledger, now);
	if (a->ledger.n >= a->per_day) {
		snprintf(why, sizeof why, "it was taken out %u time%s within a day (galera.max_per_day)",
			a->ledger.n, a->ledger.n == 1 ? "" : "s");
		latch(a, why);
		timer_set(a->timer, SPAN_ZERO);
	} else {
		a->ledger.leaves[a->ledger.n++] = now;
		a->state = ALLOWANCE_ASKED;
	}
	write_ledger(a);
}

void allowance_resume(struct allowance *a)
{
	a->state = ALLOWANCE_GIVEN;
}

void allowance_end(struct allowance *a)
{
	if (a->state == ALLOWANCE_GIVEN || a->state == ALLOWANCE_ASKED)
		a->state = a->ledger.latched ? ALLOWANCE_LATCHED : ALLOWANCE_OPEN;
}

void allowance_lift(struct allowance *a)
{
	bool given = a->state == ALLOWANCE_GIVEN || a->state == ALLOWANCE_ASKED;

	a->ledger = (struct ledger){ 0 };
	a->why[0] = '\0';
	a->state = given ? ALLOWANCE_GIVEN : ALLOWANCE_OPEN;
	write_ledger(a);
	timer_set(a->timer, SPAN_ZERO);
}

enum allowance_state allowance_state(const struct allowance *a)
{
	return a->state;
}

const char *allowance_why(const struct allowance *a)
{
	return a->why;
}

/* ---- */

struct allowance *allowance_new(
	struct loop *loop, const char *dir, unsigned per_day, allowance_fn *fn, void *arg)
{
	struct allowance *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	*a = (struct allowance){ .file = { .dir = dir, .name = "galera-leaves" },
		.per_day = per_day < LEAVES_MAX ? per_day : LEAVES_MAX,
		.fn = fn,
		.arg = arg };
	a->errand = errand_new(loop, work, on_written, a);
	a->timer = timer_new(loop, on_timer, a);
	if (!a->errand || !a->timer) {
		allowance_free(a);
		return NULL;
	}
	read_ledger(a);
	return a;
}

void allowance_free(struct allowance *a)
{
	if (!a)
		return;
	errand_free(a->errand);
	timer_free(a->timer);
	free(a);
}
