/*
 * Keeps on disk what holds, without keeping the loop waiting for it: an errand (errand.h) after the other, the latest
 * wish last. Whoever asked for a hold waits until it is KEPT before saying so.
 */
#ifndef SENTINEL_HOLDKEEPER_H
#define SENTINEL_HOLDKEEPER_H

#include "holdfile.h"
#include "loop.h"

enum holdkeeper_state {
	HOLDKEEPER_KEPT,   /* what is on disk is what is wished, */
	HOLDKEEPER_BUSY,   /* will be soon, */
	HOLDKEEPER_FAILED, /* or cannot be: holdkeeper_why() */
};

struct holdkeeper;
typedef void holdkeeper_fn(void *arg, const char *why);

/* `failed` is called from the loop with the reason of each failure. NULL where something cannot be had. */
struct holdkeeper *holdkeeper_new(struct loop *loop, const char *dir, holdkeeper_fn *failed, void *arg);

/* Waits until the latest wish is on disk, or failed. NULL is fine. */
void holdkeeper_free(struct holdkeeper *keeper);

/* The hold to keep; NULL: none. It is copied. */
void holdkeeper_wish(struct holdkeeper *keeper, const struct hold_kept *hold);

enum holdkeeper_state holdkeeper_state(const struct holdkeeper *keeper);
const char *holdkeeper_why(const struct holdkeeper *keeper);

#endif
