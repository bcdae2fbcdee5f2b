#include "story.h"

#include "../../sentinel/status/fitness.h"
#include "shown.h"

enum { DB1, DB2, DB3, MON1 };

static struct net net;

/* As load balancers are told of db3. */
static bool is_fit(char *why, size_t room)
{
	struct shown shown;
	bool fit;

	shown_open(&shown, &net, DB3);
	fit = fitness_of_database(&shown.source, why, room);
	shown_close(&shown);
	return fit;
}

static void assert_fit(void)
{
	char why[1024] = "";

	if (is_fit(why, sizeof why))
		return;
	print_error("not fit: %s\n", why);
	fail();
}

static void assert_out(const char *part)
{
	char why[1024] = "";

	assert_false(is_fit(why, sizeof why));
	assert_non_null(strstr(why, part));
}

static void beyond_the_level_of_actions_it_is_out(void **state)
{
	(void)state;
	net_open(&net, "galera: {above: 2s, after: 10s}\n");
	net_run(&net, span_s(3));
	assert_fit();
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(5));
	assert_out(
		"db3 is out of work until its clock is proved to be within 2 s again: db3 is 1900 s ahead");
	net_close(&net);
}

static void what_was_raised_stays_so_while_nothing_can_be_told(void **state)
{
	(void)state;
	net_open(&net, "galera: {above: 2s, after: 1s}\n");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(10));
	net.hosts[DB3].silent = true;
	net_run(&net, span_s(60));
	assert_out("db3 is out of work");
	net_close(&net);
}

static void what_a_trusted_reference_vetoes_is_no_reason(void **state)
{
	(void)state;
	net_open(&net, "references: [{address: 10.0.0.9, key: 1, trusted: true}]\n"
		       "galera: {above: 2s, after: 1s}\n");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net.hosts[i].shift = i == DB3 ? SPAN_ZERO : span_s(1900);
	net_run(&net, span_s(30));
	assert_fit();
	net_close(&net);
}

static void nor_what_a_leap_second_explains(void **state)
{
	(void)state;
	net_open(&net, "thresholds: {critical: 500ms}\ngalera: {above: 600ms, after: 1s}\n");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net.hosts[i].leap = NTP_LEAP_INSERT;
	net.hosts[DB3].shift = span_s(1);
	net_run(&net, span_s(20));
	assert_fit();
	net.hosts[DB3].shift = span_s(30); /* no leap second is that long */
	net_run(&net, span_s(20));
	assert_out("db3 is out of work");
	net_close(&net);
}

static void a_dry_run_takes_nothing_out(void **state)
{
	(void)state;
	net_open(&net, "galera: {above: 2s, after: 1s, dry_run: true}\n");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_fit();
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_the_level_of_actions_it_is_out),
		cmocka_unit_test(what_was_raised_stays_so_while_nothing_can_be_told),
		cmocka_unit_test(what_a_trusted_reference_vetoes_is_no_reason),
		cmocka_unit_test(nor_what_a_leap_second_explains),
		cmocka_unit_test(a_dry_run_takes_nothing_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
