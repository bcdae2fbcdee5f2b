#include "members.h"

#include <stdio.h>
#include <string.h>

#include "../../conf/name.h"
#include "../text/jvalue.h"

const char members_addresses_sql[] = "SHOW GLOBAL STATUS LIKE 'wsrep_incoming_addresses'";

const char members_sql[] = "SELECT node_name, node_incoming_address FROM mysql.wsrep_cluster_members";

static bool names_meet(const char *a, const char *b)
{
	return name_equal(a, b) || name_abbreviates(a, b) || name_abbreviates(b, a);
}

/* "10.0.1.2:3306", "[fd00::2]:3306", or without the port. */
static bool is_at(const char *address, const char *host)
{
	size_t len = strlen(host);

	if (*address == '[')
		address++;
	if (len == 0 || strncmp(address, host, len) != 0)
		return false;
	address += len;
	return *address == '\0' || *address == ']' || (*address == ':' && !strchr(address + 1, ':'));
}

static bool is_peer(const struct member *member, const struct conf_peer *peer)
{
	return names_meet(peer->name, member->name) || is_at(member->address, conf_galera_host(peer)) ||
	       is_at(member->address, peer->address.host);
}

static void recognise(struct member *member, const struct conf *conf, const char *own_name)
{
	member->kind = MEMBER_STRANGER;
	if (member->address[0] == '\0')
		member->kind = MEMBER_ARBITRATOR;
	else if (own_name[0] && strcmp(member->name, own_name) == 0)
		member->kind = MEMBER_SELF;
	for (size_t i = 0; i < conf->n_peers && member->kind == MEMBER_STRANGER; i++) {
		if (!is_peer(member, &conf->peers[i]))
			continue;
		member->kind = conf->peers[i].role == ROLE_ARBITRATOR ? MEMBER_ARBITRATOR : MEMBER_PEER;
		member->peer = i;
	}
}

void members_read(struct members *out, const struct conf *conf, const char *own_name,
	const struct db_row *rows, size_t n)
{
	*out = (struct members){ .n = n < MEMBERS_MAX ? n : MEMBERS_MAX };
	for (size_t i = 0; i < out->n; i++) {
		struct member *member = &out->list[i];

		snprintf(member->name, sizeof member->name, "%s", rows[i].name);
		snprintf(member->address, sizeof member->address, "%s", rows[i].value);
		recognise(member, conf, own_name);
	}
}

/* The one that is no peer's is this host's: which one that is no name tells here. */
void members_read_addresses(struct members *out, const struct conf *conf, const char *addresses)
{
	*out = (struct members){ 0 };
	while (out->n < MEMBERS_MAX) {
		struct member *member = &out->list[out->n++];
		size_t len = strcspn(addresses, ",");

		snprintf(member->address, sizeof member->address, "%.*s", (int)len, addresses);
		recognise(member, conf, "");
		if (!addresses[len])
			break;
		addresses += len + 1;
	}
}

/* ---- what can be spared ---- */

static bool is_member(const struct members *members, size_t peer)
{
	for (size_t i = 0; i < members->n; i++)
		if (members->list[i].kind == MEMBER_PEER && members->list[i].peer == peer)
			return true;
	return false;
}

static void add_out(struct spare *spare, const char *name, const char *why)
{
	size_t len = strlen(spare->out);

	snprintf(spare->out + len, sizeof spare->out - len, "%s%s %s", len ? ", " : "", name, why);
}

static bool is_known(const struct conf *conf, const char *node)
{
	bool known = strcmp(node, conf->node) == 0;

	for (size_t i = 0; i < conf->n_peers && !known; i++)
		known = strcmp(node, conf->peers[i].name) == 0;
	return known;
}

/* By another host's configuration it is a member: one of those that are at work by ours may be it. */
static void count_strange_claims(struct spare *spare, const struct conf *conf, const struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->n_claims; i++) {
		if (is_known(conf, ledger->claims[i].node))
			continue;
		add_out(spare, ledger->claims[i].node, "has a claim");
		spare->others -= spare->others > 0;
	}
}

void spare_count(struct spare *out, const struct conf *conf, const struct members *members,
	const struct ledger *ledger, const bool *away)
{
	*out = (struct spare){ .stay = conf_min_synced(conf) };
	for (size_t i = 0; i < conf->n_peers; i++) {
		const struct conf_peer *peer = &conf->peers[i];

		if (peer->role != ROLE_DATABASE)
			continue;
		if (!is_member(members, i))
			add_out(out, peer->name, "is no member");
		else if (ledger_find(ledger, peer->name))
			add_out(out, peer->name, "has a claim");
		else if (away && away[i])
			add_out(out, peer->name, "is not Synced");
		else
			out->others++;
	}
	count_strange_claims(out, conf, ledger);
}

bool spare_allows(const struct spare *spare)
{
	return spare->others >= spare->stay;
}

/* ---- for people ---- */

static json_t *peer_json(const struct member *member, const struct conf *conf)
{
	if (member->kind == MEMBER_SELF)
		return jvalue_text(conf->node);
	if (member->kind == MEMBER_PEER)
		return jvalue_text(conf->peers[member->peer].name);
	return json_null();
}

static json_t *member_json(const struct member *member, const struct conf *conf)
{
	json_t *json = json_object();

	jvalue_put(json, "name", jvalue_text(member->name));
	jvalue_put(json, "address", jvalue_text(member->address));
	jvalue_put(json, "peer", peer_json(member, conf));
	jvalue_put(json, "role",
		member->kind == MEMBER_STRANGER
			? json_null()
			: jvalue_text(member->kind == MEMBER_ARBITRATOR ? "arbitrator" : "database"));
	return json;
}

json_t *members_json(const struct members *members, const struct conf *conf)
{
	json_t *list = json_array();

	for (size_t i = 0; i < members->n; i++)
		json_array_append_new(list, member_json(&members->list[i], conf));
	return list;
}
