#include "allowlist.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"

/* Of wsrep_ignore_apply_errors: a row to be deleted that is not there is no error. */
enum { IGNORES_MISSING_ROWS = 2 };

const char allowlist_settings_sql[] =
	"SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'wsrep_node_name', 'wsrep_allowlist', "
	"'wsrep_ignore_apply_errors')";
const char allowlist_rows_sql[] = "SELECT ip, '' FROM mysql.wsrep_allowlist";

void allowlist_read_settings(struct allowlist_seen *seen, const struct db_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].name, "wsrep_node_name") == 0)
			snprintf(seen->node_name, sizeof seen->node_name, "%.*s",
				(int)sizeof seen->node_name - 1, rows[i].value);
		else if (strcmp(rows[i].name, "wsrep_ignore_apply_errors") == 0)
			seen->ignores = (unsigned)strtoul(rows[i].value, NULL, 10);
		else if (strcmp(rows[i].name, "version") == 0)
			snprintf(seen->version, sizeof seen->version, "%s", rows[i].value);
		else if (strcmp(rows[i].name, "wsrep_allowlist") == 0) {
			/* The setting and the table came with the same release. */
			seen->has_table = true;
			snprintf(seen->setting, sizeof seen->setting, "%s", rows[i].value);
		}
	}
}

/* With an address behind it: the row of that address is one that we wrote. */
#define SEAL ALLOWLIST_MARK " "

/* ---- the hosts: index 0 is this one, then conf->peers ---- */

enum { HOSTS_MAX = JOINS_MAX + 8, ADDRESS_SIZE = INET6_ADDRSTRLEN, SEAL_SIZE = sizeof SEAL + ADDRESS_SIZE };

struct host {
	const struct conf_peer *peer;
	const struct join_peer *wanted; /* NULL: this host, or an arbitrator */
	bool self, member;
	char address[ADDRESS_SIZE]; /* as the server writes it */
	char seal[SEAL_SIZE];
};

struct deciding {
	const struct allowlist_facts *f;
	struct allowlist_choice *out;
	size_t n_hosts;
	struct host hosts[HOSTS_MAX];
};

static bool __attribute__((format(printf, 3, 4)))
say(struct deciding *d, enum action_state state, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->out->detail, sizeof d->out->detail, format, args);
	va_end(args);
	d->out->state = state;
	return false;
}

/* Of many ways to write an address the server knows one. */
static bool read_address(char out[ADDRESS_SIZE], const char *text)
{
	uint8_t bytes[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	return inet_pton(family, text, bytes) == 1 && inet_ntop(family, bytes, out, ADDRESS_SIZE);
}

static bool take_address(struct host *host)
{
	char address[ADDRESS_SIZE];

	if (!read_address(address, conf_galera_host(host->peer)))
		return false;
	snprintf(host->address, sizeof host->address, "%s", address);
	snprintf(host->seal, sizeof host->seal, SEAL "%s", address);
	return true;
}

static bool add_host(struct deciding *d, const struct conf_peer *peer, const struct join_peer *wanted)
{
	struct host *host = &d->hosts[d->n_hosts];

	if (d->n_hosts == HOSTS_MAX)
		return say(d, ACTION_FAILED, "block_joins can keep a list of %d hosts at most", HOSTS_MAX);
	*host = (struct host){ .peer = peer, .wanted = wanted, .self = d->n_hosts == 0 };
	if (!take_address(host))
		return say(d, ACTION_FAILED,
			"block_joins needs the IP address that %s replicates from: give it a galera_address",
			peer->name);
	d->n_hosts++;
	return true;
}

static const struct join_peer *wanted_of(const struct wanted_joins *wanted, size_t peer)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (wanted->peers[i].peer == peer)
			return &wanted->peers[i];
	return NULL;
}

static bool collect_hosts(struct deciding *d)
{
	const struct conf *conf = d->f->conf;

	if (!conf->listed)
		return say(d, ACTION_FAILED, "block_joins needs this host in `peers`, with its address");
	if (!add_host(d, &conf->self, NULL))
		return false;
	for (size_t i = 0; i < conf->n_peers; i++) {
		const struct join_peer *wanted = wanted_of(d->f->wanted, i);

		if ((wanted || conf->peers[i].role == ROLE_ARBITRATOR) &&
			!add_host(d, &conf->peers[i], wanted))
			return false;
	}
	return true;
}

