#include "queue.h"

#include <stdio.h>
#include <stdlib.h>

static bool before(const struct happening *a, const struct happening *b)
{
	return a->at.ns != b->at.ns ? a->at.ns < b->at.ns : a->order < b->order;
}

static void swap(struct happening *a, struct happening *b)
{
	struct happening kept = *a;

	*a = *b;
	*b = kept;
}

static void grow(struct queue *queue)
{
	queue->room = queue->room ? 2 * queue->room : 256;
	queue->heap = realloc(queue->heap, queue->room * sizeof *queue->heap);
	if (queue->heap)
		return;
	fputs("sim: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

void queue_put(struct queue *queue, const struct happening *happening)
{
	size_t at = queue->count;

	if (queue->count == queue->room)
		grow(queue);
	queue->heap[queue->count++] = *happening;
	queue->heap[at].order = queue->order++;
	for (; at > 0 && before(&queue->heap[at], &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&queue->heap[at], &queue->heap[(at - 1) / 2]);
}

static void sink(struct queue *queue)
{
	for (size_t at = 0;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queue->count; child++)
			if (before(&queue->heap[child], &queue->heap[least]))
				least = child;
		if (least == at)
			return;
		swap(&queue->heap[at], &queue->heap[least]);
		at = least;
	}
}

bool queue_take(struct queue *queue, struct happening *out)
{
	if (!queue->count)
		return false;
	*out = queue->heap[0];
	queue->heap[0] = queue->heap[--queue->count];
	sink(queue);
	return true;
}

struct truth queue_next(const struct queue *queue)
{
	return queue->count ? queue->heap[0].at : TRUTH_NEVER;
}

void queue_free(struct queue *queue)
{
	free(queue->heap);
	*queue = (struct queue){ 0 };
}
