#include "fault_impl.h"

void act_stall(struct act *act)
{
	act->host->stalled += act->begins ? 1 : -1U;
	host_disturb(act->host);
	host_wake_at(act->host, act->world->now);
}

/* The database hangs with its machine. */
static void stand_still(struct act *act)
{
	struct server *server = &act->world->cluster.servers[act->host->index];

	server->hung += act->begins ? 1 : -1U;
	if (act->begins)
		clockwork_stop(&act->host->clock, act->world->now);
	host_disturb(act->host);
	cluster_changed(&act->world->cluster, act->world->now);
}

static void go_on(struct act *act)
{
	host_rates(act->host);
	host_resume(act->host);
}

void act_stop(struct act *act)
{
	stand_still(act);
	if (act->begins)
		return;
	clockwork_resume(&act->host->clock, act->world->now);
	go_on(act);
}

void act_migrate(struct act *act)
{
	stand_still(act);
	if (act->begins)
		return;
	act->host->crystal_ppb = act->fault->amount.ns;
	clockwork_arrive(&act->host->clock, act->world->now);
	go_on(act);
}

void act_suspend(struct act *act)
{
	stand_still(act);
	act->host->asleep = act->begins;
	if (act->begins)
		return;
	clockwork_wake(&act->host->clock, act->world->now, span_add(act->fault->lasts, act->fault->amount));
	act->host->aim = span_add(act->host->aim, act->fault->amount);
	act->host->poked = true;
	go_on(act);
}

void act_crash(struct act *act)
{
	if (act->begins && act->host->alive)
		host_kill(act->host);
	else if (!act->begins && !act->host->alive)
		host_start(act->host);
}

void act_disk_full(struct act *act)
{
	act->host->disk.full += act->begins ? 1 : -1U;
}
