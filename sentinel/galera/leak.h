/*
 * A desync that nobody holds any more, and that keeps the node out of flow control and donor duty, and a fence away,
 * until somebody ends it or mariadbd is restarted.
 *
 * They are others': a SET that was sent again while the first still hung counts twice, and of two desyncs that are
 * given back while the node is not Primary the group hears of one. Ours cannot leak so: one SET is in flight at a
 * time, never sent twice (change.h), and none is sent beside another desync or to a node that is not Primary.
 *
 * Nothing on the server tells a leak from a backup's read lock or a state transfer with certainty, and to end one that
 * is held stops the whole cluster: the node then takes part in flow control and applies nothing. So a leak is told,
 * with the statement that ends it, and never ended by us; and it is told only where no read lock can be held, because
 * the node goes on applying. Pure.
 */
#ifndef SENTINEL_LEAK_H
#define SENTINEL_LEAK_H

#include "measure.h"

/*
 * Looks at the server in a row, once each; NULL: it was not to be seen. A read lock comes a moment after its desync, and
 * what is being applied then comes to its end first.
 */
void leak_looked(struct leak_watch *watch, const struct wsrep *seen, struct mono now);

/* It has gone on applying for some time, and lately, with its desyncs as they are now. */
bool leak_applies(const struct leak_watch *watch, struct mono now);

/* Has one leaked, as far as can be seen? True: *out tells of it. */
bool leak_told(const struct measure_facts *facts, enum measure_act act, enum action_state state,
	struct measure_choice *out);

#endif
