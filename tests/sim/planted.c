#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "planted.h"

/* For longer than the story is told: hosts are disturbed at random, and after that it takes time to prove anything. */
struct world *planted_run(const char *name, lie_fn *lie)
{
	static struct plan plan;
	struct world *world;

	plan = *plan_named(name);
	plan.lasts = span_scale(plan.lasts, 2, 1);
	world = world_new(&plan, 1, NULL);

	assert_non_null(world);
	world->tamper = lie;
	world_run(world);
	return world;
}

void planted_expect(const char *plan, lie_fn *lie, enum invariant_name name, const char *sentence)
{
	struct world *world = planted_run(plan, lie);

	if (!strstr(world->violations[name], sentence))
		fail_msg("\"%s\" says nothing of \"%s\"", world->violations[name], sentence);
	world_free(world);
}

bool is_at(const struct host *host, unsigned index, int64_t from_s)
{
	return host->index == index && host->world->now.ns >= from_s * NS_PER_S;
}
