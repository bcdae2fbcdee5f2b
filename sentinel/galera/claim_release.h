/* Ends a claim to leave work without a daemon: for `skewctl release` and `skewctl release --claim` as root. */
#ifndef SENTINEL_CLAIM_RELEASE_H
#define SENTINEL_CLAIM_RELEASE_H

#include <stdio.h>

#include "../../conf/conf.h"

/*
 * The node's claim in the cluster's ledger, over this host's server, within some seconds. True: it has none (any
 * more), or the ledger is not there at all. False: a sentence on `out` says what to do.
 */
bool claim_release(const struct conf *conf, const char *node, FILE *out);

#endif
