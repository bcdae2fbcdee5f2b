#include "authority.h"

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
	uint64_t *mine = &authority->claims[host];
	unsigned held = 0;

	for (unsigned i = 0; i < SERVERS_MAX; i++)
		held += authority->claims[i] != 0;
	if (request->on && !*mine && held < authority->most)
		*mine = request->number;
	else if (!request->on && *mine == request->number)
		*mine = 0;
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

/* ---- one host's part ---- */

#define LOOKS_EVERY span_s(1)
#define LOOKS_OFTEN span_ms(100)
#define WAITS_FOR span_s(2)

static void ask(struct authority *authority, unsigned host, const struct claim_request *request)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		if (authority->requests[host][i].under_way)
			continue;
		authority->requests[host][i] = *request;
		return;
	}
}

/* A request that was not carried out in time is sent again, and may yet be. */
static void bring_about(
	struct claimant *claimant, struct authority *authority, unsigned host, bool on, struct truth now)
{
	struct claim_request request = {
		.under_way = true, .on = on, .ready = truth_add(now, takes(authority))
	};

	if (claimant->asking && claimant->asked == on && truth_before(now, claimant->patience))
		return;
	request.number = on ? dice_u64(&authority->dice) | 1 : authority->claims[host];
	ask(authority, host, &request);
	claimant->asking = true;
	claimant->asked = on;
	claimant->patience = truth_add(now, WAITS_FOR);
}

bool claimant_turn(struct claimant *claimant, struct authority *authority, const struct cluster *cluster,
	unsigned host, enum want want, struct truth now)
{
	bool held = authority->claims[host] != 0, news;

	claimant->looks = truth_add(now, LOOKS_EVERY);
	if (!server_answers(&cluster->servers[host]))
		return false;
	if (want != WANT_KEEP && held != (want == WANT_ON)) {
		bring_about(claimant, authority, host, want == WANT_ON, now);
		claimant->looks = truth_add(now, LOOKS_OFTEN);
	} else {
		claimant->asking = false;
	}
	news = !claimant->known || claimant->held != held;
	claimant->known = true;
	claimant->held = held;
	return news;
}