static struct host *host_of(struct deciding *d, const struct member *member)
{
	const struct conf_peer *peer = &d->f->conf->peers[member->peer];

	for (size_t k = 0; k < d->n_hosts; k++)
		if (member->kind == MEMBER_SELF ? d->hosts[k].self : d->hosts[k].peer == peer)
			return &d->hosts[k];
	return NULL;
}

/* Of an arbitrator the cluster tells no address: all that are configured are in the list. */
static bool match_member(struct deciding *d, const struct member *member)
{
	bool matched = false;

	if (member->kind == MEMBER_ARBITRATOR) {
		for (size_t k = 1; k < d->n_hosts; k++)
			matched |= d->hosts[k].peer->role == ROLE_ARBITRATOR;
	} else if (member->kind != MEMBER_STRANGER) {
		struct host *host = host_of(d, member);

		matched = host != NULL;
		if (host)
			host->member = true;
	}
	return matched || say(d, ACTION_FAILED,
				  "member %s is no configured database or arbitrator, and a list without it "
				  "might lock it "
				  "out: add it to `peers`",
				  member->name);
}

static bool match_members(struct deciding *d)
{
	const struct allowlist_seen *seen = d->f->seen;
	struct members members;

	members_read(&members, d->f->conf, seen->node_name, seen->members, seen->n_members);
	for (size_t i = 0; i < members.n; i++)
		if (!match_member(d, &members.list[i]))
			return false;
	return true;
}

/* ---- the rows ---- */

static bool holds_row(const struct allowlist_seen *seen, const char *ip)
{
	for (size_t i = 0; i < seen->n_rows; i++)
		if (strcmp(seen->rows[i].name, ip) == 0)
			return true;
	return false;
}

static bool has_row(const struct deciding *d, const char *ip)
{
	return holds_row(d->f->seen, ip);
}

bool allowlist_marked(const struct allowlist_seen *seen)
{
	return holds_row(seen, ALLOWLIST_MARK);
}

/* An address, as we would have written it. */
static bool is_address(const char *row)
{
	char address[ADDRESS_SIZE];

	return read_address(address, row) && strcmp(address, row) == 0;
}

bool allowlist_is_seal(const char *row)
{
	return strncmp(row, SEAL, sizeof SEAL - 1) == 0 && is_address(row + sizeof SEAL - 1);
}

/* Of a host that is in the list no more, too. */
static bool is_sealed(const struct allowlist_seen *seen, const char *row)
{
	char seal[SEAL_SIZE];

	if (!is_address(row))
		return false;
	snprintf(seal, sizeof seal, SEAL "%s", row);
	return holds_row(seen, seal);
}

static bool is_ours(const struct deciding *d, const char *row)
{
	bool ours = strcmp(row, ALLOWLIST_MARK) == 0 || allowlist_is_seal(row) || is_sealed(d->f->seen, row);

	for (size_t k = 0; k < d->n_hosts && !ours; k++)
		ours = strcmp(d->hosts[k].address, row) == 0;
	return ours;
}

static bool say_foreign(struct deciding *d, const char *ip, bool marked)
{
	if (!marked)
		return say(d, ACTION_FAILED,
			"mysql.wsrep_allowlist has a row of somebody else's, '%s': it is left alone", ip);
	return say(d, ACTION_FAILED,
		"our list has a row of somebody else's, and is left as it is until that is gone: "
		"DELETE FROM mysql.wsrep_allowlist WHERE ip='%s'",
		ip);
}

/* Without our mark every row is somebody's. */
static bool find_foreign(struct deciding *d)
{
	const struct allowlist_seen *seen = d->f->seen;
	bool marked = allowlist_marked(seen);

	for (size_t i = 0; i < seen->n_rows; i++)
		if (!marked || !is_ours(d, seen->rows[i].name))
			return say_foreign(d, seen->rows[i].name, marked);
	return true;
}

/* ---- who is to be kept out, and who writes ---- */

/* Who has no row in a list of ours was proved wrong once, and stays out until the opposite is proved. */
static bool is_kept_out(const struct deciding *d, const struct host *host)
{
	bool listed = !has_row(d, ALLOWLIST_MARK) || has_row(d, host->address);

	return host->wanted && !host->member && (host->wanted->out || (!listed && !host->wanted->in));
}

