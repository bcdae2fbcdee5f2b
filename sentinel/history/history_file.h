/*
 * The history on disk, so that it survives a restart: DIR/history, of a fixed size for a number of nodes, written every
 * half minute from a thread, so that a slow or full disk holds up nothing and costs nothing but what it could not take.
 *
 * The file is made of leaves, each with a checksum, for 60 points of one node, and there are two copies of every one:
 * the older is overwritten, and the newer stands until the older is safely on disk as the new one. So whatever happens
 * while it is written, what was there before is there, and at most what came since is lost.
 */
#ifndef SENTINEL_HISTORY_FILE_H
#define SENTINEL_HISTORY_FILE_H

#include "../core/core.h"
#include "../host/loop.h"
#include "history.h"
#include "history_time.h"

struct history_file;
typedef void history_note_fn(void *arg, enum severity severity, const char *text);

/*
 * Reads DIR/history into `history`, whose nodes are set, and gives the time to go on with; where there is nothing to be
 * read it begins. Damage is told of and left out. Nothing is written before history_file_start.
 */
struct history_file *history_file_open(const char *dir, struct history *history, const struct reading *now,
	struct history_time *time, history_note_fn *note, void *arg);

/* Saves from now on. False: memory is short. */
bool history_file_start(struct history_file *file, struct loop *loop,
	void (*read)(void *arg, struct reading *out), void *arg) __attribute__((warn_unused_result));

/* Now, where it is not being saved already. */
void history_file_save(struct history_file *file);

/* The history has other nodes now: all of it is written anew. */
void history_file_renew(struct history_file *file);

/* Waits until all is saved that can be; for the end. NULL is fine. */
void history_file_close(struct history_file *file);

#endif
