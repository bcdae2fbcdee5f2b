#include "mesh.h"

#include "core_impl.h"

enum { MESH_SMALL = 64 };

/* Is that still the node's clock? Its epoch is known where it was heard lately. */
static bool epoch_stands(const struct core *core, size_t index, uint32_t epoch)
{
	const struct node *node = &core->nodes[index];

	if (node->kind == NODE_SELF)
		return core->own.epoch == epoch;
	return node->kind == NODE_REFERENCE || !node_fresh(core, node) || node->epoch == epoch;
}

bool mesh_measured(const struct core *core, size_t from, size_t to, struct cell *out)
{
	const struct node *target = &core->nodes[to];
	const struct told *told;

	if (from == to || core->nodes[from].kind == NODE_REFERENCE)
		return false;
	if (from == 0) {
		if (target->measured)
			*out = (struct cell){ .offset = target->stated, .age = node_age(core, target) };
		return target->measured;
	}
	told = &core->nodes[from].row[to];
	if (!told->known || !epoch_stands(core, from, told->own_epoch) ||
		!epoch_stands(core, to, told->peer_epoch))
		return false;
	*out = (struct cell){ .offset = told->offset,
		.age = raw_sub(core->own.now.raw_after, told->measured) };
	return true;
}

/* Carried to now; false where it is too old to mean anything. */
static bool carry(struct cell *cell)
{
	if (span_less(MESH_AGE_MOST, cell->age))
		return false;
	cell->offset = interval_widen(cell->offset, span_drift(cell->age, CRYSTAL_PPB));
	return true;
}

/* What both ends measured of each other, taken together. */
static bool edge(const struct core *core, size_t from, size_t to, struct cell *out)
{
	struct cell forth, back;
	bool has_forth = mesh_measured(core, from, to, &forth) && carry(&forth);
	bool has_back = mesh_measured(core, to, from, &back) && carry(&back);

	if (!has_forth && !has_back)
		return false;
	if (has_back)
		back.offset = interval_neg(back.offset);
	if (!has_forth || !has_back) {
		*out = has_forth ? forth : back;
		return true;
	}
	out->offset = interval_meet(forth.offset, back.offset);
	out->age = span_max(forth.age, back.age);
	return interval_valid(out->offset);
}

/* Takes `more` into what is known of the pair; a contradiction leaves it as it was (mesh_contradiction tells). */
static void narrow(struct cell *all, bool *any, const struct cell *more)
{
	struct interval both = interval_meet(all->offset, more->offset);

	if (*any && !interval_valid(both))
		return;
	all->offset = *any ? both : more->offset;
	all->age = *any ? span_max(all->age, more->age) : more->age;
	*any = true;
}

/* In a large cluster the voters, whom everybody measures, are paths enough. */
static bool leads_on(const struct core *core, size_t via)
{
	return core->n_nodes <= MESH_SMALL || core->nodes[via].voter;
}

bool mesh_implied(const struct core *core, size_t from, size_t to, struct cell *out)
{
	struct cell all = { .implied = true }, first, second;
	bool any = false;

	if (from == to)
		return false;
	for (size_t via = 0; via < core->n_nodes; via++) {
		if (via == from || via == to || !leads_on(core, via) || !edge(core, from, via, &first) ||
			!edge(core, via, to, &second))
			continue;
		first.offset = interval_add(first.offset, second.offset);
		first.age = span_max(first.age, second.age);
		narrow(&all, &any, &first);
	}
	if (mesh_measured(core, to, from, &first) && carry(&first)) {
		first.offset = interval_neg(first.offset);
		narrow(&all, &any, &first);
	}
	if (any)
		*out = all;
	return any;
}

static bool disjoint(struct interval a, struct interval b)
{
	return !interval_valid(interval_meet(a, b));
}

/* Two hosts that contradict each other about each other. */
static bool pair_contradicts(const struct core *core, size_t a, size_t b)
{
	struct cell forth, back;

	return mesh_measured(core, a, b, &forth) && carry(&forth) && mesh_measured(core, b, a, &back) &&
	       carry(&back) && disjoint(forth.offset, interval_neg(back.offset));
}

static bool triangle_contradicts(const struct core *core, size_t a, size_t b, size_t c)
{
	struct cell ab, bc, ca;

	return edge(core, a, b, &ab) && edge(core, b, c, &bc) && edge(core, c, a, &ca) &&
	       disjoint(interval_add(ab.offset, bc.offset), interval_neg(ca.offset));
}

struct mesh_ring mesh_contradiction(const struct core *core, size_t node)
{
	for (size_t b = 0; b < core->n_nodes; b++)
		if (b != node && pair_contradicts(core, node, b))
			return (struct mesh_ring){ 2, { node, b, 0 } };
	for (size_t b = 0; b < core->n_nodes; b++)
		for (size_t c = b + 1; c < core->n_nodes; c++)
			if (b != node && c != node && leads_on(core, b) && leads_on(core, c) &&
				triangle_contradicts(core, node, b, c))
				return (struct mesh_ring){ 3, { node, b, c } };
	return (struct mesh_ring){ 0 };
}
