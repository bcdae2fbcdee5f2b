#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "../../conf/span.h"
#include "../host/clock.h"
#include "../status/gate.h"
#include "ask.h"
#include "client.h"
#include "gatekeeper.h"
#include "reply.h"

/* An operator makes it, at any time, to have the database start whatever its clock: gone with the next boot. */
#define OVERRIDE "/run/skew-gate-open"
/* What galera_new_cluster has the database's unit start it with. */
#define NEW_CLUSTER "_WSREP_NEW_CLUSTER"

#define ANSWER_WITHIN span_s(2)
#define LOOK_EVERY span_ms(200)

enum { SENTENCE_SIZE = 1024 };

struct gate {
	const struct skewctl *ctl;
	const char *socket;
	struct gate_rule rule;
	bool wait_given;
	struct gatekeeper keeper;
	bool told;                 /* that it waits */
	enum gate_sight sight;     /* the latest, */
	char node[NODE_NAME_SIZE]; /* and of whom, */
	char why[SENTENCE_SIZE];   /* and why */
	struct conf_error conf_error;
};

/* ---- what is to be done ---- */

/* The daemon's own word on it comes with its answer; this is for the time until there is one. */
static void take_configuration(struct gate *gate)
{
	static char socket_path[CONF_PATH_SIZE];
	struct conf *conf = ask_conf_quietly(gate->ctl, &gate->conf_error);

	gate->rule.wait = span_s(120);
	snprintf(gate->node, sizeof gate->node, "this host");
	snprintf(socket_path, sizeof socket_path, "%s", SOCKET_DEFAULT);
	if (conf) {
		gate->rule.wait = conf->gate.wait;
		gate->rule.block_unknown = conf->gate.when_unknown == UNKNOWN_BLOCKS;
		memcpy(gate->node, conf->node, sizeof gate->node);
		memcpy(socket_path, conf->status.socket, sizeof socket_path);
	}
	gate->socket = gate->ctl->socket ? gate->ctl->socket : socket_path;
	conf_free(conf);
}

static void take_answer(struct gate *gate, const json_t *json)
{
	char *node = page_plain(reply_text(json, "node"));
	char *why = page_plain(reply_text(json, "summary"));
	struct span wait;

	snprintf(gate->node, sizeof gate->node, "%s", node);
	snprintf(gate->why, sizeof gate->why, "%s", why);
	free(node);
	free(why);
	if (!gate->wait_given && reply_span(json, "wait_s", &wait))
		gate->rule.wait = wait;
	gate->rule.block_unknown = strcmp(reply_text(json, "when_unknown"), "block") == 0;
}

/* ---- looking ---- */

static enum gate_sight sight_of(const json_t *json)
{
	static const enum gate_sight sights[] = {
		[GATE_UNKNOWN] = SIGHT_UNKNOWN,
		[GATE_RIGHT] = SIGHT_RIGHT,
		[GATE_WRONG] = SIGHT_WRONG,
	};

	return sights[gate_answer_of_word(reply_text(json, "answer"))];
}

static enum gate_sight absent(struct gate *gate, const char *why)
{
	if (gate->conf_error.text[0])
		snprintf(gate->why, sizeof gate->why, "the configuration is bad: %s", gate->conf_error.text);
	else
		snprintf(gate->why, sizeof gate->why, "no skew-sentinel answers at %s (%s)", gate->socket,
			why);
	return SIGHT_ABSENT;
}

static enum gate_sight look(struct gate *gate)
{
	enum gate_sight sight;
	struct client_answer answer;
	json_t *json;
	char why[256] = "";

	if (client_ask(gate->socket, "GET", "/v1/gate", NULL, ANSWER_WITHIN, &answer, why, sizeof why) !=
		CLIENT_OK)
		return absent(gate, why);
	json = answer.status == 200 ? json_loadb(answer.body, answer.len, 0, NULL) : NULL;
	free(answer.body);
	if (!json)
		return absent(gate, "it does not know of the gate: it is an older one");
	take_answer(gate, json);
	sight = sight_of(json);
	json_decref(json);
	return sight;
}

/* ---- telling ---- */

/* What to do where it may not start. */
static const char *cure(enum gate_sight sight)
{
	return sight == SIGHT_WRONG
		       ? "; set the clock right and start it again, or, to start it all the same: "
			 "touch " OVERRIDE
		       : "; gate.when_unknown is block: to start it all the same: touch " OVERRIDE;
}

/* One sentence in one line, for it goes to the journal. */
static void tell(const struct gate *gate, bool opens, const char *why)
{
	fprintf(gate->ctl->page.out, "the database of %s %s: %s%s\n", gate->node,
		opens ? "may start" : "must not start", why, opens ? "" : cure(gate->sight));
	fflush(gate->ctl->page.out);
}

static void tell_waiting(struct gate *gate)
{
	char text[SPAN_TEXT_SIZE];

	if (gate->told)
		return;
	gate->told = true;
	fprintf(stderr,
		"skewctl: the database of %s waits for up to %s: %s; to start it all the same: "
		"touch " OVERRIDE "\n",
		gate->node, span_format(gate->rule.wait, text, sizeof text), gate->why);
}

static int finish(const struct gate *gate, enum gate_step step)
{
	char text[SENTENCE_SIZE + 64];

	if (gate->rule.new_cluster && gate->sight != SIGHT_RIGHT)
		snprintf(text, sizeof text, "it forms a new cluster, whatever its clock; %s", gate->why);
	else
		snprintf(text, sizeof text, "%s", gate->why);
	tell(gate, step == GATE_OPENS, text);
	return step == GATE_OPENS ? EXIT_DONE : EXIT_GATE_SHUT;
}

static int keep_gate(struct gate *gate)
{
	struct mono began = clock_mono();
	enum gate_step step;

	while (access(OVERRIDE, F_OK) != 0) {
		struct timespec pause = { .tv_nsec = LOOK_EVERY.ns };
		struct span passed;

		gate->sight = look(gate);
		passed = mono_sub(clock_mono(), began);
		step = gatekeeper_look(&gate->keeper, &gate->rule, gate->sight, passed);
		if (step != GATE_WAITS)
			return finish(gate, step);
		if (gate->sight == SIGHT_WRONG || !span_less(passed, span_s(3)))
			tell_waiting(gate);
		nanosleep(&pause, NULL);
	}
	tell(gate, true, OVERRIDE " is there, so its clock was not asked about");
	return EXIT_DONE;
}

int run_gate(const struct skewctl *ctl)
{
	const char *wait = option_value(ctl, OPTION_WAIT), *new_cluster = getenv(NEW_CLUSTER);
	struct gate gate = { .ctl = ctl, .wait_given = wait != NULL };

	take_configuration(&gate);
	if (wait && (!span_parse(wait, &gate.rule.wait) || gate.rule.wait.ns < 0))
		return usage_bad_span(ctl, OPTION_WAIT);
	gate.rule.new_cluster = new_cluster && *new_cluster;
	return keep_gate(&gate);
}
