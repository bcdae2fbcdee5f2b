#include "core_impl.h"

/* The n-th entry of our own row: one a peer, in the order of the configuration. */
static struct row_entry own_entry(const struct core *core, const struct node *node)
{
	struct span age = node_age(core, node);

	return (struct row_entry){
		.node = node->id,
		.offset = node->stated,
		.age_ms = (uint32_t)(age.ns / NS_PER_MS + 1),
		.own_epoch = core->own.epoch,
		.peer_epoch = node->epoch,
	};
}

void row_slice(const struct core *core, uint64_t nonce, unsigned most, struct row_report *out)
{
	const struct node *fresh[NODES_MOST];
	size_t total = 0;

	*out = (struct row_report){ 0 };
	for (size_t i = 0; i < core->roster.n_asked; i++)
		if (node_asked(core, i)->kind == NODE_PEER && node_fresh(core, node_asked(core, i)))
			fresh[total++] = node_asked(core, i);
	if (!total)
		return;
	if (most > ROW_SLICE_MAX)
		most = ROW_SLICE_MAX;
	out->total = (uint16_t)total;
	/* The asker's own random number says where to begin: no state is kept for it, and over time it gets all. */
	if (total > most)
		out->first = (uint16_t)(nonce % total);
	out->count = (uint8_t)(total < most ? total : most);
	for (size_t i = 0; i < out->count; i++)
		out->entries[i] = own_entry(core, fresh[(out->first + i) % total]);
}

/* Of the others in a large cluster more would be told than there is room for. */
static bool is_kept(const struct node *of)
{
	return of->watch || of->kind == NODE_SELF;
}

const struct told *row_entry(const struct core *core, size_t from, size_t to)
{
	const struct told *row = core->nodes[from].row;

	return row && is_kept(&core->nodes[to]) ? &row[core->nodes[to].place] : NULL;
}

void row_told(struct core *core, struct node *node, const struct row_report *row, struct raw asked)
{
	if (!node->row)
		return;
	for (size_t i = 0; i < row->count; i++) {
		const struct row_entry *entry = &row->entries[i];
		const struct node *of = roster_find(&core->roster, entry->node);

		if (!of || !is_kept(of))
			continue;
		node->row[of->place] = (struct told){
			.known = true,
			.offset = entry->offset,
			.own_epoch = entry->own_epoch,
			.peer_epoch = entry->peer_epoch,
			.measured = raw_add(asked, span_neg(span_ms(entry->age_ms))),
		};
	}
}
