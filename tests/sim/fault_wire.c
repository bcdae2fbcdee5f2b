#include "fault_impl.h"

typedef bool concerns_fn(const struct fault *fault, unsigned from, unsigned to);
typedef void change_fn(const struct act *act, struct wire *wire);

static void for_wires(struct act *act, concerns_fn *concerns, change_fn *change)
{
	struct world *world = act->world;

	for (unsigned i = 0; i < world->n_hosts; i++) {
		for (unsigned k = 0; k < world->n_hosts; k++) {
			struct wire *wire = world_wire(world, i, k);

			if (i == k || !concerns(act->fault, i, k))
				continue;
			change(act, wire);
			wire->troubled = world->now;
		}
	}
	cluster_changed(&world->cluster, world->now);
}

/* ---- which ---- */

static bool of_host(const struct fault *fault, unsigned from, unsigned to)
{
	return from == fault->host || to == fault->host;
}

static bool across(const struct fault *fault, unsigned from, unsigned to)
{
	return (from <= fault->host) != (to <= fault->host);
}

static bool from_host_to_peer(const struct fault *fault, unsigned from, unsigned to)
{
	return (fault->host == PLAN_ALL || from == fault->host) &&
	       (fault->peer == PLAN_ALL || to == fault->peer);
}

/* ---- what ---- */

static void cut(const struct act *act, struct wire *wire)
{
	wire->cuts += act->begins ? 1 : -1U;
}

static void detour(const struct act *act, struct wire *wire)
{
	struct span by = act->fault->amount;

	wire->detour = span_add(wire->detour, act->begins ? by : span_neg(by));
}

static void add_share(const struct act *act, unsigned *ppm)
{
	unsigned by = (unsigned)(act->fault->amount.ns / 1000);

	*ppm = act->begins ? *ppm + by : *ppm - by;
}

static void lose(const struct act *act, struct wire *wire)
{
	add_share(act, &wire->extra_lost_ppm);
}

static void echo(const struct act *act, struct wire *wire)
{
	add_share(act, &wire->extra_twice_ppm);
}

static void bend(const struct act *act, struct wire *wire)
{
	add_share(act, &wire->extra_bent_ppm);
}

/* ---- */

void act_cut_off(struct act *act)
{
	for_wires(act, of_host, cut);
}

void act_one_way(struct act *act)
{
	for_wires(act, from_host_to_peer, cut);
}

void act_split(struct act *act)
{
	for_wires(act, across, cut);
}

void act_detour(struct act *act)
{
	for_wires(act, from_host_to_peer, detour);
}

void act_loss(struct act *act)
{
	for_wires(act, from_host_to_peer, lose);
}

void act_echo(struct act *act)
{
	for_wires(act, from_host_to_peer, echo);
}

void act_bend(struct act *act)
{
	for_wires(act, from_host_to_peer, bend);
}
