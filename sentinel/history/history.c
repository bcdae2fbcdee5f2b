#include "history.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/verdict.h"
#include "../text/jvalue.h"

const struct history_shape history_shapes[HISTORY_TIERS] = {
	[HISTORY_MINUTES] = { 1, 900 },
	[HISTORY_HOURS] = { 15, 1440 },
	[HISTORY_DAYS] = { 300, 2016 },
};

enum { POINTS = 900 + 1440 + 2016 };

/* Point number i of a tier lives at i % kept, from the newest back to the oldest kept. */
struct node {
	char name[NODE_NAME_SIZE];
	int64_t newest[HISTORY_TIERS];
	struct history_point points[POINTS];
};

struct history {
	size_t n;
	struct node **nodes;
};

struct history *history_new(void)
{
	return calloc(1, sizeof(struct history));
}

void history_free(struct history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->n; i++)
		free(history->nodes[i]);
	free(history->nodes);
	free(history);
}

/* ---- nodes ---- */

size_t history_count(const struct history *history)
{
	return history->n;
}

const char *history_name(const struct history *history, size_t node)
{
	return history->nodes[node]->name;
}

size_t history_find(const struct history *history, const char *name)
{
	size_t i = 0;

	while (i < history->n && strcmp(history->nodes[i]->name, name) != 0)
		i++;
	return i;
}

static struct node *node_new(const char *name)
{
	struct node *node = calloc(1, sizeof *node);

	if (!node)
		return NULL;
	snprintf(node->name, sizeof node->name, "%s", name);
	for (size_t i = 0; i < HISTORY_TIERS; i++)
		node->newest[i] = -1;
	return node;
}

