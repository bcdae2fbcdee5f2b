#include "cluster.h"

#define LOSS_SEEN_AFTER span_s(6) /* a member that hangs: 5.8 s; a partition: 6.2 s */
#define GAIN_SEEN_AFTER span_s(1)
#define SET_TAKES span_ms(1)
#define CATCHES_UP_IN span_ms(300)

static uint32_t bit(unsigned server)
{
	return UINT32_C(1) << server;
}

bool server_answers(const struct server *server)
{
	return server->exists && !server->down && !server->hung;
}

bool server_at_ease(const struct server *server)
{
	return server_answers(server) && server->primary && !server->unsettled && !server->locked &&
	       !server->donating;
}

unsigned server_desync_count(const struct server *server)
{
	return (server->counted ? 1 : 0) + server->locked + server->donating;
}

unsigned server_local_state(const struct server *server, struct truth now)
{
	if (!server->primary)
		return 0;
	if (server_desync_count(server))
		return 2;
	return truth_before(now, server->synced_at) ? 3 : 4;
}

bool server_ours(const struct server *server)
{
	const struct desync_set *set = &server->sets[OWNER_SENTINEL];

	return (server->counted && server->owner == OWNER_SENTINEL) || (set->end == SET_WAITS && set->on) ||
	       server->rejects || (server->reject.end == SET_WAITS && server->reject.on);
}

/* ---- who is there ---- */

/* Those that hear each other, directly or over others, get the same number. */
static void find_groups(const struct cluster *cluster, unsigned groups[SERVERS_MAX])
{
	bool changed = true;

	for (unsigned i = 0; i < cluster->count; i++)
		groups[i] = i;
	while (changed) {
		changed = false;
		for (unsigned i = 0; i < cluster->count; i++) {
			for (unsigned k = 0; k < cluster->count; k++) {
				if (groups[k] >= groups[i] || !server_answers(&cluster->servers[i]) ||
					!server_answers(&cluster->servers[k]) ||
					!cluster->linked(cluster->arg, i, k))
					continue;
				groups[i] = groups[k];
				changed = true;
			}
		}
	}
}

static uint32_t members_heard(
	const struct cluster *cluster, const unsigned groups[SERVERS_MAX], unsigned group)
{
	uint32_t members = 0;

	for (unsigned i = 0; i < cluster->count; i++)
		if (server_answers(&cluster->servers[i]) && groups[i] == group)
			members |= bit(i);
	return members;
}

static uint32_t members_settled(const struct cluster *cluster, unsigned group)
{
	uint32_t members = 0;

	for (unsigned i = 0; i < cluster->count; i++)
		if (cluster->servers[i].exists && !cluster->servers[i].down &&
			cluster->servers[i].group == group)
			members |= bit(i);
	return members;
}

void cluster_changed(struct cluster *cluster, struct truth now)
{
	unsigned groups[SERVERS_MAX];

	find_groups(cluster, groups);
	for (unsigned i = 0; i < cluster->count; i++) {
		struct server *server = &cluster->servers[i];
		uint32_t heard = members_heard(cluster, groups, groups[i]);
		uint32_t known = members_settled(cluster, server->group);

		if (!server->exists || server->down)
			continue;
		if (heard == known || server->unsettled) {
			/* Back before anybody was put out: nothing has happened. */
			server->unsettled = server->unsettled && heard != known;
			continue;
		}
		server->unsettled = true;
		server->settles = truth_add(now, known & ~heard ? LOSS_SEEN_AFTER : GAIN_SEEN_AFTER);
	}
}

/* More than half of the latest Primary view's members, as Galera counts. */
static bool is_primary(const struct cluster *cluster, uint32_t members)
{
	return 2 * __builtin_popcount(members & cluster->last_primary) >
	       __builtin_popcount(cluster->last_primary);
}

static void join(struct server *server, unsigned group, bool primary)
{
	if (primary && !server->primary)
		server->counted = false; /* forgotten by the group, though the variable stays */
	server->group = group;
	server->primary = primary;
	server->view++;
	server->unsettled = false;
}

/*
 * A new view for the server, and for all that it hears. One that hangs is alone, and will learn of it later.
 */
static void settle(struct cluster *cluster, unsigned index, const unsigned groups[SERVERS_MAX])
{
	uint32_t members = members_heard(cluster, groups, groups[index]);
	bool primary = is_primary(cluster, members);

	if (primary)
		cluster->last_primary = members;
	for (unsigned i = 0; i < cluster->count; i++)
		if (members & bit(i))
			join(&cluster->servers[i], groups[index], primary);
	if (!server_answers(&cluster->servers[index]))
		join(&cluster->servers[index], groups[index], false);
}

