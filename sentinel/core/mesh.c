#include "mesh.h"

#include "core_impl.h"

enum { MESH_SMALL = 64 };

/* Is that still the node's clock? Its epoch is known where it was heard lately; what was measured of an earlier instance is not. */
static bool epoch_stands(const struct core *core, size_t index, uint32_t epoch)
{
	const struct node *node = &core->nodes[index];

	if (node->kind == NODE_SELF)
		return core->own.epoch == epoch;
	return node->kind == NODE_REFERENCE || !node_fresh(core, node) || node->epoch == epoch;
}

/* What one host measured of another, in which epoch of the clock of each. */
struct edge {
	struct interval offset;
	struct span age;
	uint32_t from_epoch, to_epoch;
};

static bool measured(const struct core *core, size_t from, size_t to, struct edge *out)
{
	const struct node *target = &core->nodes[to];
	const struct told *told;

	if (from == to || core->nodes[from].kind == NODE_REFERENCE)
		return false;
	if (from == 0) {
		if (target->measured)
			*out = (struct edge){ target->stated, node_age(core, target), core->own.epoch,
				target->epoch };
		return target->measured;
	}
	told = row_entry(core, from, to);
	if (!told || !told->known || told->measured.ns < core->nodes[from].instance_at.ns ||
		told->measured.ns < target->instance_at.ns || !epoch_stands(core, from, told->own_epoch) ||
		!epoch_stands(core, to, told->peer_epoch))
		return false;
	*out = (struct edge){ told->offset, raw_sub(core->own.now.raw_after, told->measured), told->own_epoch,
		told->peer_epoch };
	return true;
}

bool mesh_measured(const struct core *core, size_t from, size_t to, struct cell *out)
{
	struct edge edge;

	if (!measured(core, from, to, &edge))
		return false;
	*out = (struct cell){ .offset = edge.offset, .age = edge.age };
	return true;
}

/* The same the other way round. */
static struct edge turned(const struct edge *edge)
{
	return (struct edge){ interval_neg(edge->offset), edge->age, edge->to_epoch, edge->from_epoch };
}

/* A host that was not heard since its step may have been measured by others before and after it: nothing follows from both. */
static bool of_one_time(const struct edge *a, const struct edge *b)
{
	return a->from_epoch == b->from_epoch && a->to_epoch == b->to_epoch;
}

/* Carried to now; false where it is too old to mean anything. */
static bool carry(struct edge *edge)
{
	if (span_less(MESH_AGE_MOST, edge->age))
		return false;
	edge->offset = interval_widen(edge->offset, span_drift(edge->age, CRYSTAL_PPB));
	return true;
}

/* What both ends measured of each other, taken together; where their epochs differ, the later measured. */
static bool known(const struct core *core, size_t from, size_t to, struct edge *out)
{
	struct edge forth, back;
	bool has_forth = measured(core, from, to, &forth) && carry(&forth);
	bool has_back = measured(core, to, from, &back) && carry(&back);

	if (!has_forth && !has_back)
		return false;
	if (has_back)
		back = turned(&back);
	if (has_forth && has_back && !of_one_time(&forth, &back)) {
		*out = span_less(back.age, forth.age) ? back : forth;
		return true;
	}
	if (!has_forth || !has_back) {
		*out = has_forth ? forth : back;
		return true;
	}
	*out = forth;
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

/* Over a third host, in one epoch of its clock. */
static bool over(const struct core *core, size_t from, size_t via, size_t to, struct cell *out)
{
	struct edge first, second;

	if (!known(core, from, via, &first) || !known(core, via, to, &second) ||
		first.to_epoch != second.from_epoch)
		return false;
	out->offset = interval_add(first.offset, second.offset);
	out->age = span_max(first.age, second.age);
	return true;
}

bool mesh_implied(const struct core *core, size_t from, size_t to, struct cell *out)
{
	struct cell all = { .implied = true }, more;
	struct edge back;
	bool any = false;

	if (from == to)
		return false;
	for (size_t via = 0; via < core->n_nodes; via++)
		if (via != from && via != to && leads_on(core, via) && over(core, from, via, to, &more))
			narrow(&all, &any, &more);
	if (measured(core, to, from, &back) && carry(&back)) {
		more = (struct cell){ .offset = interval_neg(back.offset), .age = back.age };
		narrow(&all, &any, &more);
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
static bool firm(const struct core *core, size_t from, size_t to, struct span oldest, struct edge *out)
{
	if (!measured(core, from, to, out) || span_less(oldest, out->age))
		return false;
	out->offset = interval_widen(out->offset, span_scale(span_drift(out->age, SLEW_PPB), 2, 1));
	return true;
}

static bool jumped_lately(const struct core *core, size_t index)
{
	struct mono at = core->nodes[index].jumped_at;

	return core->nodes[index].jumping ||
	       (at.ns && span_less(mono_sub(core->own.now.mono_after, at), MESH_AGE_MOST));
}

/* From `from` to `to`, by either end's word. */
static bool firm_either(const struct core *core, size_t from, size_t to, struct span oldest, struct edge *out)
{
	if (firm(core, from, to, oldest, out))
		return true;
	if (!firm(core, to, from, oldest, out))
		return false;
	*out = turned(out);
	return true;
}

/* Two hosts that contradict each other about each other. */
static bool pair_contradicts(const struct core *core, size_t a, size_t b, struct span oldest)
{
	struct edge forth, back;

	if (!firm(core, a, b, oldest, &forth) || !firm(core, b, a, oldest, &back))
		return false;
	back = turned(&back);
	return of_one_time(&forth, &back) && disjoint(forth.offset, back.offset);
}

static bool triangle_contradicts(const struct core *core, size_t a, size_t b, size_t c, struct span oldest)
{
	struct edge ab, bc, ca;

	return firm_either(core, a, b, oldest, &ab) && firm_either(core, b, c, oldest, &bc) &&
	       firm_either(core, c, a, oldest, &ca) && ab.to_epoch == bc.from_epoch &&
	       bc.to_epoch == ca.from_epoch && ca.to_epoch == ab.from_epoch &&
	       disjoint(interval_add(ab.offset, bc.offset), interval_neg(ca.offset));
}

static bool may_accuse(const struct core *core, size_t index)
{
	return leads_on(core, index) && !jumped_lately(core, index);
}

struct mesh_ring mesh_contradiction(const struct core *core, size_t node, struct raw since)
{
	size_t fit[1 + CONF_PEERS_MAX + CONF_REFERENCES_MAX], n = 0;
	struct span oldest = span_min(MESH_AGE_MOST, raw_sub(core->own.now.raw_after, since));

	if (jumped_lately(core, node))
		return (struct mesh_ring){ 0 };
	for (size_t b = 0; b < core->n_nodes; b++)
		if (b != node && may_accuse(core, b))
			fit[n++] = b;
	for (size_t i = 0; i < n; i++)
		if (pair_contradicts(core, node, fit[i], oldest))
			return (struct mesh_ring){ 2, { node, fit[i], 0 } };
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (triangle_contradicts(core, node, fit[i], fit[k], oldest))
				return (struct mesh_ring){ 3, { node, fit[i], fit[k] } };
	return (struct mesh_ring){ 0 };
}
