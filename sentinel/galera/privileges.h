/*
 * What the database user may do, seen from what it is shown, and what is missing. Pure: rows in, a sentence out.
 */
#ifndef SENTINEL_PRIVILEGES_H
#define SENTINEL_PRIVILEGES_H

#include "../../conf/conf.h"
#include "db.h"

/* A server shows a user those procedures and tables that it may use, however it was allowed to. */
extern const char privileges_sql[];

struct privileges {
	char missing[480]; /* a sentence with the statements to run; "": nothing */
};

void privileges_read(struct privileges *out, const struct conf *conf, const char *user,
	const struct db_row *rows, size_t n);

#endif
