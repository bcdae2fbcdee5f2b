#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../sentinel/icinga/icinga_reply.h"

static const struct conf_icinga by_password = {
	.user = "skew-sentinel", .password_file = "/etc/pw", .service = "clock-skew"
};

static void assert_read(const struct https_answer *answer, enum icinga_reply wanted, const char *words)
{
	struct icinga_why why;

	assert_int_equal(icinga_reply_read(answer, &by_password, "db3", &why), wanted);
	if (!strstr(why.text, words))
		fail_msg("'%s' is not in: %s", words, why.text);
	for (const char *c = why.text; *c; c++)
		assert_in_range(*c, 0x20, 0x7e);
}

static void assert_answer(int status, const char *body, enum icinga_reply wanted, const char *words)
{
	assert_read(
		&(struct https_answer){
			.stage = HTTPS_ANSWERED, .in_time = true, .status = status, .body = body },
		wanted, words);
}

static void what_was_taken_is_taken(void **state)
{
	struct icinga_why why;
	struct https_answer answer = { .stage = HTTPS_ANSWERED,
		.in_time = true,
		.status = 200,
		.body = "{\"results\":[{\"code\":200.0,\"status\":\"Successfully processed check result for "
			"object 'db3!clock-skew'.\"}]}" };

	(void)state;
	assert_int_equal(icinga_reply_read(&answer, &by_password, "db3", &why), REPLY_TAKEN);
	assert_string_equal(why.text, "");
}

static void each_refusal_says_what_to_mend(void **state)
{
	(void)state;
	assert_answer(401, "<h1>Unauthorized</h1>", REPLY_BROKEN,
		"401: it does not know user skew-sentinel with this password: compare icinga.user and "
		"/etc/pw");
	assert_answer(403, "{\"error\":403,\"status\":\"No permission\"}", REPLY_NOT_THIS,
		"403: its ApiUser may not submit results for db3!clock-skew: give it the permission "
		"actions/process-check-result");
	assert_answer(404, "{\"error\":404,\"status\":\"No objects found.\"}", REPLY_NOT_THIS,
		"404: it has no service object db3!clock-skew, or the ApiUser may not see it: create it on "
		"host db3");
	assert_answer(409, "{}", REPLY_NOT_THIS, "409: it has a newer result for db3!clock-skew");
	assert_answer(400, "{\"status\":\"Parameter 'exit_status' is required.\"}", REPLY_NOT_THIS,
		"400: Parameter 'exit_status' is required.");
	assert_answer(500, "{\"error\":500,\"status\":\"Something\\nodd \\u00e9\"}", REPLY_BROKEN,
		"500: Something?odd ??; see its log");
	assert_answer(503, "", REPLY_BROKEN, "503: it does not say why");
}

/* Icinga gives the one result's code as the whole answer's status, too. */
static void a_refusal_in_a_result_counts_whatever_the_status_is(void **state)
{
	(void)state;
	assert_answer(403,
		"{\"results\":[{\"code\":403,\"status\":\"Passive checks are disabled for object "
		"'db3!clock-skew'.\"}]}",
		REPLY_NOT_THIS, "403: db3!clock-skew takes no passive results: set enable_passive_checks");
	assert_answer(409,
		"{\"results\":[{\"code\":409,\"status\":\"Newer check result already present.\"}]}",
		REPLY_NOT_THIS, "409: it has a newer result for db3!clock-skew");
	assert_answer(400,
		"{\"results\":[{\"code\":400,\"status\":\"Parameter 'exit_status' is required.\"}]}",
		REPLY_NOT_THIS, "400: Parameter 'exit_status' is required.");
	assert_answer(500, "{\"results\":[{\"code\":200,\"status\":\"Successfully processed\"}]}",
		REPLY_BROKEN, "500: it does not say why");
	assert_answer(500, "{\"results\":[]}", REPLY_BROKEN, "500: it does not say why");
}

static void what_is_sent_elsewhere_did_not_ask_icinga(void **state)
{
	(void)state;
	assert_answer(302, "", REPLY_BROKEN,
		"302: it sends elsewhere, so it is none of Icinga's: compare icinga.endpoints[].url");
	assert_answer(308, "{}", REPLY_BROKEN, "308: it sends elsewhere");
}

