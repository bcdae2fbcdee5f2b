#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static void an_answer_counts_once(void **state)
{
	static struct net net;
	struct outgoing answer;
	uint64_t received;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	answer = net.last[1];
	received = net_view(&net, answer.to.ip[15] - 1U, 1).received;
	net_inject(&net, answer.to.ip[15] - 1U, SIDE_ASK, answer.from, answer.bytes, answer.len);
	assert_int_equal(net_rejected(&net, answer.to.ip[15] - 1U, REJECT_NONCE), 1);
	assert_int_equal(net_view(&net, answer.to.ip[15] - 1U, 1).received, received);
	net_close(&net);
}

static void an_answer_from_elsewhere_or_changed_is_not_believed(void **state)
{
	static struct net net;
	struct flight *f;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(2));
	for (size_t tries = 0; tries < 2000; tries++) {
		net_run(&net, span_ms(1));
		if (net.n_flights && net.flights[0].in.side == SIDE_ASK)
			break;
	}
	assert_true(net.n_flights > 0);
	f = &net.flights[0];
	assert_int_equal(f->in.side, SIDE_ASK);
	net_inject(
		&net, f->to, SIDE_ASK, (struct endpoint){ .ip = { 1 }, .port = 9123 }, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_ADDRESS), 1);
	f->bytes[40] ^= 1; /* T3 */
	net_inject(&net, f->to, SIDE_ASK, f->in.from, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_MAC), 1);
	net_inject(&net, f->to, SIDE_ASK, f->in.from, f->bytes, f->in.len);
	net_inject(&net, f->to, SIDE_ASK, f->in.from, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_MAC), 3);
	assert_null(strstr(
		net.notes, "compare the key files")); /* it was heard well just now: damage on the way */
	f->bytes[40] ^= 1;
	net_inject(&net, f->to, SIDE_ASK, f->in.from, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_MAC), 3); /* unharmed, it still counts */
	assert_int_equal(net_rejected(&net, f->to, REJECT_NONCE), 0);
	net_close(&net);
}

/* Each drops what the other asks, and neither is answered: without a word of why one would look for a firewall. */
static void two_that_have_different_keys_are_told_to_compare_them(void **state)
{
	static const char text[] = "1 AES128 HEX:FF0102030405060708090A0B0C0D0E0F\n";
	static struct net net;
	struct keys_error error;
	struct keyring *other = keyring_parse(text, sizeof text - 1, &error);

	(void)state;
	net_open(&net, "");
	assert_true(core_reload(net.hosts[DB3].core, net.hosts[DB3].conf, other));
	net_run(&net, span_s(15));
	assert_non_null(strstr(net.notes,
		"db1: what db3 sends is not believed: its key is another one than ours: compare the key "
		"files\n"));
	assert_non_null(strstr(net.notes, "db3: what db1 sends is not believed: its key is another"));
	assert_string_equal(net_view(&net, DB1, 2).not_believed,
		"its key is another one than ours: compare the key files");
	/* Once, though it comes and goes; but after an hour of peace it is news. */
	for (int i = 0; i < 3; i++) {
		assert_true(core_reload(net.hosts[DB3].core, net.hosts[DB3].conf, net.ring));
		net_run(&net, i < 2 ? span_s(30) : span_s(3700));
		assert_true(net_view(&net, DB1, 2).reachable);
		assert_null(net_view(&net, DB1, 2).not_believed);
		net.notes[0] = '\0';
		assert_true(core_reload(net.hosts[DB3].core, net.hosts[DB3].conf, other));
		net_run(&net, span_s(30));
		assert_int_equal(strstr(net.notes, "db1: what db3 sends is not believed") != NULL, i == 2);
	}
	net_close(&net);
	keyring_free(other);
}

/* An NTP server that has our key is where a sentinel is to be: it answers, and no firewall is to be looked for. */
static void what_is_no_sentinel_is_told_to_be_none(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_ADDRESS };

	(void)state;
	net_open(&net, "");
	event.address.node = 1;
	event.address.endpoint = net_endpoint(8);
	net_event(&net, DB1, &event);
	net_run(&net, span_s(10));
	assert_true(net_rejected(&net, DB1, REJECT_MALFORMED) > 0);
	assert_non_null(net_view(&net, DB1, 1).not_believed);
	assert_string_equal(net_view(&net, DB1, 1).not_believed,
		"it does not answer as a sentinel: look what runs there, and compare the versions");
	net_close(&net);
}

/* Who sent the last request. */
static size_t asker(const struct net *net)
{
	const struct outgoing *asked = &net->last[0];
	struct layout layout = { 0 };
	struct message message;

	if (!field_layout(asked->bytes, asked->len, &layout) ||
		!message_decode(asked->bytes, &layout, &message))
		return NET_HOSTS;
	for (size_t i = 0; i < NET_HOSTS; i++)
		if (strcmp(message.hello.name, net_names[i]) == 0)
			return i;
	return NET_HOSTS;
}

