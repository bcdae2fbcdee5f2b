#include "options.h"

#include <stdio.h>
#include <string.h>

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define AT(field) offsetof(struct conf, field)
#define PEER_AT(field) offsetof(struct conf_peer, field)
#define ENDPOINT_AT(field) offsetof(struct conf_icinga_endpoint, field)
#define REFERENCE_AT(field) offsetof(struct conf_reference, field)

enum {
	NAME_MOST = NODE_NAME_SIZE - 1,
	PATH_MOST = CONF_PATH_SIZE - 1,
	SOCKET_MOST = 107,                 /* sun_path, unix(7) */
	OWN_SOCKET_MOST = SOCKET_MOST - 8, /* it is made as PATH.PID, and then takes its name */
	STATE_MOST = 200,                  /* leaves room for the names of the files in it */
};

_Static_assert((int)CLUSTER_NAME_SIZE == NODE_NAME_SIZE && (int)CONF_WORD_SIZE == NODE_NAME_SIZE,
	"NAME_MOST fits all");
_Static_assert(_Generic((uint32_t)0, unsigned : 1, default : 0), "a key id is stored as OPTION_NUMBER is");
_Static_assert(sizeof(enum conf_role) == sizeof(unsigned) && sizeof(enum conf_report) == sizeof(unsigned) &&
		       sizeof(enum conf_silent) == sizeof(unsigned) &&
		       sizeof(enum conf_unknown) == sizeof(unsigned),
	"a word is stored as OPTION_WORD is");

static const struct conf_word roles[] = {
	{ "database", ROLE_DATABASE },
	{ "witness", ROLE_WITNESS },
	{ "arbitrator", ROLE_ARBITRATOR },
	{ "replica", ROLE_REPLICA },
	{ NULL, 0 },
};

static const struct conf_word reports[] = {
	{ "cluster", REPORT_CLUSTER },
	{ "self", REPORT_SELF },
	{ NULL, 0 },
};

static const struct conf_word silents[] = {
	{ "unknown", SILENT_UNKNOWN },
	{ "critical", SILENT_CRITICAL },
	{ NULL, 0 },
};

static const struct conf_word unknowns[] = {
	{ "allow", UNKNOWN_ALLOWS },
	{ "block", UNKNOWN_BLOCKS },
	{ NULL, 0 },
};

static const struct conf_word measures[] = {
	{ "desync", MEASURE_DESYNC },
	{ "fence", MEASURE_FENCE },
	{ "block_joins", MEASURE_BLOCK_JOINS },
	{ NULL, 0 },
};