static bool anybody_out(const struct deciding *d)
{
	for (size_t k = 0; k < d->n_hosts; k++)
		if (is_kept_out(d, &d->hosts[k]))
			return true;
	return false;
}

/* A member that has data, beside this host, and does not say so of its table: its name, or NULL. */
static const char *member_not_saying(const struct deciding *d, enum join_word word)
{
	for (size_t k = 1; k < d->n_hosts; k++) {
		const struct host *host = &d->hosts[k];

		if (host->member && host->wanted && host->wanted->word != word)
			return host->peer->name;
	}
	return NULL;
}

static bool any_member_says(const struct deciding *d, enum join_word word)
{
	for (size_t k = 1; k < d->n_hosts; k++)
		if (d->hosts[k].member && d->hosts[k].wanted && d->hosts[k].wanted->word == word)
			return true;
	return false;
}

/* The first by name of the members that say this of their table and can write: all choose alike. */
static const char *writer(const struct deciding *d, enum join_word word)
{
	const char *first = d->f->conf->node;

	for (size_t k = 1; k < d->n_hosts; k++) {
		const struct host *host = &d->hosts[k];

		if (host->member && host->wanted && host->wanted->able && !host->wanted->out &&
			host->wanted->word == word && strcmp(host->peer->name, first) < 0)
			first = host->peer->name;
	}
	return first;
}

static bool we_write(const struct deciding *d, enum join_word word)
{
	return strcmp(writer(d, word), d->f->conf->node) == 0;
}

/* ---- statements ---- */

static bool __attribute__((format(printf, 2, 3))) write_sql(struct deciding *d, const char *format, ...)
{
	size_t len = strlen(d->out->sql), room = sizeof d->out->sql;
	va_list args;
	int written;

	va_start(args, format);
	written = vsnprintf(d->out->sql + len, room - len, format, args);
	va_end(args);
	if (written >= 0 && (size_t)written < room - len)
		return true;
	d->out->sql[0] = '\0';
	return say(d, ACTION_FAILED, "the list of those who may join is too long for one statement");
}

static bool write_row(
	struct deciding *d, const char *begin, const char *open, const char *row, const char *close)
{
	return write_sql(d, "%s%s'%s'%s", d->out->sql[0] ? ", " : begin, open, row, close);
}

static bool insert_row(struct deciding *d, const char *row)
{
	if (has_row(d, row))
		return true;
	return write_row(d, "INSERT INTO mysql.wsrep_allowlist (ip) VALUES ", "(", row, ")");
}

/* What somebody else has written for a peer gets no seal. */
static bool insert_missing(struct deciding *d, bool mark)
{
	bool good = !mark || insert_row(d, ALLOWLIST_MARK);

	for (size_t k = 0; k < d->n_hosts && good; k++) {
		const struct host *host = &d->hosts[k];

		if (!is_kept_out(d, host) && !has_row(d, host->address))
			good = insert_row(d, host->address) && insert_row(d, host->seal);
	}
	return good;
}

static bool belongs(const struct deciding *d, const char *row)
{
	bool does = strcmp(row, ALLOWLIST_MARK) == 0;

	for (size_t k = 0; k < d->n_hosts && !does; k++) {
		const struct host *host = &d->hosts[k];

		does = !is_kept_out(d, host) &&
		       (strcmp(host->address, row) == 0 || strcmp(host->seal, row) == 0);
	}
	return does;
}

/* All that is there is ours: find_foreign. */
static bool delete_surplus(struct deciding *d, bool all)
{
	const struct allowlist_seen *seen = d->f->seen;
	bool good = true;

	for (size_t i = 0; i < seen->n_rows && good; i++)
		if (all || !belongs(d, seen->rows[i].name))
			good = write_row(d, "DELETE FROM mysql.wsrep_allowlist WHERE ip IN (", "",
				seen->rows[i].name, "");
	return good && (!d->out->sql[0] || write_sql(d, ")"));
}

/* ---- the decision ---- */

static void name_those_out(const struct deciding *d, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t k = 0; k < d->n_hosts && len < room; k++)
		if (is_kept_out(d, &d->hosts[k]))
			len += (size_t)snprintf(
				out + len, room - len, "%s%s", len ? ", " : "", d->hosts[k].peer->name);
}

