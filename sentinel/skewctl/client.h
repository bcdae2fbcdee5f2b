/* One HTTP request over the daemon's unix socket, within a time. */
#ifndef SKEWCTL_CLIENT_H
#define SKEWCTL_CLIENT_H

#include <stddef.h>

#include "../../proto/instant.h"

#define CLIENT_SOCKET_DEFAULT "/run/skew-sentinel/status.sock"

enum client_result {
	CLIENT_OK,     /* an answer came, whatever its status */
	CLIENT_ABSENT, /* nobody listens there */
	CLIENT_DENIED, /* this user may not open it */
	CLIENT_BROKEN, /* no answer in time, or none that makes sense */
};

struct client_answer {
	int status;
	char *body; /* NUL-terminated, for free() */
	size_t len;
};

/*
 * method: "GET" or "POST"; body: NULL for none. What is sent and received has to be done within `within`. *out is
 * written on CLIENT_OK alone, `why` (a few words) otherwise.
 */
enum client_result client_ask(const char *socket_path, const char *method, const char *target,
	const char *body, struct span within, struct client_answer *out, char *why, size_t room)
	__attribute__((warn_unused_result));

#endif
