/* Everyone's offset to everyone, as far as it is known here, as JSON for /v1/matrix. */
#ifndef SENTINEL_MATRIX_H
#define SENTINEL_MATRIX_H

#include "status.h"

/*
 * A matrix grows with the square of the cluster: it shows this host, the voters and then others up to so many; how many
 * were left out is said. A hundred of them cost some 50 ms of CPU a look.
 */
enum { MATRIX_NODES_MAX = 100 };

/* A new reference. */
json_t *matrix_json(const struct status_source *source);

#endif
