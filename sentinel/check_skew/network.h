/* The check over the network, without a daemon. */
#ifndef CHECK_SKEW_NETWORK_H
#define CHECK_SKEW_NETWORK_H

#include "prober.h"
#include "result.h"

/* Probes options->host within `within`; *result gets what was found, or why nothing was and what to do about it. */
void network_check(const struct options *options, struct span within, struct result *result);

/* What was found, in words. here: this host's name. */
void network_judge(
	const struct options *options, const struct prober *prober, const char *here, struct result *result);

#endif
