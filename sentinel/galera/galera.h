/*
 * The Galera driver (action.h): galera.c looks at the server through one connection and keeps a list of
 * measures, each of which has its own for what it sets.
 */
#ifndef SENTINEL_GALERA_H
#define SENTINEL_GALERA_H

#include <stdio.h>

#include "../action.h"
#include "../text/told.h"
#include "measure.h"

/*
 * For `skewctl release` with the daemon dead: reads what the daemon left in force on this host's server, and
 * gives it back by the same rules, within some seconds. Says on `out` what was done, or why not and what to
 * do about it. As root it becomes the daemon's user for what it does in the database; where that user is not
 * let in it tries root itself. False: something of ours may still be in force.
 */
bool galera_release(const struct conf *conf, FILE *out);

/* How this host's node does, for others to know. */
enum told_database galera_told(const void *self);

/* A claim of this node's to leave work is in the cluster's ledger, as far as the driver knows. */
bool galera_claim_left(const void *self);

/*
 * Is there a record, good or damaged, of something of ours in this state directory? For those who cannot
 * start the driver: a daemon without a configuration, or with one that has no `galera:` block any more.
 */
bool galera_left_in_force(const char *state);
#define GALERA_CLAIM_TOO                                                                             \
	"; where the database here is not Primary, its claim is ended on a host whose database is: " \
	"skewctl release --claim NODE"
#define GALERA_LEFT_IN_FORCE                                                                    \
	"what this daemon set on MariaDB before (wsrep_desync, wsrep_reject_queries) stays in " \
	"force, and so does its claim to leave work; give both back with the daemon stopped: "  \
	"skewctl release" GALERA_CLAIM_TOO
#define GALERA_LEFT_A_CLAIM                                                                     \
	"the claim of this node to leave work stays in the cluster, and keeps others at work; " \
	"give it back with the daemon stopped: skewctl release" GALERA_CLAIM_TOO

/* The kinds of measures there are, by number; NULL behind the last one. */
const struct measure_kind *galera_kind(size_t i);

/*
 * galera_driver.start for a release of one measure: a damaged record is taken for one of ours. `user`: to speak to
 * the server as.
 */
void *galera_start_release(const struct action_env *env, const char *user, enum conf_measure measure);

#endif
