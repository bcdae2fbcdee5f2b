#include "story.h"

#include <string.h>

#include "../../conf/span.h"

static void assert_means(const char *text, int64_t ns)
{
	struct span span = span_ns(-1);

	if (!span_parse(text, &span))
		fail_msg("'%s' is no span", text);
	assert_int_equal(span.ns, ns);
}

static void a_span_is_a_number_and_its_unit(void **state)
{
	(void)state;
	assert_means("7ns", 7);
	assert_means("7us", 7000);
	assert_means("100ms", 100 * NS_PER_MS);
	assert_means("2s", 2 * NS_PER_S);
	assert_means("1m", 60 * NS_PER_S);
	assert_means("8h", INT64_C(8) * 3600 * NS_PER_S);
	assert_means("1826d", 1826 * INT64_C(86400) * NS_PER_S);
}

static void it_may_have_a_sign_and_decimals(void **state)
{
	(void)state;
	assert_means("-1900s", -1900 * NS_PER_S);
	assert_means("+1900s", 1900 * NS_PER_S);
	assert_means("1.5s", 1500 * NS_PER_MS);
	assert_means("0.4ms", 400000);
	assert_means("-0.25h", -900 * NS_PER_S);
	assert_means("1.500000000000000000000000s", 1500 * NS_PER_MS);
}

static void nothing_is_lost_on_the_way(void **state)
{
	(void)state;
	/* No double holds these three. */
	assert_means("9007199254740993ns", INT64_C(9007199254740993));
	assert_means("9223372036.854775807s", INT64_MAX);
	assert_means("-9223372036.854775807s", -INT64_MAX);
	assert_means("0.000000001s", 1);
}

static void zero_needs_no_unit(void **state)
{
	(void)state;
	assert_means("0", 0);
	assert_means("0s", 0);
	assert_means("-0ms", 0);
}

static void anything_else_is_no_span(void **state)
{
	static const char *const texts[] = { "", "1", "s", "1 s", "1.s", ".5s", "1,5s", "--1s", "+-1s",
		"- 1s", "1S", "1min", "1ss", "1s ", " 1s", "0x1s", "1e3s", "1.5.2s", "infs", "-", "1.",
		"0.5ns", "1.0000000001s", "106752d", "9223372036854775808ns", "99999999999999999999s",
		"0.0000000000000000000001s" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct span span = span_ns(42);

		if (span_parse(texts[i], &span))
			fail_msg("'%s' was taken for a span of %jd ns", texts[i], (intmax_t)span.ns);
		assert_int_equal(span.ns, 42);
	}
}

static void assert_told(int64_t ns, const char *expected)
{
	char text[SPAN_TEXT_SIZE];

	assert_string_equal(span_format(span_ns(ns), text, sizeof(text)), expected);
}

static void a_span_is_told_as_a_person_would(void **state)
{
	(void)state;
	assert_told(0, "0 s");
	assert_told(100 * NS_PER_MS, "100 ms");
	assert_told(2 * NS_PER_S, "2 s");
	assert_told(1500 * NS_PER_MS, "1.5 s");
	assert_told(90 * NS_PER_S, "90 s");
	assert_told(1900002 * NS_PER_MS, "1900.002 s");
	assert_told(-1900002 * NS_PER_MS, "-1900.002 s");
	assert_told(3600 * NS_PER_S, "1 h");
	assert_told(INT64_C(312) * 60 * NS_PER_S, "5 h 12 min");
	assert_told(INT64_C(24) * 3600 * NS_PER_S, "1 d");
	assert_told(INT64_C(-36) * 3600 * NS_PER_S, "-1 d 12 h");
	assert_told(1826 * INT64_C(86400) * NS_PER_S, "1826 d");
}

static void below_a_second_four_digits_count(void **state)
{
	(void)state;
	assert_told(1, "1 ns");
	assert_told(99, "99 ns");
	assert_told(600, "0.6 us");
	assert_told(12345, "12.35 us");
	assert_told(99994, "99.99 us");
	assert_told(400 * NS_PER_US, "0.4 ms");
	assert_told(-123456, "-0.1235 ms");
	assert_told(123456789, "123.5 ms");
	assert_told(10 * NS_PER_MS + 5, "10 ms");
}

static void rounding_up_changes_the_unit_with_the_number(void **state)
{
	(void)state;
	assert_told(99996, "0.1 ms");
	assert_told(999949999, "999.9 ms");
	assert_told(999950000, "1 s");
	assert_told(3599 * NS_PER_S + 999499999, "3599.999 s");
	assert_told(3599 * NS_PER_S + 999500000, "1 h");
	assert_told(INT64_C(5) * 3600 * NS_PER_S - NS_PER_S, "5 h");
	assert_told(86400 * NS_PER_S - 31 * NS_PER_S, "23 h 59 min");
	assert_told(86400 * NS_PER_S - 30 * NS_PER_S, "1 d");
}

static void what_has_no_bound_is_told_so(void **state)
{
	(void)state;
	assert_told(INT64_MAX, "unbounded");
	assert_told(INT64_MIN, "unbounded");
	assert_told(INT64_MAX - 1, "106752 d");
}

