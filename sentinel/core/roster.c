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
	struct roster *roster, const struct conf *conf, const struct keyring *ring, uint64_t instance)
{
	struct node *at = roster->nodes;

	init_self(at++, conf, instance);
	for (size_t i = 0; i < conf->n_peers; i++)
		init_peer(at++, conf, ring, &conf->peers[i]);
	for (size_t i = 0; i < conf->n_references; i++)
		init_reference(at++, conf, ring, &conf->references[i]);
	for (size_t i = 0; i < roster->n_nodes; i++)
		roster->nodes[i].id = message_node_id(roster->nodes[i].name);
}

/* ---- finding one ---- */

static int compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* This host and its peers. */
static size_t count_members(const struct roster *roster)
{
	size_t n = 0;

	while (n < roster->n_nodes && roster->nodes[n].kind != NODE_REFERENCE)
		n++;
	return n;
}

static void sort_by_id(struct roster *roster)
{
	roster->n_members = count_members(roster);
	for (size_t i = 0; i < roster->n_members; i++)
		roster->by_id[i] = (struct listed){ roster->nodes[i].id, i };
	qsort(roster->by_id, roster->n_members, sizeof *roster->by_id, compare);
}

static struct listed *find_listed(const struct roster *roster, uint64_t id)
{
	return bsearch(&(struct listed){ .id = id }, roster->by_id, roster->n_members, sizeof *roster->by_id,
		compare);
}

struct node *roster_find(const struct roster *roster, uint64_t id)
{
	const struct listed *found = find_listed(roster, id);

	return found ? &roster->nodes[found->node] : NULL;
}

/* ---- who is asked ---- */

/*
 * In a large cluster: the voters, and the few others that follow it in the order of ids; so that each member is asked by some
 * that are not voters, too.
 */
bool roster_asks(const struct roster *roster, size_t from, size_t to)
{
	size_t own, few = 0;

	if (roster->n_members <= MESH_MOST || roster->nodes[to].voter)
		return true;
	own = (size_t)(find_listed(roster, roster->nodes[from].id) - roster->by_id);
	for (size_t k = 1; k < roster->n_members && few < FEW; k++) {
		size_t node = roster->by_id[(own + k) % roster->n_members].node;

		if (node == to)
			return true;
		few += !roster->nodes[node].voter;
	}
	return false;
}

static void list_asked(struct roster *roster)
{
	for (size_t i = 1; i < roster->n_nodes; i++)
		if (roster->nodes[i].kind == NODE_REFERENCE || roster_asks(roster, 0, i))
			roster->asked[roster->n_asked++] = i;
}

/* A plain server's wall clock is all that is seen of it: one exchange at a time, and as fast as a slew can be. */
static void init_watch(struct watch *watch, const struct node *node, const struct conf *conf)
{
	bool peer = node->kind == NODE_PEER;

	estimate_init(&watch->estimate, peer ? conf->probe.window : 1, peer ? CRYSTAL_PPB : SLEW_PPB);
}

static bool give_watches(struct roster *roster, const struct conf *conf)
{
	size_t n = roster->n_asked;

	roster->watches = calloc(n + 1, sizeof *roster->watches);
	roster->told = calloc((n + 1) * (n + 1), sizeof *roster->told);
	if (!roster->watches || !roster->told)
		return false;
	for (size_t k = 0; k < n; k++) {
		struct node *node = &roster->nodes[roster->asked[k]];

		node->place = k + 1;
		node->watch = &roster->watches[k];
		node->row = roster->told + k * (n + 1);
		init_watch(node->watch, node, conf);
	}
	return true;
}

/* ---- all of it ---- */

bool roster_make(
	struct roster *roster, const struct conf *conf, const struct keyring *ring, uint64_t instance)
{
	size_t n = 1 + conf->n_peers + conf->n_references;

	*roster = (struct roster){ .n_nodes = n };
	roster->nodes = calloc(n, sizeof *roster->nodes);
	roster->asked = calloc(n, sizeof *roster->asked);
	roster->by_id = calloc(n, sizeof *roster->by_id);
	if (!roster->nodes || !roster->asked || !roster->by_id)
		goto fail;
	init_nodes(roster, conf, ring, instance);
	sort_by_id(roster);
	list_asked(roster);
	if (give_watches(roster, conf))
		return true;
fail:
	roster_free(roster);
	return false;
}

void roster_free(struct roster *roster)
{
	free(roster->nodes);
	free(roster->watches);
	free(roster->asked);
	free(roster->told);
	free(roster->by_id);
	*roster = (struct roster){ .n_nodes = 0 };
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

static const struct node *find_same(const struct roster *roster, const struct node *wanted)
{
	for (size_t i = 0; i < roster->n_nodes; i++)
		if (same_node(&roster->nodes[i], wanted))
			return &roster->nodes[i];
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
	if (node->watch->estimate.window.size == old->watch->estimate.window.size)
		node->watch->estimate = old->watch->estimate;
}

void roster_adopt(struct roster *roster, const struct roster *old, bool *kept)
{
	for (size_t i = 0; i < roster->n_nodes; i++) {
		struct node *node = &roster->nodes[i];
		const struct node *same = find_same(old, node);

		kept[i] = same && !same->watch == !node->watch;
		if (kept[i])
			adopt(node, same);
	}
}