/* What is named first is read first: a peer's entry is understood by what stands above `peers`. */
static const struct conf_option options[] = {
	{ .path = "cluster",
		.type = OPTION_NAME,
		.offset = AT(cluster),
		.preset = "default",
		.most = NAME_MOST,
		.help = "the cluster's name on the wire, in metrics and in alerts" },
	{ .path = "node",
		.type = OPTION_NAME,
		.offset = AT(node),
		.most = NAME_MOST,
		.help = "this host's name; by default the host name, as peers has it" },
	{ .path = "listen",
		.type = OPTION_LISTENS,
		.offset = AT(listen),
		.mark = AT(n_listen),
		.preset = "[::]:9123",
		.most = CONF_LISTEN_MAX,
		.port = CONF_PORT,
		.help = "where probes are answered: one address or a list; [::] serves IPv4 too" },
	{ .path = "state",
		.type = OPTION_PATH,
		.offset = AT(state),
		.preset = "/var/lib/skew-sentinel",
		.most = STATE_MOST,
		.help = "the directory of what outlives a restart; by default $STATE_DIRECTORY, else this" },
	{ .path = "keys",
		.type = OPTION_PATH,
		.offset = AT(keys),
		.preset = "/etc/skew-sentinel/keys",
		.most = PATH_MOST,
		.help = "the key file, in chrony's format" },
	{ .path = "key",
		.type = OPTION_NUMBER,
		.offset = AT(key),
		.preset = "1",
		.least = 1,
		.most = UINT32_MAX,
		.help = "the id of the key shared with peers that name none of their own" },
	{ .path = "open",
		.type = OPTION_BOOL,
		.offset = AT(open),
		.preset = "false",
		.help = "whether NTP clients without a key are answered too" },
	{ .path = "electorate",
		.type = OPTION_NUMBER,
		.offset = AT(electorate),
		.least = 1,
		.most = CONF_VOTERS_MAX,
		.help = "how many vote; by default this host, the peers and the references that do" },
	{ .path = "peers",
		.type = OPTION_PEERS,
		.offset = AT(peers),
		.mark = AT(n_peers),
		.most = CONF_PEERS_MAX,
		.help = "the hosts of the cluster; this one may be among them" },
	{ .path = "peers[].name",
		.type = OPTION_NAME,
		.offset = PEER_AT(name),
		.most = NAME_MOST,
		.help = "what that host calls itself; by default its address" },
	{ .path = "peers[].address",
		.type = OPTION_ADDRESS,
		.offset = PEER_AT(address),
		.port = CONF_PORT,
		.help = "IP address or host name, and port; by default its name" },
	{ .path = "peers[].galera_address",
		.type = OPTION_ADDRESS,
		.offset = PEER_AT(galera_address),
		.port = CONF_GALERA_PORT,
		.help = "where Galera replicates from, if that is another one than address" },
	{ .path = "peers[].site",
		.type = OPTION_NAME,
		.offset = PEER_AT(site),
		.most = NAME_MOST,
		.help = "where it stands, for people" },
	{ .path = "peers[].role",
		.type = OPTION_WORD,
		.offset = PEER_AT(role),
		.preset = "database",
		.words = roles,
		.help = "what it is; all but a replica vote" },
	{ .path = "peers[].key",
		.type = OPTION_NUMBER,
		.offset = PEER_AT(key),
		.mark = PEER_AT(own_key),
		.least = 1,
		.most = UINT32_MAX,
		.help = "the id of the key shared with this peer; by default the one of key" },
	{ .path = "peers[].icinga_host",
		.type = OPTION_NAME,
		.offset = PEER_AT(icinga_host),
		.most = NAME_MOST,
		.help = "the name of its host object in Icinga; by default its name" },
	{ .path = "references",
		.type = OPTION_REFERENCES,
		.offset = AT(references),
		.mark = AT(n_references),
		.most = CONF_REFERENCES_MAX,
		.help = "NTP servers to measure besides; by default none" },
	{ .path = "references[].address",
		.type = OPTION_ADDRESS,
		.offset = REFERENCE_AT(address),
		.port = CONF_NTP_PORT,
		.help = "IP address or host name, and port" },
	{ .path = "references[].key",
		.type = OPTION_NUMBER,
		.offset = REFERENCE_AT(key),
		.least = 1,
		.most = UINT32_MAX,
		.help = "the id of the key shared with it; without one it raises doubt and has no vote" },
	{ .path = "references[].trusted",
		.type = OPTION_BOOL,
		.offset = REFERENCE_AT(trusted),
		.preset = "false",
		.help = "whether it raises an alert where the whole cluster is wrong alike" },
	{ .path = "probe", .type = OPTION_GROUP, .help = "how peers are asked" },
	{ .path = "probe.interval",
		.type = OPTION_SPAN,
		.offset = AT(probe.interval),
		.preset = "1s",
		.least = 10 * NS_PER_MS,
		.most = HOUR,
		.help = "from one probe of a peer to the next" },
	{ .path = "probe.timeout",
		.type = OPTION_SPAN,
		.offset = AT(probe.timeout),
		.preset = "2s",
		.least = 10 * NS_PER_MS,
		.most = MINUTE,
		.help = "how long an answer may take" },
	{ .path = "probe.window",
		.type = OPTION_NUMBER,
		.offset = AT(probe.window),
		.preset = "64",
		.least = 1,
		.most = 256,
		.help = "how many exchanges with a peer are kept" },
	{ .path = "thresholds", .type = OPTION_GROUP, .help = "when people are told" },
	{ .path = "thresholds.warning",
		.type = OPTION_SPAN,
		.offset = AT(thresholds.warning),
		.preset = "100ms",
		.least = NS_PER_US,
		.most = DAY,
		.help = "a skew proved beyond this is a warning" },
	{ .path = "thresholds.critical",
		.type = OPTION_SPAN,
		.offset = AT(thresholds.critical),
		.preset = "500ms",
		.least = NS_PER_US,
		.most = DAY,
		.help = "a skew proved beyond this is critical" },
	{ .path = "thresholds.raise_after",
		.type = OPTION_SPAN,
		.offset = AT(thresholds.raise_after),
		.preset = "3s",
		.most = DAY,
		.help = "how long the proof has to hold first" },
	{ .path = "thresholds.clear_below",
		.type = OPTION_SHARE,
		.offset = AT(thresholds.clear_below_permille),
		.preset = "0.8",
		.least = 1,
		.most = 1000,
		.help = "the share of a level that the skew has to be proved within to clear it" },
	{ .path = "thresholds.clear_after",
		.type = OPTION_SPAN,
		.offset = AT(thresholds.clear_after),
		.preset = "30s",
		.most = DAY,
		.help = "how long that has to hold first" },
	{ .path = "galera",
		.type = OPTION_GROUP,
		.mark = AT(galera.configured),
		.help = "what is done to this host's MariaDB; without this block nothing is" },
	{ .path = "galera.socket",
		.type = OPTION_PATH,
		.offset = AT(galera.socket),
		.most = SOCKET_MOST,
		.help = "MariaDB's socket; by default the first that exists of /run/mysqld/mysqld.sock and "
			"/var/lib/mysql/mysql.sock" },
	{ .path = "galera.user",
		.type = OPTION_NAME,
		.offset = AT(galera.user),
		.preset = "skew-sentinel",
		.most = NAME_MOST,
		.help = "the database user, which the unix_socket plugin wants to be the daemon's own" },
	{ .path = "galera.above",
		.type = OPTION_SPAN,
		.offset = AT(galera.above),
		.preset = "2s",
		.least = NS_PER_US,
		.most = DAY,
		.help = "a skew proved beyond this takes the node out of work" },
	{ .path = "galera.after",
		.type = OPTION_SPAN,
		.offset = AT(galera.after),
		.preset = "10s",
		.most = DAY,
		.help = "how long the proof has to hold first" },
	{ .path = "galera.measures",
		.type = OPTION_WORDS,
		.offset = AT(galera.measures),
		.preset = "desync",
		.words = measures,
		.help = "how the node is taken out of work: one measure or a list" },
	{ .path = "galera.max_per_day",
		.type = OPTION_NUMBER,
		.offset = AT(galera.max_per_day),
		.preset = "3",
		.least = 1,
		.most = 100,
		.help = "how often within a day; then nothing more is done until skewctl unhold" },
	{ .path = "galera.fence_with_replicas",
		.type = OPTION_BOOL,
		.offset = AT(galera.fence_with_replicas),
		.preset = "false",
		.help = "whether to fence although asynchronous replicas read from this node, or it from a "
			"source" },
	{ .path = "galera.min_synced",
		.type = OPTION_MAJORITY,
		.offset = AT(galera.min_synced),
		.preset = "majority",
		.least = 1,
		.most = CONF_VOTERS_MAX,
		.help = "how many of the configured data nodes have to stay at work" },
	{ .path = "galera.dry_run",
		.type = OPTION_BOOL,
		.offset = AT(galera.dry_run),
		.preset = "false",
		.help = "whether to say only what would be done" },
	{ .path = "icinga",
		.type = OPTION_GROUP,
		.mark = AT(icinga.configured),
		.help = "where the verdict is reported to; without this block nowhere" },
	{ .path = "icinga.endpoints",
		.type = OPTION_ENDPOINTS,
		.offset = AT(icinga.endpoints),
		.mark = AT(icinga.n_endpoints),
		.most = CONF_ICINGA_MAX,
		.help = "the masters or satellites of one zone, of which one gets each result" },
	{ .path = "icinga.endpoints[].url",
		.type = OPTION_HTTPS,
		.offset = ENDPOINT_AT(url),
		.port = CONF_ICINGA_PORT,
		.help = "https:// and IP address or host name, and port" },
	{ .path = "icinga.endpoints[].name",
		.type = OPTION_NAME,
		.offset = ENDPOINT_AT(name),
		.most = NAME_MOST,
		.help = "the name in its certificate (NodeName); by default the URL's host" },
	{ .path = "icinga.ca",
		.type = OPTION_PATH,
		.offset = AT(icinga.ca),
		.preset = "/etc/skew-sentinel/icinga-ca.crt",
		.most = PATH_MOST,
		.help = "the certificate of Icinga's CA" },
	{ .path = "icinga.user",
		.type = OPTION_NAME,
		.offset = AT(icinga.user),
		.preset = "skew-sentinel",
		.most = NAME_MOST,
		.help = "the ApiUser" },
	{ .path = "icinga.password_file",
		.type = OPTION_PATH,
		.offset = AT(icinga.password_file),
		.preset = "/etc/skew-sentinel/icinga.password",
		.most = PATH_MOST,
		.help = "the file with its password" },
	{ .path = "icinga.certificate",
		.type = OPTION_PATH,
		.offset = AT(icinga.certificate),
		.most = PATH_MOST,
		.help = "the client certificate that takes the place of user and password" },
	{ .path = "icinga.key",
		.type = OPTION_PATH,
		.offset = AT(icinga.key),
		.most = PATH_MOST,
		.help = "the private key of the client certificate" },
	{ .path = "icinga.service",
		.type = OPTION_NAME,
		.offset = AT(icinga.service),
		.preset = "clock-skew",
		.most = NAME_MOST,
		.help = "the service object of each host" },
	{ .path = "icinga.interval",
		.type = OPTION_SPAN,
		.offset = AT(icinga.interval),
		.preset = "60s",
		.least = NS_PER_S,
		.most = HOUR,
		.help = "from one report of a state that stays to the next" },
	{ .path = "icinga.ttl",
		.type = OPTION_SPAN,
		.offset = AT(icinga.ttl),
		.least = NS_PER_S,
		.most = DAY,
		.help = "how long a report holds in Icinga; by default three intervals" },
	{ .path = "icinga.timeout",
		.type = OPTION_SPAN,
		.offset = AT(icinga.timeout),
		.preset = "5s",
		.least = 100 * NS_PER_MS,
		.most = MINUTE,
		.help = "how long an endpoint may take for all of it before the next one is tried" },
	{ .path = "icinga.report",
		.type = OPTION_WORD,
		.offset = AT(icinga.report),
		.preset = "cluster",
		.words = reports,
		.help = "whether this host also reports for those that cannot do so themselves" },
	{ .path = "icinga.silent",
		.type = OPTION_WORD,
		.offset = AT(icinga.silent),
		.preset = "unknown",
		.words = silents,
		.help = "the state of a host that nobody hears" },
	{ .path = "gate",
		.type = OPTION_GROUP,
		.help = "when `skewctl gate` lets this host's database start" },
	{ .path = "gate.above",
		.type = OPTION_SPAN,
		.offset = AT(gate.above),
		.least = NS_PER_US,
		.most = DAY,
		.help = "a skew proved beyond this keeps it from starting; by default galera.above" },
	{ .path = "gate.wait",
		.type = OPTION_SPAN,
		.offset = AT(gate.wait),
		.preset = "120s",
		.most = 10 * MINUTE, /* below the time that MariaDB's own units allow a start: 15 minutes */
		.help = "how long the clock may take to come right" },
	{ .path = "gate.when_unknown",
		.type = OPTION_WORD,
		.offset = AT(gate.when_unknown),
		.preset = "allow",
		.words = unknowns,
		.help = "what to do where nothing can be told" },
	{ .path = "status", .type = OPTION_GROUP, .help = "where the status is shown" },
	{ .path = "status.socket",
		.type = OPTION_PATH,
		.offset = AT(status.socket),
		.preset = "/run/skew-sentinel/status.sock",
		.most = OWN_SOCKET_MOST,
		.help = "the unix socket of skewctl and the plugin" },
	{ .path = "status.http",
		.type = OPTION_LISTEN,
		.offset = AT(status.http),
		.mark = AT(status.http_on),
		.port = CONF_HTTP_PORT,
		.help = "the address of the same over TCP, to read only; by default off" },
};

