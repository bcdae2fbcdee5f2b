/*
 * The whole cluster's clocks from everybody's measurements: difference constraints over a graph.
 *
 * Where a measured b, and b measured c, c's clock minus a's lies in the sum of both intervals, whether or not a can reach
 * c itself: a firewall hides a path, not a clock. Over a third host a pair may also be known better than over its own
 * path. And the intervals around a ring must allow a sum of zero: where they do not (a negative cycle), one of the hosts
 * on it says what cannot be. Rings of two and three are looked at: in a mesh where everybody measures everybody a longer one
 * that contradicts has a chord that makes a shorter one of it, but for a chord as wide as the contradiction.
 *
 * Rows are hearsay. What is implied here is shown, and doubted in the open; it convicts nobody.
 */
#ifndef SENTINEL_CORE_MESH_H
#define SENTINEL_CORE_MESH_H

#include "core.h"

/* Another host's measurement older than this is left out. */
#define MESH_AGE_MOST span_s(60)

/* What `from` itself measured of `to` (indices as core_node), as of its age; false: nothing that still holds. */
bool mesh_measured(const struct core *core, size_t from, size_t to, struct cell *out);

/*
 * What follows for the pair from everybody else's measurements, over one third host, and from `to`'s own of `from`: carried
 * to now at the rate of crystals. The age is the oldest one's that was used. False: nothing follows.
 */
bool mesh_implied(const struct core *core, size_t from, size_t to, struct cell *out);

/*
 * A ring of two or three hosts with `node` on it whose measurements, none of them older than `since` (zero: than
 * MESH_AGE_MOST), contradict each other; n is 0 where there is none.
 */
struct mesh_ring {
	size_t n;
	size_t nodes[3];
};
struct mesh_ring mesh_contradiction(const struct core *core, size_t node, struct raw since);

#endif
