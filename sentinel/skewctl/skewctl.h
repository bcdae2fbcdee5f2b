/* The command line: what was asked, and the table of what can be. */
#ifndef SKEWCTL_SKEWCTL_H
#define SKEWCTL_SKEWCTL_H

#include <stdbool.h>

#include "page.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3, EXIT_GATE_SHUT = 10 };

/* Options, as bits: which ones a command takes, and which ones were given. */
enum option_bit {
	OPTION_JSON = 1 << 0,
	OPTION_FOLLOW = 1 << 1,
	OPTION_OFFSET = 1 << 2,
	OPTION_DRIFT = 1 << 3,
	OPTION_FOR = 1 << 4,
	OPTION_STOP = 1 << 5,
	OPTION_REASON = 1 << 6,
	OPTION_MESH = 1 << 7,
	OPTION_SHARED = 1 << 8,
	OPTION_AES256 = 1 << 9,
	OPTION_OUT = 1 << 10,
	OPTION_SOCKET = 1 << 11,
	OPTION_CONFIG = 1 << 12,
	OPTION_WAIT = 1 << 13,
	OPTION_REPLAY = 1 << 14,
	OPTION_HOST = 1 << 15,
	OPTION_CLUSTER = 1 << 16,
	OPTION_CLAIM = 1 << 17,
	OPTION_APPLY = 1 << 18,
	OPTION_ADD = 1 << 19,
};

enum { OPTION_COUNT = 20 };

/* Among a command's options: it makes sense on this host alone, not over ssh. */
enum { ONLY_HERE = 1 << 30 };

struct skewctl {
	const struct command *command;
	unsigned given;                   /* enum option_bit */
	const char *values[OPTION_COUNT]; /* by the bit's number; NULL for one without a value */
	const char *socket, *config;      /* defaults filled in */
	char *const *names;               /* what stands behind the command */
	int n_names;
	struct page page; /* standard output */
};

struct command {
	const char *name;
	unsigned options; /* that it takes, beside those that all take; and ONLY_HERE */
	int names_most;
	int (*run)(const struct skewctl *ctl);
	const char *usage, *help;
};

extern const struct command commands[];
extern const unsigned n_commands;

/*
 * Reads the arguments. False: what there was to say was said (help, or what is wrong), and *status is what to exit
 * with.
 */
bool options_read(int argc, char **argv, struct skewctl *out, int *status)
	__attribute__((warn_unused_result));

/* "json" */
const char *option_name(enum option_bit bit);

/* NULL where it was not given or has no value. */
const char *option_value(const struct skewctl *ctl, enum option_bit bit);

/* "skewctl hold: what is wrong" and a hint, on standard error. Gives EXIT_USAGE. */
int usage_error(const struct skewctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for an option whose value is no span, or none that makes sense. */
int usage_bad_span(const struct skewctl *ctl, enum option_bit bit);

/* ---- the commands ---- */
int run_status(const struct skewctl *ctl);
int run_matrix(const struct skewctl *ctl);
int run_why(const struct skewctl *ctl);
int run_events(const struct skewctl *ctl);
int run_top(const struct skewctl *ctl);
int run_gate(const struct skewctl *ctl);
int run_drill(const struct skewctl *ctl);
int run_hold(const struct skewctl *ctl);
int run_unhold(const struct skewctl *ctl);
int run_release(const struct skewctl *ctl);
int run_reload(const struct skewctl *ctl);
int run_doctor(const struct skewctl *ctl);
int run_keygen(const struct skewctl *ctl);
int run_setup_db(const struct skewctl *ctl);
int run_setup_icinga(const struct skewctl *ctl);
int run_version(const struct skewctl *ctl);

#endif
