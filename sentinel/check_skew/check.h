/* The whole check, from arguments to the line and the exit status. */
#ifndef CHECK_SKEW_CHECK_H
#define CHECK_SKEW_CHECK_H

#include <stdio.h>

#include "../../proto/instant.h"

/*
 * arm: called with the time after which there has to be an answer, before anything that may take time; NULL in tests.
 * disarm: before the answer is printed.
 */
int check_run(int argc, char **argv, FILE *out, void (*arm)(struct span), void (*disarm)(void));

#endif
