#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

/* Paths over which a drift is known well within a minute. */
static void open_near(struct net *net)
{
	net_open(net, "thresholds: {critical: 500ms}\n");
	net->path = span_us(100);
}

/* db3's wall clock runs off for so many seconds. */
static void drift(struct net *net, int ppm, int seconds)
{
	for (int i = 0; i < 10 * seconds; i++) {
		net->hosts[DB3].slewed = span_add(net->hosts[DB3].slewed, span_ns(INT64_C(100) * ppm));
		net_run(net, span_ms(100));
	}
}

static struct core_view overview(const struct net *net, size_t host)
{
	struct reading now = net_reading(net, host);
	struct core_view view;

	core_overview(net->hosts[host].core, &now, &view);
	return view;
}

/* 36 ms away after two minutes, so that at 300 ppm half a second is 1547 s away. */
static void who_drifts_away_from_the_others_knows_when_it_will_be_critical(void **state)
{
	static struct net net;

	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		open_near(&net);
		drift(&net, 300 * sign, 120);
		assert_true(overview(&net, DB3).nearing);
		assert_in_range(overview(&net, DB3).nearing_in.ns, span_s(1450).ns, span_s(1650).ns);
		/* The others stay where most are. */
		assert_false(overview(&net, DB1).nearing);
		assert_false(overview(&net, DB2).nearing);
		assert_false(overview(&net, MON1).nearing);
		net_close(&net);
	}
}

static void who_comes_back_to_the_others_nears_nothing(void **state)
{
	static struct net net;

	(void)state;
	open_near(&net);
	net.hosts[DB3].shift = span_ms(100);
	net_run(&net, span_s(3));
	drift(&net, -300, 120);
	assert_in_range(interval_middle(net_view(&net, DB1, 2).offset).ns, span_ms(64).ns, span_ms(65).ns);
	assert_true(net_view(&net, DB1, 2).have_drift);
	assert_false(overview(&net, DB3).nearing);
	net_close(&net);
}

/* 3 ppm, which may be none as far as anybody can tell. */
static void who_may_as_well_not_drift_at_all_nears_nothing(void **state)
{
	static struct net net;

	(void)state;
	open_near(&net);
	net.hosts[DB3].shift = span_ms(100);
	for (int look = 0; look < 90; look++) {
		drift(&net, 3, 1);
		assert_false(overview(&net, DB3).nearing);
	}
	assert_true(net_view(&net, DB3, 1).have_drift);
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_drifts_away_from_the_others_knows_when_it_will_be_critical),
		cmocka_unit_test(who_comes_back_to_the_others_nears_nothing),
		cmocka_unit_test(who_may_as_well_not_drift_at_all_nears_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
