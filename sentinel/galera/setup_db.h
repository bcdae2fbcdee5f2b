/* What a database administrator runs once in a cluster so that the daemon may act without SUPER. */
#ifndef SENTINEL_SETUP_DB_H
#define SENTINEL_SETUP_DB_H

#include <stdio.h>

#include "../../conf/conf.h"

/*
 * Prints the SQL, with comments, for the mariadb client; `user`: the database user of the daemon
 * (galera.user).
 */
void setup_db_print(FILE *out, const char *user);

/* What the measure block_joins needs beside it. */
void setup_db_print_joins(FILE *out, const char *user);

/* All that goes with the configuration. */
void setup_db_print_all(FILE *out, const struct conf *conf);

/*
 * Runs that over the socket of this host's server, as the database user of the same name as the one who asks for it. False:
 * what was refused is on `out`.
 */
bool setup_db_apply(const struct conf *conf, FILE *out) __attribute__((warn_unused_result));

#endif
