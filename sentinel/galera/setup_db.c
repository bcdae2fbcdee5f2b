#include "setup_db.h"

static const char head[] =
	"-- Lets the database user of skew-sentinel do what it is for, and nothing else.\n"
	"-- Run it on one node of the cluster: it replicates to all of them. Running it again does no harm.\n"
	"--   skewctl setup-db | sudo mariadb\n"
	"--\n"
	"-- SET GLOBAL wsrep_desync and wsrep_reject_queries need SUPER, which the daemon's user does not "
	"get. A "
	"locked\n"
	"-- account holds it and owns two procedures, each of which does one of these things with the "
	"account's "
	"rights;\n"
	"-- the daemon's user may call them.\n"
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
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.reject(IN want BOOLEAN)\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: refuse all clients of this node, or serve them again'\n"
	"BEGIN\n"
	"  IF want THEN\n"
	"    SET GLOBAL wsrep_reject_queries=ALL_KILL;\n"
	"  ELSE\n"
	"    SET GLOBAL wsrep_reject_queries=NONE;\n"
	"  END IF;\n"
	"END //\n"
	"DELIMITER ;\n"
	"GRANT EXECUTE ON PROCEDURE skew_sentinel.desync TO 'skew_sentinel_definer'@'localhost';\n"
	"GRANT EXECUTE ON PROCEDURE skew_sentinel.reject TO 'skew_sentinel_definer'@'localhost';\n";

static const char own_user[] =
	"\n"
	"-- It is let in by the unix socket for being the system user of that name: there is no password.\n";

/*
 * See ledger.h. The procedures roll back what was refused, so that no transaction stays open in the daemon's
 * connection; texts are octets as they come.
 */
