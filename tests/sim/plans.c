/*
 * The named plans, which stand in plans_*.c by what goes wrong. Each has a golden story in stories/, which tells
 * what is to be expected of it.
 */
#include <string.h>

#include "plans_impl.h"

static const struct plan *const *const lists[] = {
	plans_clock,
	plans_vote,
	plans_wire,
	plans_machine,
	plans_database,
	plans_operator,
};

const struct plan *plan_nth(unsigned n)
{
	for (size_t list = 0; list < sizeof lists / sizeof lists[0]; list++)
		for (const struct plan *const *plan = lists[list]; *plan; plan++)
			if (n-- == 0)
				return *plan;
	return NULL;
}

const struct plan *plan_named(const char *name)
{
	for (unsigned n = 0; plan_nth(n); n++)
		if (strcmp(plan_nth(n)->name, name) == 0)
			return plan_nth(n);
	return NULL;
}

unsigned plan_sentinels(const struct plan *plan)
{
	unsigned count = 0;

	while (count < plan->n_hosts && !plan->hosts[count].server)
		count++;
	return count;
}

bool plan_votes(const struct plan_host *host)
{
	return host->server ? host->keyed : conf_role_votes(host->role);
}
