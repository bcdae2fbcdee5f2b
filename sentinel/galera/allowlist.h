/*
 * The list of those who may join (mysql.wsrep_allowlist, MariaDB 10.10 and later), and what to do about it. Pure: what
 * was read and what is wanted in, a statement out.
 *
 * An empty table admits everyone, one row refuses whoever is not listed. So while a skewed host that is no member is to
 * be kept out, the table holds every other configured host, the members among them, and one row more that is no address:
 * by it every node knows, whoever wrote it and whatever was restarted since, that the list is ours. Who is kept out no
 * more gets his row; when nobody is, all of our rows go, and the table is as it was: empty, else we had not begun.
 * Beside each address, written and taken away with it, stands a seal: a row that says that we wrote it. So the address
 * of a peer that is configured no more is known from one that somebody added, by any node and after any restart: ours
 * goes, and his is left alone, with all the rest until he takes it away himself.
 *
 * What has to be minded (seen on real nodes): a node that forms a new cluster empties its own table, and tells nobody;
 * those that join it by IST keep their rows. A row that such a node then writes is there already on the others, and the
 * node is thrown out for it. Deleting is safe, as long as wsrep_ignore_apply_errors says that a missing row is no error.
 * Hence nothing is written into an empty table before every member has said that its own is empty too, and where some are
 * and some are not, those that are not are emptied first, from a node that has the rows.
 */
#ifndef SENTINEL_ALLOWLIST_H
#define SENTINEL_ALLOWLIST_H

#include "../core/core.h"
#include "db.h"

/* The row that is no address. */
#define ALLOWLIST_MARK "skew-sentinel"

/* The server's own settings; the rows. */
extern const char allowlist_settings_sql[], allowlist_rows_sql[];

/* One look. */
struct allowlist_seen {
	bool has_table; /* the server knows of such a list */
	bool primary;   /* in a primary component, and synchronised with it */
	char version[DB_VALUE_SIZE];
	char node_name[DB_NAME_SIZE];
	char setting[DB_VALUE_SIZE]; /* @@wsrep_allowlist */
	unsigned ignores;            /* @@wsrep_ignore_apply_errors */
	size_t n_members, n_rows;    /* DB_ROWS_MAX: there may be more */
	struct db_row members[DB_ROWS_MAX], rows[DB_ROWS_MAX];
};

/* Takes over rows of a setting and its value. */
void allowlist_read_settings(struct allowlist_seen *seen, const struct db_row *rows, size_t n);

/* There is a list, and it is ours. */
bool allowlist_marked(const struct allowlist_seen *seen);

/* The row is one that says of another that we wrote it. */
bool allowlist_is_seal(const char *row);

struct allowlist_facts {
	const struct conf *conf;
	const struct wanted_joins *wanted;
	const struct allowlist_seen *seen;
	bool apart; /* for a while already some members say that they have a list, and some that they have none */
};

struct allowlist_choice {
	enum action_state state;
	char detail[sizeof((struct action_report *)0)->detail];
	bool no_list;          /* the table is empty, and could be written */
	bool apart;            /* see above: now */
	char sql[DB_SQL_SIZE]; /* "": nothing is to be done */
};

struct allowlist_choice allowlist_decide(const struct allowlist_facts *facts);

#endif
