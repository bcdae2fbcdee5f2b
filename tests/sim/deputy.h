/*
 * The real Galera driver (sentinel/galera/galera.c and what it is made of) in virtual time: the loop's timers, the
 * errand, the files on disk, the clock and the connection to the database (loop.h, errand.h, statefile.h,
 * clock.h, db.h) are played by deputy.c, deputy_disk.c and deputy_db.c, on a simulated server.
 */
#ifndef SIM_DEPUTY_H
#define SIM_DEPUTY_H

#include "../../sentinel/action.h"
#include "../../sentinel/galera/ownership.h"

struct host;
struct deputy;

/* What is on the disk: it outlives the process. */
enum { DISK_FILES = 4 };
struct disk_file {
	char name[32], text[STATEFILE_SIZE]; /* "": none */
};
struct disk {
	struct disk_file files[DISK_FILES];
	unsigned full; /* reasons for which nothing can be written */
};

/* Something is recorded as ours. */
bool disk_has_record(const struct disk *disk);

/* A desync is being given back: an ON is then a part of that, and no deed of its own (sentinel/galera/desync.c). */
bool disk_gives_back(const struct disk *disk);

/* The driver of a host's sentinel begins. NULL where memory is short. */
struct deputy *deputy_new(struct host *host);

/* As kill -9 ends it: what was on its way to the disk may or may not get there. */
void deputy_kill(struct deputy *deputy);

void deputy_want(struct deputy *deputy, const struct wanted *wanted);

/* The driver holds a claim to leave work, by its latest word. */
bool deputy_holds(const struct deputy *deputy);

/* What it tells others of its node. NULL is fine. */
enum told_database deputy_told(const struct deputy *deputy);

/* Does one thing that is due, if there is any: true then. */
bool deputy_turn(struct deputy *deputy);

/* When the next one is, as far as time alone brings it. */
struct mono deputy_due(const struct deputy *deputy);

#endif
