/*
 * At no instant are more members out of work through us than claims allow: who is out holds a claim, from
 * before it leaves until after it is back, and the authority gives no more of them than may be out.
 */
#include "invariant.h"

static void clustered(struct host *host)
{
	const struct server *server = &host->world->cluster.servers[host->index];
	const struct authority *authority = &host->world->authority;
	bool out = server->counted && server->owner == OWNER_SENTINEL;

	if (!out)
		return;
	looked_at(host, INVARIANT_BUDGET);
	if (!authority->claims[host->index])
		violate(host, INVARIANT_BUDGET, "is out of work through us, and holds no claim");
}

const struct invariant invariant_budget = {
	.name = "budget",
	.promise = "no more members are out of work through us than claims allow",
	.clustered = clustered,
};
