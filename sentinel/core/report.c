#include "report.h"

#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "core_impl.h"

/* Rows come in slices of which each answer's nonce chooses one: in a large cluster an entry is older before it is renewed. */
enum { SLICES_AWAITED = 3 };

static size_t first_of(const struct reporter *reporters, size_t n, bool hears)
{
	size_t first = n;

	for (size_t i = 0; i < n; i++) {
		if (!reporters[i].able || reporters[i].hears != hears)
			continue;
		if (first == n || strcmp(reporters[i].name, reporters[first].name) < 0)
			first = i;
	}
	return first;
}

size_t report_choose(const struct reporter *reporters, size_t n)
{
	size_t first = first_of(reporters, n, true);
	bool heard = false;

	for (size_t i = 0; i < n; i++)
		heard |= reporters[i].hears;
	return heard ? first : first_of(reporters, n, false);
}

bool report_worse(enum verdict_state state, enum verdict_state than)
{
	static const unsigned char weight[] = {
		[VERDICT_OK] = 0,
		[VERDICT_UNKNOWN] = 1,
		[VERDICT_WARNING] = 2,
		[VERDICT_CRITICAL] = 3,
	};

	return weight[state] > weight[than];
}

enum verdict_state report_state(const struct report_facts *facts)
{
	bool proof = facts->proved == VERDICT_WARNING || facts->proved == VERDICT_CRITICAL;

	if (proof && report_worse(facts->proved, facts->told) &&
		!span_less(facts->worse_for, facts->patience))
		return facts->proved;
	return facts->told;
}

/* ---- what this host knows ---- */

bool reports_others(const struct core *core)
{
	return core->reporting && core->conf->icinga.report == REPORT_CLUSTER;
}

/* Proves itself right, by its own word, and reports others. */
static bool is_able(const struct core *core, size_t index)
{
	const struct node *node = &core->nodes[index];

	if (node->kind == NODE_SELF)
		return reports_others(core) && core->verdict.state == VERDICT_OK;
	return node_fresh(core, node) && node->has_state && node->state.state == VERDICT_OK &&
	       (node->state.in_force & IN_FORCE_REPORTS_OTHERS);
}

/* By its row, or, for this host, by our own ears. */
static bool hears(const struct core *core, size_t from, size_t to)
{
	const struct node *subject = &core->nodes[to];
	const struct told *told = row_entry(core, from, to);
	int64_t slices = (int64_t)core->n_nodes / ROW_SLICE_MAX + 1;
	struct span most = span_add(
		node_fresh_for(core, subject), span_scale(subject->interval, SLICES_AWAITED * slices, 1));

	if (from == 0)
		return node_fresh(core, subject);
	return told && told->known && !span_less(most, raw_sub(core->own.now.raw_after, told->measured));
}

static void list(char *out, size_t room, const char *name, const struct cell *cell)
{
	size_t len = strlen(out);
	char offset[SPAN_TEXT_SIZE];

	snprintf(out + len, room - len, cell ? "%s%s (%s)" : "%s%s", len ? ", " : "", name,
		cell ? span_format(interval_middle(cell->offset), offset, sizeof offset) : "");
}

static void list_hearer(const struct core *core, size_t from, size_t to, bool hears, struct report_view *out)
{
	const char *name = core->nodes[from].name;
	struct cell cell;

	if (!hears) {
		list(out->unheard_by, sizeof out->unheard_by, name, NULL);
		return;
	}
	out->hearers++;
	list(out->heard_by, sizeof out->heard_by, name, mesh_measured(core, from, to, &cell) ? &cell : NULL);
}

void core_report(const struct core *core, size_t index, struct report_view *out)
{
	const struct node *subject = &core->nodes[index];
	struct reporter reporters[1 + CONF_PEERS_MAX];
	size_t n = 0;

	*out = (struct report_view){ .heard = node_fresh(core, subject) };
	out->itself = out->heard && subject->has_state && (subject->state.in_force & IN_FORCE_REPORTS);
	/* Most of the time, and this is asked for every host twice a second. */
	if (!subject->watch || out->itself)
		return;
	for (size_t i = 0; i < core->n_nodes; i++) {
		const struct node *node = &core->nodes[i];
		bool heard = node->kind == NODE_SELF || node_fresh(core, node);

		if (i == index || !heard || node->kind == NODE_REFERENCE ||
			!roster_asks(&core->roster, i, index))
			continue;
		reporters[n] = (struct reporter){
			.name = node->name, .able = is_able(core, i), .hears = hears(core, i, index)
		};
		list_hearer(core, i, index, reporters[n++].hears, out);
	}
	/* This host is the first of them. */
	out->ours = report_choose(reporters, n) == 0;
}