static const struct conf_option *const options_end = options + sizeof(options) / sizeof(options[0]);

const struct conf_option *option_next(const struct conf_option *option)
{
	const struct conf_option *next = option == NULL ? options : option + 1;

	return next < options_end ? next : NULL;
}

static bool is_beneath(const struct conf_option *option, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(option->path, prefix, len) == 0 && strchr(option->path + len, '.') == NULL;
}

const struct conf_option *option_beneath(const char *prefix, const struct conf_option *option)
{
	do
		option = option_next(option);
	while (option != NULL && !is_beneath(option, prefix));
	return option;
}

const struct conf_option *option_find(const char *path)
{
	const struct conf_option *option = NULL;

	while ((option = option_next(option)) != NULL)
		if (strcmp(option->path, path) == 0)
			return option;
	return NULL;
}

const struct conf_option *option_child(const char *prefix, const char *key)
{
	const struct conf_option *option = NULL;

	while ((option = option_beneath(prefix, option)) != NULL)
		if (strcmp(option_key(option), key) == 0)
			return option;
	return NULL;
}

const char *option_key(const struct conf_option *option)
{
	const char *point = strrchr(option->path, '.');

	return point == NULL ? option->path : point + 1;
}

static size_t append(char *out, size_t room, size_t used, const char *between, const char *word)
{
	if (used < room)
		used += (size_t)snprintf(out + used, room - used, "%s%s", used == 0 ? "" : between, word);
	return used;
}

