/*
 * At no instant are more members out of work through us than claims allow: who is out holds a claim, from
 * before it leaves until after it is back, and there are never more claims than members that may be out.
 */
#include "invariant.h"

static unsigned claims(const struct authority *authority)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SERVERS_MAX; i++)
		count += authority->table.tokens[i] != 0;
	return count;
}

static void clustered(struct host *host)
{
	const struct server *server = &host->world->cluster.servers[host->index];
	const struct authority *authority = &host->world->authority;
	bool out = server->counted && server->owner == OWNER_SENTINEL;

	if (authority->table.tokens[host->index] && claims(authority) > authority->most)
		violate(host, INVARIANT_BUDGET, "holds a claim, and so do others: %u in all, and %u may",
			claims(authority), authority->most);
	if (!out)
		return;
	looked_at(host, INVARIANT_BUDGET);
	if (!authority->table.tokens[host->index])
		violate(host, INVARIANT_BUDGET, "is out of work through us, and holds no claim");
}

const struct invariant invariant_budget = {
	.name = "budget",
	.promise = "no more members are out of work through us than claims allow",
	.clustered = clustered,
};
