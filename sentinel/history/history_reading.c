#include "history_reading.h"

#include <stdlib.h>

/* Sees each leaf there is in turn; the last may be cut off. */
struct cursor {
	FILE *in;
	size_t index;
	union {
		struct leaf leaf;
		char octets[LEAF_SIZE];
	} now;
};

static bool cursor_next(struct cursor *cursor, enum leaf_check *check)
{
	size_t got = fread(cursor->now.octets, 1, LEAF_SIZE, cursor->in);

	if (got == 0)
		return false;
	cursor->index++;
	*check = got == LEAF_SIZE ? leaf_check(&cursor->now.leaf) : LEAF_DAMAGED;
	return true;
}

static void look_through(FILE *in, struct history_found *found)
{
	struct cursor cursor = { .in = in };
	enum leaf_check check;

	*found = (struct history_found){ .good = 0 };
	while (cursor_next(&cursor, &check)) {
		if (check == LEAF_DAMAGED)
			found->damaged++;
		if (check != LEAF_GOOD)
			continue;
		if (!found->good++ || cursor.now.leaf.save > found->last.save)
			found->last = cursor.now.leaf;
	}
}

/* The latest of every block wins, wherever in the file it is. */
struct takeover {
	struct history *history;
	uint64_t (*best)[LEAVES_OF_NODE]; /* for each node and place, the number of the saving */
	leaf_newer *newer;
	struct history_found *found;
};

static void take_leaf(const struct takeover *to, const struct leaf *leaf, size_t index)
{
	enum history_tier tier = (enum history_tier)leaf->tier;
	size_t nodes = history_count(to->history);
	size_t node = history_find(to->history, leaf->name);
	size_t place = leaf_place(tier, leaf->block);
	size_t copy = index % LEAF_COPIES;

	if (leaf->block * LEAF_POINTS * history_shapes[tier].step > to->found->last.second)
		return;
	if (node == nodes || index - copy != leaf_index(node, place))
		to->found->moved = true;
	if (node == nodes || leaf->save < to->best[node][place])
		return;
	to->best[node][place] = leaf->save;
	to->newer[node][place] = (uint8_t)copy;
	leaf_apply(leaf, to->history, node);
}

static void take_all(const struct takeover *to, FILE *in)
{
	struct cursor cursor = { .in = in };
	enum leaf_check check;

	to->found->moved = to->found->last.nodes != history_count(to->history);
	rewind(in);
	while (cursor_next(&cursor, &check))
		if (check == LEAF_GOOD)
			take_leaf(to, &cursor.now.leaf, cursor.index - 1);
}

static bool take_over(FILE *in, struct history *history, leaf_newer **newer, struct history_found *found)
{
	size_t nodes = history_count(history);
	struct takeover to = { .history = history, .found = found };

	to.best = calloc(nodes ? nodes : 1, sizeof *to.best);
	to.newer = calloc(nodes ? nodes : 1, sizeof *to.newer);
	if (!to.best || !to.newer) {
		free(to.best);
		free(to.newer);
		return false;
	}
	take_all(&to, in);
	free(to.best);
	*newer = to.newer;
	return true;
}

bool history_read(
	FILE *in, off_t size, struct history *history, leaf_newer **newer, struct history_found *found)
{
	off_t whole;

	look_through(in, found);
	if (!found->good)
		return false;
	whole = (off_t)leaf_count(found->last.nodes) * LEAF_SIZE;
	if (size < whole)
		found->missing = whole - size;
	return take_over(in, history, newer, found);
}
