/* Who asks at the status sockets, and may they? */
#ifndef SENTINEL_CALLER_H
#define SENTINEL_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "../../conf/conf.h"

/*
 * May who is at the other end of this connection to the unix socket at `path` give commands: root, the daemon's own user,
 * or a member of the socket's group, by the kernel's word? True: *uid is theirs.
 */
bool caller_may_command(int fd, const char *path, uid_t *uid) __attribute__((warn_unused_result));

/*
 * Does a Host header name this host: by any address, as "localhost", or as one of the two names? An address cannot be
 * made to point elsewhere; of the names only our own are known not to be an attacker's.
 */
bool caller_names_us(const char *header, const char *host, const char *node)
	__attribute__((warn_unused_result));

#endif
