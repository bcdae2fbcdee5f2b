#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariant.h"

#define LOOK_EVERY span_ms(500)

struct wire *world_wire(struct world *world, unsigned from, unsigned to)
{
	return &world->wires[from * world->n_hosts + to];
}

size_t world_node(const struct host *host, unsigned peer)
{
	if (peer == host->index)
		return 0;
	return peer < host->index ? peer + 1 : peer;
}

void world_stir(struct world *world)
{
	queue_put(&world->queue, &(struct happening){ .at = world->now, .kind = HAPPEN_CLUSTER });
}

static bool linked(const void *arg, unsigned a, unsigned b)
{
	const struct world *world = arg;

	return !world->wires[a * world->n_hosts + b].cuts && !world->wires[b * world->n_hosts + a].cuts;
}

/* A majority of the databases stays at work; of two, one may leave. */
static unsigned may_leave(const struct plan *plan)
{
	unsigned databases = 0;

	for (unsigned i = 0; i < plan->n_hosts; i++)
		databases += plan->hosts[i].role == ROLE_DATABASE;
	return databases == 2 ? 1 : databases - (databases / 2 + 1);
}

static void init_wires(struct world *world)
{
	const struct plan *plan = &world->plan;

	for (unsigned i = 0; i < world->n_hosts; i++) {
		for (unsigned k = 0; k < world->n_hosts; k++) {
			unsigned from = plan->hosts[i].site, to = plan->hosts[k].site;
			struct wire_shape shape = from == to ? plan->near : plan->far;

			if (from < to)
				shape.least = span_add(shape.least, plan->lopsided);
			wire_init(world_wire(world, i, k), &shape, dice_fork(&world->dice));
		}
	}
}

static void init_hosts(struct world *world)
{
	for (unsigned i = 0; i < world->n_hosts; i++) {
		host_init(world, i);
		if (world->plan.hosts[i].role == ROLE_DATABASE)
			cluster_add(&world->cluster, i);
	}
}

static void schedule(struct world *world)
{
	const struct plan *plan = &world->plan;

	for (unsigned i = 0; i < world->n_hosts; i++)
		host_crystal(&world->hosts[i]);
	for (unsigned i = 0; i < plan->n_faults; i++)
		queue_put(&world->queue,
			&(struct happening){
				.at = { plan->faults[i].at.ns }, .kind = HAPPEN_FAULT, .index = i });
	queue_put(&world->queue, &(struct happening){ .at = { LOOK_EVERY.ns }, .kind = HAPPEN_LOOK });
	/* The sentinels of a cluster are not started in the same instant. */
	for (unsigned i = 0; i < world->n_hosts; i++)
		host_start(&world->hosts[i]);
}

/* One key for all: which key it is makes no difference here. */
static struct keyring *make_ring(void)
{
	static const char text[] = "1 AES128 HEX:000102030405060708090A0B0C0D0E0F\n";
	struct keys_error error;

	return keyring_parse(text, sizeof text - 1, &error);
}

struct world *world_new(const struct plan *plan, uint64_t seed, void *story)
{
	struct world *world = calloc(1, sizeof *world);

	if (!world)
		return NULL;
	world->plan = *plan;
	world->seed = seed;
	world->dice = (struct dice){ seed };
	world->story = story;
	world->n_hosts = plan->n_hosts;
	world->hosts = calloc(world->n_hosts, sizeof *world->hosts);
	world->wires = calloc((size_t)world->n_hosts * world->n_hosts, sizeof *world->wires);
	world->ring = make_ring();
	world->cluster = (struct cluster){ .count = world->n_hosts, .linked = linked, .arg = world };
	world->authority = (struct authority){ .most = may_leave(plan), .dice = dice_fork(&world->dice) };
	if (!world->hosts || !world->wires || !world->ring) {
		world_free(world);
		return NULL;
	}
	story_begin(world);
	init_wires(world);
	init_hosts(world);
	schedule(world);
	return world;
}

static void free_datagrams(struct world *world)
{
	struct happening happening;

	while (queue_take(&world->queue, &happening))
		free(happening.datagram);
	while (world->spare) {
		struct datagram *datagram = world->spare;

		world->spare = datagram->next;
		free(datagram);
	}
	queue_free(&world->queue);
}

void world_free(struct world *world)
{
	if (!world)
		return;
	world->story = NULL;
	for (unsigned i = 0; world->hosts && i < world->n_hosts; i++)
		if (world->hosts[i].world)
			host_free(&world->hosts[i]);
	free_datagrams(world);
	keyring_free(world->ring);
	free(world->hosts);
	free(world->wires);
	free(world);
}

/* ---- one thing after another ---- */

static void turn_cluster(struct world *world)
{
	struct truth next = truth_earlier(cluster_turn(&world->cluster, world->now),
		authority_turn(&world->authority, &world->cluster, world->now));

	if (next.ns != TRUTH_NEVER.ns)
		queue_put(&world->queue, &(struct happening){ .at = next, .kind = HAPPEN_CLUSTER });
	invariants_clustered(world);
	for (unsigned i = 0; i < world->n_hosts; i++)
		if (world->hosts[i].deputy)
			host_wake_at(&world->hosts[i], world->now);
}

static void look(struct world *world)
{
	invariants_looked(world);
	world->looks++;
	queue_put(&world->queue,
		&(struct happening){ .at = truth_add(world->now, LOOK_EVERY), .kind = HAPPEN_LOOK });
}

static void happen(struct world *world, const struct happening *happening)
{
	switch (happening->kind) {
	case HAPPEN_ARRIVAL:
		host_arrival(&world->hosts[happening->index], happening->datagram);
		break;
	case HAPPEN_PROCESS:
		host_turn(&world->hosts[happening->index]);
		break;
	case HAPPEN_CRYSTAL:
		host_crystal(&world->hosts[happening->index]);
		break;
	case HAPPEN_FAULT:
		fault_begin(world, happening->index);
		break;
	case HAPPEN_MENDED:
		fault_end(world, happening->index);
		break;
	case HAPPEN_CLUSTER:
		turn_cluster(world);
		break;
	case HAPPEN_LOOK:
		look(world);
		break;
	}
}

void world_run(struct world *world)
{
	struct truth end = { world->plan.lasts.ns };
	struct happening next;

	while (truth_before(queue_next(&world->queue), end) && queue_take(&world->queue, &next)) {
		world->now = next.at;
		happen(world, &next);
	}
	world->totals.runs = 1;
	world->totals.cluster_time = world->plan.lasts;
	world->totals.host_time = span_scale(world->plan.lasts, world->n_hosts, 1);
	story_end(world);
}