static const char ledger[] =
	"\n"
	"-- The ledger of those who have left work, by which the cluster itself decides who may: a few rows, "
	"which\n"
	"-- replicate as all others do. The daemon reads them, and changes them through procedures alone, "
	"each of\n"
	"-- which makes the version one more: of two that are built on the same version, one comes to "
	"nothing.\n"
	"CREATE TABLE IF NOT EXISTS skew_sentinel.ledger (\n"
	"  id TINYINT UNSIGNED NOT NULL PRIMARY KEY, version BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB;\n"
	"INSERT IGNORE INTO skew_sentinel.ledger VALUES (1, 0);\n"
	"CREATE TABLE IF NOT EXISTS skew_sentinel.claim (\n"
	"  node VARBINARY(64) NOT NULL PRIMARY KEY, token BIGINT UNSIGNED NOT NULL,\n"
	"  reason VARBINARY(128) NOT NULL) ENGINE=InnoDB;\n"
	"CREATE TABLE IF NOT EXISTS skew_sentinel.hold (\n"
	"  id TINYINT UNSIGNED NOT NULL PRIMARY KEY, token BIGINT UNSIGNED NOT NULL,\n"
	"  for_s BIGINT UNSIGNED NOT NULL, node VARBINARY(64) NOT NULL,\n"
	"  reason VARBINARY(128) NOT NULL) ENGINE=InnoDB;\n"
	"GRANT SELECT, INSERT, UPDATE, DELETE ON skew_sentinel.* TO 'skew_sentinel_definer'@'localhost';\n"
	"\n"
	"DELIMITER //\n"
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.claim(IN seen BIGINT UNSIGNED, IN who VARBINARY(64),\n"
	"  IN mark BIGINT UNSIGNED, IN why VARBINARY(128))\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: claim to leave work'\n"
	"BEGIN\n"
	"  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;\n"
	"  START TRANSACTION;\n"
	"  UPDATE skew_sentinel.ledger SET version = version + 1 WHERE id = 1 AND version = seen;\n"
	"  IF ROW_COUNT() = 1 THEN\n"
	"    REPLACE INTO skew_sentinel.claim VALUES (who, mark, why);\n"
	"  END IF;\n"
	"  COMMIT;\n"
	"END //\n"
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.give_back(IN seen BIGINT UNSIGNED, IN who VARBINARY(64))\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: give a claim back'\n"
	"BEGIN\n"
	"  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;\n"
	"  START TRANSACTION;\n"
	"  UPDATE skew_sentinel.ledger SET version = version + 1 WHERE id = 1 AND version = seen;\n"
	"  IF ROW_COUNT() = 1 THEN\n"
	"    DELETE FROM skew_sentinel.claim WHERE node = who;\n"
	"  END IF;\n"
	"  COMMIT;\n"
	"END //\n"
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.end_claim(IN who VARBINARY(64), IN mark BIGINT UNSIGNED)\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: end the claim of a node whose sentinel is gone for good'\n"
	"BEGIN\n"
	"  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;\n"
	"  START TRANSACTION;\n"
	"  UPDATE skew_sentinel.ledger SET version = version + 1 WHERE id = 1;\n"
	"  DELETE FROM skew_sentinel.claim WHERE node = who AND token = mark;\n"
	"  COMMIT;\n"
	"END //\n"
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.hold(IN mark BIGINT UNSIGNED, IN span BIGINT UNSIGNED,\n"
	"  IN who VARBINARY(64), IN why VARBINARY(128))\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: hold the actions of all nodes'\n"
	"BEGIN\n"
	"  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;\n"
	"  START TRANSACTION;\n"
	"  UPDATE skew_sentinel.ledger SET version = version + 1 WHERE id = 1;\n"
	"  REPLACE INTO skew_sentinel.hold VALUES (1, mark, span, who, why);\n"
	"  COMMIT;\n"
	"END //\n"
	"CREATE OR REPLACE DEFINER='skew_sentinel_definer'@'localhost'\n"
	"PROCEDURE skew_sentinel.unhold(IN mark BIGINT UNSIGNED)\n"
	"SQL SECURITY DEFINER\n"
	"COMMENT 'skew-sentinel: lift the hold on all nodes'\n"
	"BEGIN\n"
	"  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;\n"
	"  START TRANSACTION;\n"
	"  UPDATE skew_sentinel.ledger SET version = version + 1 WHERE id = 1;\n"
	"  DELETE FROM skew_sentinel.hold WHERE mark IN (0, token);\n"
	"  COMMIT;\n"
	"END //\n"
	"DELIMITER ;\n"
	"GRANT EXECUTE ON skew_sentinel.* TO 'skew_sentinel_definer'@'localhost';\n";

/* What the daemon's user gets, and what for. */
static const struct grant {
	const char *privilege, *what_for;
} grants[] = {
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.desync TO ",
		"takes this node out of flow control, and back" },
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.reject TO ", "fences this node, and gives it back" },
	{ "GRANT SELECT ON skew_sentinel.ledger TO ", "reads the ledger's version" },
	{ "GRANT SELECT ON skew_sentinel.claim TO ", "and who has left work" },
	{ "GRANT SELECT ON skew_sentinel.hold TO ", "and whether an operator holds all nodes" },
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.claim TO ", "claims to leave work" },
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.give_back TO ", "and gives that back" },
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.end_claim TO ", "for skewctl release --claim" },
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.hold TO ", "for skewctl hold --cluster" },
	{ "GRANT EXECUTE ON PROCEDURE skew_sentinel.unhold TO ", "for skewctl unhold --cluster" },
	{ "GRANT SELECT ON mysql.wsrep_cluster_members TO ",
		"who is a member; last, since MariaDB before 10.4 has no such table" },
};

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

static void print_grants(FILE *out, const char *user)
{
	for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
		fprintf(out, "-- %s\n", grants[i].what_for);
		print_statement(out, grants[i].privilege, user, "@'localhost';\n");
	}
}

void setup_db_print(FILE *out, const char *user)
{
	fputs(head, out);
	fputs(ledger, out);
	fputs(own_user, out);
	print_statement(
		out, "CREATE USER IF NOT EXISTS ", user, "@'localhost' IDENTIFIED VIA unix_socket;\n");
	print_grants(out, user);
}

/* An older server's own words would be of a table that it does not know. */
static const char joins[] =
	"\n"
	"-- block_joins: it keeps the list of those who may join (MariaDB 10.10 and later).\n"
	"DELIMITER //\n"
	"IF NOT EXISTS (SELECT 1 FROM information_schema.TABLES\n"
	"  WHERE TABLE_SCHEMA='mysql' AND TABLE_NAME='wsrep_allowlist') THEN\n"
	"  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT=\n"
	"    'block_joins needs MariaDB 10.10 or later: no mysql.wsrep_allowlist; take it out of "
	"galera.measures';\n"
	"END IF //\n"
	"DELIMITER ;\n";

void setup_db_print_joins(FILE *out, const char *user)
{
	fputs(joins, out);
	print_statement(
		out, "GRANT SELECT, INSERT, DELETE ON mysql.wsrep_allowlist TO ", user, "@'localhost';\n");
}

void setup_db_print_all(FILE *out, const struct conf *conf)
{
	setup_db_print(out, conf->galera.user);
	if (conf->galera.measures & MEASURE_BLOCK_JOINS)
		setup_db_print_joins(out, conf->galera.user);
}
