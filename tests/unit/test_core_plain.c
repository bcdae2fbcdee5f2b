/* NTP servers without a key: of their clocks nothing is known but what they say. */
#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1, SERVER = 4 };

static const char plain[] = "references: [10.0.0.9]\n";

static bool doubted(const struct net *net)
{
	return strstr(net_verdict(net, DB1).summary, "10.0.0.9 doubts it") != NULL;
}

/*
 * It says that we are a second ahead. Its clock may be slewed by a tenth, and we would not be told: half of that second is
 * proved for the next five, and then no more until it is asked again.
 */
static void what_a_server_says_is_worth_less_with_each_second(void **state)
{
	static struct net net;
	unsigned young = 0, old = 0;

	(void)state;
	net_open(&net, plain);
	net.reference = span_s(-1);
	net_run(&net, span_s(60));
	for (int look = 0; look < 350; look++) {
		struct span ago;

		net_run(&net, span_ms(100));
		ago = net_view(&net, DB1, SERVER).last_heard;
		if (span_less(ago, span_s(3))) {
			assert_true(doubted(&net));
			young++;
		} else if (span_less(span_s(6), ago)) {
			assert_false(doubted(&net));
			old++;
		}
	}
	assert_true(young > 10 && old > 100);
	net_close(&net);
}

static uint64_t asked_in_ten_minutes(bool kiss)
{
	static struct net net;
	uint64_t sent;

	net_open(&net, plain);
	net.kiss = kiss;
	net_run(&net, span_s(600));
	sent = net_view(&net, DB1, SERVER).sent;
	if (kiss)
		assert_non_null(
			strstr(net.notes, "db1: what 10.0.0.9 sends is not believed: it asks to be left "
					  "alone, and is asked less often"));
	assert_int_equal(net_view(&net, DB1, SERVER).measured, !kiss);
	if (kiss) /* however rarely it is asked: it is not that nothing comes */
		assert_string_equal(net_view(&net, DB1, SERVER).not_believed,
			"it asks to be left alone, and is asked less often");
	assert_int_equal(net_rejected(&net, DB1, REJECT_KISS), kiss ? sent : 0);
	net_close(&net);
	return sent;
}

/* Four at once and then every 16 s; or twice as rarely with each time that it asks to be left alone. */
static void a_server_that_asks_to_be_left_alone_is_asked_ever_less(void **state)
{
	(void)state;
	assert_in_range(asked_in_ten_minutes(false), 38, 43);
	assert_in_range(asked_in_ten_minutes(true), 4, 6);
}

/* Of the first few answers one is on its way for five seconds. */
static void an_answer_that_later_ones_overtook_changes_nothing(void **state)
{
	static struct net net;
	bool found = false;

	(void)state;
	net_open(&net, plain);
	for (int i = 0; i < 5000 && !found; i++) {
		net_run(&net, span_ms(1));
		for (size_t k = 0; k < net.n_flights && !found; k++) {
			found = net.flights[k].to == DB1 && net.flights[k].in.from.ip[15] == 9;
			net.flights[k].arrives += found ? span_s(5).ns : 0;
		}
	}
	assert_true(found);
	for (int i = 0; i < 70; i++) {
		net_run(&net, span_ms(100));
		assert_true(!net_view(&net, DB1, SERVER).measured ||
			    interval_width(net_view(&net, DB1, SERVER).offset).ns < span_ms(10).ns);
	}
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_says_is_worth_less_with_each_second),
		cmocka_unit_test(an_answer_that_later_ones_overtook_changes_nothing),
		cmocka_unit_test(a_server_that_asks_to_be_left_alone_is_asked_ever_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
