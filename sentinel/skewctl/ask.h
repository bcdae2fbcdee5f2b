/* Asking the daemon, and saying so where it does not answer. */
#ifndef SKEWCTL_ASK_H
#define SKEWCTL_ASK_H

#include <jansson.h>

#include "../../conf/conf.h"
#include "skewctl.h"

/*
 * The document at `target`, a new reference. NULL: what is wrong was said on standard error, and *status is what to
 * exit with.
 */
json_t *ask_document(const struct skewctl *ctl, const char *target, int *status);

/* GET `target` and show it, or with --json print it. Gives what to exit with. */
int ask_and_show(
	const struct skewctl *ctl, const char *target, void (*show)(const json_t *, const struct page *));

/* For people where they do not ask for JSON. The daemon's text is parsed first: nothing in it reaches a terminal raw. */
void ask_print(const struct skewctl *ctl, const json_t *json);

/* POST; steals `body`. Prints what was done, or why not. Gives what to exit with. */
int ask_command(const struct skewctl *ctl, const char *target, json_t *body);

#define SOCKET_DEFAULT "/run/skew-sentinel/status.sock"

/*
 * Waits until the daemon's status shows that it has come about, for some seconds: EXIT_DONE, or EXIT_REFUSED and a
 * sentence on standard error.
 */
int ask_until(
	const struct skewctl *ctl, bool (*shows)(const json_t *status, const void *arg), const void *arg);

/* ask_command() for what holds, or ends that: returns once it is on disk, or says on standard error why it is not. */
int ask_hold(const struct skewctl *ctl, const char *target, json_t *body);

/* The path of the socket: -s, or what the file of -c names, or the usual one. NULL: said on standard error. */
const char *ask_socket(const struct skewctl *ctl);

/* Does nobody listen at the socket? */
bool ask_daemon_absent(const struct skewctl *ctl);

/* The configuration's: the one that was given, or the usual one. */
const char *ask_file(const struct skewctl *ctl);
/* The configuration that -c names, or the usual one. NULL: *error tells. For conf_free(). */
struct conf *ask_conf_quietly(const struct skewctl *ctl, struct conf_error *error);

/* The same, and where it is bad that is said on standard error. For conf_free(). */
struct conf *ask_configuration(const struct skewctl *ctl);

#endif