/* Of another cluster, with the same keys and names, which asks here by mistake: that is not the host that is heard. */
static void a_namesake_of_another_cluster_does_not_speak_for_one_that_is_heard(void **state)
{
	static struct net net, staging;
	const struct outgoing *asked = &staging.last[0];

	(void)state;
	net_open(&net, "");
	net_open(&staging, "cluster: staging\n");
	net_run(&net, span_s(5));
	net_run(&staging, span_s(1));
	for (size_t tries = 0; tries < 2000 && asker(&staging) == DB1; tries++)
		net_run(&staging, span_us(500));
	assert_in_range(asker(&staging), DB2, MON1);
	net_inject(&net, DB1, SIDE_ANSWER, net_endpoint(40), asked->bytes, asked->len);
	net_run(&net, span_s(1));
	assert_int_equal(net_rejected(&net, DB1, REJECT_CLUSTER), 1);
	assert_null(strstr(net.notes, "not believed"));
	net_close(&staging);
	net_close(&net);
}

/* A request with a MAC of nobody's, from wherever it says. */
static void forge(struct net *net, size_t to, struct endpoint from)
{
	uint8_t bytes[48 + MAC_SIZE] = { 0x23 };

	for (size_t i = 48; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	net_inject(net, to, SIDE_ANSWER, from, bytes, sizeof bytes);
}

/* However many they are: only what lasts while nothing else comes is another key. */
static void a_moments_damage_in_a_silence_is_no_other_key(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	net.hosts[DB2].silent = true;
	net_run(&net, span_s(5));
	for (int i = 0; i < 20; i++)
		forge(&net, DB1, net_endpoint(DB2));
	assert_null(strstr(net.notes, "not believed"));
	assert_null(net_view(&net, DB1, 1).not_believed);
	net_close(&net);
}

/* Behind one address there may be two: whose key is another one cannot be told by it. */
static void of_two_behind_one_address_neither_is_accused(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_ADDRESS };

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	event.address.node = 2;
	event.address.endpoint = net_endpoint(DB2);
	event.address.endpoint.port = 9124;
	net_event(&net, DB1, &event);
	net.hosts[DB2].silent = net.hosts[DB3].silent = true;
	net_run(&net, span_s(10));
	for (int i = 0; i < 20; i++) {
		forge(&net, DB1, event.address.endpoint);
		net_run(&net, span_s(1));
	}
	assert_true(net_rejected(&net, DB1, REJECT_KEY) >= 20);
	assert_null(strstr(net.notes, "is not believed"));
	assert_null(net_view(&net, DB1, 1).not_believed);
	net_close(&net);
}

/* What is known by a good MAC is not hidden by what anybody may send from that address. */
static void what_a_stranger_sends_does_not_hide_what_is_proved(void **state)
{
	static struct net net;
	static const char *const why = "it is of another cluster: compare `cluster` on both hosts";

	(void)state;
	net_open(&net, "");
	net_reload(&net, DB3, "cluster: other\n");
	net_run(&net, span_s(10));
	assert_string_equal(net_view(&net, DB1, 2).not_believed, why);
	for (int i = 0; i < 20; i++) {
		net_run(&net, span_s(1));
		for (int k = 0; k < 20; k++)
			forge(&net, DB1, net_endpoint(DB3));
		assert_non_null(net_view(&net, DB1, 2).not_believed);
	}
	assert_string_equal(net_view(&net, DB1, 2).not_believed, why);
	net_close(&net);
}

static void an_answer_is_never_longer_than_its_request(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	assert_true(net.last[1].len > 48);
	assert_true(net.last[1].len <= net.last[0].len);
	assert_true(net.last[0].len <= MESSAGE_MAX);
	net_close(&net);
}

/* A plain NTP client's 48 octets, with a transmit time to find again. */
static const uint8_t plain[NTP_HEADER_SIZE] = { [0] = 0x23, [40] = 0xAB, [47] = 0xCD };

static void without_a_key_nobody_is_answered(void **state)
{
	static struct net net;
	struct endpoint stranger = { .ip = { 9 }, .port = 1234 };

	(void)state;
	net_open(&net, "");
	net_inject(&net, DB1, SIDE_ANSWER, stranger, plain, sizeof plain);
	assert_int_equal(net.hosts[DB1].effects.n_sends, 0);
	assert_int_equal(net_rejected(&net, DB1, REJECT_CLOSED), 1);
	net_close(&net);
}

static void where_open_a_plain_client_gets_the_true_time_even_in_a_drill(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_DRILL };
	struct ntp_header header;

	(void)state;
	net_open(&net, "open: true\n");
	net_run(&net, span_s(3));
	event.drill.on = true;
	event.drill.offset = span_s(1900);
	event.drill.for_span = span_s(60);
	net_event(&net, DB1, &event);
	net_inject(
		&net, DB1, SIDE_ANSWER, (struct endpoint){ .ip = { 9 }, .port = 1234 }, plain, sizeof plain);
	assert_int_equal(net.hosts[DB1].effects.n_sends, 1);
	assert_int_equal(net.hosts[DB1].effects.sends[0].len, sizeof plain);
	assert_true(ntp_decode(net.hosts[DB1].effects.sends[0].bytes, sizeof plain, &header));
	assert_int_equal(header.mode, NTP_MODE_SERVER);
	assert_int_equal(header.origin.bits, UINT64_C(0xAB000000000000CD));
	assert_int_equal(ntp_stamp_near(header.transmit, (struct wall){ net.epoch }).ns, net.epoch + net.now);
	net_close(&net);
}

