#include "story.h"

#include "../../sentinel/core/report.h"
#include "net.h"

static size_t chosen(const struct reporter *reporters, size_t n)
{
	return report_choose(reporters, n);
}

/* ---- the choice ---- */

static void the_first_by_name_of_those_who_hear_reports(void **state)
{
	const struct reporter of[] = { { "mon1", true, true }, { "db2", true, true },
		{ "db1", true, false } };

	(void)state;
	assert_int_equal(chosen(of, 3), 1);
}

static void whom_nobody_hears_is_reported_by_the_first_able_one(void **state)
{
	const struct reporter of[] = { { "mon1", true, false }, { "db1", false, false },
		{ "db2", true, false } };

	(void)state;
	assert_int_equal(chosen(of, 3), 2);
}

static void who_is_heard_by_none_that_is_able_is_left_to_itself(void **state)
{
	const struct reporter of[] = { { "db1", true, false }, { "db2", false, true } };

	(void)state;
	assert_int_equal(chosen(of, 2), 2);
	assert_int_equal(chosen(of, 0), 0);
}

/* ---- the state ---- */

static enum verdict_state reported(enum verdict_state told, enum verdict_state proved, int64_t worse_for_s)
{
	const struct report_facts facts = {
		.told = told, .proved = proved, .worse_for = span_s(worse_for_s), .patience = span_s(10)
	};

	return report_state(&facts);
}

static void the_subject_has_its_levels_rise_and_clear_in_their_time(void **state)
{
	(void)state;
	assert_int_equal(reported(VERDICT_OK, VERDICT_CRITICAL, 9), VERDICT_OK);
	assert_int_equal(reported(VERDICT_CRITICAL, VERDICT_OK, 0), VERDICT_CRITICAL);
	assert_int_equal(reported(VERDICT_UNKNOWN, VERDICT_OK, 0), VERDICT_UNKNOWN);
}

static void what_it_does_not_come_to_see_is_proved_without_it(void **state)
{
	(void)state;
	assert_int_equal(reported(VERDICT_OK, VERDICT_CRITICAL, 10), VERDICT_CRITICAL);
	assert_int_equal(reported(VERDICT_UNKNOWN, VERDICT_WARNING, 60), VERDICT_WARNING);
	assert_int_equal(reported(VERDICT_CRITICAL, VERDICT_WARNING, 60), VERDICT_CRITICAL);
}

static void no_proof_is_no_news(void **state)
{
	(void)state;
	assert_int_equal(reported(VERDICT_OK, VERDICT_UNKNOWN, 600), VERDICT_OK);
}

/* ---- four real cores ---- */

static void open_reporting(struct net *net)
{
	net_open(net, "");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net_reporting(net, i, true);
	net_run(net, span_s(10));
}

/* As `host` sees `subject`. */
static struct report_view view(const struct net *net, size_t host, size_t subject)
{
	struct report_view view;

	core_report(net->hosts[host].core, subject < host ? subject + 1 : subject, &view);
	return view;
}

/* The one who reports the subject; NET_HOSTS: nobody. More than one fails. */
static size_t deputy(const struct net *net, size_t subject)
{
	size_t found = NET_HOSTS;

	for (size_t i = 0; i < NET_HOSTS; i++) {
		if (i == subject || !view(net, i, subject).ours)
			continue;
		assert_int_equal(found, NET_HOSTS);
		found = i;
	}
	return found;
}

static void who_reports_itself_is_left_alone(void **state)
{
	struct net net;

	(void)state;
	open_reporting(&net);
	for (size_t i = 0; i < NET_HOSTS; i++) {
		assert_int_equal(deputy(&net, i), NET_HOSTS);
		assert_true(view(&net, (i + 1) % NET_HOSTS, i).itself);
		assert_string_equal(view(&net, (i + 1) % NET_HOSTS, i).heard_by, ""); /* nobody asks */
	}
	net_close(&net);
}

