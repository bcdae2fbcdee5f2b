/* Keeps the history: looks at every node once a second, and has it saved in the state directory. */
#ifndef SENTINEL_KEEPER_H
#define SENTINEL_KEEPER_H

#include "../status/status.h"
#include "history_file.h"

enum { KEEPER_NODES_MAX = 128 }; /* this host and the first others: the history takes some 90 kB for each */

struct keeper;

/*
 * `source` is borrowed. Reads what an earlier run left. `note` is told where the file is damaged or cannot be written;
 * nothing else depends on it. NULL where memory is short.
 */
struct keeper *keeper_new(
	struct loop *loop, const struct status_source *source, history_note_fn *note, void *arg);

/* The core may have other nodes now. */
void keeper_reload(struct keeper *keeper);

/* Saves once more. NULL is fine. */
void keeper_free(struct keeper *keeper);

/* For `status_source`. */
const struct history *keeper_history(const struct keeper *keeper);
int64_t keeper_second(const struct keeper *keeper, const struct reading *now);

#endif
