#include "icinga_reply.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* What all sentences are made of. */
struct asked {
	const struct conf_icinga *conf;
	const char *host;
	char status[128]; /* the server's own words, fit to be shown */
};

static void say_login(const struct asked *asked, struct icinga_why *why)
{
	const struct conf_icinga *conf = asked->conf;

	if (*conf->certificate)
		snprintf(why->text, sizeof why->text,
			"401: no ApiUser has the name in %.200s as its client_cn: make one (skewctl "
			"setup-icinga)",
			conf->certificate);
	else
		snprintf(why->text, sizeof why->text,
			"401: it does not know user %s with this password: compare icinga.user and %s with "
			"its "
			"ApiUser object (skewctl setup-icinga)",
			conf->user, conf->password_file);
}

static void say_permission(const struct asked *asked, struct icinga_why *why)
{
	snprintf(why->text, sizeof why->text,
		"403: its ApiUser may not submit results for %s!%s: give it the permission "
		"actions/process-check-result (skewctl setup-icinga)",
		asked->host, asked->conf->service);
}

static void say_missing(const struct asked *asked, struct icinga_why *why)
{
	snprintf(why->text, sizeof why->text,
		"404: it has no service object %s!%s, or the ApiUser may not see it: create it on host %s "
		"(skewctl setup-icinga), or set icinga_host or icinga.service here",
		asked->host, asked->conf->service, asked->host);
}

static void say_older(const struct asked *asked, struct icinga_why *why)
{
	snprintf(why->text, sizeof why->text,
		"409: it has a newer result for %s!%s, dated by its own clock: compare the clocks of the "
		"Icinga masters",
		asked->host, asked->conf->service);
}

static void say_passive(const struct asked *asked, struct icinga_why *why)
{
	snprintf(why->text, sizeof why->text,
		"403: %s!%s takes no passive results: set enable_passive_checks = true", asked->host,
		asked->conf->service);
}

static const struct meaning {
	int status;
	enum icinga_reply reply;
	void (*say)(const struct asked *asked, struct icinga_why *why);
} of_request[] = {
	{ 401, REPLY_BROKEN, say_login },
	{ 403, REPLY_NOT_THIS, say_permission },
	{ 404, REPLY_NOT_THIS, say_missing },
	{ 409, REPLY_NOT_THIS, say_older },
}, of_result[] = {
	{ 403, REPLY_NOT_THIS, say_passive },
	{ 404, REPLY_NOT_THIS, say_missing },
	{ 409, REPLY_NOT_THIS, say_older },
};

/* True: there is a sentence of our own for it. */
static bool say_known(const struct meaning *table, size_t n, int status, const struct asked *asked,
	struct icinga_why *why, enum icinga_reply *reply)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].status != status)
			continue;
		table[i].say(asked, why);
		*reply = table[i].reply;
		return true;
	}
	return false;
}

static void say_its_words(const struct asked *asked, int status, struct icinga_why *why)
{
	snprintf(why->text, sizeof why->text, "%d: %s; see its log", status,
		*asked->status ? asked->status : "it does not say why");
}

/* Somebody else's words may hold anything. */
static void take_status(struct asked *asked, const json_t *json)
{
	const char *text = json_string_value(json_object_get(json, "status"));

	snprintf(asked->status, sizeof asked->status, "%s", text ? text : "");
	for (char *c = asked->status; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
}

/* One action, so one result. */
static const json_t *result_of(const json_t *json)
{
	return json_array_get(json_object_get(json, "results"), 0);
}

/* Some versions write 200.0. */
static int code_of(const json_t *result)
{
	double code = json_number_value(json_object_get(result, "code"));

	return code >= 1 && code < 1000 && code == (int)code ? (int)code : 0;
}

static enum icinga_reply read_result(const json_t *result, struct asked *asked, struct icinga_why *why)
{
	enum icinga_reply reply = REPLY_NOT_THIS;
	int code = code_of(result);

	take_status(asked, result);
	if (!say_known(of_result, sizeof of_result / sizeof of_result[0], code, asked, why, &reply))
		say_its_words(asked, code, why);
	return reply;
}

static enum icinga_reply read_good(const json_t *json, struct asked *asked, struct icinga_why *why)
{
	const json_t *result = result_of(json);

	if (!json_object_get(json, "results")) {
		snprintf(why->text, sizeof why->text,
			"its answer is none of Icinga's: compare icinga.endpoints[].url with its "
			"ApiListener");
		return REPLY_BROKEN;
	}
	if (!result) {
		say_missing(asked, why);
		return REPLY_NOT_THIS;
	}
	return code_of(result) == 200 ? REPLY_TAKEN : read_result(result, asked, why);
}

static enum icinga_reply read_refusal(
	const json_t *json, int status, struct asked *asked, struct icinga_why *why)
{
	/* 400: it did not understand this one; another endpoint may be of another version. */
	enum icinga_reply reply = status == 400 ? REPLY_NOT_THIS : REPLY_BROKEN;

	take_status(asked, json);
	if (say_known(of_request, sizeof of_request / sizeof of_request[0], status, asked, why, &reply))
		return reply;
	if (status >= 300 && status < 400)
		snprintf(why->text, sizeof why->text,
			"%d: it sends elsewhere, so it is none of Icinga's: compare icinga.endpoints[].url "
			"with "
			"its ApiListener",
			status);
	else
		say_its_words(asked, status, why);
	return reply;
}

/* What a result is refused with is the whole answer's status as well: there it means something else. */
static enum icinga_reply read_answer(
	const struct https_answer *answer, struct asked *asked, struct icinga_why *why)
{
	json_t *json = json_loads(answer->body, JSON_REJECT_DUPLICATES, NULL);
	const json_t *result = result_of(json);
	enum icinga_reply reply;

	if (answer->status == 200)
		reply = read_good(json, asked, why);
	else if (result && code_of(result) == answer->status)
		reply = read_result(result, asked, why);
	else
		reply = read_refusal(json, answer->status, asked, why);
	json_decref(json);
	return reply;
}

static const char *mend(const struct https_answer *answer)
{
	if (answer->stage == HTTPS_CONNECTING)
		return "; does icinga2 run there, with its API enabled, and is the port open?";
	if (answer->stage != HTTPS_SECURING || !answer->in_time)
		return "";
	if (answer->wrong_name)
		return "; compare icinga.endpoints[].name with its NodeName";
	if (answer->wrong_time)
		return "; this host's clock may be wrong: then another host reports for it";
	return "; compare icinga.ca with its /var/lib/icinga2/certs/ca.crt";
}

enum icinga_reply icinga_reply_read(const struct https_answer *answer, const struct conf_icinga *conf,
	const char *host, struct icinga_why *why)
{
	struct asked asked = { .conf = conf, .host = host };

	why->text[0] = '\0';
	if (answer->stage == HTTPS_ANSWERED && answer->in_time)
		return read_answer(answer, &asked, why);
	snprintf(why->text, sizeof why->text, "%s%s", answer->error, mend(answer));
	return REPLY_BROKEN;
}
