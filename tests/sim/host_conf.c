/* A host's configuration, as the plan has it. */
#include "host_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../conf/voters.h"

static void add_peer(struct conf *conf, const struct plan_host *plan)
{
	struct conf_peer *peer = &conf->peers[conf->n_peers++];

	*peer = (struct conf_peer){ .role = plan->role, .key = 1 };
	snprintf(peer->name, sizeof peer->name, "%s", plan->name);
	snprintf(peer->address.host, sizeof peer->address.host, "%s", plan->name);
	peer->address.port = CONF_PORT;
}

static void add_reference(struct conf *conf, const struct plan_host *plan)
{
	struct conf_reference *reference = &conf->references[conf->n_references++];

	*reference = (struct conf_reference){ .key = plan->keyed ? 1 : 0, .trusted = plan->trusted };
	snprintf(reference->address.host, sizeof reference->address.host, "%s", plan->name);
	reference->address.port = CONF_NTP_PORT;
}

static void override(struct span *option, struct span with)
{
	if (with.ns)
		*option = with;
}

struct conf *host_make_conf(const struct host *host)
{
	const struct plan *plan = &host->world->plan;
	struct conf *conf = conf_defaults(host->plan->name);

	if (!conf)
		return NULL;
	conf->peers = calloc(plan->n_hosts, sizeof *conf->peers);
	if (!conf->peers) {
		conf_free(conf);
		return NULL;
	}
	conf->electorate = 0;
	for (unsigned i = 0; i < plan->n_hosts; i++) {
		if (plan->hosts[i].server)
			add_reference(conf, &plan->hosts[i]);
		else if (i != host->index)
			add_peer(conf, &plan->hosts[i]);
		conf->electorate += plan_votes(&plan->hosts[i]);
	}
	if (plan->electorate)
		conf->electorate = plan->electorate;
	conf->self.role = host->plan->role;
	voters_choose(conf);
	override(&conf->probe.interval, plan->interval);
	if (plan->window)
		conf->probe.window = plan->window;
	override(&conf->thresholds.warning, plan->warning);
	override(&conf->thresholds.critical, plan->critical);
	override(&conf->galera.above, plan->above);
	override(&conf->galera.after, plan->after);
	conf->galera.configured = host->plan->role == ROLE_DATABASE;
	/* Of two, one may leave. */
	conf->galera.min_synced = conf_data_nodes(conf) == 2 ? 1 : CONF_MAJORITY;
	conf->galera.measures = plan->fence ? MEASURE_FENCE : MEASURE_DESYNC;
	conf->galera.max_per_day = 100; /* what latches is no matter of a few minutes */
	snprintf(conf->galera.socket, sizeof conf->galera.socket, "/run/mysqld/mysqld.sock");
	return conf;
}
