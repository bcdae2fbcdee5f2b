/*
 * What will happen, in the order of true time; what is due at the same instant, in the order in which it was
 * put in.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stddef.h>

#include "truth.h"

struct datagram;

enum happening_kind {
	HAPPEN_ARRIVAL, /* a datagram reaches the host's network card */
	HAPPEN_PROCESS, /* the host's process may have something to do */
	HAPPEN_CRYSTAL, /* the host's crystal wanders, its time service steers */
	HAPPEN_FAULT,   /* a fault of the plan begins, */
	HAPPEN_MENDED,  /* or ends */
	HAPPEN_CLUSTER, /* the Galera cluster may have something to do */
	HAPPEN_LOOK,    /* the invariants look at the world */
};

struct happening {
	struct truth at;
	uint64_t order; /* the queue's own */
	enum happening_kind kind;
	unsigned index; /* of a host or a fault */
	struct datagram *datagram;
};

struct queue {
	struct happening *heap;
	size_t count, room;
	uint64_t order;
};

/* Copies the happening in. Ends the program where memory is short: there is no run without it. */
void queue_put(struct queue *queue, const struct happening *happening);

/* Takes the earliest out; false where there is none. */
bool queue_take(struct queue *queue, struct happening *out) __attribute__((warn_unused_result));

/* When the earliest is due; TRUTH_NEVER where there is none. */
struct truth queue_next(const struct queue *queue);

void queue_free(struct queue *queue);

#endif
