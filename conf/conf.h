/*
 * The configuration: one struct, filled from YAML through one table of options (options.c), then const.
 *
 * Nothing here opens a socket or looks a name up: conf_parse is text in, values out; conf_load reads a file.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stddef.h>

#include "../proto/instant.h"
#include "../proto/message.h"

enum {
	CONF_HOST_SIZE = 256, /* a DNS name or an IP literal, NUL included */
	CONF_PATH_SIZE = 256,
	CONF_WORD_SIZE = 64,
	CONF_PEERS_MAX = 1024,
	CONF_VOTERS_MAX = 64,
	CONF_MEMBERS_VOTE_MAX = 31, /* of the members; references with a key come on top */
	CONF_REFERENCES_MAX = 16,
	CONF_LISTEN_MAX = 16,
	CONF_PORT = 9123,
	CONF_NTP_PORT = 123,
	CONF_HTTP_PORT = 9124,
	CONF_ICINGA_MAX = 8,
	CONF_ICINGA_PORT = 5665,
	CONF_GALERA_PORT = 4567,
	CONF_MAJORITY = 0, /* of galera.min_synced */
};

/* host:port as written: the host is an IP literal without brackets, or a name to be resolved. */
struct conf_address {
	char host[CONF_HOST_SIZE];
	uint16_t port;
};

enum conf_role { ROLE_DATABASE, ROLE_WITNESS, ROLE_ARBITRATOR, ROLE_REPLICA };

struct conf_peer {
	char name[NODE_NAME_SIZE];
	struct conf_address address;
	struct conf_address galera_address; /* of Galera's replication; host "": as `address` */
	char site[CONF_WORD_SIZE];
	enum conf_role role;
	bool votes;   /* by its role; where more could, one of the 31 that are chosen (conf/voters.c) */
	uint32_t key; /* id in the key file of the key shared with it; conf.key where it names none */
	bool own_key; /* it names one */
	char icinga_host[NODE_NAME_SIZE]; /* its host object in Icinga; its name where none is given */
	unsigned line;
};

struct conf_reference {
	struct conf_address address;
	uint32_t key; /* 0: none, so it raises doubt but has no vote */
	bool trusted;
	unsigned line;
};

enum conf_measure {
	MEASURE_DESYNC = 1 << 0,
	MEASURE_FENCE = 1 << 1, /* also desyncs */
	MEASURE_BLOCK_JOINS = 1 << 2,
};

struct conf_galera {
	bool configured;             /* no block, no action */
	char socket[CONF_PATH_SIZE]; /* "": the first that exists of the two usual ones */
	char user[CONF_WORD_SIZE];
	struct span above, after;
	unsigned measures; /* enum conf_measure */
	unsigned max_per_day;
	bool fence_with_replicas;
	unsigned min_synced; /* CONF_MAJORITY, or so many data nodes have to stay at work */
	bool dry_run;
};

/* A master, satellite or agent that takes check results. */
struct conf_icinga_endpoint {
	struct conf_address url;   /* https:// goes without saying */
	char name[CONF_HOST_SIZE]; /* in its certificate */
	unsigned line;
};

/* For whom this host reports; what a host is whom nobody hears. */
enum conf_report { REPORT_CLUSTER, REPORT_SELF };
enum conf_silent { SILENT_UNKNOWN, SILENT_CRITICAL };

struct conf_icinga {
	bool configured;
	struct conf_icinga_endpoint endpoints[CONF_ICINGA_MAX];
	size_t n_endpoints;
	char ca[CONF_PATH_SIZE];
	char user[CONF_WORD_SIZE], password_file[CONF_PATH_SIZE];
	char certificate[CONF_PATH_SIZE], key[CONF_PATH_SIZE]; /* "": by user and password */
	char service[CONF_WORD_SIZE];
	struct span interval, ttl, timeout; /* ttl: three intervals where none is given */
	enum conf_report report;
	enum conf_silent silent;
};

enum conf_unknown { UNKNOWN_ALLOWS, UNKNOWN_BLOCKS };

/* `skewctl gate`, before the database is started */
struct conf_gate {
	struct span above; /* as galera.above where it is not given */
	struct span wait;
	enum conf_unknown when_unknown;
};

struct conf {
	char cluster[CLUSTER_NAME_SIZE];
	char node[NODE_NAME_SIZE];
	struct conf_address listen[CONF_LISTEN_MAX];
	size_t n_listen;
	char state[CONF_PATH_SIZE];
	char keys[CONF_PATH_SIZE];
	uint32_t key;
	bool open;
	unsigned electorate; /* as configured, or how many vote: peers, keyed references, this host */

	/* This host's own entry in `peers:`, where the list contains it (role and site come from it); */
	bool listed;
	struct conf_peer self; /* name and role are set in any case */
	/* and the others. */
	struct conf_peer *peers;
	size_t n_peers;
	struct conf_reference references[CONF_REFERENCES_MAX];
	size_t n_references;

	struct {
		struct span interval, timeout;
		unsigned window;
	} probe;
	struct {
		struct span warning, critical, raise_after, clear_after;
		unsigned clear_below_permille;
	} thresholds;
	struct conf_galera galera;
	struct conf_icinga icinga;
	struct conf_gate gate;
	struct {
		char socket[CONF_PATH_SIZE];
		bool http_on;
		struct conf_address http;
	} status;
};

/* `text` is whole: "FILE:LINE:COLUMN: what is wrong and what is allowed". */
struct conf_error {
	char text[640];
};

/* What the configuration needs to know of the host: the shell finds it out, tests make it up. */
struct conf_host {
	const char *name; /* gethostname(), short or full; a peer of that name (short or full) is this host */
	const char *state_directory; /* $STATE_DIRECTORY or NULL */
};

/*
 * Parses `text`, which messages call `file`. NULL and *error on any mistake: nothing is half taken.
 * Free with conf_free.
 */
struct conf *conf_parse(const char *file, const char *text, size_t len, const struct conf_host *host,
	struct conf_error *error) __attribute__((warn_unused_result));

/* Reads the file (up to 1 MiB) and parses it. */
struct conf *conf_load(const char *file, const struct conf_host *host, struct conf_error *error)
	__attribute__((warn_unused_result));

void conf_free(struct conf *conf);

/* A configuration of nothing but defaults, without peers: a start for the simulator and tests. */
struct conf *conf_defaults(const char *node);

/* Does this member vote? Databases, witnesses and arbitrators do, replicas do not. */
bool conf_role_votes(enum conf_role role);

/* May this host act on a Galera node? It must be a database, and there must be a `galera:` block; one file serves all hosts. */
bool conf_acts(const struct conf *conf);

/* The measures by which this host's node leaves work, of enum conf_measure: as configured, and those that come with them. */
unsigned conf_leaves(const struct conf *conf);

const char *conf_role_name(enum conf_role role);

/* "allow" or "block" */
const char *conf_unknown_name(enum conf_unknown when_unknown);

/* The host of galera_address, or of address where it has none of its own. */
const char *conf_galera_host(const struct conf_peer *peer);

/* Data nodes by the configuration, this host among them. */
unsigned conf_data_nodes(const struct conf *conf);

/* How many of them have to stay at work: galera.min_synced, with `majority` put into a number. */
unsigned conf_min_synced(const struct conf *conf);

/*
 * The key id to put on the wire towards a peer. A key for each pair is one number a host: where this host's
 * own entry and the peer's both name one, the peer's file holds the pair's key under OUR number, so ours goes
 * on the wire. Otherwise both ends call the key by the same number.
 */
uint32_t conf_wire_key(const struct conf *conf, const struct conf_peer *peer);

#endif
