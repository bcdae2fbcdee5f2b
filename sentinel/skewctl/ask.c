#include "ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "client.h"
#include "reply.h"

#define CONFIG_DEFAULT "/etc/skew-sentinel/sentinel.yaml"
#define ANSWER_WITHIN span_s(5)

const char *ask_file(const struct skewctl *ctl)
{
	return ctl->config ? ctl->config : CONFIG_DEFAULT;
}

struct conf *ask_conf_quietly(const struct skewctl *ctl, struct conf_error *error)
{
	char host_name[256] = "";
	struct conf_host host = { .name = host_name, .state_directory = getenv("STATE_DIRECTORY") };

	gethostname(host_name, sizeof host_name - 1);
	return conf_load(ask_file(ctl), &host, error);
}

struct conf *ask_configuration(const struct skewctl *ctl)
{
	struct conf_error error;
	struct conf *conf = ask_conf_quietly(ctl, &error);

	if (!conf)
		fprintf(stderr, "skewctl: %s\n", error.text);
	return conf;
}

const char *ask_socket(const struct skewctl *ctl)
{
	static char path[CONF_PATH_SIZE];
	struct conf *conf;

	if (ctl->socket)
		return ctl->socket;
	if (path[0])
		return path;
	if (!ctl->config)
		return CLIENT_SOCKET_DEFAULT;
	conf = ask_configuration(ctl);
	if (!conf)
		return NULL;
	memcpy(path, conf->status.socket, sizeof path);
	conf_free(conf);
	return path;
}

static int complain(enum client_result result, const char *socket_path, const char *why)
{
	switch (result) {
	case CLIENT_ABSENT:
		fprintf(stderr,
			"skewctl: no skew-sentinel answers at %s (%s): start it with `systemctl start "
			"skew-sentinel`; what keeps it from running: sudo skewctl doctor\n",
			socket_path, why);
		return EXIT_NO_DAEMON;
	case CLIENT_DENIED:
		fprintf(stderr, "skewctl: %s: %s: become root, or a member of the socket's group\n",
			socket_path, why);
		return EXIT_NO_DAEMON;
	case CLIENT_BROKEN:
		fprintf(stderr, "skewctl: skew-sentinel at %s does not answer as it should: %s\n",
			socket_path, why);
		return EXIT_NO_DAEMON;
	case CLIENT_OK:
		break;
	}
	return EXIT_DONE;
}

/* What the daemon says is wrong. */
static int complain_refused(const json_t *json, int http_status)
{
	char *text = page_plain(reply_text(json, "error"));

	if (*text)
		fprintf(stderr, "skewctl: %s\n", text);
	else
		fprintf(stderr, "skewctl: the daemon refused (HTTP %d)\n", http_status);
	free(text);
	return EXIT_REFUSED;
}

/* The answer's JSON where it says that all is well. */
static json_t *ask(
	const struct skewctl *ctl, const char *method, const char *target, const char *body, int *status)
{
	const char *socket_path = ask_socket(ctl);
	struct client_answer answer;
	enum client_result result;
	json_t *json;
	char why[256] = "";

	*status = EXIT_USAGE;
	if (!socket_path)
		return NULL;
	result = client_ask(socket_path, method, target, body, ANSWER_WITHIN, &answer, why, sizeof why);
	*status = complain(result, socket_path, why);
	if (result != CLIENT_OK)
		return NULL;
	json = json_loadb(answer.body, answer.len, 0, NULL);
	free(answer.body);
	if (json && answer.status == 200)
		return json;
	*status = answer.status == 200 ? complain(CLIENT_BROKEN, socket_path, "that is no JSON")
				       : complain_refused(json, answer.status);
	json_decref(json);
	return NULL;
}

json_t *ask_document(const struct skewctl *ctl, const char *target, int *status)
{
	return ask(ctl, "GET", target, NULL, status);
}

void ask_print(const struct skewctl *ctl, const json_t *json)
{
	json_dumpf(json, ctl->page.out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	fputc('\n', ctl->page.out);
}

int ask_and_show(
	const struct skewctl *ctl, const char *target, void (*show)(const json_t *, const struct page *))
{
	int status;
	json_t *json = ask_document(ctl, target, &status);

	if (!json)
		return status;
	if (ctl->given & OPTION_JSON)
		ask_print(ctl, json);
	else
		show(json, &ctl->page);
	json_decref(json);
	return EXIT_DONE;
}

int ask_command(const struct skewctl *ctl, const char *target, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *json;
	int status = EXIT_REFUSED;

	json_decref(body);
	if (!text)
		return status;
	json = ask(ctl, "POST", target, text, &status);
	free(text);
	if (!json)
		return status;
	if (ctl->given & OPTION_JSON)
		ask_print(ctl, json);
	else
		page_line(&ctl->page, NULL, TONE_PLAIN, "%s", reply_text(json, "done"));
	json_decref(json);
	return EXIT_DONE;
}

enum { LOOKS = 50, LOOK_EVERY_US = 200000, LOOK_SOON_US = 5000 };

int ask_until(
	const struct skewctl *ctl, bool (*shows)(const json_t *status, const void *arg), const void *arg)
{
	for (int i = 0; i < LOOKS; i++) {
		int status;
		json_t *json = ask_document(ctl, "/v1/status", &status);
		bool shown = json && shows(json, arg);

		json_decref(json);
		if (shown)
			return EXIT_DONE;
		if (!json)
			return status;
		usleep(LOOK_EVERY_US);
	}
	fputs("skewctl: the cluster has not taken it yet; see: skewctl events\n", stderr);
	return EXIT_REFUSED;
}

/* null: not yet. */
static bool hold_is_decided(const json_t *status)
{
	const json_t *kept = json_object_get(status, "hold_kept");
	char *text;

	if (!status || json_is_null(kept))
		return false;
	if (json_is_string(kept)) {
		text = page_plain(json_string_value(kept));
		fprintf(stderr, "skewctl: but %s\n", text);
		free(text);
	}
	return true;
}

int ask_hold(const struct skewctl *ctl, const char *target, json_t *body)
{
	int status = ask_command(ctl, target, body);

	for (int i = 0; status == EXIT_DONE && i < LOOKS; i++) {
		json_t *json = ask_document(ctl, "/v1/status", &status);
		bool decided = hold_is_decided(json);

		json_decref(json);
		if (decided)
			return EXIT_DONE;
		usleep(i == 0 ? LOOK_SOON_US : LOOK_EVERY_US);
	}
	if (status == EXIT_DONE) {
		fputs("skewctl: the disk has not taken it yet; see: skewctl events\n", stderr);
		status = EXIT_REFUSED;
	}
	return status;
}

bool ask_daemon_absent(const struct skewctl *ctl)
{
	const char *socket_path = ask_socket(ctl);
	struct client_answer answer;
	enum client_result result = CLIENT_BROKEN;
	char why[256];

	if (socket_path)
		result = client_ask(
			socket_path, "GET", "/healthz", NULL, ANSWER_WITHIN, &answer, why, sizeof why);
	if (result == CLIENT_OK)
		free(answer.body);
	return result == CLIENT_ABSENT;
}
