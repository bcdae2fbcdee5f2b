#include "matrix.h"

#include <stdio.h>

#include "../text/jvalue.h"
#include "../text/told.h"

/* Which nodes are shown, by their number in the core. */
struct choice {
	size_t n;
	size_t nodes[MATRIX_NODES_MAX];
};

/* This host and the voters first. */
static void choose(const struct core *core, const struct reading *now, struct choice *choice)
{
	struct choice others = { 0 };

	for (size_t i = 0; i < core_nodes(core); i++) {
		struct node_view view;
		struct choice *kind;

		core_node(core, i, now, &view);
		kind = i == 0 || view.voter ? choice : &others;
		if (kind->n < MATRIX_NODES_MAX)
			kind->nodes[kind->n++] = i;
	}
	for (size_t i = 0; i < others.n && choice->n < MATRIX_NODES_MAX; i++)
		choice->nodes[choice->n++] = others.nodes[i];
}

static json_t *node_json(const struct node_view *node)
{
	json_t *json = json_object();

	jvalue_put(json, "name", jvalue_text(node->name));
	jvalue_put(json, "role",
		json_string(node->kind == NODE_REFERENCE ? "reference" : conf_role_name(node->role)));
	jvalue_put(json, "site", jvalue_text(node->site));
	jvalue_put(json, "voter", json_boolean(node->voter));
	return json;
}

static json_t *cell_json(const char *from, const char *to, const struct cell *cell)
{
	json_t *json = json_object();

	jvalue_put(json, "from", jvalue_text(from));
	jvalue_put(json, "to", jvalue_text(to));
	status_put_offset(json, true, cell->offset);
	jvalue_put(json, "age_s", jvalue_span(cell->age));
	jvalue_put(json, "implied", json_boolean(cell->implied));
	jvalue_put(json, "mesh_low_s", cell->has_mesh ? jvalue_span(cell->mesh.low) : json_null());
	jvalue_put(json, "mesh_high_s", cell->has_mesh ? jvalue_span(cell->mesh.high) : json_null());
	return json;
}

static const struct in_force_word {
	enum in_force bit;
	const char *word;
} in_force_words[] = {
	{ IN_FORCE_DESYNC, "desync" },
	{ IN_FORCE_FENCE, "fence" },
	{ IN_FORCE_BLOCK_JOINS, "block_joins" },
	{ IN_FORCE_HOLD, "hold" },
	{ IN_FORCE_DRILL, "drill" },
};

static json_t *in_force_json(unsigned bits)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof in_force_words / sizeof in_force_words[0]; i++)
		if (bits & (unsigned)in_force_words[i].bit)
			json_array_append_new(list, json_string(in_force_words[i].word));
	return list;
}

/* What a peer told of itself, put as a verdict: hearsay, and said to be. */
static void told_verdict(const struct node_view *peer, struct verdict *out)
{
	const struct state_report *told = &peer->state;

	*out = (struct verdict){ .state = VERDICT_UNKNOWN, .cause = "silent" };
	if (!peer->has_state) {
		snprintf(out->summary, sizeof out->summary, "%s has told nothing of itself", peer->name);
		return;
	}
	out->state = told->state;
	out->measured = told->offset.low.ns != INT64_MIN && told->offset.high.ns != INT64_MAX;
	out->offset = told->offset;
	out->agree = told->agree;
	out->electorate = told->electorate;
	out->cause[0] = '\0';
	snprintf(out->summary, sizeof out->summary, "%s says of itself: %s; %u of %u agree", peer->name,
		verdict_state_name(told->state), told->agree, told->electorate);
}

static json_t *word_json(const char *word)
{
	return word ? json_string(word) : json_null();
}

static void put_host(json_t *json, const struct node_view *node)
{
	jvalue_put(json, "time_service", word_json(told_service_word(node->state.service)));
	jvalue_put(json, "database", word_json(told_database_word(node->state.database)));
}

static json_t *peer_verdict(const struct node_view *peer, const struct reading *now)
{
	struct verdict told;
	json_t *json;

	told_verdict(peer, &told);
	json = status_verdict_json(peer->name, &told);
	jvalue_put(json, "since",
		peer->has_state ? jvalue_wall(wall_add(now->wall, span_neg(span_s(peer->state.since_s))))
				: json_null());
	jvalue_put(json, "as_of", peer->has_state && peer->measured ? jvalue_wall(peer->as_of) : json_null());
	jvalue_put(json, "threshold_in_s", json_null());
	jvalue_put(json, "in_force", in_force_json(peer->has_state ? peer->state.in_force : 0));
	jvalue_put(json, "proved", status_verdict_json(peer->name, &peer->verdict));
	put_host(json, peer);
	return json;
}

static json_t *own_in_force(const struct status_source *source, const struct core_view *core)
{
	json_t *list = in_force_json((core->hold ? IN_FORCE_HOLD : 0) | (core->drill ? IN_FORCE_DRILL : 0));

	for (size_t i = 0; i < source->actions->n; i++) {
		const struct action_report *report = &source->actions->lines[i].report;

		if (report->state == ACTION_ACTIVE)
			json_array_append_new(list, json_string(measure_name(report->measure)));
	}
	return list;
}

static json_t *own_verdict(
	const struct status_source *source, const struct node_view *self, const struct core_view *core)
{
	json_t *json = status_own_verdict_json(source, self, core);

	jvalue_put(json, "in_force", own_in_force(source, core));
	jvalue_put(json, "proved", status_verdict_json(self->name, &self->verdict));
	put_host(json, self);
	return json;
}

static void put_cells(json_t *json, const struct status_source *source, const struct choice *choice,
	const struct reading *now, char names[][NODE_NAME_SIZE])
{
	json_t *cells = json_array();

	for (size_t from = 0; from < choice->n; from++)
		for (size_t to = 0; to < choice->n; to++) {
			struct cell cell;

			if (from != to &&
				core_cell(source->core, choice->nodes[from], choice->nodes[to], now, &cell))
				json_array_append_new(cells, cell_json(names[from], names[to], &cell));
		}
	jvalue_put(json, "cells", cells);
}

json_t *matrix_json(const struct status_source *source)
{
	struct choice choice = { 0 };
	char names[MATRIX_NODES_MAX][NODE_NAME_SIZE];
	json_t *json = json_object();
	json_t *nodes = json_array();
	json_t *verdicts = json_array();
	struct core_view core;
	struct reading now;

	source->read(source->arg, &now);
	core_overview(source->core, &now, &core);
	choose(source->core, &now, &choice);
	for (size_t i = 0; i < choice.n; i++) {
		struct node_view view;

		core_node(source->core, choice.nodes[i], &now, &view);
		snprintf(names[i], sizeof names[i], "%s", view.name);
		json_array_append_new(nodes, node_json(&view));
		if (view.kind != NODE_REFERENCE)
			json_array_append_new(verdicts, view.kind == NODE_SELF
								? own_verdict(source, &view, &core)
								: peer_verdict(&view, &now));
	}
	jvalue_put(json, "time", jvalue_wall(now.wall));
	jvalue_put(json, "nodes", nodes);
	jvalue_put(json, "omitted", jvalue_count(core_nodes(source->core) - choice.n));
	put_cells(json, source, &choice, &now, names);
	jvalue_put(json, "verdicts", verdicts);
	return json;
}
