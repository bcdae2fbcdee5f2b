/*
 * May the database start? The rule of the gate in time, without clock or I/O: one sight after the other goes in, each with
 * the time since the gate was first asked, and what to do comes out.
 *
 * Only a proof shuts it, and only once it has stood until the end of the wait. What cannot be told is waited for, since a
 * sentinel or a network that has just been started may tell soon; but not for long, unless it is to block or the clock was
 * proved wrong before. An operator who forms a new cluster is never kept waiting: without that there may be no majority.
 */
#ifndef SKEWCTL_GATEKEEPER_H
#define SKEWCTL_GATEKEEPER_H

#include <stdbool.h>

#include "../../proto/instant.h"

/* No daemon that has not come by then will come, and no majority: a network may take so long to come up. */
#define GATE_ABSENT_PATIENCE span_s(5)
#define GATE_UNKNOWN_PATIENCE span_s(30)

enum gate_sight {
	SIGHT_RIGHT,
	SIGHT_WRONG,
	SIGHT_UNKNOWN, /* the daemon cannot tell */
	SIGHT_ABSENT,  /* no daemon answers */
};

struct gate_rule {
	struct span wait;
	bool block_unknown; /* gate.when_unknown */
	bool new_cluster;   /* one is being formed */
};

enum gate_step { GATE_WAITS, GATE_OPENS, GATE_SHUTS };

/* Zero to begin with. */
struct gatekeeper {
	bool proved;           /* that the clock was wrong */
	bool ignorant, absent; /* at the latest sight */
	struct span ignorant_since, absent_since;
};

enum gate_step gatekeeper_look(
	struct gatekeeper *gate, const struct gate_rule *rule, enum gate_sight sight, struct span passed);

#endif
