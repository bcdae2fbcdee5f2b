/*
 * The measure block_joins as a driver: over a connection of its own it looks at the list of those who may join (allowlist.h)
 * once a second, and at once when something else is wanted, and does what that decides: one statement at a time, of
 * which each is a transaction. It keeps no record: whose the list is stands in the list.
 */
#ifndef SENTINEL_BLOCKJOINS_H
#define SENTINEL_BLOCKJOINS_H

#include "action.h"

extern const struct action_driver blockjoins_driver;

#endif
