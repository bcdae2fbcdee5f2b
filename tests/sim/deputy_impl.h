/* The deputy's inside, shared by deputy.c, deputy_db.c and deputy_disk.c alone. */
#ifndef SIM_DEPUTY_IMPL_H
#define SIM_DEPUTY_IMPL_H

#include "deputy.h"

struct db;

/* What a sentinel's process has for a loop. */
struct loop {
	struct host *host;
	struct timer *timers;
	struct db *dbs;
};

/* Whose process it is that runs: the record, the clock and the random numbers know no host. */
extern struct host *deputy_running;

/* By that host's clock. */
struct mono deputy_mono(const struct host *host);

/* ---- deputy_db.c ---- */
/* Gives one answer that is due, if there is any: true then. */
bool deputy_answer_one(struct loop *loop);
struct mono deputy_answer_due(const struct loop *loop);

#endif
