/* Reads as: given a server, a path and what comes in, what is believed of its clock. */
#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../sentinel/check_skew/prober.h"

/* A world of one path: the server's clock is `ahead` of ours, a datagram takes `there` and `back`. */
static struct world {
	int64_t ns; /* true time since its start */
	struct span ahead, there, back;
	struct key *key;
	uint8_t leap, stratum;
	uint32_t reference_id;
	struct prober prober;
	struct outgoing request;
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
} world;

static const struct endpoint server = { .ip = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 },
	.port = 123 };

static struct wall our_wall(void)
{
	return (struct wall){ INT64_C(1764000000) * NS_PER_S + world.ns };
}

static struct reading our_clocks(void)
{
	struct raw raw = { world.ns + 5 * NS_PER_S };
	struct mono mono = { world.ns + 7 * NS_PER_S };

	return (struct reading){ raw, raw, mono, mono, our_wall(), SPAN_ZERO, NTP_LEAP_NONE, true };
}

static void begin(struct span ahead, struct span there, struct span back)
{
	struct reading now;

	world = (struct world){
		.ahead = ahead, .there = there, .back = back, .stratum = 2, .reference_id = 0x7f7f0101
	};
	now = our_clocks();
	prober_init(&world.prober, &server, NULL, NULL, &now);
}

static void begin_with_key(const char *cluster)
{
	static const uint8_t secret[16] = { 1, 2, 3 };
	struct reading now;

	begin(SPAN_ZERO, span_ms(1), span_ms(1));
	world.key = key_new(7, KEY_AES128, secret, sizeof secret);
	now = our_clocks();
	prober_init(&world.prober, &server, world.key, cluster, &now);
}

static void ask(uint64_t nonce)
{
	struct reading now = our_clocks();

	assert_true(prober_ask(&world.prober, nonce, &now, &world.request));
}

/* What the server says to it, ready to come in. */
static void answer(uint64_t origin)
{
	struct writer w = { .bytes = world.bytes, .room = sizeof world.bytes };
	struct wall there;

	world.ns += world.there.ns;
	there = wall_add(our_wall(), world.ahead);
	message_write_header(&w, &(struct ntp_header){ .leap = world.leap,
					 .version = 4,
					 .mode = NTP_MODE_SERVER,
					 .stratum = world.stratum,
					 .precision = -30,
					 .reference_id = world.reference_id,
					 .origin = { origin },
					 .receive = ntp_stamp_of(there, NULL),
					 .transmit = ntp_stamp_of(there, NULL) });
	if (world.key)
		mac_append(&w, world.key, key_id(world.key));
	world.len = w.len;
	world.ns += world.back.ns;
}

static bool hear_from(const struct endpoint *from)
{
	struct incoming in = { .side = SIDE_ASK, .from = *from, .bytes = world.bytes, .len = world.len };
	struct reading now = our_clocks();

	return prober_hear(&world.prober, &in, &now);
}

static bool hear(void)
{
	return hear_from(&server);
}

static bool exchange(uint64_t nonce)
{
	ask(nonce);
	answer(nonce);
	return hear();
}

static void the_truth_is_within_whatever_the_path_does(void **state)
{
	static const int64_t delays_ms[] = { 0, 1, 60, 400 };
	static const int64_t offsets_ms[] = { 0, 3, -3, 1900000, -1900000 };

	(void)state;
	for (size_t i = 0; i < (size_t)4 * 4 * 5; i++) {
		struct span ahead = span_ms(offsets_ms[i / 16]);

		begin(ahead, span_ms(delays_ms[i % 4]), span_ms(delays_ms[i / 4 % 4]));
		for (uint64_t n = 1; n <= 3; n++)
			assert_true(exchange(n));
		assert_true(interval_holds(world.prober.offset, ahead));
		/* The round trip, and what Linux could slew in it: 10 % on each side. */
		assert_true(interval_width(world.prober.offset).ns <=
			    (world.there.ns + world.back.ns) * 132 / 100 + 2000);
		assert_int_equal(
			world.prober.delay.ns / NS_PER_US, (world.there.ns + world.back.ns) / NS_PER_US);
	}
}

