/*
 * A lie between what the sentinels say, or what the world does, and those who judge it: how a test plants the fault
 * that an invariant guards against.
 */
#ifndef SIM_PLANTED_H
#define SIM_PLANTED_H

#include "invariant.h"

enum { DB1, DB2, DB3 };

/* After each step of a host's core, before it is judged. arg: NULL. */
typedef void lie_fn(void *arg, struct host *host);

/* The named plan, while that lie is told; NULL: none. The world is the caller's to free. */
struct world *planted_run(const char *name, lie_fn *lie);

/* Fails where the first violation of that invariant does not say so. */
void planted_expect(const char *plan, lie_fn *lie, enum invariant_name name, const char *sentence);

/* It is that host's step, and so late. */
bool is_at(const struct host *host, unsigned index, int64_t from_s);

#endif