static void the_longest_text_has_room_and_less_is_cut(void **state)
{
	char text[SPAN_TEXT_SIZE], little[4];

	(void)state;
	assert_true(strlen(span_format(span_ns(-INT64_MAX), text, sizeof(text))) < sizeof(text));
	assert_string_equal(span_format(span_ms(100), little, sizeof(little)), "100");
}

static void assert_address(const char *text, const char *host, uint16_t port)
{
	struct conf_address address = { .port = 0 };

	if (!address_parse(text, 9123, &address))
		fail_msg("'%s' is no address", text);
	assert_string_equal(address.host, host);
	assert_int_equal(address.port, port);
}

static void an_address_is_a_host_and_perhaps_a_port(void **state)
{
	(void)state;
	assert_address("10.0.1.11", "10.0.1.11", 9123);
	assert_address("10.0.1.11:123", "10.0.1.11", 123);
	assert_address("db1", "db1", 9123);
	assert_address("db1.example:65535", "db1.example", 65535);
	assert_address("db1.example.", "db1.example.", 9123);
	assert_address("xn--bcher-kva.example", "xn--bcher-kva.example", 9123);
	assert_address("db_1", "db_1", 9123);
	assert_address("1and1", "1and1", 9123);
}

static void an_ipv6_address_has_brackets_where_a_port_follows(void **state)
{
	(void)state;
	assert_address("::1", "::1", 9123);
	assert_address("[::1]", "::1", 9123);
	assert_address("[::1]:9", "::1", 9);
	assert_address("2001:db8::1:9123", "2001:db8::1:9123", 9123);
	assert_address("fe80::1%eth0", "fe80::1%eth0", 9123);
	assert_address("[fe80::1%eth0]:123", "fe80::1%eth0", 123);
	assert_address("::ffff:10.0.1.11", "::ffff:10.0.1.11", 9123);
}

static void anything_else_is_no_address(void **state)
{
	static const char *const texts[] = { "", ":", ":9123", "db1:", "db1:0", "db1:65536", "db1:+1",
		"db1:1x", "db1:012345", "[::1", "::1]", "[::1]9123", "[::1]:", "[10.0.1.11]", "[db1]", "[]",
		"10.0.1", "10.0.1.256", "10.0.1.11.12", "300.1.1.1", "1", "db 1", "db1 ", "-db1", "db1-",
		"db1..example", ".db1", "db1/24", "user@db1", "http://db1", "d\xc3\xbc", "::1%",
		"fe80::1%e/0", "fe80::1%aninterfacetoolong", "10.0.1.1%eth0", "1:2:3:4:5:6:7:8:9",
		"db1:1:2" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct conf_address address = { .port = 42 };

		if (address_parse(texts[i], 9123, &address))
			fail_msg("'%s' was taken for host '%s'", texts[i], address.host);
		assert_int_equal(address.port, 42);
	}
}

static void a_host_name_has_an_end(void **state)
{
	char label[65], name[CONF_HOST_SIZE + 8];
	struct conf_address address;

	(void)state;
	memset(label, 'a', sizeof(label));
	label[63] = '\0';
	assert_true(address_parse(label, 9123, &address));
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(address_parse(label, 9123, &address));
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[CONF_HOST_SIZE - 1] = '\0';
	assert_true(address_parse(name, 9123, &address));
	name[CONF_HOST_SIZE - 1] = '.';
	name[CONF_HOST_SIZE] = '\0';
	assert_false(address_parse(name, 9123, &address));
}

static bool is_same(const char *a, const char *b)
{
	struct conf_address first, second;

	assert_true(address_parse(a, 9123, &first) && address_parse(b, 9123, &second));
	assert_int_equal(address_equal(&first, &second), address_equal(&second, &first));
	return address_equal(&first, &second);
}

static void two_spellings_can_be_one_address(void **state)
{
	(void)state;
	assert_true(is_same("DB1.example", "db1.example:9123"));
	assert_true(is_same("::1", "[0:0::0001]:9123"));
	assert_true(is_same("10.0.1.11", "::ffff:10.0.1.11"));
	assert_true(is_same("fe80::1%eth0", "fe80::1%eth0"));
	assert_false(is_same("db1", "db1.example"));
	assert_false(is_same("db1", "db1:9124"));
	assert_false(is_same("10.0.1.11", "10.0.1.12"));
	assert_false(is_same("fe80::1%eth0", "fe80::1%eth1"));
	assert_false(is_same("10.0.1.11", "db1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_is_a_number_and_its_unit),
		cmocka_unit_test(it_may_have_a_sign_and_decimals),
		cmocka_unit_test(nothing_is_lost_on_the_way),
		cmocka_unit_test(zero_needs_no_unit),
		cmocka_unit_test(anything_else_is_no_span),
		cmocka_unit_test(a_span_is_told_as_a_person_would),
		cmocka_unit_test(below_a_second_four_digits_count),
		cmocka_unit_test(rounding_up_changes_the_unit_with_the_number),
		cmocka_unit_test(what_has_no_bound_is_told_so),
		cmocka_unit_test(the_longest_text_has_room_and_less_is_cut),
		cmocka_unit_test(an_address_is_a_host_and_perhaps_a_port),
		cmocka_unit_test(an_ipv6_address_has_brackets_where_a_port_follows),
		cmocka_unit_test(anything_else_is_no_address),
		cmocka_unit_test(a_host_name_has_an_end),
		cmocka_unit_test(two_spellings_can_be_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
