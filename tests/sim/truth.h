/*
 * True time: what no clock of the simulated world shows and only the simulator knows. A type of its own, so
 * that it cannot be taken for any host's clock.
 */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "../../proto/instant.h"

/* Nanoseconds since the run began. */
struct truth {
	int64_t ns;
};

#define TRUTH_NEVER ((struct truth){ INT64_MAX })
#define TRUTH_ALWAYS ((struct truth){ INT64_MIN })

static inline struct truth truth_add(struct truth a, struct span b)
{
	return (struct truth){ ns_add(a.ns, b.ns) };
}

static inline struct span truth_sub(struct truth a, struct truth b)
{
	return (struct span){ ns_sub(a.ns, b.ns) };
}

static inline bool truth_before(struct truth a, struct truth b)
{
	return a.ns < b.ns;
}

static inline struct truth truth_earlier(struct truth a, struct truth b)
{
	return a.ns < b.ns ? a : b;
}

static inline struct truth truth_later(struct truth a, struct truth b)
{
	return a.ns > b.ns ? a : b;
}

#endif
