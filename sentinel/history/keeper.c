#include "keeper.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_EVERY span_s(1)

struct keeper {
	const struct status_source *source;
	struct history *history;
	struct history_time time;
	struct history_file *file;
	struct timer *timer;
};

static void look(const struct keeper *keeper)
{
	const struct core *core = keeper->source->core;
	size_t nodes = core_nodes(core);
	struct reading now;
	int64_t second;

	keeper->source->read(keeper->source->arg, &now);
	second = history_second(&keeper->time, &now);
	for (size_t i = 0; i < nodes && i < KEEPER_NODES_MAX; i++) {
		struct history_sample sample;
		struct node_view view;
		size_t node;

		core_node(core, i, &now, &view);
		if (!view.reachable || !view.verdict.measured)
			continue;
		sample = (struct history_sample){ view.verdict.offset, view.verdict.state, view.drill };
		node = history_find(keeper->history, view.name);
		if (node < history_count(keeper->history))
			history_add(keeper->history, node, second, &sample);
	}
}

static void on_timer(void *arg)
{
	struct keeper *keeper = arg;

	timer_set(keeper->timer, LOOK_EVERY);
	look(keeper);
}

static bool take_nodes(const struct keeper *keeper)
{
	const struct core *core = keeper->source->core;
	char names[KEEPER_NODES_MAX][NODE_NAME_SIZE];
	size_t n = 0;
	struct reading now;

	keeper->source->read(keeper->source->arg, &now);
	for (; n < core_nodes(core) && n < KEEPER_NODES_MAX; n++) {
		struct node_view view;

		core_node(core, n, &now, &view);
		snprintf(names[n], sizeof names[n], "%s", view.name);
	}
	return history_nodes(keeper->history, names, n);
}

struct keeper *keeper_new(
	struct loop *loop, const struct status_source *source, history_note_fn *note, void *arg)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);
	struct reading now;

	if (!keeper)
		return NULL;
	keeper->source = source;
	keeper->history = history_new();
	if (!keeper->history || !take_nodes(keeper))
		goto fail;
	source->read(source->arg, &now);
	keeper->file =
		history_file_open((*source->conf)->state, keeper->history, &now, &keeper->time, note, arg);
	keeper->timer = timer_new(loop, on_timer, keeper);
	if (!keeper->file || !keeper->timer ||
		!history_file_start(keeper->file, loop, source->read, source->arg))
		goto fail;
	timer_set(keeper->timer, LOOK_EVERY);
	return keeper;
fail:
	keeper_free(keeper);
	return NULL;
}

void keeper_reload(struct keeper *keeper)
{
	if (take_nodes(keeper))
		history_file_renew(keeper->file);
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	history_file_close(keeper->file);
	timer_free(keeper->timer);
	history_free(keeper->history);
	free(keeper);
}

const struct history *keeper_history(const struct keeper *keeper)
{
	return keeper->history;
}

int64_t keeper_second(const struct keeper *keeper, const struct reading *now)
{
	return history_second(&keeper->time, now);
}
