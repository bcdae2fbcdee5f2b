#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

/* The clocks are read slowly, and the path is quick: each end of each mapping has to be the right one. */
static void slow_readers_on_a_quick_path_are_never_wrong(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.path = span_us(1);
	net.bracket = span_us(100);
	net_run(&net, span_s(1));
	for (int i = 0; i < 100; i++) {
		net_run(&net, span_ms(100));
		for (size_t host = 0; host < NET_HOSTS; host++)
			for (size_t node = 1; node < NET_HOSTS; node++)
				assert_true(interval_holds(net_view(&net, host, node).offset, SPAN_ZERO));
	}
	net_close(&net);
}

static struct span width_seen(struct net *net, bool departures)
{
	struct interval offset;

	net_open(net, "");
	net->departures = departures;
	net_run(net, span_s(10));
	offset = net_view(net, DB1, 1).offset;
	assert_true(interval_holds(offset, SPAN_ZERO));
	net_close(net);
	return interval_width(offset);
}

static void the_kernels_departures_take_our_own_slowness_out_of_the_bound(void **state)
{
	static struct net net;

	(void)state;
	/* 1 ms each way, of which 0.4 ms are spent before the datagram leaves. */
	assert_in_range(width_seen(&net, false).ns, span_us(2000).ns, span_us(2010).ns);
	/* The latest answer's is not told yet, so one bound is a second old, and the rate not well known in ten. */
	assert_in_range(width_seen(&net, true).ns, span_us(1200).ns, span_us(1400).ns);
}

static void both_ends_rest_on_answers_where_requests_are_slow(void **state)
{
	static struct net net;
	struct interval offset;

	(void)state;
	net_open(&net, "");
	net.requests_late = span_ms(50);
	net_run(&net, span_s(20));
	offset = net_view(&net, DB1, 1).offset;
	assert_true(interval_holds(offset, SPAN_ZERO));
	/* 52 ms by our own exchanges; 1 ms each way by answers, and one end is up to two seconds old. */
	assert_in_range(interval_width(offset).ns, span_ms(2).ns, span_us(3000).ns);
	net_close(&net);
	/* With departures: 0.6 ms each way. */
	net_open(&net, "");
	net.departures = true;
	net.requests_late = span_ms(50);
	net_run(&net, span_s(20));
	offset = net_view(&net, DB1, 1).offset;
	assert_true(interval_holds(offset, SPAN_ZERO));
	assert_in_range(interval_width(offset).ns, span_us(1200).ns, span_us(1800).ns);
	net_close(&net);
}

