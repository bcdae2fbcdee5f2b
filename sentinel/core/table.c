#include <stdlib.h>
#include <string.h>

#include "core_impl.h"

/* ---- what the configuration says of a node ---- */

static void init_peer(
	struct node *node, const struct conf *conf, const struct keyring *ring, const struct conf_peer *peer)
{
	node->kind = NODE_PEER;
	node->peer = peer;
	node->name = peer->name;
	node->voter = peer->votes;
	node->key = keyring_find(ring, peer->key);
	node->wire_key = conf_wire_key(conf, peer);
	node->interval = conf->probe.interval;
}

static void init_reference(struct node *node, const struct conf *conf, const struct keyring *ring,
	const struct conf_reference *reference)
{
	node->kind = NODE_REFERENCE;
	node->reference = reference;
	node->name = reference->address.host;
	node->voter = reference->key != 0;
	node->key = reference->key ? keyring_find(ring, reference->key) : NULL;
	node->wire_key = reference->key;
	node->interval =
		reference->key ? conf->probe.interval : span_max(conf->probe.interval, REFERENCE_INTERVAL);
}

static void init_self(struct node *node, const struct conf *conf, uint64_t instance)
{
	node->kind = NODE_SELF;
	node->name = conf->node;
	node->voter = conf->self.votes;
	node->instance = instance;
}

static void init_nodes(
	struct table *table, const struct conf *conf, const struct keyring *ring, uint64_t instance)
{
	struct node *at = table->nodes;

	init_self(at++, conf, instance);
	for (size_t i = 0; i < conf->n_peers; i++)
		init_peer(at++, conf, ring, &conf->peers[i]);
	for (size_t i = 0; i < conf->n_references; i++)
		init_reference(at++, conf, ring, &conf->references[i]);
	for (size_t i = 0; i < table->n_nodes; i++)
		table->nodes[i].id = message_node_id(table->nodes[i].name);
}

/* ---- finding one ---- */

static int compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* This host and its peers. */
static size_t count_members(const struct table *table)
{
	size_t n = 0;

	while (n < table->n_nodes && table->nodes[n].kind != NODE_REFERENCE)
		n++;
	return n;
}

static void sort_by_id(struct table *table)
{
	table->n_members = count_members(table);
	for (size_t i = 0; i < table->n_members; i++)
		table->by_id[i] = (struct listed){ table->nodes[i].id, i };
	qsort(table->by_id, table->n_members, sizeof *table->by_id, compare);
}

static struct listed *find_listed(const struct table *table, uint64_t id)
{
	return bsearch(
		&(struct listed){ .id = id }, table->by_id, table->n_members, sizeof *table->by_id, compare);
}

struct node *table_find(const struct table *table, uint64_t id)
{
	const struct listed *found = find_listed(table, id);

	return found ? &table->nodes[found->node] : NULL;
}

/* ---- who is asked ---- */

/*
 * In a large cluster: the voters, and the few others that follow it in the order of ids; so that each member is asked by some
 * that are not voters, too.
 */
bool table_asks(const struct table *table, size_t from, size_t to)
{
	size_t own, few = 0;

	if (table->n_members <= MESH_MOST || table->nodes[to].voter)
		return true;
	own = (size_t)(find_listed(table, table->nodes[from].id) - table->by_id);
	for (size_t k = 1; k < table->n_members && few < FEW; k++) {
		size_t node = table->by_id[(own + k) % table->n_members].node;

		if (node == to)
			return true;
		few += !table->nodes[node].voter;
	}
	return false;
}

static void list_asked(struct table *table)
{
	for (size_t i = 1; i < table->n_nodes; i++)
		if (table->nodes[i].kind == NODE_REFERENCE || table_asks(table, 0, i))
			table->asked[table->n_asked++] = i;
}

/* A plain server's wall clock is all that is seen of it: one exchange at a time, and as fast as a slew can be. */
static void init_watch(struct watch *watch, const struct node *node, const struct conf *conf)
{
	bool peer = node->kind == NODE_PEER;

	estimate_init(&watch->estimate, peer ? conf->probe.window : 1, peer ? CRYSTAL_PPB : SLEW_PPB);
}

static bool give_watches(struct table *table, const struct conf *conf)
{
	size_t n = table->n_asked;

	table->watches = calloc(n + 1, sizeof *table->watches);
	table->told = calloc((n + 1) * (n + 1), sizeof *table->told);
	if (!table->watches || !table->told)
		return false;
	for (size_t k = 0; k < n; k++) {
		struct node *node = &table->nodes[table->asked[k]];

		node->place = k + 1;
		node->watch = &table->watches[k];
		node->row = table->told + k * (n + 1);
		init_watch(node->watch, node, conf);
	}
	return true;
}

/* ---- all of it ---- */

bool table_make(struct table *table, const struct conf *conf, const struct keyring *ring, uint64_t instance)
{
	size_t n = 1 + conf->n_peers + conf->n_references;

	*table = (struct table){ .n_nodes = n };
	table->nodes = calloc(n, sizeof *table->nodes);
	table->asked = calloc(n, sizeof *table->asked);
	table->by_id = calloc(n, sizeof *table->by_id);
	if (!table->nodes || !table->asked || !table->by_id)
		goto fail;
	init_nodes(table, conf, ring, instance);
	sort_by_id(table);
	list_asked(table);
	if (give_watches(table, conf))
		return true;
fail:
	table_free(table);
	return false;
}

void table_free(struct table *table)
{
	free(table->nodes);
	free(table->watches);
	free(table->asked);
	free(table->told);
	free(table->by_id);
	*table = (struct table){ .n_nodes = 0 };
}

/* ---- a reload ---- */

static bool same_node(const struct node *a, const struct node *b)
{
	const struct conf_address *x, *y;

	if (a->kind != b->kind || strcmp(a->name, b->name) != 0)
		return false;
	if (a->kind == NODE_SELF)
		return true;
	x = a->kind == NODE_PEER ? &a->peer->address : &a->reference->address;
	y = b->kind == NODE_PEER ? &b->peer->address : &b->reference->address;
	return strcmp(x->host, y->host) == 0 && x->port == y->port;
}

static const struct node *find_same(const struct table *table, const struct node *wanted)
{
	for (size_t i = 0; i < table->n_nodes; i++)
		if (same_node(&table->nodes[i], wanted))
			return &table->nodes[i];
	return NULL;
}

/* What is known of a node that stays: everything but what the configuration says. */
static void adopt(struct node *node, const struct node *old)
{
	struct node fresh = *node;

	*node = *old;
	node->peer = fresh.peer;
	node->reference = fresh.reference;
	node->name = fresh.name;
	node->id = fresh.id;
	node->voter = fresh.voter;
	node->key = fresh.key;
	node->wire_key = fresh.wire_key;
	node->interval = fresh.interval;
	node->row = fresh.row;
	node->place = fresh.place;
	node->watch = fresh.watch;
	if (!old->watch)
		return;
	memcpy(node->watch->probes, old->watch->probes, sizeof node->watch->probes);
	node->watch->next_slot = old->watch->next_slot;
	if (node->watch->estimate.size == old->watch->estimate.size)
		node->watch->estimate = old->watch->estimate;
}

void table_adopt(struct table *table, const struct table *old, bool *kept)
{
	for (size_t i = 0; i < table->n_nodes; i++) {
		struct node *node = &table->nodes[i];
		const struct node *same = find_same(old, node);

		kept[i] = same && !same->watch == !node->watch;
		if (kept[i])
			adopt(node, same);
	}
}
