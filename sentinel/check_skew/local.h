/* The check by the word of this host's daemon. */
#ifndef CHECK_SKEW_LOCAL_H
#define CHECK_SKEW_LOCAL_H

#include <jansson.h>

#include "result.h"

/* Asks the daemon, within `within`; *result gets the verdict, or why there is none and what to do about it. */
void local_check(const struct options *options, struct span within, struct result *result);

/* The same from its documents (/v1/status; /v1/matrix, which may be NULL where the node is the daemon's own). */
void local_judge(
	const struct options *options, const json_t *status, const json_t *matrix, struct result *result);

/* Does it take the matrix as well to tell of the node that is wanted? */
bool local_is_other(const struct options *options, const json_t *status);

#endif
