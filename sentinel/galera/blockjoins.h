/*
 * The measure block_joins as a driver: over a connection of its own it looks at the list of those who may join (allowlist.h)
 * once a second, and at once when something else is wanted, and does what that decides: one statement at a time, of
 * which each is a transaction. It keeps no record: whose the list is stands in the list.
 * Only that there is one is kept in the state directory, so that it is taken away where the measure is configured no more.
 */
#ifndef SENTINEL_BLOCKJOINS_H
#define SENTINEL_BLOCKJOINS_H

#include "../action.h"

extern const struct action_driver blockjoins_driver;

/*
 * There was a list of ours when last looked at: to be told where nothing starts the driver. `state`: the state directory.
 */
bool blockjoins_left(const char *state);
#define BLOCKJOINS_LEFT                                                                               \
	"our list of those who may join stays in mysql.wsrep_allowlist, and nobody here looks after " \
	"it any more; where no host of this cluster does: DELETE FROM mysql.wsrep_allowlist, and "    \
	"remove joins-list from the state directory"

#endif
