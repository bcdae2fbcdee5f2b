#include "fitness.h"

#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "../galera/galera.h"

/* As it was seen last. */
static bool is_fenced(const struct status_source *source, char *why, size_t room)
{
	const char *rejects = NULL;
	json_t *galera = NULL;

	for (size_t i = 0; i < source->n_drivers; i++)
		if (source->drivers[i].driver == &galera_driver && source->drivers[i].self)
			galera = galera_driver.status(source->drivers[i].self);
	rejects = json_string_value(json_object_get(galera, "reject_queries"));
	if (rejects && !(*rejects && strcmp(rejects, "NONE") != 0))
		rejects = NULL;
	if (rejects)
		snprintf(why, room, "%s is fenced (wsrep_reject_queries=%s)", (*source->conf)->node, rejects);
	json_decref(galera);
	return rejects;
}

static bool is_skewed(const struct status_source *source, char *why, size_t room)
{
	char limit[SPAN_TEXT_SIZE];
	struct level_view level;
	struct node_view self;
	struct reading now;

	core_level(source->core, LEVEL_ACTION, &level);
	if (!level.configured || (*source->conf)->galera.dry_run || !(level.raised || level.proved))
		return false;
	source->read(source->arg, &now);
	core_node(source->core, 0, &now, &self);
	snprintf(why, room, "%s is out of work until its clock is proved to be within %s again: %s",
		(*source->conf)->node, span_format(level.limit, limit, sizeof limit), self.verdict.summary);
	return true;
}

bool fitness_of_database(const struct status_source *source, char *why, size_t room)
{
	return !is_fenced(source, why, room) && !is_skewed(source, why, room);
}
