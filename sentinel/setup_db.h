/* What a database administrator runs once in a cluster so that the daemon may act without SUPER. */
#ifndef SENTINEL_SETUP_DB_H
#define SENTINEL_SETUP_DB_H

#include <stdio.h>

/*
 * Prints the SQL, with comments, for the mariadb client; `user`: the database user of the daemon
 * (galera.user).
 */
void setup_db_print(FILE *out, const char *user);

/* What the measure block_joins needs beside it. */
void setup_db_print_joins(FILE *out, const char *user);

#endif
