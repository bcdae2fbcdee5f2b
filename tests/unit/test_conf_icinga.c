#include "story.h"

#include "parsed.h"

static void icinga_needs_no_more_than_an_endpoint(void **state)
{
	struct conf *conf = conf_on("db3", "peers: [db1, {name: db2, icinga_host: db2.example.net}, db3]\n"
					   "icinga: {endpoints: [\"https://master1\"]}");
	const struct conf_icinga *icinga = &conf->icinga;

	(void)state;
	assert_true(icinga->configured);
	assert_int_equal(icinga->n_endpoints, 1);
	assert_string_equal(icinga->endpoints[0].url.host, "master1");
	assert_int_equal(icinga->endpoints[0].url.port, 5665);
	assert_string_equal(icinga->endpoints[0].name, "master1");
	assert_string_equal(icinga->ca, "/etc/skew-sentinel/icinga-ca.crt");
	assert_string_equal(icinga->user, "skew-sentinel");
	assert_string_equal(icinga->certificate, "");
	assert_string_equal(icinga->service, "clock-skew");
	assert_int_equal(icinga->interval.ns, span_s(60).ns);
	assert_int_equal(icinga->ttl.ns, span_s(180).ns);
	assert_int_equal(icinga->report, REPORT_CLUSTER);
	assert_int_equal(icinga->silent, SILENT_UNKNOWN);
	assert_string_equal(conf->peers[0].icinga_host, "db1");
	assert_string_equal(conf->peers[1].icinga_host, "db2.example.net");
	assert_string_equal(conf->self.icinga_host, "db3");
	conf_free(conf);
}

static void icinga_takes_addresses_with_names_and_all_its_keys(void **state)
{
	struct conf *conf = conf_on("db3", "peers: [db1, db2]\n"
					   "icinga:\n"
					   "  endpoints:\n"
					   "    - {url: \"https://10.0.0.1:5666/\", name: master1}\n"
					   "    - {url: \"https://[fd00::2]\", name: master2}\n"
					   "  ca: /ca.crt\n"
					   "  certificate: /c.crt\n"
					   "  key: /c.key\n"
					   "  service: skew\n"
					   "  interval: 4s\n"
					   "  ttl: 9s\n"
					   "  timeout: 500ms\n"
					   "  report: self\n"
					   "  silent: critical\n");
	const struct conf_icinga *icinga = &conf->icinga;

	(void)state;
	assert_int_equal(icinga->n_endpoints, 2);
	assert_string_equal(icinga->endpoints[0].url.host, "10.0.0.1");
	assert_int_equal(icinga->endpoints[0].url.port, 5666);
	assert_string_equal(icinga->endpoints[1].url.host, "fd00::2");
	assert_int_equal(icinga->endpoints[1].url.port, 5665);
	assert_string_equal(icinga->endpoints[1].name, "master2");
	assert_string_equal(icinga->certificate, "/c.crt");
	assert_int_equal(icinga->interval.ns, span_s(4).ns);
	assert_int_equal(icinga->ttl.ns, span_s(9).ns);
	assert_int_equal(icinga->timeout.ns, span_ms(500).ns);
	assert_int_equal(icinga->report, REPORT_SELF);
	assert_int_equal(icinga->silent, SILENT_CRITICAL);
	conf_free(conf);
}

static void icinga_refuses_what_cannot_work(void **state)
{
	(void)state;
	assert_line_refused("icinga: {}",
		"s.yaml:2:1: icinga needs endpoints: [\"https://MASTER\"], the names as in their "
		"certificates");
	assert_line_refused("icinga: {endpoints: [\"http://m\"]}",
		"s.yaml:2:22: icinga.endpoints[].url must be https:// and a host or IP address, with :PORT "
		"behind it where that is not 5665; it is 'http://m'");
	assert_line_refused("icinga: {endpoints: [\"https://\"]}",
		"s.yaml:2:22: icinga.endpoints[].url must be https:// and a host or IP address, with :PORT "
		"behind it where that is not 5665; it is 'https://'");
	assert_line_refused("icinga: {endpoints: [\"https://10.0.0.1\"]}",
		"s.yaml:2:22: endpoint 10.0.0.1 needs the name that its certificate bears, the NodeName of "
		"that Icinga: {url: \"https://10.0.0.1\", name: NAME}");
	assert_line_refused(
		"icinga: {endpoints: [{name: m}]}", "s.yaml:2:22: an endpoint needs a url: https://HOST");
	assert_line_refused("icinga: {endpoints: [{uri: \"https://m\"}]}",
		"s.yaml:2:23: unknown key 'uri' in icinga.endpoints (did you mean 'url'?); allowed are: "
		"url, name");
	assert_line_refused("icinga: {endpoints: [\"https://m\", \"https://M:5665\"]}",
		"s.yaml:2:35: endpoint 'M' has the same address and port as the one in line 2");
	assert_line_refused("icinga: {endpoints: [\"https://m\"], ttl: 60s}",
		"s.yaml:2:36: icinga.ttl must be above icinga.interval, 60 s, or every report is stale "
		"before "
		"the next; it is 60 s");
	assert_line_refused("icinga: {endpoints: [\"https://m\"], key: /k}",
		"s.yaml:2:36: icinga.certificate and icinga.key belong together: give both, or user and "
		"password_file");
	assert_line_refused("icinga: {endpoints: [\"https://m\"], key: /k, certificate: /c, user: u}",
		"s.yaml:2:45: icinga has a certificate and a user with a password: give one of the two");
	assert_refused("peers: [db1, {name: db2, icinga_host: db1}]\nicinga: {endpoints: [\"https://m\"]}",
		"s.yaml:1:14: peer 'db2' has the same icinga_host as peer 'db1' in line 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icinga_needs_no_more_than_an_endpoint),
		cmocka_unit_test(icinga_takes_addresses_with_names_and_all_its_keys),
		cmocka_unit_test(icinga_refuses_what_cannot_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
