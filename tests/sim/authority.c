#include "authority.h"

#include <stddef.h>

#define CARRIED_OUT_IN span_ms(1)

static bool serves(const struct server *server)
{
	return server_answers(server) && server->primary && !server->unsettled && !server->locked;
}

static struct span takes(struct authority *authority)
{
	if (dice_chance(&authority->dice, 100000))
		return dice_span(&authority->dice, CARRIED_OUT_IN, span_s(15));
	return CARRIED_OUT_IN;
}

/* In the order of the Primary's one history: here, of the calls. */
static void carry_out(struct authority *authority, unsigned host, const struct claim_request *request)
{
	if (request->seen != authority->table.version && !authority->ignores_versions)
		return;
	authority->table.version++;
	authority->table.tokens[host] = request->token;
	authority->copies[host] = authority->table;
}

/* Without a Primary it is refused; with its server gone it is lost. */
static struct truth run(struct authority *authority, const struct server *server, unsigned host,
	struct claim_request *request, struct truth now)
{
	bool refused = !server->exists || server->down || (server_answers(server) && !server->primary);

	if (!request->under_way)
		return TRUTH_NEVER;
	if (refused) {
		request->under_way = false;
		request->refused = true;
		return TRUTH_NEVER;
	}
	if (!serves(server))
		return TRUTH_NEVER;
	if (truth_before(now, request->ready))
		return request->ready;
	request->under_way = false;
	carry_out(authority, host, request);
	return TRUTH_NEVER;
}

struct truth authority_turn(struct authority *authority, const struct cluster *cluster, struct truth now)
{
	struct truth next = TRUTH_NEVER;

	for (unsigned host = 0; host < cluster->count; host++)
		for (int i = 0; i < REQUESTS_MAX; i++)
			next = truth_earlier(next, run(authority, &cluster->servers[host], host,
							   &authority->requests[host][i], now));
	return next;
}

struct claim_request *authority_ask(
	struct authority *authority, unsigned host, uint64_t seen, uint64_t token, struct truth now)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		struct claim_request *request = &authority->requests[host][i];

		if (request->under_way)
			continue;
		*request = (struct claim_request){
			.serial = ++authority->serials,
			.under_way = true,
			.seen = seen,
			.token = token,
			.ready = truth_add(now, takes(authority)),
		};
		return request;
	}
	return NULL;
}

const struct ledger_table *authority_read(
	struct authority *authority, const struct cluster *cluster, unsigned host)
{
	bool lags = dice_chance(&authority->dice, 100000);

	if (serves(&cluster->servers[host]) && !lags)
		authority->copies[host] = authority->table;
	return &authority->copies[host];
}
