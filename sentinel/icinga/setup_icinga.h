/* What an Icinga administrator adds once for a cluster, so that its sentinels may report there. */
#ifndef SENTINEL_SETUP_ICINGA_H
#define SENTINEL_SETUP_ICINGA_H

#include <stdio.h>

#include "../../conf/conf.h"

/*
 * Prints a whole file of Icinga 2's configuration: templates and rules (those of packaging/icinga2, which are the same for
 * all clusters and count once), the hosts, the ApiUser; and as comments where it goes and what goes into sentinel.yaml.
 */
void setup_icinga_print(FILE *out, const struct conf *conf);

#endif
