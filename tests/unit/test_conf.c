#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parsed.h"

/* ---- what the least file means ---- */

static void three_lines_are_enough(void **state)
{
	struct conf *conf = conf_on("db3", "peers:\n- db1\n- db2\n");

	(void)state;
	assert_int_equal(conf->n_peers, 2);
	assert_string_equal(conf->peers[0].name, "db1");
	assert_string_equal(conf->peers[0].address.host, "db1");
	assert_int_equal(conf->peers[0].address.port, 9123);
	assert_int_equal(conf->peers[0].role, ROLE_DATABASE);
	assert_int_equal(conf->peers[0].key, 1);
	assert_false(conf->peers[0].own_key);
	assert_int_equal(conf->peers[1].line, 3);
	assert_int_equal(conf->electorate, 3);
	conf_free(conf);
}

static void the_rest_has_defaults(void **state)
{
	struct conf *conf = conf_on("db3.example.net", "peers: [db1, db2]");

	(void)state;
	assert_string_equal(conf->cluster, "default");
	assert_string_equal(conf->node, "db3");
	assert_string_equal(conf->self.name, "db3");
	assert_int_equal(conf->self.role, ROLE_DATABASE);
	assert_int_equal(conf->n_listen, 1);
	assert_string_equal(conf->listen[0].host, "::");
	assert_int_equal(conf->listen[0].port, 9123);
	assert_string_equal(conf->state, "/var/lib/skew-sentinel");
	assert_string_equal(conf->keys, "/etc/skew-sentinel/keys");
	assert_int_equal(conf->key, 1);
	assert_false(conf->open);
	assert_int_equal(conf->n_references, 0);
	assert_int_equal(conf->probe.interval.ns, NS_PER_S);
	assert_int_equal(conf->probe.timeout.ns, 2 * NS_PER_S);
	assert_int_equal(conf->probe.window, 64);
	assert_int_equal(conf->thresholds.warning.ns, 100 * NS_PER_MS);
	assert_int_equal(conf->thresholds.critical.ns, 500 * NS_PER_MS);
	assert_int_equal(conf->thresholds.raise_after.ns, 3 * NS_PER_S);
	assert_int_equal(conf->thresholds.clear_below_permille, 800);
	assert_int_equal(conf->thresholds.clear_after.ns, 30 * NS_PER_S);
	assert_string_equal(conf->status.socket, "/run/skew-sentinel/status.sock");
	assert_false(conf->status.http_on);
	conf_free(conf);
}

static void without_a_galera_block_there_is_no_action(void **state)
{
	struct conf *without = conf_on("db3", "peers: [db1]"),
		    *with = conf_on("db3", "peers: [db1]\ngalera: {}");

	(void)state;
	assert_false(without->galera.configured);
	assert_true(with->galera.configured);
	assert_string_equal(with->galera.socket, "");
	assert_string_equal(with->galera.user, "skew-sentinel");
	assert_int_equal(with->galera.above.ns, 2 * NS_PER_S);
	assert_int_equal(with->galera.after.ns, 10 * NS_PER_S);
	assert_int_equal(with->galera.measures, MEASURE_DESYNC);
	assert_int_equal(with->galera.max_per_day, 3);
	assert_false(with->galera.fence_with_replicas);
	assert_false(with->galera.dry_run);
	conf_free(without);
	conf_free(with);
}

static void everything_can_be_said(void **state)
{
	struct conf *conf = conf_on("ignored",
		"cluster: prod\nnode: db9\nlisten: ['10.0.0.9', '[::1]:99']\nstate: /s\nkeys: /k\nkey: "
		"7\nopen: true\n"
		"electorate: 64\n"
		"peers:\n- {name: db1, address: '10.0.0.1:88', site: fra, role: replica, key: 11}\n"
		"references:\n- {address: ntp1, key: 4294967295, trusted: true}\n- '[::2]'\n"
		"probe: {interval: 10ms, timeout: 1m, window: 256}\n"
		"thresholds: {warning: 1us, critical: 1d, raise_after: 0, clear_below: 1, clear_after: 0s}\n"
		"galera: {socket: /m, user: u, above: 1us, after: 0, measures: desync, max_per_day: 100, "
		"fence_with_replicas: true, dry_run: true}\n"
		"status: {socket: /t, http: 127.0.0.1}\n");

	(void)state;
	assert_string_equal(conf->cluster, "prod");
	assert_string_equal(conf->node, "db9");
	assert_int_equal(conf->n_listen, 2);
	assert_string_equal(conf->listen[0].host, "10.0.0.9");
	assert_int_equal(conf->listen[0].port, 9123);
	assert_string_equal(conf->listen[1].host, "::1");
	assert_int_equal(conf->listen[1].port, 99);
	assert_string_equal(conf->state, "/s");
	assert_string_equal(conf->keys, "/k");
	assert_int_equal(conf->key, 7);
	assert_true(conf->open);
	assert_int_equal(conf->electorate, 64);
	assert_string_equal(conf->peers[0].name, "db1");
	assert_string_equal(conf->peers[0].address.host, "10.0.0.1");
	assert_int_equal(conf->peers[0].address.port, 88);
	assert_string_equal(conf->peers[0].site, "fra");
	assert_int_equal(conf->peers[0].role, ROLE_REPLICA);
	assert_int_equal(conf->peers[0].key, 11);
	assert_true(conf->peers[0].own_key);
	assert_int_equal(conf->n_references, 2);
	assert_string_equal(conf->references[0].address.host, "ntp1");
	assert_int_equal(conf->references[0].address.port, 123);
	assert_int_equal(conf->references[0].key, UINT32_MAX);
	assert_true(conf->references[0].trusted);
	assert_string_equal(conf->references[1].address.host, "::2");
	assert_int_equal(conf->references[1].key, 0);
	assert_false(conf->references[1].trusted);
	assert_int_equal(conf->probe.interval.ns, 10 * NS_PER_MS);
	assert_int_equal(conf->thresholds.warning.ns, NS_PER_US);
	assert_int_equal(conf->thresholds.clear_below_permille, 1000);
	assert_string_equal(conf->galera.socket, "/m");
	assert_string_equal(conf->galera.user, "u");
	assert_int_equal(conf->galera.measures, MEASURE_DESYNC);
	assert_int_equal(conf->galera.max_per_day, 100);
	assert_true(conf->galera.fence_with_replicas);
	assert_true(conf->galera.dry_run);
	assert_string_equal(conf->status.socket, "/t");
	assert_true(conf->status.http_on);
	assert_string_equal(conf->status.http.host, "127.0.0.1");
	assert_int_equal(conf->status.http.port, 9124);
	conf_free(conf);
}