static void a_refusal_inside_an_answer_that_is_200_is_one(void **state)
{
	(void)state;
	assert_answer(200,
		"{\"results\":[{\"code\":403,\"status\":\"Passive checks are disabled for object "
		"'db3!clock-skew'.\"}]}",
		REPLY_NOT_THIS, "403: db3!clock-skew takes no passive results: set enable_passive_checks");
	assert_answer(200,
		"{\"results\":[{\"code\":409,\"status\":\"Newer check result already present.\"}]}",
		REPLY_NOT_THIS, "409");
	assert_answer(200, "{\"results\":[{\"code\":500,\"status\":\"no\"}]}", REPLY_NOT_THIS, "500: no");
	assert_answer(200, "{\"results\":[{\"code\":1e99}]}", REPLY_NOT_THIS, "it does not say why");
	assert_answer(200, "{\"results\":[{\"code\":-1e99}]}", REPLY_NOT_THIS, "it does not say why");
	assert_answer(200, "{\"results\":[{\"code\":200.5}]}", REPLY_NOT_THIS, "it does not say why");
	assert_answer(200, "{\"results\":[]}", REPLY_NOT_THIS, "404: it has no service object");
}

static void what_is_no_answer_of_icinga_is_told(void **state)
{
	static const char *const bodies[] = { "", "hello", "[]", "{}", "{\"results\":{}}", "null", "[[[[[[" };

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		assert_answer(200, bodies[i], i == 4 ? REPLY_NOT_THIS : REPLY_BROKEN,
			i == 4 ? "404" : "its answer is none of Icinga's: compare icinga.endpoints[].url");
}

static void no_answer_says_how_far_it_came(void **state)
{
	(void)state;
	assert_read(&(struct https_answer){ .stage = HTTPS_CONNECTING,
			    .in_time = true,
			    .error = "no connection: Connection refused" },
		REPLY_BROKEN, "no connection: Connection refused; does icinga2 run there");
	assert_read(&(struct https_answer){ .stage = HTTPS_SECURING,
			    .in_time = true,
			    .wrong_name = true,
			    .error = "its certificate is not accepted: hostname mismatch" },
		REPLY_BROKEN, "hostname mismatch; compare icinga.endpoints[].name with its NodeName");
	assert_read(&(struct https_answer){ .stage = HTTPS_SECURING,
			    .in_time = true,
			    .wrong_time = true,
			    .error = "its certificate is not accepted: certificate is not yet valid" },
		REPLY_BROKEN,
		"not yet valid; this host's clock may be wrong: then another host reports for it");
	assert_read(&(struct https_answer){ .stage = HTTPS_SECURING, .in_time = true, .error = "x" },
		REPLY_BROKEN, "compare icinga.ca with its /var/lib/icinga2/certs/ca.crt");
	assert_read(&(struct https_answer){ .stage = HTTPS_SECURING, .error = "it hangs in time" },
		REPLY_BROKEN, "it hangs in time");
}

static void with_a_certificate_the_name_in_it_is_what_counts(void **state)
{
	const struct conf_icinga conf = { .certificate = "/c.crt", .service = "clock-skew" };
	struct https_answer answer = {
		.stage = HTTPS_ANSWERED, .in_time = true, .status = 401, .body = "{}"
	};
	struct icinga_why why;

	(void)state;
	assert_int_equal(icinga_reply_read(&answer, &conf, "db3", &why), REPLY_BROKEN);
	assert_non_null(strstr(why.text, "no ApiUser has the name in /c.crt as its client_cn"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_taken_is_taken),
		cmocka_unit_test(each_refusal_says_what_to_mend),
		cmocka_unit_test(a_refusal_in_a_result_counts_whatever_the_status_is),
		cmocka_unit_test(what_is_sent_elsewhere_did_not_ask_icinga),
		cmocka_unit_test(a_refusal_inside_an_answer_that_is_200_is_one),
		cmocka_unit_test(what_is_no_answer_of_icinga_is_told),
		cmocka_unit_test(no_answer_says_how_far_it_came),
		cmocka_unit_test(with_a_certificate_the_name_in_it_is_what_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
