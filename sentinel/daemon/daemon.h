/*
 * The daemon: turns what happens outside into events of the core, and the core's effects into deeds.
 */
#ifndef SENTINEL_DAEMON_H
#define SENTINEL_DAEMON_H

#include <stdbool.h>

#include "../../conf/conf.h"

struct daemon;

struct daemon_options {
	const char *file; /* the configuration; read again at a reload */
	struct conf_host host;
};

/*
 * Opens everything that `conf` names (which the daemon owns from then on, in either case). NULL, and one sentence in
 * `error`, where something of it cannot be had: sockets, keys, memory. A server that is away is not among them.
 */
struct daemon *daemon_new(const struct daemon_options *options, struct conf *conf, char *error, size_t room);

/*
 * Runs until SIGTERM or SIGINT. What is in force stays in force. False: it had to stop by itself, since a reload left it
 * without sockets; it was logged, and a start from anew is what may help.
 */
bool daemon_run(struct daemon *daemon);
void daemon_free(struct daemon *daemon);

#endif
