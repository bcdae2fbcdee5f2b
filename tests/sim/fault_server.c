#include "fault_impl.h"

static struct server *server_of(const struct act *act)
{
	return &act->world->cluster.servers[act->host->index];
}

void act_db_hang(struct act *act)
{
	server_of(act)->hung += act->begins ? 1 : -1U;
	cluster_changed(&act->world->cluster, act->world->now);
}

void act_db_restart(struct act *act)
{
	if (act->begins)
		cluster_shut_down(&act->world->cluster, act->host->index, act->world->now);
	else
		cluster_start(&act->world->cluster, act->host->index, act->world->now);
}

void act_db_donate(struct act *act)
{
	server_of(act)->donating += act->begins ? 1 : -1U;
}

void act_db_lock(struct act *act)
{
	server_of(act)->locked += act->begins ? 1 : -1U;
}

void act_db_operator(struct act *act)
{
	enum { OPERATORS_LOCK = 1 };

	if (server_answers(server_of(act)))
		server_set(server_of(act), OWNER_OPERATOR, act->begins, OPERATORS_LOCK, act->world->now);
}