static void the_narrowest_exchange_counts(void **state)
{
	(void)state;
	begin(span_s(5), span_ms(1), span_ms(1));
	assert_true(exchange(1));
	world.back = span_ms(900);
	assert_true(exchange(2));
	assert_true(interval_width(world.prober.offset).ns < span_ms(3).ns);
	assert_true(interval_holds(world.prober.offset, span_s(5)));
}

static void after_a_step_the_latest_counts(void **state)
{
	(void)state;
	begin(span_s(5), span_ms(1), span_ms(1));
	assert_true(exchange(1));
	world.ahead = span_s(9);
	world.back = span_ms(50);
	assert_true(exchange(2));
	assert_true(interval_holds(world.prober.offset, span_s(9)));
}

static void an_answer_counts_once_and_only_to_what_was_asked(void **state)
{
	static const struct endpoint elsewhere = { .ip = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2 },
		.port = 123 };

	(void)state;
	begin(SPAN_ZERO, span_ms(1), span_ms(1));
	ask(1);
	answer(99);
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_NONCE], 1);
	answer(1);
	assert_false(hear_from(&elsewhere));
	assert_int_equal(world.prober.rejected[PROBER_ADDRESS], 1);
	assert_true(hear());
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_NONCE], 2);
	assert_int_equal(world.prober.heard, 1);
}

static void with_a_key_nothing_without_it_is_believed(void **state)
{
	struct key *key;

	(void)state;
	begin_with_key(NULL);
	assert_true(exchange(1));
	assert_int_equal(world.request.len, NTP_HEADER_SIZE + MAC_SIZE);
	ask(2);
	answer(2);
	world.bytes[world.len - 1] ^= 1;
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_MAC], 1);
	world.len = NTP_HEADER_SIZE;
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_KEY], 1);
	/* What was forged has not used up the question. */
	key = world.key;
	answer(2);
	assert_true(hear());
	key_free(key);
}

/* A sentinel's answer: its raw clock was started elsewhere and its wall clock is ahead of it by so much. */
static void answer_as_sentinel(uint64_t origin, const char *cluster)
{
	struct writer w = { .bytes = world.bytes, .room = sizeof world.bytes };
	struct span map = span_s(1700000000);
	struct clock_report clock = { .drill = true };
	struct hello hello = { .instance = 5, .name = "db3", .version = "1" };
	struct state_report told = { .state = VERDICT_CRITICAL,
		.agree = 3,
		.electorate = 4,
		.offset = interval_of(span_s(1900), span_s(1900)) };
	struct ntp_stamp there;

	world.ns += world.there.ns;
	clock.at_receive = clock.at_transmit = interval_of(map, span_add(map, span_us(1)));
	there = ntp_stamp_of(wall_add(our_wall(), world.ahead), &clock.era);
	snprintf(hello.cluster, sizeof hello.cluster, "%s", cluster);
	message_write_header(&w, &(struct ntp_header){ .version = 4,
					 .mode = NTP_MODE_SERVER,
					 .origin = { origin },
					 .receive = there,
					 .transmit = there });
	message_write_hello(&w, &hello);
	message_write_clock(&w, &clock);
	message_write_state(&w, &told);
	mac_append(&w, world.key, key_id(world.key));
	world.len = w.len;
	world.ns += world.back.ns;
}

static void a_sentinel_is_asked_as_one_and_tells_of_itself(void **state)
{
	(void)state;
	begin_with_key("prod");
	world.ahead = span_s(1900);
	world.there = world.back = span_ms(400);
	for (uint64_t n = 1; n <= 3; n++) {
		ask(n);
		answer_as_sentinel(n, "prod");
		assert_true(world.request.len >= world.len);
		assert_true(hear());
	}
	assert_true(interval_holds(world.prober.offset, span_s(1900)));
	/* Raw clocks, which nobody slews: little more than the round trip. */
	assert_true(interval_width(world.prober.offset).ns < span_ms(803).ns);
	assert_true(world.prober.told && world.prober.drill);
	assert_int_equal(world.prober.state.state, VERDICT_CRITICAL);
	assert_int_equal(world.prober.state.agree, 3);
	key_free(world.key);
}