char *option_list(const char *prefix, char *out, size_t room)
{
	const struct conf_option *option = NULL;
	size_t used = 0;

	out[0] = '\0';
	while ((option = option_beneath(prefix, option)) != NULL)
		used = append(out, room, used, ", ", option_key(option));
	return out;
}

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

enum { GUESS_MAX = 24 }; /* longer than any key */

/* Letters put in, left out, replaced or swapped with their neighbour (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
	size_t cost[GUESS_MAX + 1][GUESS_MAX + 1];
	size_t len_a = strnlen(a, GUESS_MAX), len_b = strnlen(b, GUESS_MAX);

	for (size_t i = 0; i <= len_a; i++)
		for (size_t j = 0; j <= len_b; j++) {
			if (i == 0 || j == 0) {
				cost[i][j] = i + j;
				continue;
			}
			cost[i][j] = least_of(cost[i - 1][j], cost[i][j - 1]) + 1;
			cost[i][j] = least_of(cost[i][j], cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cost[i][j] = least_of(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	return cost[len_a][len_b];
}

const struct conf_option *option_guess(const char *prefix, const char *key)
{
	const struct conf_option *option = NULL, *guess = NULL;
	size_t nearest = strlen(key) < 5 ? 2 : 3;

	while ((option = option_beneath(prefix, option)) != NULL) {
		size_t far = distance(key, option_key(option));

		if (far < nearest) {
			nearest = far;
			guess = option;
		}
	}
	while (guess == NULL && (option = option_next(option)) != NULL)
		if (strcmp(option_key(option), key) == 0)
			return option;
	return guess;
}

char *word_list(const struct conf_word *words, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (const struct conf_word *word = words; word->name != NULL; word++)
		used = append(out, room, used, word[1].name == NULL ? " or " : ", ", word->name);
	return out;
}

const struct conf_word *word_find(const struct conf_word *words, const char *name)
{
	for (const struct conf_word *word = words; word->name != NULL; word++)
		if (strcmp(word->name, name) == 0)
			return word;
	return NULL;
}
