#include "story.h"

#include <ctype.h>

#include "../../sentinel/status/metrics.h"
#include "shown.h"

enum { DB1, DB2, DB3, MON1 };

static struct net net;
static struct shown shown;

static char *metrics_of_db3(const char *extra)
{
	net_open(&net, extra);
	net.hosts[DB3].shift = span_s(1900);
	net.hosts[DB1].silent = true;
	net_run(&net, span_s(8));
	shown_open(&shown, &net, DB3);
	return metrics_text(&shown.source);
}

static void done(char *text)
{
	free(text);
	shown_close(&shown);
	net_close(&net);
}

static void assert_line(const char *text, const char *line)
{
	char whole[256];

	snprintf(whole, sizeof whole, "\n%s\n", line);
	if (!strstr(text, whole))
		fail_msg("%s\nis not in\n%s", line, text);
}

/* The value of the sample that begins like this; fails where there is none. */
static double value(const char *text, const char *sample)
{
	char begin[128];
	const char *found;

	snprintf(begin, sizeof begin, "\n%s ", sample);
	found = strstr(text, begin);
	if (!found)
		fail_msg("no %s", sample);
	return found ? strtod(found + strlen(begin), NULL) : 0;
}

/* ---- the format, as Prometheus' documents have it (text-based, 0.0.4) ---- */

static const char *skip_name(const char *at)
{
	assert_true(isalpha((unsigned char)*at) || *at == '_');
	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at;
}

static const char *skip_labels(const char *at)
{
	while (*at != '}') {
		at = skip_name(at);
		assert_true(at[0] == '=' && at[1] == '"');
		for (at += 2; *at != '"'; at++) {
			assert_true((unsigned char)*at >= 0x20);
			if (*at == '\\') {
				at++;
				assert_true(*at == '\\' || *at == '"' || *at == 'n');
			}
		}
		at++;
		assert_true(*at == ',' || *at == '}');
		at += *at == ',';
	}
	return at + 1;
}

/* Each sample belongs to the metric whose HELP and TYPE came last, and none comes twice. */
static void assert_sample(const char *line, const char *metric)
{
	const char *at = skip_name(line);
	char *end;

	assert_int_equal(strncmp(line, metric, (size_t)(at - line)), 0);
	assert_int_equal(strlen(metric), at - line);
	if (*at == '{')
		at = skip_labels(at + 1);
	assert_int_equal(*at, ' ');
	strtod(at + 1, &end);
	assert_true(end > at + 1 && *end == '\0');
}

static void assert_exposition(char *text)
{
	char metric[128] = "";
	char help[128] = "";
	char type[16];

	assert_int_equal(text[strlen(text) - 1], '\n');
	for (char *rest, *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "# HELP %127s", help) == 1)
			continue;
		if (sscanf(line, "# TYPE %127s %15s", metric, type) == 2) {
			assert_string_equal(metric, help);
			assert_true(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0);
			assert_int_equal(strncmp(metric, "skew_sentinel_", 14), 0);
			if (strcmp(type, "counter") == 0)
				assert_string_equal(metric + strlen(metric) - 6, "_total");
			continue;
		}
		assert_sample(line, metric);
	}
}

static void the_text_is_what_prometheus_reads(void **state)
{
	struct action_report report = { MEASURE_DESYNC, ACTION_ACTIVE, false, "" };
	char *text = metrics_of_db3("cluster: 'a\"quoted\"\\one'\n");

	(void)state;
	free(text);
	status_actions_report(&shown.actions, "galera", &report, (struct wall){ 0 });
	text = metrics_text(&shown.source);
	assert_exposition(text);
	done(text);
}

static void the_offset_of_each_peer_is_told_with_its_bounds(void **state)
{
	char *text = metrics_of_db3("");
	double offset = value(text, "skew_sentinel_offset_seconds{peer=\"db2\"}");
	double low = value(text, "skew_sentinel_offset_low_seconds{peer=\"db2\"}");
	double high = value(text, "skew_sentinel_offset_high_seconds{peer=\"db2\"}");

	(void)state;
	assert_true(low < offset && offset < high);
	assert_true(low <= -1900 && -1900 <= high);
	assert_true(high - low < 0.01);
	assert_true(value(text, "skew_sentinel_delay_seconds{peer=\"db2\"}") > 0.001);
	assert_line(text, "skew_sentinel_reachable{peer=\"db2\"} 1");
	done(text);
}

static void what_is_not_known_is_left_out(void **state)
{
	char *text = metrics_of_db3("");

	(void)state;
	assert_null(strstr(text, "skew_sentinel_offset_seconds{peer=\"db1\"}"));
	assert_null(strstr(text, "skew_sentinel_delay_seconds{peer=\"db1\"}"));
	assert_line(text, "skew_sentinel_reachable{peer=\"db1\"} 0");
	assert_line(text, "skew_sentinel_probes_answered_total{peer=\"db1\"} 0");
	assert_true(value(text, "skew_sentinel_probes_sent_total{peer=\"db1\"}") > 0);
	done(text);
}

