#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "look.h"
#include "setup_db.h"

#define CONNECTED_WITHIN span_s(5)
#define DONE_WITHIN span_s(30)

struct apply {
	struct loop *loop;
	struct db *db;
	FILE *out;
	char *at;          /* what is left of the script, */
	char delimiter[4]; /* and what ends a statement there */
	char sql[DB_SQL_SIZE];
	bool good;
};

/* ---- one statement after another ---- */

/* Adds a line to the statement. True: it is whole. */
static bool take_line(char *sql, const char *line, size_t len, const char *delimiter)
{
	size_t used = strlen(sql), end = strlen(delimiter);

	while (len > 0 && line[len - 1] == ' ')
		len--;
	if (len == 0 || strncmp(line, "--", 2) == 0)
		return false;
	snprintf(sql + used, DB_SQL_SIZE - used, "%s%.*s", used ? "\n" : "", (int)len, line);
	used = strlen(sql);
	if (used < end || strcmp(sql + used - end, delimiter) != 0)
		return false;
	sql[used - end] = '\0';
	return true;
}

/* The script is our own: a delimiter ends a line, and lines that begin with "--" are remarks. False: none is left. */
static bool next_statement(struct apply *apply)
{
	static const char changes[] = "DELIMITER ";
	const size_t n = sizeof changes - 1;

	apply->sql[0] = '\0';
	while (*apply->at) {
		char *line = apply->at;
		size_t len = strcspn(line, "\n");

		apply->at += len + (line[len] == '\n');
		if (strncmp(line, changes, n) == 0)
			snprintf(apply->delimiter, sizeof apply->delimiter, "%.*s", (int)(len - n), line + n);
		else if (take_line(apply->sql, line, len, apply->delimiter))
			return true;
	}
	return false;
}

static void go_on(struct apply *apply);

/* What a SIGNAL in the script says is said to a person, and says all. */
enum { SIGNALLED = 1644 };

/* "GRANT SELECT ON x TO 'y'@'z'": the first line is enough to know it by. */
static void complain(const struct apply *apply, const struct db_result *result)
{
	if (result->code == SIGNALLED)
		fprintf(apply->out, "%s\n", result->error);
	else
		fprintf(apply->out, "Refused: %.*s\n  %s\n", (int)strcspn(apply->sql, "\n"), apply->sql,
			result->error);
}

/* For a table that older servers do not have. */
static bool can_do_without(const struct apply *apply)
{
	return strstr(apply->sql, "mysql.wsrep_cluster_members") != NULL;
}

static void on_done(void *arg, const struct db_result *result)
{
	struct apply *apply = arg;

	if (result->end != DB_DONE)
		complain(apply, result);
	if (result->end == DB_DONE || (result->end == DB_REFUSED && can_do_without(apply)))
		go_on(apply);
	else
		loop_stop(apply->loop);
}

static void go_on(struct apply *apply)
{
	if (next_statement(apply)) {
		db_query(apply->db, apply->sql, DONE_WITHIN, on_done, apply);
		return;
	}
	apply->good = apply->sql[0] == '\0';
	loop_stop(apply->loop);
}

static void on_connected(void *arg, const struct db_result *result)
{
	struct apply *apply = arg;

	if (result->end == DB_DONE) {
		go_on(apply);
		return;
	}
	fprintf(apply->out, "MariaDB cannot be reached: %s\n", result->error);
	loop_stop(apply->loop);
}

/* ---- */

static char *script_for(const struct conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	setup_db_print_all(out, conf);
	fclose(out);
	return text;
}

bool setup_db_apply(const struct conf *conf, FILE *out)
{
	const struct passwd *me = getpwuid(geteuid());
	const struct db_place asked = { .socket = conf->galera.socket, .user = me ? me->pw_name : "root" };
	struct db_place place = look_place(&asked);
	char *script = script_for(conf);
	struct apply apply = { .loop = loop_new(), .out = out, .at = script, .delimiter = ";" };

	if (apply.loop && script)
		apply.db = db_open(apply.loop, &place, CONNECTED_WITHIN, on_connected, &apply);
	if (apply.db)
		loop_run(apply.loop);
	db_close(apply.db);
	loop_free(apply.loop);
	free(script);
	return apply.good;
}
