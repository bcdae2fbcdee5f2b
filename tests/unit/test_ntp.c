#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "../../proto/ntp.h"

/* Instants by the second, from date -u -d DATE +%s. */
#define Y1970         \
	(struct wall) \
	{             \
		0     \
	}
#define Y2035                                  \
	(struct wall)                          \
	{                                      \
		INT64_C(2051222400) * NS_PER_S \
	} /* 2035-01-01 */
#define ERA_1                                  \
	(struct wall)                          \
	{                                      \
		INT64_C(2085978496) * NS_PER_S \
	} /* 2036-02-07 06:28:16 */
#define Y2037                                  \
	(struct wall)                          \
	{                                      \
		INT64_C(2114380800) * NS_PER_S \
	} /* 2037-01-01 */

/* The same sequence in each run: xorshift64* (Vigna 2014). */
static uint64_t pseudo_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

static void the_unix_epoch_is_2208988800_seconds_into_era_0(void **state)
{
	int32_t era = 99;

	(void)state;
	assert_int_equal(ntp_stamp_of(Y1970, &era).bits >> 32, 2208988800);
	assert_int_equal(ntp_stamp_of(Y1970, NULL).bits & UINT32_MAX, 0);
	assert_int_equal(era, 0);
}

static void half_a_second_is_the_upper_bit_of_the_fraction(void **state)
{
	(void)state;
	assert_int_equal(ntp_stamp_of((struct wall){ NS_PER_S / 2 }, NULL).bits & UINT32_MAX, 0x80000000);
}

static void era_1_begins_in_2036(void **state)
{
	struct wall last = wall_add(ERA_1, span_ns(-1));
	int32_t era = 99;

	(void)state;
	assert_int_equal(ntp_stamp_of(ERA_1, &era).bits, 0);
	assert_int_equal(era, 1);
	assert_int_equal(ntp_stamp_of(last, &era).bits >> 32, UINT32_MAX);
	assert_int_equal(era, 0);
	ntp_stamp_of(Y2035, &era);
	assert_int_equal(era, 0);
	ntp_stamp_of(Y2037, &era);
	assert_int_equal(era, 1);
}

static void before_1900_the_era_is_negative(void **state)
{
	struct wall y1899 = { INT64_C(-2208988801) * NS_PER_S };
	int32_t era = 99;
	struct ntp_stamp stamp = ntp_stamp_of(y1899, &era);

	(void)state;
	assert_int_equal(era, -1);
	assert_int_equal(stamp.bits >> 32, UINT32_MAX);
	assert_int_equal(ntp_stamp_in_era(stamp, era).ns, y1899.ns);
}

static void assert_comes_back(struct wall wall)
{
	int32_t era;
	struct ntp_stamp stamp = ntp_stamp_of(wall, &era);

	assert_int_equal(ntp_stamp_in_era(stamp, era).ns, wall.ns);
	assert_int_equal(ntp_stamp_near(stamp, wall).ns, wall.ns);
}

static void every_nanosecond_comes_back_exactly(void **state)
{
	uint64_t seed = 20360207;

	(void)state;
	assert_comes_back(Y1970);
	assert_comes_back(wall_add(Y1970, span_ns(-1)));
	assert_comes_back(Y2035);
	assert_comes_back(ERA_1);
	assert_comes_back(wall_add(ERA_1, span_ns(-1)));
	assert_comes_back(Y2037);
	assert_comes_back((struct wall){ 999999999 });
	assert_comes_back((struct wall){ INT64_MAX });
	assert_comes_back((struct wall){ INT64_MIN });
	for (int i = 0; i < 100000; i++)
		assert_comes_back((struct wall){ (int64_t)pseudo_random(&seed) });
}

static void a_stamp_without_era_is_the_instant_nearest_to_what_is_known(void **state)
{
	struct ntp_stamp in_2035 = ntp_stamp_of(Y2035, NULL), in_2037 = ntp_stamp_of(Y2037, NULL);
	struct wall y2090 = wall_add(ERA_1, span_s(INT64_C(54) * 365 * 86400));

	(void)state;
	assert_int_equal(ntp_stamp_near(in_2035, Y2037).ns, Y2035.ns);
	assert_int_equal(ntp_stamp_near(in_2037, Y2035).ns, Y2037.ns);
	assert_int_equal(ntp_stamp_near(in_2037, ERA_1).ns, Y2037.ns);
	/* Within 68 years either way. */
	assert_int_equal(ntp_stamp_near(ntp_stamp_of(y2090, NULL), Y2035).ns, y2090.ns);
	assert_int_equal(ntp_stamp_near(in_2035, y2090).ns, Y2035.ns);
	/* A hardware clock of 1970 and a healthy one in 2037 are 67 years apart. */
	assert_int_equal(ntp_stamp_near(in_2037, Y1970).ns, Y2037.ns);
	assert_int_equal(ntp_stamp_near(ntp_stamp_of(Y1970, NULL), Y2037).ns, Y1970.ns);
}