static void a_peer_is_a_mapping_or_its_address_alone(void **state)
{
	struct conf *conf = conf_on("db9", "peers: [db1, 'db2:99', {name: db3}, {address: db4.example.}, "
					   "{name: \xc3\xbc, address: '::1'}]");

	(void)state;
	assert_string_equal(conf->peers[0].name, "db1");
	assert_string_equal(conf->peers[1].name, "db2");
	assert_int_equal(conf->peers[1].address.port, 99);
	assert_string_equal(conf->peers[2].address.host, "db3");
	assert_int_equal(conf->peers[2].address.port, 9123);
	assert_string_equal(conf->peers[3].name, "db4.example");
	assert_string_equal(conf->peers[3].address.host, "db4.example.");
	assert_string_equal(conf->peers[4].name, "\xc3\xbc");
	conf_free(conf);
}

/* ---- files ---- */

static void a_file_is_read(void **state)
{
	char path[] = "/tmp/test-conf-XXXXXX";
	int file = mkstemp(path);
	struct conf_host host = { .name = "db3" };
	struct conf_error error = { "" };
	struct conf *conf;

	(void)state;
	assert_int_equal(write(file, "peers: [db1]\n", 13), 13);
	conf = conf_load(path, &host, &error);
	unlink(path);
	close(file);
	assert_string_equal(error.text, "");
	assert_non_null(conf);
	assert_int_equal(conf->n_peers, 1);
	conf_free(conf);
}

static void a_file_that_cannot_be_read_is_told_why(void **state)
{
	struct conf_host host = { .name = "db3" };
	struct conf_error error = { "" };

	(void)state;
	assert_null(conf_load("/nonexistent/s.yaml", &host, &error));
	assert_string_equal(error.text, "/nonexistent/s.yaml: cannot be read: No such file or directory");
	assert_null(conf_load("/", &host, &error));
	assert_string_equal(error.text, "/: cannot be read: Is a directory");
	assert_null(conf_load("/dev/zero", &host, &error));
	assert_string_equal(error.text, "/dev/zero: cannot be read: it has more than 1 MiB");
}

static void a_file_of_another_users_is_told_with_what_to_do(void **state)
{
	char file[] = "/tmp/skew-conf.XXXXXX", sentence[256];
	struct conf_host host = { .name = "db3" };
	struct conf_error error = { "" };
	struct conf *conf;
	int fd = mkstemp(file);
	bool root = geteuid() == 0;

	(void)state;
	assert_true(fd >= 0 && fchmod(fd, 0) == 0);
	close(fd);
	assert_true(!root || seteuid(65534) == 0);
	conf = conf_load(file, &host, &error);
	assert_true(!root || seteuid(0) == 0);
	unlink(file);
	assert_null(conf);
	snprintf(sentence, sizeof(sentence),
		"%s: this user cannot read it: be root; if it is the daemon's user, do as root: chmod 0644 "
		"%s",
		file, file);
	assert_string_equal(error.text, sentence);
}

static void defaults_alone_are_a_start(void **state)
{
	struct conf *conf = conf_defaults("db1");

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->node, "db1");
	assert_string_equal(conf->self.name, "db1");
	assert_int_equal(conf->self.key, 1);
	assert_int_equal(conf->n_peers, 0);
	assert_int_equal(conf->electorate, 1);
	assert_int_equal(conf->probe.window, 64);
	assert_false(conf->listed || conf->galera.configured);
	conf_free(conf);
	conf_free(NULL);
	assert_null(conf_defaults("no name"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_lines_are_enough),
		cmocka_unit_test(the_rest_has_defaults),
		cmocka_unit_test(without_a_galera_block_there_is_no_action),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(a_peer_is_a_mapping_or_its_address_alone),
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told_why),
		cmocka_unit_test(a_file_of_another_users_is_told_with_what_to_do),
		cmocka_unit_test(defaults_alone_are_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
