#include "setup_db.h"

static const char head[] =
	"-- Lets the database user of skew-sentinel do what it is for, and nothing else.\n"
	"-- Run it on one node of the cluster: it replicates to all of them. Running it again does no harm.\n"
	"--   skewctl setup-db | sudo mariadb\n"
	"--\n"
	"-- SET GLOBAL wsrep_desync needs SUPER, which the daemon's user does not get. A locked account "
	"holds it and\n"
	"-- owns a procedure that does this one thing with the account's rights; the daemon's user may call "
	"it.\n"
	"-- To take all of it away again: DROP DATABASE skew_sentinel; and DROP USER for the two users "
	"below.\n"
	"\n"
	"CREATE DATABASE IF NOT EXISTS skew_sentinel;\n"
	"\n"
	"CREATE USER IF NOT EXISTS 'skew_sentinel_definer'@'localhost' IDENTIFIED VIA unix_socket ACCOUNT "
	"LOCK;\n"
	"ALTER USER 'skew_sentinel_definer'@'localhost' ACCOUNT LOCK;\n"
	"GRANT SUPER ON *.* TO 'skew_sentinel_definer'@'localhost';\n"
	"\n"
	"DELIMITER //\n"
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.desync(IN want BOOLEAN)\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: take this node out of flow control, or back'\n"
	"BEGIN\n"
	"  IF want THEN\n"
	"    SET GLOBAL wsrep_desync=ON;\n"
	"  ELSE\n"
	"    SET GLOBAL wsrep_desync=OFF;\n"
	"  END IF;\n"
	"END //\n"
	"DELIMITER ;\n"
	"GRANT EXECUTE ON PROCEDURE skew_sentinel.desync TO 'skew_sentinel_definer'@'localhost';\n"
	"\n"
	"-- It is let in by the unix socket for being the system user of that name: there is no password.\n";

/* As a string literal of SQL. */
static void print_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static void print_statement(FILE *out, const char *before, const char *user, const char *after)
{
	fputs(before, out);
	print_quoted(out, user);
	fputs(after, out);
}

void setup_db_print(FILE *out, const char *user)
{
	fputs(head, out);
	print_statement(
		out, "CREATE USER IF NOT EXISTS ", user, "@'localhost' IDENTIFIED VIA unix_socket;\n");
	print_statement(out, "GRANT EXECUTE ON PROCEDURE skew_sentinel.desync TO ", user, "@'localhost';\n");
}
