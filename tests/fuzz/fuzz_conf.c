/* A configuration of any octets: taken with all that is promised of it, or refused in one line. */
#include <string.h>

#include "../../conf/name.h"
#include "../../conf/span.h"
#include "target.h"

static const char file[] = "f.yaml:";

static void check_error(const struct conf_error *error)
{
	size_t len = strnlen(error->text, sizeof(error->text));
	char *end;

	MUST(len < sizeof(error->text) && strncmp(error->text, file, strlen(file)) == 0);
	MUST(strtoul(error->text + strlen(file), &end, 10) > 0 && *end == ':');
	MUST(strtoul(end + 1, &end, 10) > 0 && strncmp(end, ": ", 2) == 0 && strlen(end) > 10);
	for (size_t i = 0; i < len; i++)
		MUST((unsigned char)error->text[i] >= ' ' && error->text[i] != '\x7f');
}

static void check_address(const struct conf_address *address)
{
	struct conf_address again;

	MUST(memchr(address->host, '\0', sizeof(address->host)) && address->port > 0);
	MUST(address_parse(address->host, address->port, &again) && address_equal(address, &again));
}

static void check_peers(const struct conf *conf)
{
	MUST(conf->n_peers > 0 && conf->n_peers <= CONF_PEERS_MAX);
	for (size_t i = 0; i < conf->n_peers; i++) {
		const struct conf_peer *peer = &conf->peers[i];

		MUST(name_valid(peer->name, sizeof(peer->name)) && peer->line > 0);
		MUST(message_node_id(peer->name) != message_node_id(conf->node));
		MUST(conf_role_name(peer->role) && peer->key > 0 && conf_wire_key(conf, peer) > 0);
		check_address(&peer->address);
	}
	for (size_t i = 0; i < conf->n_references; i++) {
		check_address(&conf->references[i].address);
		MUST(conf->references[i].key > 0 || !conf->references[i].trusted);
	}
}

static void check_conf(const struct conf *conf)
{
	MUST(name_valid(conf->cluster, sizeof(conf->cluster)) && name_valid(conf->node, sizeof(conf->node)));
	MUST(strcmp(conf->node, conf->self.name) == 0 && conf->key > 0 && conf->self.key > 0);
	MUST(conf->electorate >= 1 && conf->electorate <= CONF_VOTERS_MAX);
	MUST(conf->state[0] == '/' && conf->keys[0] == '/' && conf->status.socket[0] == '/');
	MUST(conf->n_listen >= 1 && conf->n_listen <= CONF_LISTEN_MAX);
	for (size_t i = 0; i < conf->n_listen; i++)
		check_address(&conf->listen[i]);
	MUST(conf->probe.interval.ns > 0 && conf->probe.timeout.ns > 0 && conf->probe.window > 0);
	MUST(conf->thresholds.warning.ns > 0 &&
		span_less(conf->thresholds.warning, conf->thresholds.critical));
	MUST(conf->thresholds.clear_below_permille >= 1 && conf->thresholds.clear_below_permille <= 1000);
	MUST(!conf->galera.configured || conf->galera.measures != 0);
	check_peers(conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_host host = { .name = "db3.example", .state_directory = "/state" };
	struct conf_error error = { "" };
	struct conf *conf = conf_parse("f.yaml", (const char *)data, size, &host, &error);

	if (conf)
		check_conf(conf);
	else
		check_error(&error);
	conf_free(conf);
	return 0;
}

size_t fuzz_valid_input(size_t n, uint8_t out[FUZZ_INPUT_MAX])
{
	static const char *const texts[] = {
		"peers:\n- db1\n- db2:99\n- {name: db4, address: '[::1]:9123'}\n- db3\n",
		"# one file for all\ncluster: prod\nlisten: [\"[::]:9123\", 10.0.0.3]\nelectorate: 5\n"
		"peers:\n  - {name: db1, address: 10.0.1.11, site: fra, key: 11}\n"
		"  - {name: db3, address: 10.0.2.11, key: 13}\n"
		"  - {name: mon1, address: mon1.example:9, role: witness, key: 14}\n"
		"references:\n  - {address: ntp1, key: 7, trusted: true}\n  - ntp2\n",
		"node: \"db\\u00fc\"\nstate: /s\nkeys: /k\nkey: 4294967295\nopen: true\npeers: "
		"[db1.example]\n"
		"probe: {interval: 10ms, timeout: 1.5s, window: 256}\n"
		"thresholds: {warning: 1us, critical: 1d, raise_after: 0, clear_below: 0.8, clear_after: "
		"1m}\n"
		"galera:\n  socket: /m\n  user: u\n  above: 0.25h\n  after: 10s\n  measures: [desync]\n"
		"  max_per_day: 9\n  fence_with_replicas: false\n  dry_run: false\nstatus: {socket: /t, "
		"http: 127.0.0.1:9124}\n",
	};

	if (n >= sizeof(texts) / sizeof(texts[0]))
		return 0;
	memcpy(out, texts[n], strlen(texts[n]));
	return strlen(texts[n]);
}
