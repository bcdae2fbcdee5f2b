/* What a check found, and how it is told: the one line, its performance data, and with -vv more lines. */
#ifndef CHECK_SKEW_RESULT_H
#define CHECK_SKEW_RESULT_H

#include <stdio.h>

#include "options.h"

enum { RESULT_TEXT_SIZE = 2048, RESULT_MORE_SIZE = 65536 };

struct result {
	enum verdict_state state;
	char text[RESULT_TEXT_SIZE];
	struct perfdata perfdata;
	char more[RESULT_MORE_SIZE]; /* lines */
};

/* UNKNOWN, and nothing said yet. */
void result_init(struct result *result);

/* Adds to the line; adds a line to the rest. What does not fit is cut. */
void result_say(struct result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));
void result_more(struct result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The state by the ranges of -w and -c, from the offset in the performance data, which gets the thresholds. Says which
 * range it was. An offset that straddles one is UNKNOWN, whatever else is proved.
 */
void result_judge(struct result *result, const struct options *options);

/* Gives the exit status. */
int result_print(const struct result *result, const struct options *options, FILE *out);

#endif