/* The era is whatever a peer says. */
static void an_absurd_era_saturates(void **state)
{
	struct ntp_stamp stamp = { UINT64_MAX };

	(void)state;
	assert_int_equal(ntp_stamp_in_era(stamp, INT32_MAX).ns, INT64_MAX);
	assert_int_equal(ntp_stamp_in_era(stamp, INT32_MIN).ns, INT64_MIN);
	assert_int_equal(ntp_stamp_in_era(stamp, 4).ns, INT64_MAX);
	assert_int_equal(ntp_stamp_in_era((struct ntp_stamp){ 0 }, -3).ns, INT64_MIN);
}

static void the_header_has_its_octets_where_rfc_5905_puts_them(void **state)
{
	static const uint8_t expected[NTP_HEADER_SIZE] = {
		0xE4, 0x0A, 0x06, 0xEC, /* LI 3, VN 4, mode 4; stratum, poll, precision */
		0x01, 0x02, 0x03, 0x04, /* root delay */
		0x05, 0x06, 0x07, 0x08, /* root dispersion */
		0x7F, 0x7F, 0x01, 0x01, /* reference id */
		0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, /* reference */
		0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, /* origin */
		0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, /* receive */
		0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, /* transmit */
	};
	const struct ntp_header header = {
		.leap = NTP_LEAP_UNSYNCHRONISED,
		.version = NTP_VERSION,
		.mode = NTP_MODE_SERVER,
		.stratum = 10,
		.poll = 6,
		.precision = -20,
		.root_delay = 0x01020304,
		.root_dispersion = 0x05060708,
		.reference_id = 0x7F7F0101,
		.reference = { UINT64_C(0x1011121314151617) },
		.origin = { UINT64_C(0x2021222324252627) },
		.receive = { UINT64_C(0x3031323334353637) },
		.transmit = { UINT64_C(0x4041424344454647) },
	};
	uint8_t bytes[NTP_HEADER_SIZE];
	struct ntp_header back;

	(void)state;
	ntp_encode(&header, bytes);
	assert_memory_equal(bytes, expected, sizeof(bytes));
	assert_true(ntp_decode(bytes, sizeof(bytes), &back));
	assert_int_equal(back.leap, header.leap);
	assert_int_equal(back.version, header.version);
	assert_int_equal(back.mode, header.mode);
	assert_int_equal(back.precision, header.precision);
	assert_int_equal(back.root_dispersion, header.root_dispersion);
	assert_int_equal(back.origin.bits, header.origin.bits);
	assert_int_equal(back.transmit.bits, header.transmit.bits);
	ntp_encode(&back, bytes);
	assert_memory_equal(bytes, expected, sizeof(bytes));
}

static void forty_seven_octets_are_no_packet(void **state)
{
	static const uint8_t bytes[NTP_HEADER_SIZE] = { 0x23 };
	struct ntp_header header = { .stratum = 77 };

	(void)state;
	assert_false(ntp_decode(bytes, sizeof(bytes) - 1, &header));
	assert_int_equal(header.stratum, 77);
	assert_true(ntp_decode(bytes, sizeof(bytes), &header));
	assert_int_equal(header.mode, NTP_MODE_CLIENT);
}

static void precision_is_rounded_up_and_clamped(void **state)
{
	(void)state;
	assert_int_equal(ntp_precision_span(0).ns, NS_PER_S);
	assert_int_equal(ntp_precision_span(-1).ns, NS_PER_S / 2);
	assert_int_equal(ntp_precision_span(-20).ns, 954);
	assert_int_equal(ntp_precision_span(-30).ns, 1);
	assert_int_equal(ntp_precision_span(-128).ns, 1);
	assert_int_equal(ntp_precision_span(10).ns, 1024 * NS_PER_S);
	assert_int_equal(ntp_precision_span(127).ns, 1024 * NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unix_epoch_is_2208988800_seconds_into_era_0),
		cmocka_unit_test(half_a_second_is_the_upper_bit_of_the_fraction),
		cmocka_unit_test(era_1_begins_in_2036),
		cmocka_unit_test(before_1900_the_era_is_negative),
		cmocka_unit_test(every_nanosecond_comes_back_exactly),
		cmocka_unit_test(a_stamp_without_era_is_the_instant_nearest_to_what_is_known),
		cmocka_unit_test(an_absurd_era_saturates),
		cmocka_unit_test(the_header_has_its_octets_where_rfc_5905_puts_them),
		cmocka_unit_test(forty_seven_octets_are_no_packet),
		cmocka_unit_test(precision_is_rounded_up_and_clamped),
	};

	return cmocka_run_group_tests_name("the NTP packet and its timestamps", tests, NULL, NULL);
}