static bool remove_list(struct deciding *d, const char *why)
{
	say(d, ACTION_PENDING, "%s: %s takes the list of those who may join away", why, writer(d, JOIN_LIST));
	/* On a release everybody who sees it may: the others are not held, and may wait for the one who is. */
	return d->f->wanted->want == WANT_OFF || we_write(d, JOIN_LIST) ? delete_surplus(d, true) : true;
}

static bool begin_list(struct deciding *d)
{
	const char *lacking = member_not_saying(d, JOIN_NO_LIST);
	char out[64];

	name_those_out(d, out, sizeof out);
	if (lacking)
		return say(d, ACTION_PENDING,
			"%s is to be kept from joining, but %s does not say that it has no list of its own "
			"(does "
			"its sentinel run, with block_joins, and nobody hold it?)",
			out, lacking);
	say(d, ACTION_PENDING, "%s is to be kept from joining: %s writes the list", out,
		writer(d, JOIN_NO_LIST));
	return we_write(d, JOIN_NO_LIST) ? insert_missing(d, true) : true;
}

static bool keep_list(struct deciding *d)
{
	char out[96];

	name_those_out(d, out, sizeof out);
	d->out->apart = any_member_says(d, JOIN_NO_LIST);
	if (d->out->apart && d->f->apart)
		return remove_list(d, "some members have a list, and some none");
	say(d, ACTION_ACTIVE, "%s is kept from joining", out);
	if (d->out->apart || !we_write(d, JOIN_LIST))
		return true;
	return insert_missing(d, false) && (d->out->sql[0] || delete_surplus(d, false));
}

static bool may_write(struct deciding *d)
{
	const struct allowlist_seen *seen = d->f->seen;

	if (seen->setting[0])
		return say(d, ACTION_FAILED,
			"wsrep_allowlist is set on this server (%s): the list is its administrator's",
			seen->setting);
	if (!(seen->ignores & IGNORES_MISSING_ROWS))
		return say(d, ACTION_FAILED,
			"wsrep_ignore_apply_errors is %u here: block_joins needs the 2 in it (7 is MariaDB's "
			"default)",
			seen->ignores);
	if (seen->n_members == DB_ROWS_MAX || seen->n_rows == DB_ROWS_MAX)
		return say(d, ACTION_FAILED, "the cluster is too large for block_joins");
	return collect_hosts(d) && find_foreign(d);
}

/* Of all that is wanted no list. */
static const char *why_off(const struct deciding *d)
{
	return d->f->conf->galera.measures & MEASURE_BLOCK_JOINS
		       ? "released"
		       : "galera.measures has no block_joins any more";
}

static void decide(struct deciding *d)
{
	enum want want = d->f->wanted->want;
	bool marked = allowlist_marked(d->f->seen);

	d->out->no_list = d->f->seen->n_rows == 0;
	if (want == WANT_KEEP) {
		say(d, marked ? ACTION_ACTIVE : ACTION_IDLE, "%s",
			marked ? "the list of those who may join stands as it is" : "");
		return;
	}
	if (want == WANT_ON && !match_members(d)) {
		d->out->no_list = false;
		return;
	}
	if (want == WANT_OFF || !anybody_out(d)) {
		if (marked)
			remove_list(d, want == WANT_OFF ? why_off(d) : "nobody is to be kept from joining");
		else
			say(d, ACTION_IDLE, "%s", "");
		return;
	}
	if (marked)
		keep_list(d);
	else
		begin_list(d);
}

struct allowlist_choice allowlist_decide(const struct allowlist_facts *facts)
{
	struct allowlist_choice choice = { .state = ACTION_IDLE };
	struct deciding d = { .f = facts, .out = &choice };

	if (!facts->seen->has_table) {
		say(&d, ACTION_FAILED,
			"block_joins needs MariaDB 10.10 or later: this server (%s) has no "
			"mysql.wsrep_allowlist; "
			"take it out of galera.measures",
			facts->seen->version);
		return choice;
	}
	if (!facts->seen->primary) {
		say(&d, ACTION_PENDING, "this node is not synchronised with a primary component");
		return choice;
	}
	if (!may_write(&d))
		return choice;
	decide(&d);
	if (facts->conf->galera.dry_run && choice.sql[0]) {
		choice.sql[0] = '\0';
		choice.state = ACTION_DRY_RUN;
	}
	return choice;
}