static void rubbish_is_counted_and_never_answered(void **state)
{
	static struct net net;
	uint8_t bytes[MESSAGE_MAX] = { 0x23 };
	struct endpoint stranger = { .ip = { 9 }, .port = 1234 };

	(void)state;
	net_open(&net, "open: true\n");
	for (size_t len = 0; len < sizeof bytes; len++) {
		net_inject(&net, DB1, SIDE_ANSWER, stranger, bytes, len);
		assert_true(
			net.hosts[DB1].effects.n_sends == 0 || net.hosts[DB1].effects.sends[0].len <= len);
		net_inject(&net, DB1, SIDE_ASK, stranger, bytes, len);
		assert_int_equal(net.hosts[DB1].effects.n_sends, 0);
	}
	assert_true(net_rejected(&net, DB1, REJECT_MALFORMED) > 0);
	net_close(&net);
}

static void a_host_that_answers_in_anothers_place_is_not_taken_for_it(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_ADDRESS };

	(void)state;
	net_open(&net, "");
	event.address.node = 1; /* db2, says a name server that was turned */
	event.address.endpoint = net_endpoint(DB3);
	net_event(&net, DB1, &event);
	net_run(&net, span_s(5));
	assert_false(net_view(&net, DB1, 1).measured);
	assert_true(net_rejected(&net, DB1, REJECT_NAME) > 3);
	net_close(&net);
}

static void more_time_between_T2_and_T3_than_between_T1_and_T4_is_no_exchange(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.liar = DB2 + 1;
	net.lies_about_t3 = true;
	net_run(&net, span_s(3));
	assert_false(net_view(&net, DB1, 1).measured);
	assert_true(net_rejected(&net, DB1, REJECT_STEP) > 3);
	net_close(&net);
}

static void a_copied_instance_silences_the_one_who_copies(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	net.liar = DB3 + 1;
	net.copied = net.hosts[DB2].core;
	net_run(&net, span_s(5));
	assert_true(net_view(&net, DB1, 1).reachable);
	assert_true(net_view(&net, DB1, 1).last_heard.ns < span_ms(1200).ns);
	assert_true(net_rejected(&net, DB1, REJECT_INSTANCE) > 3);
	assert_non_null(
		strstr(net.notes, "db1: what db3 sends is not believed: it was heard under another name"));
	net_close(&net);
}

static void who_hears_nobody_from_the_beginning_says_so(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].silent = true;
	net_run(&net, span_s(15));
	assert_non_null(strstr(net.notes, "db3: db3 cannot tell: 0 of 3 others in reach"));
	net_close(&net);
}

static void probes_are_spread_over_the_interval(void **state)
{
	static struct net net;
	int64_t least = INT64_MAX, last = 0;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	for (int i = 0; i < 9; i++) { /* three rounds of three peers */
		uint64_t sent = 0, now_sent;

		for (size_t node = 1; node < NET_HOSTS; node++)
			sent += net_view(&net, DB1, node).sent;
		do {
			net_run(&net, span_ms(1));
			now_sent = 0;
			for (size_t node = 1; node < NET_HOSTS; node++)
				now_sent += net_view(&net, DB1, node).sent;
		} while (now_sent == sent);
		if (i && net.now - last < least)
			least = net.now - last;
		last = net.now;
	}
	assert_true(least > span_ms(80).ns);
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_counts_once),
		cmocka_unit_test(an_answer_from_elsewhere_or_changed_is_not_believed),
		cmocka_unit_test(two_that_have_different_keys_are_told_to_compare_them),
		cmocka_unit_test(what_is_no_sentinel_is_told_to_be_none),
		cmocka_unit_test(a_namesake_of_another_cluster_does_not_speak_for_one_that_is_heard),
		cmocka_unit_test(a_moments_damage_in_a_silence_is_no_other_key),
		cmocka_unit_test(of_two_behind_one_address_neither_is_accused),
		cmocka_unit_test(what_a_stranger_sends_does_not_hide_what_is_proved),
		cmocka_unit_test(an_answer_is_never_longer_than_its_request),
		cmocka_unit_test(without_a_key_nobody_is_answered),
		cmocka_unit_test(where_open_a_plain_client_gets_the_true_time_even_in_a_drill),
		cmocka_unit_test(rubbish_is_counted_and_never_answered),
		cmocka_unit_test(a_host_that_answers_in_anothers_place_is_not_taken_for_it),
		cmocka_unit_test(more_time_between_T2_and_T3_than_between_T1_and_T4_is_no_exchange),
		cmocka_unit_test(a_copied_instance_silences_the_one_who_copies),
		cmocka_unit_test(who_hears_nobody_from_the_beginning_says_so),
		cmocka_unit_test(probes_are_spread_over_the_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
