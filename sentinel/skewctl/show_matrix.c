#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "show.h"

/* A column is no wider than this for its name's sake. */
enum { TITLE_MAX = 12 };

/* Cells, found again by the names of both ends: sorted once. */
struct entry {
	const char *from, *to;
	const json_t *cell;
};

struct lookup {
	size_t n;
	struct entry *entries;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	int order = strcmp(x->from, y->from);

	return order ? order : strcmp(x->to, y->to);
}

static struct lookup lookup_make(const json_t *cells)
{
	struct lookup lookup = { .n = json_array_size(cells) };

	lookup.entries = calloc(lookup.n + 1, sizeof lookup.entries[0]);
	if (!lookup.entries)
		lookup.n = 0;
	for (size_t i = 0; i < lookup.n; i++) {
		const json_t *cell = json_array_get(cells, i);

		lookup.entries[i] = (struct entry){ reply_text(cell, "from"), reply_text(cell, "to"), cell };
	}
	if (lookup.n > 0)
		qsort(lookup.entries, lookup.n, sizeof lookup.entries[0], compare);
	return lookup;
}

static const json_t *lookup_find(const struct lookup *lookup, const char *from, const char *to)
{
	struct entry wanted = { from, to, NULL };
	const struct entry *found = NULL;

	if (lookup->n > 0)
		found = bsearch(&wanted, lookup->entries, lookup->n, sizeof wanted, compare);
	return found ? found->cell : NULL;
}

static bool is_off(const char *state)
{
	return strcmp(state, "critical") == 0 || strcmp(state, "warning") == 0;
}

/* Is the node's clock proved wrong, from here or by itself? Then its row and its column stand out. */
static bool node_off(const json_t *matrix, const char *name)
{
	const json_t *verdict = reply_find(json_object_get(matrix, "verdicts"), "node", name);
	const json_t *proved = json_object_get(verdict, "proved");

	return is_off(reply_text(json_is_object(proved) ? proved : verdict, "state"));
}

static void add_cell(
	struct table *table, const struct lookup *lookup, const char *from, const char *to, bool off)
{
	const json_t *cell = lookup_find(lookup, from, to);
	struct interval offset;
	char text[REPLY_TEXT_SIZE];

	if (strcmp(from, to) == 0)
		table_add(table, TONE_DIM, ".");
	else if (!cell || !reply_interval(cell, &offset))
		table_add(table, TONE_DIM, "?");
	else
		table_add(table, off ? TONE_BAD : TONE_PLAIN, "%s%s", reply_true(cell, "implied") ? "~" : "",
			reply_short(interval_middle(offset), text));
}

static void show_row(
	struct table *table, const struct lookup *lookup, const json_t *nodes, const bool *off, size_t row)
{
	const char *name = reply_text(json_array_get(nodes, row), "name");
	const json_t *to;
	size_t i;

	table_add(table, off[row] ? TONE_BAD : TONE_PLAIN, "%s%s", off[row] ? "!" : "", name);
	json_array_foreach(nodes, i, to)
		add_cell(table, lookup, name, reply_text(to, "name"), off[row] || off[i]);
}

static void show_offsets(const json_t *matrix, const struct page *page, const struct table_column *columns)
{
	const json_t *nodes = json_object_get(matrix, "nodes");
	size_t n = json_array_size(nodes);
	struct lookup lookup = lookup_make(json_object_get(matrix, "cells"));
	struct table *table = table_new(columns, n + 1);
	bool *off = calloc(n + 1, sizeof *off);

	for (size_t i = 0; off && i < n; i++)
		off[i] = node_off(matrix, reply_text(json_array_get(nodes, i), "name"));
	for (size_t i = 0; off && i < n; i++)
		show_row(table, &lookup, nodes, off, i);
	table_print(table, page, true);
	table_free(table);
	free(off);
	free(lookup.entries);
}

/* The names are the columns' titles, cut where they are long. */
static char *title_of(const json_t *matrix, const json_t *node)
{
	const char *name = reply_text(node, "name");
	char marked[REPLY_TEXT_SIZE];
	char *title;

	snprintf(marked, sizeof marked, "%s%s", node_off(matrix, name) ? "!" : "", name);
	title = page_plain(marked);
	if (strlen(title) > TITLE_MAX)
		memcpy(title + TITLE_MAX - 2, "..", sizeof "..");
	return title;
}

static void show_grid(const json_t *matrix, const struct page *page)
{
	const json_t *nodes = json_object_get(matrix, "nodes");
	size_t n = json_array_size(nodes);
	struct table_column *columns = calloc(n + 1, sizeof *columns);
	char **titles = calloc(n + 1, sizeof *titles);

	if (columns && titles) {
		columns[0] = (struct table_column){ .title = "" };
		for (size_t i = 0; i < n; i++) {
			titles[i] = title_of(matrix, json_array_get(nodes, i));
			columns[i + 1] = (struct table_column){ .title = titles[i], .right = true };
		}
		show_offsets(matrix, page, columns);
	}
	for (size_t i = 0; titles && i < n; i++)
		free(titles[i]);
	free(titles);
	free(columns);
}

static void add_in_force(struct table *table, const json_t *words)
{
	char text[REPLY_TEXT_SIZE] = "";
	const json_t *word;
	size_t i;

	json_array_foreach(words, i, word)
	{
		size_t len = strlen(text);

		snprintf(text + len, sizeof text - len, "%s%s", len ? ", " : "",
			json_is_string(word) ? json_string_value(word) : "?");
	}
	table_add(table, *text ? TONE_WARN : TONE_PLAIN, "%s", *text ? text : "-");
}

static void show_verdicts(const json_t *verdicts, const struct page *page)
{
	static const struct table_column columns[] = {
		{ "Node", false, 0 },
		{ "Says of itself", false, 0 },
		{ "Proved from here", false, 0 },
		{ "In force there", false, 0 },
	};
	struct table *table = table_new(columns, sizeof columns / sizeof columns[0]);
	const json_t *verdict;
	size_t i;

	json_array_foreach(verdicts, i, verdict)
	{
		const char *state = reply_text(verdict, "state");
		const char *proved = reply_text(json_object_get(verdict, "proved"), "state");
		bool silent = strcmp(reply_text(verdict, "cause"), "silent") == 0;

		table_add(table, TONE_PLAIN, "%s", reply_text(verdict, "node"));
		table_add(table, show_tone(state), "%s", silent ? "nothing" : state);
		table_add(table, show_tone(proved), "%s", proved);
		add_in_force(table, json_object_get(verdict, "in_force"));
	}
	table_print(table, page, false);
	table_free(table);
}

void show_matrix(const json_t *matrix, const struct page *page)
{
	json_int_t omitted = reply_count(matrix, "omitted");

	page_line(page, NULL, TONE_PLAIN,
		"The clock of the column's node minus that of the row's, as measured there (~: implied, ?: "
		"not known, !: proved wrong).");
	page_gap(page);
	show_grid(matrix, page);
	page_gap(page);
	show_verdicts(json_object_get(matrix, "verdicts"), page);
	if (omitted > 0)
		page_line(page, NULL, TONE_WARN, "%lld more nodes are not shown: the voters come first.",
			(long long)omitted);
}