static bool among(const char *name, char (*names)[NODE_NAME_SIZE], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Those that are not there yet; NULL for the others. False: no memory, and none of them. */
static bool make_nodes(
	const struct history *history, char (*names)[NODE_NAME_SIZE], size_t n, struct node **fresh)
{
	size_t i = 0;

	for (; i < n; i++) {
		fresh[i] = NULL;
		if (history_find(history, names[i]) < history->n)
			continue;
		fresh[i] = node_new(names[i]);
		if (!fresh[i])
			break;
	}
	if (i == n)
		return true;
	while (i--)
		free(fresh[i]);
	return false;
}

bool history_nodes(struct history *history, char (*names)[NODE_NAME_SIZE], size_t n)
{
	struct node **nodes = calloc(n ? n : 1, sizeof(struct node *));

	if (!nodes || !make_nodes(history, names, n, nodes)) {
		free(nodes);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!nodes[i])
			nodes[i] = history->nodes[history_find(history, names[i])];
	for (size_t i = 0; i < history->n; i++)
		if (!among(history->nodes[i]->name, names, n))
			free(history->nodes[i]);
	free(history->nodes);
	history->nodes = nodes;
	history->n = n;
	return true;
}

/* ---- points ---- */

static struct history_point *place(struct node *node, enum history_tier tier, int64_t number)
{
	struct history_point *first = node->points;

	for (enum history_tier finer = 0; finer < tier; finer++)
		first += history_shapes[finer].kept;
	return first + number % history_shapes[tier].kept;
}

static bool kept(const struct node *node, enum history_tier tier, int64_t number)
{
	return number >= 0 && number <= node->newest[tier] &&
	       number > node->newest[tier] - history_shapes[tier].kept;
}

/* What was not seen in between is empty. False: too old to be kept. */
static bool advance(struct node *node, enum history_tier tier, int64_t number)
{
	int64_t ring = history_shapes[tier].kept;
	int64_t from = node->newest[tier] + 1;

	if (number < from)
		return kept(node, tier, number);
	if (from <= number - ring)
		from = number - ring + 1;
	for (int64_t i = from; i <= number; i++)
		*place(node, tier, i) = (struct history_point){ 0 };
	node->newest[tier] = number;
	return true;
}

static float at_most(double value)
{
	float rounded = (float)value;

	return (double)rounded > value ? nextafterf(rounded, -INFINITY) : rounded;
}

static float at_least(double value)
{
	float rounded = (float)value;

	return (double)rounded < value ? nextafterf(rounded, INFINITY) : rounded;
}

static struct history_point point_of(const struct history_sample *sample)
{
	float middle = (float)span_seconds(interval_middle(sample->offset));

	return (struct history_point){
		.low = at_most(span_seconds(sample->offset.low)),
		.high = at_least(span_seconds(sample->offset.high)),
		.least = middle,
		.greatest = middle,
		.n = 1,
		.state = (uint8_t)sample->state,
		.drill = sample->drill,
	};
}

/* Known trouble is worse than not to know. */
static unsigned badness(uint8_t state)
{
	static const unsigned of[] = {
		[VERDICT_OK] = 0, [VERDICT_UNKNOWN] = 1, [VERDICT_WARNING] = 2, [VERDICT_CRITICAL] = 3
	};

	return of[state & 3];
}

static void merge(struct history_point *into, const struct history_point *point)
{
	if (!into->n) {
		*into = *point;
		return;
	}
	into->low = fminf(into->low, point->low);
	into->high = fmaxf(into->high, point->high);
	into->least = fminf(into->least, point->least);
	into->greatest = fmaxf(into->greatest, point->greatest);
	into->n = (uint16_t)(into->n == UINT16_MAX ? UINT16_MAX : into->n + 1);
	if (badness(point->state) > badness(into->state))
		into->state = point->state;
	into->drill |= point->drill;
}

void history_add(struct history *history, size_t node, int64_t second, const struct history_sample *sample)
{
	struct history_point point;

	if (sample->offset.low.ns == INT64_MIN || sample->offset.high.ns == INT64_MAX || second < 0)
		return;
	point = point_of(sample);
	for (enum history_tier tier = 0; tier < HISTORY_TIERS; tier++) {
		int64_t number = second / history_shapes[tier].step;

		if (advance(history->nodes[node], tier, number))
			merge(place(history->nodes[node], tier, number), &point);
	}
}

const struct history_point *history_at(
	const struct history *history, size_t node, enum history_tier tier, int64_t number)
{
	struct node *of = history->nodes[node];
	const struct history_point *point;

	if (!kept(of, tier, number))
		return NULL;
	point = place(of, tier, number);
	return point->n ? point : NULL;
}

int64_t history_newest(const struct history *history, size_t node, enum history_tier tier)
{
	return history->nodes[node]->newest[tier];
}

void history_put(struct history *history, size_t node, enum history_tier tier, int64_t number,
	const struct history_point *point)
{
	if (number >= 0 && advance(history->nodes[node], tier, number))
		*place(history->nodes[node], tier, number) = *point;
}

/* ---- for the plots ---- */

/* The second at which a tier's oldest point began; INT64_MAX: it has none. */
static int64_t reaches_back_to(const struct history *history, size_t node, enum history_tier tier)
{
	int64_t newest = history_newest(history, node, tier);

	for (int64_t i = newest - history_shapes[tier].kept + 1; i <= newest; i++)
		if (history_at(history, node, tier, i))
			return i * history_shapes[tier].step;
	return INT64_MAX;
}

/* Nothing coarser reaches further back, but for the beginning of its oldest point, which is before what is in it. */
static bool has_all(const struct history *history, size_t node, enum history_tier tier)
{
	int64_t since = reaches_back_to(history, node, tier);

	for (enum history_tier coarser = tier + 1; coarser < HISTORY_TIERS; coarser++)
		if (since - history_shapes[coarser].step >= reaches_back_to(history, node, coarser))
			return false;
	return true;
}

enum history_tier history_tier_since(const struct history *history, size_t node, int64_t second, int64_t now)
{
	enum history_tier tier = 0;

	while (tier < HISTORY_DAYS && second < now - history_shapes[tier].kept * history_shapes[tier].step &&
		!has_all(history, node, tier))
		tier++;
	return tier;
}

static void put_point(FILE *out, bool first, int64_t ago, const struct history_point *point)
{
	fprintf(out, "%s[%" PRId64 ",%.9g,%.9g,%.9g,%.9g,\"%s\",%s]", first ? "" : ",", ago,
		(double)point->low, (double)point->high, (double)point->least, (double)point->greatest,
		verdict_state_name((enum verdict_state)(point->state & 3)), point->drill ? "true" : "false");
}

static void put_points(
	FILE *out, const struct history *history, size_t node, enum history_tier tier, const int64_t span[2])
{
	int64_t step = history_shapes[tier].step;
	int64_t newest = history_newest(history, node, tier);
	int64_t from = newest - history_shapes[tier].kept + 1;
	bool first = true;

	if (from < span[0] / step)
		from = span[0] / step;
	for (int64_t i = from < 0 ? 0 : from; i <= newest; i++) {
		const struct history_point *point = history_at(history, node, tier, i);
		/* The middle of what it stands for; the newest may not be over yet. */
		int64_t ago = span[1] - (i * step + step / 2);

		if (!point)
			continue;
		put_point(out, first, ago < 0 ? 0 : ago, point);
		first = false;
	}
}

static void put_head(FILE *out, const char *name, int64_t step, struct wall wall)
{
	json_t *head = json_object();
	char *text;

	jvalue_put(head, "node", jvalue_text(name));
	jvalue_put(head, "time", jvalue_wall(wall));
	jvalue_put(head, "step_s", jvalue_count((uint64_t)step));
	text = jvalue_dump(head);
	/* Without the brace at its end. */
	if (text)
		fprintf(out, "%.*s", (int)strlen(text) - 1, text);
	free(text);
	json_decref(head);
}

char *history_json(const struct history *history, size_t node, int64_t since, int64_t now, struct wall wall)
{
	enum history_tier tier = history_tier_since(history, node, since, now);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_head(out, history_name(history, node), history_shapes[tier].step, wall);
	fputs(",\"columns\":[\"age_s\",\"low_s\",\"high_s\",\"least_s\",\"greatest_s\",\"state\",\"drill\"],"
	      "\"points\":[",
		out);
	put_points(out, history, node, tier, (const int64_t[]){ since, now });
	fputs("]}", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
