#include "holdkeeper.h"

#include <stdio.h>
#include <stdlib.h>

#include "errand.h"

struct wish {
	bool on;
	struct hold_kept hold;
};

struct holdkeeper {
	char dir[CONF_PATH_SIZE];
	struct errand *errand;
	struct wish wish, job; /* the latest; and the errand's, while it runs */
	bool stale;            /* what is being written is out of date already */
	bool good;
	char error[HOLDFILE_ERROR_SIZE]; /* the errand's */
	enum holdkeeper_state state;
	char why[HOLDFILE_ERROR_SIZE];
	holdkeeper_fn *failed;
	void *arg;
};

static void work(void *arg)
{
	struct holdkeeper *k = arg;

	k->good = k->job.on ? holdfile_write(k->dir, &k->job.hold, k->error)
			    : holdfile_remove(k->dir, k->error);
}

static void fail(struct holdkeeper *k, const char *why)
{
	k->state = HOLDKEEPER_FAILED;
	snprintf(k->why, sizeof k->why, "%s", why);
	k->failed(k->arg, k->why);
}

static void begin(struct holdkeeper *k)
{
	k->state = HOLDKEEPER_BUSY;
	k->stale = errand_busy(k->errand);
	if (k->stale)
		return;
	k->job = k->wish;
	if (!errand_run(k->errand))
		fail(k, "the hold is not kept: out of memory");
}

static void on_done(void *arg)
{
	struct holdkeeper *k = arg;

	if (k->stale)
		begin(k);
	else if (k->good)
		k->state = HOLDKEEPER_KEPT;
	else
		fail(k, k->error);
}

void holdkeeper_wish(struct holdkeeper *k, const struct hold_kept *hold)
{
	k->wish = hold ? (struct wish){ true, *hold } : (struct wish){ 0 };
	begin(k);
}

enum holdkeeper_state holdkeeper_state(const struct holdkeeper *k)
{
	return k->state;
}

const char *holdkeeper_why(const struct holdkeeper *k)
{
	return k->state == HOLDKEEPER_FAILED ? k->why : "";
}

struct holdkeeper *holdkeeper_new(struct loop *loop, const char *dir, holdkeeper_fn *failed, void *arg)
{
	struct holdkeeper *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	snprintf(k->dir, sizeof k->dir, "%s", dir);
	k->failed = failed;
	k->arg = arg;
	k->errand = errand_new(loop, work, on_done, k);
	if (k->errand)
		return k;
	free(k);
	return NULL;
}

void holdkeeper_free(struct holdkeeper *k)
{
	if (!k)
		return;
	errand_free(k->errand);
	if (k->stale) {
		k->job = k->wish;
		work(k);
	}
	free(k);
}