static void who_cannot_is_reported_by_the_first_of_the_others(void **state)
{
	struct net net;

	(void)state;
	open_reporting(&net);
	net.hosts[2].shift = span_s(-1900);
	net_reporting(&net, 2, false);
	net_run(&net, span_s(10));
	assert_int_equal(net_verdict(&net, 2).state, VERDICT_CRITICAL);
	assert_int_equal(deputy(&net, 2), 0);
	assert_string_equal(view(&net, 0, 2).heard_by, "db1 (-1900 s), db2 (-1900 s), mon1 (-1900 s)");
	assert_string_equal(view(&net, 0, 2).unheard_by, "");
	net_reporting(&net, 2, true);
	net_run(&net, span_s(2));
	assert_int_equal(deputy(&net, 2), NET_HOSTS);
	net_close(&net);
}

static void who_reports_itself_alone_is_not_chosen(void **state)
{
	struct net net;

	(void)state;
	open_reporting(&net);
	net.hosts[0].conf->icinga.report = REPORT_SELF;
	net_reporting(&net, 2, false);
	net_run(&net, span_s(2));
	assert_int_equal(deputy(&net, 2), 1);
	assert_int_equal(deputy(&net, 0), NET_HOSTS); /* its own results arrive */
	net_close(&net);
}

static void the_next_takes_over_from_one_that_fails(void **state)
{
	struct net net;

	(void)state;
	open_reporting(&net);
	net_reporting(&net, 2, false);
	net_run(&net, span_s(2));
	assert_int_equal(deputy(&net, 2), 0);
	net.hosts[0].silent = true;
	net_run(&net, span_s(6));
	assert_true(view(&net, 1, 2).ours);
	assert_false(view(&net, 3, 2).ours);
	net.hosts[0].silent = false;
	net_run(&net, span_s(3));
	assert_int_equal(deputy(&net, 2), 0);
	net_reporting(&net, 0, false);
	net_run(&net, span_s(2));
	assert_int_equal(deputy(&net, 2), 1);
	assert_int_equal(deputy(&net, 0), 1);
	net_close(&net);
}

static void whom_nobody_hears_is_reported_too(void **state)
{
	struct net net;

	(void)state;
	open_reporting(&net);
	net.hosts[3].silent = true;
	net_run(&net, span_s(15));
	assert_true(view(&net, 0, 3).ours);
	assert_false(view(&net, 1, 3).ours);
	assert_int_equal(view(&net, 0, 3).hearers, 0);
	assert_string_equal(view(&net, 0, 3).unheard_by, "db1, db2, db3");
	/* It hears nobody, so it is no member of any majority, and speaks for nobody. */
	for (size_t i = 0; i < 3; i++)
		assert_false(view(&net, 3, i).ours);
	net_close(&net);
}

static void one_link_that_is_cut_makes_the_one_who_hears_report(void **state)
{
	struct net net;

	(void)state;
	open_reporting(&net);
	net_reporting(&net, 3, false);
	net.cut[0][3] = net.cut[3][0] = true;
	net_run(&net, span_s(20));
	assert_int_equal(deputy(&net, 3), 1);
	assert_string_equal(view(&net, 1, 3).unheard_by, "db1");
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_by_name_of_those_who_hear_reports),
		cmocka_unit_test(whom_nobody_hears_is_reported_by_the_first_able_one),
		cmocka_unit_test(who_is_heard_by_none_that_is_able_is_left_to_itself),
		cmocka_unit_test(the_subject_has_its_levels_rise_and_clear_in_their_time),
		cmocka_unit_test(what_it_does_not_come_to_see_is_proved_without_it),
		cmocka_unit_test(no_proof_is_no_news),
		cmocka_unit_test(who_reports_itself_is_left_alone),
		cmocka_unit_test(who_cannot_is_reported_by_the_first_of_the_others),
		cmocka_unit_test(who_reports_itself_alone_is_not_chosen),
		cmocka_unit_test(the_next_takes_over_from_one_that_fails),
		cmocka_unit_test(whom_nobody_hears_is_reported_too),
		cmocka_unit_test(one_link_that_is_cut_makes_the_one_who_hears_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
