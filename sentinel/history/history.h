/*
 * How far each node's clock was off, over time, for the plots: in memory that does not grow. Full rate for 15 minutes,
 * then coarser: a point of a coarser tier tells not a mean but the least and the greatest of what was seen, and the
 * outermost bounds, so a short step still shows after a week.
 *
 * Time here is a count of seconds that only goes on, whatever the wall clock does: the caller's (keeper.c), and what is
 * told of it is how long ago something was.
 */
#ifndef SENTINEL_HISTORY_H
#define SENTINEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../proto/interval.h"
#include "../../proto/message.h"

enum history_tier {
	HISTORY_MINUTES, /* each second of the last 15 minutes */
	HISTORY_HOURS,   /* each 15 s of the last 6 hours */
	HISTORY_DAYS,    /* each 5 min of the last 7 days */
	HISTORY_TIERS
};

struct history_shape {
	int64_t step; /* seconds that one point stands for */
	int64_t kept; /* points */
};
extern const struct history_shape history_shapes[HISTORY_TIERS];

/* In single precision, of which seven digits hold; bounds are rounded outwards, so they stay bounds. */
struct history_point {
	float low, high;       /* seconds: the clock lay between these, against the consensus */
	float least, greatest; /* of the middles of its intervals */
	uint16_t n;            /* how often it was looked at; 0: no point, and nothing else is set */
	uint8_t state;         /* enum verdict_state, the worst */
	uint8_t drill;         /* 1: shifted on purpose at some time */
};

struct history;

/* At least 8 days, so that what came before the beginning has a number, too. */
#define HISTORY_BEGINNING INT64_C(1000000)

/* Nothing known of no node. NULL where memory is short. */
struct history *history_new(void);
void history_free(struct history *history);

/*
 * The nodes that are looked at from now on, by their number here; what is known of those that were before is kept. False
 * (nothing changed): no memory.
 */
bool history_nodes(struct history *history, char (*names)[NODE_NAME_SIZE], size_t n)
	__attribute__((warn_unused_result));
size_t history_count(const struct history *history);
const char *history_name(const struct history *history, size_t node);
/* Its number; history_count() where there is no such node. */
size_t history_find(const struct history *history, const char *name);

struct history_sample {
	struct interval offset; /* a sample without both bounds says nothing and is none */
	enum verdict_state state;
	bool drill;
};

/* Seconds may come again but not go back: older ones are dropped. */
void history_add(struct history *history, size_t node, int64_t second, const struct history_sample *sample);

/* The point with that number (second / step); NULL: none, or not kept any more. */
const struct history_point *history_at(
	const struct history *history, size_t node, enum history_tier tier, int64_t number);
/* Of the newest point there is; -1 where there is none. */
int64_t history_newest(const struct history *history, size_t node, enum history_tier tier);

/* From an earlier run: goes where it belongs if that is kept at `second`, in place of what is there. */
void history_put(struct history *history, size_t node, enum history_tier tier, int64_t number,
	const struct history_point *point);

/* The finest tier that has all there is of this node since that second. */
enum history_tier history_tier_since(const struct history *history, size_t node, int64_t second, int64_t now);

/*
 * {"node", "time", "step_s", "columns", "points"} since that second as JSON text, for free(). NULL where memory is
 * short.
 */
char *history_json(const struct history *history, size_t node, int64_t since, int64_t now, struct wall wall);

#endif
