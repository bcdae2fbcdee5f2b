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
	told = row_entry(core, from, to);
	if (!told || !told->known || !epoch_stands(core, from, told->own_epoch) ||
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

/*
 * For an accusation an edge is widened by all that a wall clock may have been slewed since, at both ends; one with a host
 * whose raw clock jumped lately (a machine that stood still) counts for nothing, since no epoch tells of that.
 */
static bool firm(const struct core *core, size_t from, size_t to, struct interval *out)
{
	struct cell cell;

	if (!mesh_measured(core, from, to, &cell) || span_less(MESH_AGE_MOST, cell.age))
		return false;
	*out = interval_widen(cell.offset, span_scale(span_drift(cell.age, SLEW_PPB), 2, 1));
	return true;
}

static bool jumped_lately(const struct core *core, size_t index)
{
	struct mono at = core->nodes[index].jumped_at;

	return core->nodes[index].jumping ||
	       (at.ns && span_less(mono_sub(core->own.now.mono_after, at), MESH_AGE_MOST));
}

/* From `from` to `to`, by either end's word. */
static bool firm_either(const struct core *core, size_t from, size_t to, struct interval *out)
{
	if (firm(core, from, to, out))
		return true;
	if (!firm(core, to, from, out))
		return false;
	*out = interval_neg(*out);
	return true;
}

/* Two hosts that contradict each other about each other. */
static bool pair_contradicts(const struct core *core, size_t a, size_t b)
{
	struct interval forth, back;

	return firm(core, a, b, &forth) && firm(core, b, a, &back) && disjoint(forth, interval_neg(back));
}

static bool triangle_contradicts(const struct core *core, size_t a, size_t b, size_t c)
{
	struct interval ab, bc, ca;

	return firm_either(core, a, b, &ab) && firm_either(core, b, c, &bc) && firm_either(core, c, a, &ca) &&
	       disjoint(interval_add(ab, bc), interval_neg(ca));
}

static bool may_accuse(const struct core *core, size_t index)
{
	return leads_on(core, index) && !jumped_lately(core, index);
}

struct mesh_ring mesh_contradiction(const struct core *core, size_t node)
{
	size_t fit[1 + CONF_PEERS_MAX + CONF_REFERENCES_MAX], n = 0;

	if (jumped_lately(core, node))
		return (struct mesh_ring){ 0 };
	for (size_t b = 0; b < core->n_nodes; b++)
		if (b != node && may_accuse(core, b))
			fit[n++] = b;
	for (size_t i = 0; i < n; i++)
		if (pair_contradicts(core, node, fit[i]))
			return (struct mesh_ring){ 2, { node, fit[i], 0 } };
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (triangle_contradicts(core, node, fit[i], fit[k]))
				return (struct mesh_ring){ 3, { node, fit[i], fit[k] } };
	return (struct mesh_ring){ 0 };
}