static struct truth settle_due(struct cluster *cluster, struct truth now)
{
	struct truth next = TRUTH_NEVER;
	unsigned groups[SERVERS_MAX];

	find_groups(cluster, groups);
	for (unsigned i = 0; i < cluster->count; i++) {
		const struct server *server = &cluster->servers[i];

		if (server->unsettled && !truth_before(now, server->settles))
			settle(cluster, i, groups);
		if (server->unsettled)
			next = truth_earlier(next, server->settles);
	}
	return next;
}

void cluster_add(struct cluster *cluster, unsigned server)
{
	cluster->servers[server] = (struct server){
		.exists = true,
		.incarnation = 1,
		.primary = true,
		.group = 0,
		.view = 1,
		.synced_at = TRUTH_ALWAYS,
	};
	cluster->last_primary |= bit(server);
}

void cluster_shut_down(struct cluster *cluster, unsigned index, struct truth now)
{
	struct server *server = &cluster->servers[index];

	server->down++;
	server->incarnation++;
	server->variable = server->counted = server->unsettled = server->rejects = false;
	for (int owner = 0; owner < OWNERS; owner++)
		server->sets[owner].end = SET_NONE;
	server->reject.end = SET_NONE;
	/* It says good-bye, so nobody waits for it; the last one to leave will be the one to begin again. */
	if (server->primary && cluster->last_primary != bit(index))
		cluster->last_primary &= ~bit(index);
	cluster_changed(cluster, now);
}

void cluster_start(struct cluster *cluster, unsigned index, struct truth now)
{
	struct server *server = &cluster->servers[index];

	server->down--;
	server->group = index + SERVERS_MAX; /* nobody's, until it has joined */
	server->primary = false;
	cluster_changed(cluster, now);
}

/* ---- SET GLOBAL wsrep_desync ---- */

void server_set(struct server *server, enum owner owner, bool on, uint64_t lock, struct truth now)
{
	server->sets[owner] = (struct desync_set){ .end = SET_WAITS, .on = on, .sent = now, .lock = lock };
}

void server_reject(struct server *server, bool on, uint64_t lock, struct truth now)
{
	server->reject = (struct desync_set){ .end = SET_WAITS, .on = on, .sent = now, .lock = lock };
}

bool server_lock_free(const struct server *server, uint64_t lock)
{
	for (int owner = 0; owner < OWNERS; owner++)
		if (server->sets[owner].end == SET_WAITS && server->sets[owner].lock == lock)
			return false;
	return server->reject.end != SET_WAITS || server->reject.lock != lock;
}

/* Setting the variable to what it is does nothing. */
static void carry_out(struct server *server, enum owner owner, bool on, struct truth now)
{
	if (server->variable == on)
		return;
	if (!on && owner == OWNER_SENTINEL && server->owner != OWNER_SENTINEL && server->counted)
		server->foreign_given_back++;
	server->variable = server->counted = on;
	server->owner = owner;
	if (!on)
		server->synced_at = truth_add(now, CATCHES_UP_IN);
}

static struct truth run_set(struct server *server, enum owner owner, struct truth now)
{
	struct desync_set *set = &server->sets[owner];
	struct truth done = truth_add(set->sent, SET_TAKES);

	if (set->end != SET_WAITS || !server_answers(server) || server->unsettled || server->locked ||
		server->donating)
		return TRUTH_NEVER;
	if (truth_before(now, done))
		return done;
	set->end = server->primary ? SET_DONE : SET_REFUSED;
	if (server->primary)
		carry_out(server, owner, set->on, now);
	return TRUTH_NEVER;
}

static void run_reject(struct server *server)
{
	if (server->reject.end != SET_WAITS || !server_answers(server))
		return;
	server->reject.end = SET_DONE;
	server->rejects = server->reject.on;
}

struct truth cluster_turn(struct cluster *cluster, struct truth now)
{
	struct truth next = settle_due(cluster, now);

	for (unsigned i = 0; i < cluster->count; i++) {
		run_reject(&cluster->servers[i]);
		for (int owner = 0; owner < OWNERS; owner++)
			next = truth_earlier(next, run_set(&cluster->servers[i], (enum owner)owner, now));
	}
	return next;
}
