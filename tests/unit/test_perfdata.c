/* Reads as: given what is known of a node, what Icinga is told. */
#include "story.h"

#include <string.h>

#include "../../sentinel/icinga/perfdata.h"

static struct perfdata at_night(void)
{
	struct perfdata p = { .known = true,
		.offset = interval_of(span_us(1900001600), span_us(1900002400)),
		.have_drift = true,
		.drift_ppm = -12.3456,
		.have_delay = true,
		.delay = span_us(810),
		.have_peers = true,
		.heard = 3,
		.peers = 4 };

	perfdata_limit(span_ms(100), p.warning);
	perfdata_limit(span_ms(500), p.critical);
	return p;
}

static void all_that_is_known_is_told_with_its_sign(void **state)
{
	struct perfdata p = at_night();
	char line[PERFDATA_SIZE];

	(void)state;
	assert_string_equal(perfdata_line(&p, line),
		"offset=1900.002s;-0.1:0.1;-0.5:0.5;; low=1900.0016s;;;; high=1900.0024s;;;; "
		"drift=-12.346;;;; delay=0.00081s;;;0; peers=3;;;0;4");
	p.offset = interval_neg(p.offset);
	p.nearing = true;
	p.threshold_in = span_s(7200);
	perfdata_line(&p, line);
	assert_non_null(strstr(line, "offset=-1900.002s;"));
	assert_non_null(strstr(line, "low=-1900.0024s;"));
	assert_non_null(strstr(line, " threshold_in=7200s;;;0;"));
}

static void what_is_not_known_is_left_out(void **state)
{
	struct perfdata p = { .known = false };
	char line[PERFDATA_SIZE];

	(void)state;
	assert_string_equal(perfdata_line(&p, line), "");
	p.known = true;
	p.offset = interval_of(span_s(-3), SPAN_MAX);
	assert_string_equal(perfdata_line(&p, line), "low=-3s;;;;");
	p.offset = INTERVAL_ALL;
	assert_string_equal(perfdata_line(&p, line), "");
}

static void numbers_are_exact(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1, "0.000000001" },
		{ -1, "-0.000000001" },
		{ 10 * NS_PER_S, "10" },
		{ -1900002000000, "-1900.002" },
		{ INT64_MAX, "9223372036.854775807" },
		{ INT64_MIN, "-9223372036.854775808" },
	};
	char text[PERFDATA_NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(perfdata_number(span_ns(cases[i].ns), text), cases[i].text);
}

static void the_middle_of_the_voters_counts(void **state)
{
	struct perfdata_peers peers = { 0 };
	struct perfdata p = { 0 };
	struct span delays[] = { span_ms(80), span_ms(1), span_ms(2) };
	double drifts[] = { 5, 4, -90 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		perfdata_peer(&peers, true, &delays[i], &drifts[i]);
	perfdata_peer(&peers, false, &delays[0], &drifts[0]);
	perfdata_take_peers(&p, &peers);
	assert_true(p.have_peers && p.have_delay && p.have_drift);
	assert_int_equal(p.heard, 3);
	assert_int_equal(p.peers, 4);
	assert_int_equal(p.delay.ns, span_ms(2).ns);
	/* Theirs against ours is +4 ppm, so ours against theirs is -4. */
	assert_true(p.drift_ppm < -3.99 && p.drift_ppm > -4.01);
}

static void nobody_heard_is_no_delay(void **state)
{
	struct perfdata_peers peers = { 0 };
	struct perfdata p = { 0 };

	(void)state;
	perfdata_peer(&peers, false, NULL, NULL);
	perfdata_take_peers(&p, &peers);
	assert_true(p.have_peers && !p.have_delay && !p.have_drift);
	assert_int_equal(p.heard, 0);
}

static void the_sentence_cannot_break_the_grammar(void **state)
{
	char out[128], small[12];

	(void)state;
	assert_string_equal(perfdata_sentence(VERDICT_CRITICAL, "db3 | x\ny\x7f", out, sizeof out),
		"SKEW CRITICAL - db3 / x y ");
	assert_string_equal(
		perfdata_sentence(VERDICT_OK, "all is well", out, sizeof out), "SKEW OK - all is well");
	assert_string_equal(
		perfdata_sentence(VERDICT_UNKNOWN, "who knows", small, sizeof small), "SKEW UNKNOW");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_known_is_told_with_its_sign),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(the_middle_of_the_voters_counts),
		cmocka_unit_test(nobody_heard_is_no_delay),
		cmocka_unit_test(the_sentence_cannot_break_the_grammar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