static void one_state_of_each_node_is_true(void **state)
{
	char *text = metrics_of_db3("");

	(void)state;
	assert_line(text, "skew_sentinel_verdict{node=\"db3\",state=\"ok\"} 0");
	assert_line(text, "skew_sentinel_verdict{node=\"db3\",state=\"warning\"} 0");
	assert_line(text, "skew_sentinel_verdict{node=\"db3\",state=\"critical\"} 0");
	assert_line(text, "skew_sentinel_verdict{node=\"db3\",state=\"unknown\"} 1");
	done(text);
}

static void counters_and_the_info_are_there(void **state)
{
	char *text = metrics_of_db3("");

	(void)state;
	assert_line(text, "skew_sentinel_info{version=\"0.1.0\",cluster=\"default\",node=\"db3\"} 1");
	assert_line(text, "skew_sentinel_datagrams_rejected_total{reason=\"mac\"} 0");
	assert_line(text, "skew_sentinel_uptime_seconds 8.000000000");
	assert_true(value(text, "skew_sentinel_requests_total") > 0);
	done(text);
}

static void an_action_in_force_is_one(void **state)
{
	struct action_report report = { MEASURE_DESYNC, ACTION_ACTIVE, false, "" };
	char *text = metrics_of_db3("");

	(void)state;
	assert_null(strstr(text, "skew_sentinel_action_active{"));
	free(text);
	status_actions_report(&shown.actions, "galera", &report, (struct wall){ 0 });
	text = metrics_text(&shown.source);
	assert_line(text, "skew_sentinel_action_active{action=\"desync\"} 1");
	free(text);
	report.state = ACTION_PENDING;
	status_actions_report(&shown.actions, "galera", &report, (struct wall){ 0 });
	text = metrics_text(&shown.source);
	assert_line(text, "skew_sentinel_action_active{action=\"desync\"} 0");
	done(text);
}

static void each_measure_is_in_one_state(void **state)
{
	struct action_report report = { MEASURE_DESYNC, ACTION_LATCHED, false, "" };
	char *text = metrics_of_db3("");

	(void)state;
	free(text);
	status_actions_report(&shown.actions, "galera", &report, (struct wall){ 0 });
	text = metrics_text(&shown.source);
	assert_line(text, "skew_sentinel_action_state{action=\"desync\",state=\"latched\"} 1");
	assert_line(text, "skew_sentinel_action_state{action=\"desync\",state=\"active\"} 0");
	assert_line(text, "skew_sentinel_action_active{action=\"desync\"} 0");
	done(text);
}

static void the_verdict_is_told_with_what_it_rests_on(void **state)
{
	char *text = metrics_of_db3("thresholds: {critical: 750ms}\n");

	(void)state;
	/* Two of three are a majority for the consensus, though not for a conviction. */
	assert_true(value(text, "skew_sentinel_own_offset_low_seconds") <=
		    value(text, "skew_sentinel_own_offset_seconds"));
	assert_true(value(text, "skew_sentinel_own_offset_seconds") <=
		    value(text, "skew_sentinel_own_offset_high_seconds"));
	assert_line(text, "skew_sentinel_threshold_seconds{level=\"critical\"} 0.750000000");
	assert_line(text, "skew_sentinel_electorate 4");
	assert_true(value(text, "skew_sentinel_agree") <= 4);
	done(text);
}

static void a_time_service_that_cannot_be_seen_is_left_out(void **state)
{
	struct timesync timesync = { .synchronised = true };
	char *text = metrics_of_db3("");

	(void)state;
	free(text);
	shown.source.timesync = &timesync;
	text = metrics_text(&shown.source);
	assert_line(text, "skew_sentinel_clock_synchronised 1");
	assert_null(strstr(text, "\nskew_sentinel_time_service_running"));
	free(text);
	timesync.looked = timesync.whole_host = true;
	text = metrics_text(&shown.source);
	assert_line(text, "skew_sentinel_time_service_running 0");
	done(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_what_prometheus_reads),
		cmocka_unit_test(the_offset_of_each_peer_is_told_with_its_bounds),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(one_state_of_each_node_is_true),
		cmocka_unit_test(counters_and_the_info_are_there),
		cmocka_unit_test(an_action_in_force_is_one),
		cmocka_unit_test(each_measure_is_in_one_state),
		cmocka_unit_test(the_verdict_is_told_with_what_it_rests_on),
		cmocka_unit_test(a_time_service_that_cannot_be_seen_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
