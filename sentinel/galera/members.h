/*
 * Who is in the cluster, by the local node, and which of them are configured. Pure: rows in, values out.
 *
 * A member is a peer where it bears its name, short or full, or has one of its addresses. One whose address for
 * clients is empty is an arbitrator (garbd): it has no data and counts for nothing here.
 */
#ifndef SENTINEL_MEMBERS_H
#define SENTINEL_MEMBERS_H

#include <jansson.h>

#include "../../conf/conf.h"
#include "ledger.h"

enum { MEMBERS_MAX = DB_ROWS_MAX };

enum member_kind {
	MEMBER_STRANGER, /* no configured host */
	MEMBER_SELF,
	MEMBER_PEER,
	MEMBER_ARBITRATOR,
};

struct member {
	enum member_kind kind;
	char name[DB_NAME_SIZE], address[DB_VALUE_SIZE];
	size_t peer; /* of MEMBER_PEER: in conf->peers */
};

struct members {
	size_t n;
	struct member list[MEMBERS_MAX];
};

/* Rows of a name and an address for clients. */
extern const char members_sql[];

/* own_name: @@wsrep_node_name here. */
void members_read(struct members *out, const struct conf *conf, const char *own_name,
	const struct db_row *rows, size_t n);

/* For servers without that table: a list of addresses, an arbitrator's is empty; this node's is told by the port alone. */
extern const char members_addresses_sql[];
void members_read_addresses(struct members *out, const struct conf *conf, const char *addresses);

/*
 * What the cluster can spare: whether this host may leave work, by who else is at work. Those who are no members, and
 * those who hold a claim, are not; nor are those who say so themselves: away[i], of conf->peers[i]; NULL: nobody does.
 */
struct spare {
	unsigned others; /* data nodes at work beside this one */
	unsigned stay;   /* so many have to */
	char out[96];    /* who is not, for people: "db2 has a claim" */
};
void spare_count(struct spare *out, const struct conf *conf, const struct members *members,
	const struct ledger *ledger, const bool *away);
bool spare_allows(const struct spare *spare);

/* [{"name", "address", "peer" (null: no configured host), "role"}] */
json_t *members_json(const struct members *members, const struct conf *conf);

#endif
