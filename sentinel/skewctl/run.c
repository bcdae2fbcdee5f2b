#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "../../conf/span.h"
#include "../galera/setup_db.h"
#include "../icinga/setup_icinga.h"
#include "ask.h"
#include "reply.h"
#include "show.h"

int run_status(const struct skewctl *ctl)
{
	return ask_and_show(ctl, "/v1/status", show_status);
}

int run_matrix(const struct skewctl *ctl)
{
	return ask_and_show(ctl, "/v1/matrix", show_matrix);
}

static int why_shown(const struct skewctl *ctl, const json_t *status, const json_t *matrix)
{
	const char *node = ctl->n_names ? ctl->names[0] : NULL;
	json_t *both;

	if (ctl->given & OPTION_JSON) {
		both = json_pack("{s:O, s:O}", "status", status, "matrix", matrix);
		ask_print(ctl, both);
		json_decref(both);
	} else if (!show_why(status, matrix, node, &ctl->page)) {
		fprintf(stderr, "skewctl: %s is none of the nodes that `skewctl matrix` shows\n",
			node ? node : "this host");
		return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

int run_why(const struct skewctl *ctl)
{
	json_t *matrix = NULL;
	int result;
	json_t *status = ask_document(ctl, "/v1/status", &result);

	if (status)
		matrix = ask_document(ctl, "/v1/matrix", &result);
	if (matrix)
		result = why_shown(ctl, status, matrix);
	json_decref(matrix);
	json_decref(status);
	return result;
}

/* Puts the option's span into the body, as it was written. False: it is none. */
static bool put_span(const struct skewctl *ctl, enum option_bit option, const char *name, json_t *body)
{
	const char *text = option_value(ctl, option);
	struct span span;

	if (!text)
		return true;
	json_object_set_new(body, name, json_string(text));
	return span_parse(text, &span);
}

static bool put_drift(const struct skewctl *ctl, json_t *body)
{
	const char *text = option_value(ctl, OPTION_DRIFT);
	char *end;
	double ppm;

	if (!text)
		return true;
	ppm = strtod(text, &end);
	json_object_set_new(body, "drift_ppm", json_real(ppm));
	return end != text && !*end;
}

int run_drill(const struct skewctl *ctl)
{
	json_t *body = json_object();
	int status;

	if (ctl->given & OPTION_STOP)
		json_object_set_new(body, "stop", json_true());
	if ((ctl->given & OPTION_STOP) && (ctl->given & (OPTION_OFFSET | OPTION_DRIFT | OPTION_FOR)))
		status = usage_error(ctl, "--stop goes alone");
	else if (!(ctl->given & (OPTION_STOP | OPTION_OFFSET | OPTION_DRIFT)))
		status = usage_error(ctl, "--offset or --drift is missing");
	else if (!put_span(ctl, OPTION_OFFSET, "offset", body))
		status = usage_bad_span(ctl, OPTION_OFFSET);
	else if (!put_span(ctl, OPTION_FOR, "for", body))
		status = usage_bad_span(ctl, OPTION_FOR);
	else if (!put_drift(ctl, body))
		status =
			usage_error(ctl, "--drift %s: give a number of ppm", option_value(ctl, OPTION_DRIFT));
	else
		return ask_command(ctl, "/v1/drill", body);
	json_decref(body);
	return status;
}

/* Does the daemon see the hold on all nodes as it is wanted? */
static bool all_held(const json_t *status, const void *wanted)
{
	const json_t *galera = json_object_get(status, "galera");

	return json_is_object(json_object_get(galera, "hold")) == *(const bool *)wanted;
}

static int hold_command(const struct skewctl *ctl, json_t *body, bool on)
{
	int status;

	if (!(ctl->given & OPTION_CLUSTER))
		return ask_hold(ctl, "/v1/hold", body);
	json_object_set_new(body, "cluster", json_true());
	status = ask_command(ctl, "/v1/hold", body);
	return status == EXIT_DONE ? ask_until(ctl, all_held, &on) : status;
}

int run_hold(const struct skewctl *ctl)
{
	const char *reason = option_value(ctl, OPTION_REASON);
	json_t *body = json_object();

	if (!put_span(ctl, OPTION_FOR, "for", body)) {
		json_decref(body);
		return usage_bad_span(ctl, OPTION_FOR);
	}
	if (reason && json_object_set_new(body, "reason", json_string(reason)) != 0) {
		json_decref(body);
		return usage_error(ctl, "--reason must be UTF-8");
	}
	return hold_command(ctl, body, true);
}

int run_unhold(const struct skewctl *ctl)
{
	return hold_command(ctl, json_pack("{s:b}", "stop", 1), false);
}

int run_reload(const struct skewctl *ctl)
{
	return ask_command(ctl, "/v1/reload", json_object());
}

int run_setup_db(const struct skewctl *ctl)
{
	struct conf *conf = ask_configuration(ctl);
	int status = EXIT_DONE;

	if (!conf)
		return EXIT_USAGE;
	if (!(ctl->given & OPTION_APPLY))
		setup_db_print_all(ctl->page.out, conf);
	else if (setup_db_apply(conf, ctl->page.out))
		page_line(&ctl->page, NULL, TONE_PLAIN,
			"Done: database user %s may do what it is for, on all nodes of the cluster.",
			conf->galera.user);
	else
		status = EXIT_REFUSED;
	conf_free(conf);
	return status;
}

int run_setup_icinga(const struct skewctl *ctl)
{
	struct conf *conf = ask_configuration(ctl);

	if (!conf)
		return EXIT_USAGE;
	setup_icinga_print(ctl->page.out, conf);
	conf_free(conf);
	return EXIT_DONE;
}

int run_version(const struct skewctl *ctl)
{
	json_t *status;
	int ignored;

	puts("skewctl " SKEW_VERSION);
	if (!ask_socket(ctl))
		return EXIT_USAGE;
	if (ask_daemon_absent(ctl))
		return EXIT_DONE;
	status = ask_document(ctl, "/v1/status", &ignored);
	if (status)
		page_line(&ctl->page, NULL, TONE_PLAIN, "skew-sentinel %s", reply_text(status, "version"));
	json_decref(status);
	return EXIT_DONE;
}
