/*
 * Never more out of work than the cluster can spare: leaving needs a claim.
 *
 * Claims are given by one authority that puts them in a total order (the cluster itself: a certified row), because
 * messages between hosts alone have a race: two that ask each other in the same second both hear yes. The order of
 * things is claim, act; undo, give back. No claim ends by time, since time is what is in doubt; only its holder or an
 * operator ends it. Until the authority says that a claim is held there is none, however long it takes to answer.
 *
 * The authority, too, is told the whole wanted state and brings it about by itself; what it knows comes back as an event.
 */
#ifndef SENTINEL_CORE_BUDGET_H
#define SENTINEL_CORE_BUDGET_H

#include <stdbool.h>

/* What a driver shall bring about. */
enum want {
	WANT_KEEP, /* leave everything as it is: unknown, held, or not long enough yet */
	WANT_OFF,  /* nothing of ours in force */
	WANT_ON,
};

struct budget {
	bool required; /* there is an authority; without one nothing needs a claim */
	bool held;     /* by its latest word */
	bool acted; /* the driver was told to act, and has not said since it was told otherwise that nothing is in force */
	enum want told; /* the driver's latest */
};

/* What the driver and the authority are to be told when `wish` is what the verdict asks for. */
struct budget_choice {
	enum want action, claim;
};
struct budget_choice budget_choose(struct budget *budget, enum want wish);

/* The driver's word: is anything of ours in force, or on its way? */
void budget_driver_says(struct budget *budget, bool in_force);

#endif
