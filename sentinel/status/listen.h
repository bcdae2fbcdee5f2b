/*
 * The listening sockets of the status: where they are, what stands in the way, with which mode. Nothing here waits, and
 * no name is looked up.
 */
#ifndef SENTINEL_LISTEN_H
#define SENTINEL_LISTEN_H

#include <stddef.h>

#include "../../conf/conf.h"

/*
 * Both give a listening descriptor, the caller's, that neither blocks nor outlives an exec; or -1, and a sentence in *why.
 *
 * A unix socket: its directory is made where it is missing, its mode is 0660 from the first moment. One left behind by a
 * daemon that is gone is replaced; one that somebody listens at, or a file that is no socket, never.
 */
int listen_unix(const char *path, char *why, size_t room) __attribute__((warn_unused_result));

/* An IP address of this host, or "localhost" (127.0.0.1), and a port. */
int listen_tcp(const struct conf_address *where, char *why, size_t room) __attribute__((warn_unused_result));

#endif
