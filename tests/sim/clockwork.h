/*
 * The clocks of one host as functions of true time.
 *
 * One crystal drives them: raw runs at its rate, monotonic and wall at that rate times the discipline's (a
 * slew moves both alike and the raw clock not at all), and only the wall clock is ever set. Between two
 * changes each is a straight line in true time, kept from the instant of the latest change, so that rounding
 * does not add up.
 *
 * A virtual machine that stands still takes all of them with it, and nothing inside shows the gap. Asleep,
 * the host comes back with wall and boot time put forward by its hardware clock.
 */
#ifndef SIM_CLOCKWORK_H
#define SIM_CLOCKWORK_H

#include "../../sentinel/core/core.h"
#include "truth.h"

struct clockwork {
	struct truth at; /* of the latest change; what follows holds there */
	struct raw raw;
	struct mono mono;
	struct wall wall;
	struct span boot; /* boot time minus monotonic */
	bool still;
	int64_t crystal_ppb, discipline_ppb;
	uint8_t leap; /* enum ntp_leap that the kernel announces */
	bool synchronised;
	struct span drill; /* by so much this host's sentinel shifts its wall clock on purpose */

	/* For those who judge: */
	uint32_t jumps; /* of the wall clock against the raw one */
	struct truth jumped;
	struct truth stilled;  /* when it last began to stand still, or went on, */
	struct span gap;       /* and for how long it had; zero: it stands still */
	struct truth migrated; /* when it last went on with another crystal */
	struct truth moved;    /* when anything above last changed other than by wander and steering */
};

/* Uptime and wall time at true time 0. */
void clockwork_start(struct clockwork *clock, struct span uptime, struct wall wall, int64_t crystal_ppb);

struct raw clockwork_raw(const struct clockwork *clock, struct truth at);
struct mono clockwork_mono(const struct clockwork *clock, struct truth at);
struct wall clockwork_wall(const struct clockwork *clock, struct truth at);

/* As the host's sentinel tells it: with the drill's shift. And that minus the raw clock. */
struct wall clockwork_told(const struct clockwork *clock, struct truth at);
struct span clockwork_map(const struct clockwork *clock, struct truth at);

/* b minus a, as their sentinels tell them. */
struct span clockwork_offset(const struct clockwork *b, const struct clockwork *a, struct truth at);

/*
 * The first instant at which the monotonic clock shows `mono`; never before `at`; TRUTH_NEVER while it stands
 * still.
 */
struct truth clockwork_when(const struct clockwork *clock, struct mono mono);

/* What a look at all clocks gives, begun at `at` and done `bracket` later. */
struct reading clockwork_read(const struct clockwork *clock, struct truth at, struct span bracket);

/* Changes, each at its instant; instants never go back. */
void clockwork_set_rates(
	struct clockwork *clock, struct truth at, int64_t crystal_ppb, int64_t discipline_ppb);
void clockwork_step(struct clockwork *clock, struct truth at, struct span by);
void clockwork_drill(struct clockwork *clock, struct truth at, struct span shift);
void clockwork_stop(struct clockwork *clock, struct truth at);
void clockwork_resume(struct clockwork *clock, struct truth at);
/* Resumed on another crystal; its rate is to be set next. */
void clockwork_arrive(struct clockwork *clock, struct truth at);
/*
 * After a sleep: resumed, with wall and boot time further on by `slept` (as far as the hardware clock tells).
 */
void clockwork_wake(struct clockwork *clock, struct truth at, struct span slept);

#endif