/* The latest request of db2 to db1, which tells of an exchange; again and again. */
static void a_round_that_is_told_again_says_nothing(void **state)
{
	static struct net net;
	struct outgoing request;
	struct interval before;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	do
		net_run(&net, span_ms(10));
	while (net.last[0].to.ip[15] != 1 || net.n_flights == 0);
	request = net.last[0];
	net_run(&net, span_s(3));
	before = net_view(&net, DB1, 1).offset;
	for (int i = 0; i < 100; i++)
		net_inject(&net, DB1, SIDE_ANSWER, net_endpoint(DB2), request.bytes, request.len);
	assert_int_equal(net_view(&net, DB1, 1).offset.low.ns, before.low.ns);
	net_run(&net, span_s(3));
	assert_true(interval_holds(net_view(&net, DB1, 1).offset, SPAN_ZERO));
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

static void a_request_that_comes_twice_does_not_make_the_bound_a_lie(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.departures = net.doubles = true;
	for (int i = 0; i < 200; i++) {
		net_run(&net, span_ms(50));
		if (net_view(&net, DB1, 1).measured)
			assert_true(interval_holds(net_view(&net, DB1, 1).offset, SPAN_ZERO));
	}
	assert_true(net_rejected(&net, DB1, REJECT_NONCE) > 5); /* the second answers */
	net_close(&net);
}

/* The answer of db2 to db1 that is on its way, taken off the wire. */
static struct flight intercept(struct net *net)
{
	for (size_t tries = 0; tries < 4000; tries++) {
		for (size_t i = 0; i < net->n_flights; i++) {
			struct flight f = net->flights[i];

			if (f.in.side != SIDE_ASK || f.from != DB2 || f.to != DB1)
				continue;
			net->flights[i] = net->flights[--net->n_flights];
			return f;
		}
		net_run(net, span_us(500));
	}
	fail();
	return (struct flight){ 0 };
}

static void an_answer_that_was_overtaken_does_not_take_the_clock_back_in_time(void **state)
{
	static struct net net;
	struct flight late;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	late = intercept(&net);
	net.hosts[DB2].shift = span_s(-7);
	net_run(&net, span_ms(1500));
	assert_true(interval_holds(net_view(&net, DB1, 1).offset, span_s(-7)));
	net_inject(&net, DB1, SIDE_ASK, late.in.from, late.bytes, late.in.len);
	assert_true(interval_holds(net_view(&net, DB1, 1).offset, span_s(-7)));
	assert_null(strstr(net.notes, "was stepped by 7 s"));
	net_close(&net);
}

static void tell_departure(struct net *net, size_t host, uint64_t token, int64_t at)
{
	struct event event = { .kind = EVENT_DEPARTED };

	event.departed.side = SIDE_ANSWER;
	event.departed.token = token;
	event.departed.stamp.ns = net->epoch + at;
	net_event(net, host, &event);
}

/*
 * The stamp of an earlier answer comes late, and is later than the latest answer left. Taken for that one's it would tell
 * db1 that an answer left db2 after it had arrived.
 */
static void an_earlier_answers_departure_is_not_taken_for_the_latest_ones(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	for (int i = 0; i < 5; i++) {
		struct flight before = intercept(&net), latest;

		net_run(&net, span_ms(500));
		latest = intercept(&net);
		assert_true(latest.token != before.token);
		net.flights[net.n_flights++] = latest;
		net_run(&net, span_ms(2));
		tell_departure(&net, DB2, before.token, latest.sent + span_us(1800).ns);
		net_run(&net, span_ms(1500));
		assert_true(interval_holds(net_view(&net, DB1, 1).offset, SPAN_ZERO));
	}
	net_close(&net);
}

/* The same stamp for the answer that it is of: db1 hears of it, and its bound is narrower for it. */
static void an_answers_own_departure_makes_the_other_hosts_bound_narrower(void **state)
{
	static struct net net;
	struct flight latest;
	struct interval before, after;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	before = net_view(&net, DB1, 1).offset;
	latest = intercept(&net);
	net.flights[net.n_flights++] = latest;
	net_run(&net, span_ms(2));
	tell_departure(&net, DB2, latest.token, latest.sent + span_us(900).ns);
	net_run(&net, span_ms(1500));
	after = net_view(&net, DB1, 1).offset;
	assert_true(interval_holds(after, SPAN_ZERO));
	assert_true(interval_width(after).ns < interval_width(before).ns - span_us(500).ns);
	net_close(&net);
}

/* Where anybody may ask, the kernel is asked for the stamps of peers' answers alone: there is room for so many. */
static void an_answer_to_a_stranger_is_not_stamped(void **state)
{
	static const uint8_t plain[NTP_HEADER_SIZE] = { [0] = 0x23, [40] = 0xAB, [47] = 0xCD };
	static struct net net;
	const struct outgoing *out;

	(void)state;
	net_open(&net, "open: true\n");
	net_run(&net, span_s(3));
	assert_true(net.last[1].stamped);
	out = &net.hosts[DB1].effects.sends[0];
	net_inject(
		&net, DB1, SIDE_ANSWER, (struct endpoint){ .ip = { 9 }, .port = 1234 }, plain, sizeof plain);
	assert_int_equal(net.hosts[DB1].effects.n_sends, 1);
	assert_int_equal(out->side, SIDE_ANSWER);
	assert_false(out->stamped);
	net_close(&net);
}

static void a_departure_nobody_asked_for_changes_nothing(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_DEPARTED };
	struct interval before;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	before = net_view(&net, DB1, 1).offset;
	for (int i = 0; i < 1000; i++) {
		event.departed.side = i % 2 ? SIDE_ASK : SIDE_ANSWER;
		event.departed.token = (uint64_t)i;
		event.departed.stamp.ns = net.epoch + net.now;
		net_event(&net, DB1, &event);
	}
	assert_int_equal(net_view(&net, DB1, 1).offset.low.ns, before.low.ns);
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_readers_on_a_quick_path_are_never_wrong),
		cmocka_unit_test(the_kernels_departures_take_our_own_slowness_out_of_the_bound),
		cmocka_unit_test(a_request_that_comes_twice_does_not_make_the_bound_a_lie),
		cmocka_unit_test(an_answer_that_was_overtaken_does_not_take_the_clock_back_in_time),
		cmocka_unit_test(an_earlier_answers_departure_is_not_taken_for_the_latest_ones),
		cmocka_unit_test(an_answers_own_departure_makes_the_other_hosts_bound_narrower),
		cmocka_unit_test(an_answer_to_a_stranger_is_not_stamped),
		cmocka_unit_test(a_departure_nobody_asked_for_changes_nothing),
		cmocka_unit_test(both_ends_rest_on_answers_where_requests_are_slow),
		cmocka_unit_test(a_round_that_is_told_again_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
