/*
 * One direction of the path between two hosts: how long a datagram takes, and what else happens to it. The
 * two directions of a pair know nothing of each other, so a path may be as lopsided as it likes.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <stddef.h>

#include "dice.h"
#include "truth.h"

enum wire_delay { WIRE_UNIFORM, WIRE_EXPONENTIAL, WIRE_NORMAL, WIRE_PARETO, WIRE_DELAYS };
const char *wire_delay_name(enum wire_delay delay);

struct wire_shape {
	enum wire_delay delay;
	struct span least,
		spread; /* no datagram is faster than `least`; spread: as the distribution has it */
	unsigned lost_ppm, twice_ppm, bent_ppm;
	unsigned late_ppm; /* so many wait up to `lateness` more, and are overtaken */
	struct span lateness;
};

struct wire {
	struct wire_shape shape;
	struct dice dice;
	unsigned cuts;      /* reasons for which nothing passes */
	struct span detour; /* on top of every delay, while a fault lasts */
	unsigned extra_lost_ppm, extra_twice_ppm, extra_bent_ppm;
	struct truth troubled; /* when something was last lost, bent, held up or changed */
};

/*
 * What becomes of one datagram: no copy arrives, or one, or two, each in its own time, some with flipped
 * bits.
 */
struct fate {
	unsigned copies;
	struct span delay[2];
	bool bent[2];
};

void wire_init(struct wire *wire, const struct wire_shape *shape, struct dice dice);
void wire_carry(struct wire *wire, struct truth now, struct fate *fate);

/* A delay that this wire rarely exceeds: who waits longer was held up. */
struct span wire_prompt(const struct wire *wire);

/* Flips one to eight of a datagram's bits. */
void wire_bend(struct wire *wire, uint8_t *bytes, size_t len);

#endif
