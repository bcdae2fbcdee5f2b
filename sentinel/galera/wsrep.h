/*
 * What a Galera node says of itself, as values. Pure: rows in, values out.
 *
 * Whether the node is desynced is told by wsrep_desync_count and wsrep_local_state. The variable
 * @@wsrep_desync tells whether somebody's SET did it (a backup and a state transfer count, and leave the
 * variable alone), and nothing more: when a partition heals the group forgets the desync, and the variable
 * goes on reading 1.
 */
#ifndef SENTINEL_WSREP_H
#define SENTINEL_WSREP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

enum { WSREP_UUID_SIZE = 40, WSREP_WORD_SIZE = 64, WSREP_NUMBER_SIZE = 24 };

/* wsrep_local_state. */
enum wsrep_local_state {
	WSREP_INITIALIZED = 0,
	WSREP_JOINER = 1,
	WSREP_DONOR_DESYNCED = 2,
	WSREP_JOINED = 3, /* catching up */
	WSREP_SYNCED = 4,
};

struct wsrep {
	char node_name[WSREP_WORD_SIZE], version[WSREP_WORD_SIZE];
	char cluster_status[WSREP_WORD_SIZE]; /* "Primary", "non-Primary", "Disconnected" */
	char local_state_comment[WSREP_WORD_SIZE];
	/* wsrep_gcomm_uuid: another one at each start of the server. "": none yet. */
	char incarnation[WSREP_UUID_SIZE];
	char cluster_uuid[WSREP_UUID_SIZE];
	uint64_t view; /* wsrep_cluster_conf_id: counts the cluster's memberships */
	uint64_t cluster_size, local_state, desync_count;
	uint64_t committed;                /* wsrep_last_committed: stands still under a read lock */
	uint64_t segment;                  /* wsrep_gmcast_segment */
	uint64_t flow_sent, flow_received; /* flow control's requests to pause, since the start */
	char flow_paused
		[WSREP_WORD_SIZE]; /* wsrep_flow_control_paused: the share of the time since FLUSH STATUS */
	bool flow_active;          /* the cluster is paused now */
	bool ready;
	bool desync_variable;
	char reject_queries[WSREP_WORD_SIZE]; /* wsrep_reject_queries: "NONE", "ALL", "ALL_KILL" */
	/* Slaves_connected, Slaves_running: who reads this node's binary log, and as whose replica it runs. "": not told. */
	char replicas_connected[WSREP_NUMBER_SIZE], replicas_running[WSREP_NUMBER_SIZE];
	bool connected; /* wsrep_connected: the provider runs and belongs to some group */
};

/* One look is these two statements; each answers with rows of a name and a value. */
extern const char wsrep_status_sql[], wsrep_variables_sql[];

/* Takes over what the rows say; a row that is not known or whose value is no such thing changes nothing. */
void wsrep_read(struct wsrep *wsrep, const struct db_row *rows, size_t n);

bool wsrep_primary(const struct wsrep *wsrep);

/* Out of flow control, by whomever. */
bool wsrep_desynced(const struct wsrep *wsrep);

/* Clients' queries are refused, by whomever. */
bool wsrep_rejects(const struct wsrep *wsrep);

/* The same server with the same state and view; what it is called does not matter. */
bool wsrep_same(const struct wsrep *a, const struct wsrep *b);

#endif
