/*
 * From exchanges to hard bounds on another host's clock.
 *
 * Four timestamps, T1 and T4 read here, T2 and T3 there (RFC 5905, section 8):
 *
 *        there   -------T2------T3-------->
 *                      /          \
 *        here    ----T1------------T4----->
 *
 * No delay is negative, so whatever the network did, there minus here is at most T2-T1 (as of T1) and at least T3-T4
 * (as of T4). Nothing else is believed of a path: a slow or lopsided one makes the interval wide, never wrong.
 *
 * All four are on the raw clocks of their hosts, which nobody slews or steps, so over time the offset is a line whose
 * slope two crystals can have against each other. Each exchange puts a point above that line and one below it:
 *
 *        offset ^      v   v            v: T2-T1, the line is below
 *               |  v     ____v--        ^: T3-T4, the line is above
 *               |  ---^^^   ^
 *               +-------------------> time
 *
 * The exchanges that the other host asks for put points there too, once it has told its ends of them (round.c): T4 there minus
 * T3 here is above the line, T1 there minus T2 here below it.
 *
 * The lines that pass between the two clouds are all that is possible (a linear program in two variables, the offset
 * now and the rate; Zhang, Liu and Xia, "Clock synchronization algorithms for network measurements", INFOCOM 2002;
 * Geng et al., "Exploiting a natural network effect for scalable, fine-grained clock synchronization", NSDI 2018). Every
 * point lies in the past, so of two lines the steeper one allows more now: the greatest possible offset is where the
 * steepest possible line ends, the least where the flattest does. The steepest line is found (hull.h) by Newton's method: the gap
 * between the clouds, measured along a given slope, is a concave function of it made of straight pieces, and each step
 * goes to the root of the piece at hand.
 *
 * A crystal is no ruler: its rate wanders, so a point is moved outwards with its age: by 0.1 ppm of it for what the rate may
 * change at once, and by t^2 * 0.1 ppm / 120 s for 0.1 ppm more with each minute (rate_wander). What earlier windows allowed of the rate
 * is kept, growing with the same wander, when their exchanges are gone (rate_memory.h).
 *
 * Where no line is left, one of the raw clocks did what crystals cannot do (a virtual machine stood still, or moved to
 * another host). Then all but the newest exchange are dropped: older ones that would still fit it are from before, too. The
 * newest itself may have been under way when it happened. Where it was our own clock that stood still, its upper bound is
 * then from before and too low for after; so it is believed alone until one comes that was asked after it was answered.
 *
 * Where a host was not heard for a while, what is remembered of it serves to tell a jump, and then ends (hear.c): spread over
 * the while, a moment that a clock stood still is no faster than crystals can be, and contradicts nothing.
 *
 * That is proved. For people there is one value more, in the midst of it: the middle between the clouds along the slope that
 * the middles of many windows have (trend.h), of crystals that wander by an eighth of what they may. The middle of all that is
 * possible now alone is five times worse on long paths.
 *
 * What is left to assume: a raw clock that stands still for less than the path's round trip need not contradict anything,
 * and moves the truth out by as much, until the older exchanges have left the window; what may be left of that in what is
 * remembered of the rate, rate_memory.h tells. An exchange that waited for long is therefore believed alone until the next
 * one comes. And stamps of the wall clock are taken to the raw one by own.h, which says what that assumes.
 */
#ifndef SENTINEL_CORE_ESTIMATE_H
#define SENTINEL_CORE_ESTIMATE_H

#include "rate_memory.h"
#include "trend.h"
#include "window.h"

/* An exchange as people hear of it: when its answer came (T4), and how long it took on the way. */
struct origin {
	struct raw at;
	struct span round_trip;
};

struct estimate {
	struct window window;
	bool waited;         /* the latest of them stands alone: it waited, or may be from before a jump */
	struct rate most;    /* the rates that are possible at all: -most to most */
	struct raw at;       /* what follows holds at this instant, the latest exchange's T4 */
	struct interval now; /* the offset */
	struct span likely;  /* where in there it is in all likelihood: for people */
	struct trend trend;
	struct interval alone;      /* what the latest exchange says of it by itself */
	struct origin latest;       /* that exchange, */
	struct origin above, below; /* and those that the upper and the lower bound of `now` lie on */
	struct rate slowest, fastest;
	/*
	 * A jump was seen. What was asked before `clean_from` may have one end before it and the other after it; such an
	 * exchange stands alone (`unclean`) until one comes that was asked later.
	 */
	bool jumped, unclean;
	bool misfit; /* an exchange of theirs told of it, and what is kept ends with the next of ours */
	struct raw clean_from;
	struct rate_memory memory;
	struct raw kept_at;  /* the latest exchange of the latest window that is in there, */
	unsigned since_kept; /* and so many exchanges ago */
};

/* window: 1 to WINDOW_MAX exchanges are kept. */
void estimate_init(struct estimate *estimate, unsigned window, int64_t most_ppb);

/* Forgets all exchanges. */
void estimate_forget(struct estimate *estimate);

/* A raw clock is known to have jumped at `at`: forgets all exchanges, and is to be given none that was asked before. */
void estimate_restart(struct estimate *estimate, struct raw at);

/*
 * The exchange was asked before a jump that a later asked one has told of: its bounds may be from either side of it, and it
 * is not to be added.
 */
bool estimate_straddles(const struct estimate *estimate, const struct exchange *exchange);

/*
 * Adds an exchange (low <= high) and gives how many older ones were dropped because it contradicts them. Linear in the window,
 * times a handful of Newton's steps.
 */
unsigned estimate_add(struct estimate *estimate, const struct exchange *exchange);

/*
 * Adds an exchange that the other host asked for, and told of when it was over. It takes effect with the next of our own. What
 * could be from before a jump or a silence is left out: false. So is what contradicts the window, but then a raw clock
 * jumped: the next of our own drops all that is older.
 */
bool estimate_add_theirs(struct estimate *estimate, const struct exchange *exchange);

/* The latest exchange of our own, for the other host to use; false where there is none that can be believed. */
bool estimate_latest(const struct estimate *estimate, struct exchange *out);

/*
 * The kernel's word on when a datagram of the exchange `id` left: the request (its T1 becomes `left`), or the answer whose
 * T3 was `sent` on the other host's raw clock (it becomes `left`), both later than what the exchange came with. Takes
 * effect with the next exchange. Nothing happens where the exchange has left the window, was answered by another answer,
 * or the stamp is no better or cannot be.
 */
void estimate_request_left(struct estimate *estimate, uint64_t id, struct raw left);
void estimate_answer_left(struct estimate *estimate, uint64_t id, struct raw sent, struct raw left);

/* The same by the latest exchange alone: nothing older has a part in it. */
bool estimate_alone_at(const struct estimate *estimate, struct raw at, struct interval *out);

/* The offset at `at`, carried on from the latest exchange; false where there was none. */
bool estimate_at(const struct estimate *estimate, struct raw at, struct interval *out);

#endif
