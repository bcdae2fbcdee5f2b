/*
 * Is this node fit to serve clients? What /healthz/db tells load balancers, to whom a fenced node looks well as long
 * as they ask for its Galera state alone.
 */
#ifndef SENTINEL_FITNESS_H
#define SENTINEL_FITNESS_H

#include "status.h"

/*
 * False, and a sentence in `why`: it is fenced, by whomever, or its clock is proved to be beyond galera.above (or was,
 * for long enough, and is not proved right again). What is not known is no reason, nor what a trusted reference vetoes or
 * a leap second explains: a sentinel that cannot see takes no node from a load balancer. Nor does a dry run, which
 * changes nothing. Nor does it look after mariadbd as such.
 */
bool fitness_of_database(const struct status_source *source, char *why, size_t room);

#endif