static void a_sentinel_of_another_cluster_or_none_is_not_believed(void **state)
{
	(void)state;
	begin_with_key("prod");
	ask(1);
	answer_as_sentinel(1, "test");
	assert_false(hear());
	ask(2);
	answer(2);
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_MALFORMED], 2);
	assert_int_equal(world.prober.heard, 0);
	key_free(world.key);
}

static void a_kiss_ends_it(void **state)
{
	(void)state;
	begin(span_s(77), span_ms(1), span_ms(1));
	world.stratum = 0;
	world.leap = NTP_LEAP_UNSYNCHRONISED;
	world.reference_id = 0x52415445; /* RATE */
	assert_false(exchange(1));
	assert_string_equal(world.prober.kiss, "RATE");
	assert_true(prober_done(&world.prober));
	begin(span_s(77), span_ms(1), span_ms(1));
	world.stratum = 0;
	world.reference_id = 0x7c0a0001;
	assert_false(exchange(1));
	assert_string_equal(world.prober.kiss, "????");
}

static void who_does_not_know_the_time_is_measured_and_named(void **state)
{
	(void)state;
	begin(span_s(1900), span_ms(1), span_ms(1));
	world.leap = NTP_LEAP_UNSYNCHRONISED;
	world.stratum = 0;
	world.reference_id = 0;
	assert_true(exchange(1));
	assert_true(world.prober.unsynchronised);
	assert_true(interval_holds(world.prober.offset, span_s(1900)));
}

static void what_is_no_answer_is_dropped(void **state)
{
	(void)state;
	begin(SPAN_ZERO, span_ms(1), span_ms(1));
	ask(1);
	answer(1);
	for (size_t len = 0; len < NTP_HEADER_SIZE; len++) {
		world.len = len;
		assert_false(hear());
	}
	world.len = NTP_HEADER_SIZE;
	world.bytes[0] = 0x23; /* a request */
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_MALFORMED], NTP_HEADER_SIZE + 1);
	/* Longer between T2 and T3 than between T1 and T4. */
	answer(1);
	world.bytes[40]++;
	assert_false(hear());
	assert_int_equal(world.prober.rejected[PROBER_IMPOSSIBLE], 1);
	assert_int_equal(world.prober.heard, 0);
}

static void it_asks_so_often_and_no_more(void **state)
{
	struct reading now;

	(void)state;
	begin(SPAN_ZERO, span_ms(1), span_ms(1));
	for (uint64_t n = 1; n <= PROBER_ASKS; n++)
		ask(n);
	now = our_clocks();
	assert_false(prober_ask(&world.prober, 99, &now, &world.request));
	assert_false(prober_done(&world.prober));
	for (uint64_t n = 1; n <= PROBER_WANTED; n++) {
		answer(n);
		assert_true(hear());
	}
	assert_true(prober_done(&world.prober));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_truth_is_within_whatever_the_path_does),
		cmocka_unit_test(the_narrowest_exchange_counts),
		cmocka_unit_test(after_a_step_the_latest_counts),
		cmocka_unit_test(an_answer_counts_once_and_only_to_what_was_asked),
		cmocka_unit_test(with_a_key_nothing_without_it_is_believed),
		cmocka_unit_test(a_sentinel_is_asked_as_one_and_tells_of_itself),
		cmocka_unit_test(a_sentinel_of_another_cluster_or_none_is_not_believed),
		cmocka_unit_test(a_kiss_ends_it),
		cmocka_unit_test(who_does_not_know_the_time_is_measured_and_named),
		cmocka_unit_test(what_is_no_answer_is_dropped),
		cmocka_unit_test(it_asks_so_often_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
