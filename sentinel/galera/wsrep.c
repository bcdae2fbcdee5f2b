#include "wsrep.h"

#include <stdio.h>
#include <string.h>

#include "../text/count.h"

const char wsrep_status_sql[] =
	"SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_conf_id', 'wsrep_cluster_size', "
	"'wsrep_cluster_state_uuid', 'wsrep_cluster_status', 'wsrep_connected', 'wsrep_desync_count', "
	"'wsrep_flow_control_active', 'wsrep_flow_control_paused', 'wsrep_flow_control_recv', "
	"'wsrep_flow_control_sent', 'wsrep_gmcast_segment', "
	"'wsrep_gcomm_uuid', 'wsrep_last_committed', 'wsrep_local_state', 'wsrep_local_state_comment', "
	"'wsrep_ready', "
	"'Slaves_connected', 'Slaves_running')";

const char wsrep_variables_sql[] = "SELECT 'wsrep_desync', @@GLOBAL.wsrep_desync UNION ALL "
				   "SELECT 'wsrep_reject_queries', @@GLOBAL.wsrep_reject_queries UNION ALL "
				   "SELECT 'wsrep_node_name', @@GLOBAL.wsrep_node_name UNION ALL "
				   "SELECT 'version', @@GLOBAL.version";

enum kind { TEXT, COUNT, SWITCH };

struct column {
	const char *name;
	enum kind kind;
	size_t at, size;
};

#define COLUMN(name, kind, field)                                                           \
	{                                                                                   \
		name, kind, offsetof(struct wsrep, field), sizeof((struct wsrep *)0)->field \
	}

static const struct column columns[] = {
	COLUMN("Slaves_connected", TEXT, replicas_connected),
	COLUMN("Slaves_running", TEXT, replicas_running),
	COLUMN("version", TEXT, version),
	COLUMN("wsrep_cluster_conf_id", COUNT, view),
	COLUMN("wsrep_cluster_size", COUNT, cluster_size),
	COLUMN("wsrep_cluster_state_uuid", TEXT, cluster_uuid),
	COLUMN("wsrep_cluster_status", TEXT, cluster_status),
	COLUMN("wsrep_connected", SWITCH, connected),
	COLUMN("wsrep_desync", SWITCH, desync_variable),
	COLUMN("wsrep_desync_count", COUNT, desync_count),
	COLUMN("wsrep_flow_control_active", SWITCH, flow_active),
	COLUMN("wsrep_flow_control_paused", TEXT, flow_paused),
	COLUMN("wsrep_flow_control_recv", COUNT, flow_received),
	COLUMN("wsrep_flow_control_sent", COUNT, flow_sent),
	COLUMN("wsrep_gmcast_segment", COUNT, segment),
	COLUMN("wsrep_gcomm_uuid", TEXT, incarnation),
	COLUMN("wsrep_last_committed", COUNT, committed),
	COLUMN("wsrep_local_state", COUNT, local_state),
	COLUMN("wsrep_local_state_comment", TEXT, local_state_comment),
	COLUMN("wsrep_node_name", TEXT, node_name),
	COLUMN("wsrep_ready", SWITCH, ready),
	COLUMN("wsrep_reject_queries", TEXT, reject_queries),
};

static void read_column(struct wsrep *wsrep, const struct column *column, const char *value)
{
	void *field = (char *)wsrep + column->at;
	uint64_t count;
	bool on;

	switch (column->kind) {
	case TEXT:
		snprintf(field, column->size, "%s", value);
		break;
	case COUNT:
		if (count_read(value, &count))
			memcpy(field, &count, sizeof count);
		break;
	case SWITCH:
		on = strcmp(value, "ON") == 0 || strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
		memcpy(field, &on, sizeof on);
		break;
	}
}

void wsrep_read(struct wsrep *wsrep, const struct db_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
			if (strcmp(rows[i].name, columns[c].name) == 0)
				read_column(wsrep, &columns[c], rows[i].value);
}

bool wsrep_primary(const struct wsrep *wsrep)
{
	return strcmp(wsrep->cluster_status, "Primary") == 0;
}

bool wsrep_desynced(const struct wsrep *wsrep)
{
	return wsrep->desync_count > 0 || wsrep->local_state == WSREP_DONOR_DESYNCED;
}

bool wsrep_rejects(const struct wsrep *wsrep)
{
	return wsrep->reject_queries[0] && strcmp(wsrep->reject_queries, "NONE") != 0;
}

bool wsrep_same(const struct wsrep *a, const struct wsrep *b)
{
	return a->local_state == b->local_state && a->desync_count == b->desync_count &&
	       a->desync_variable == b->desync_variable && a->view == b->view &&
	       a->connected == b->connected && strcmp(a->reject_queries, b->reject_queries) == 0 &&
	       strcmp(a->incarnation, b->incarnation) == 0 &&
	       strcmp(a->cluster_status, b->cluster_status) == 0;
}
