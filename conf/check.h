/* What no option shows by itself: options that contradict each other. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "draft.h"

/* False: refused. */
bool check_draft(const struct draft *draft) __attribute__((warn_unused_result));

/* This host, its peers and the references with a key, as far as they vote. */
unsigned check_voters(const struct draft *draft);

/* Where the option of a path stands, or else the nearest around it. */
struct place check_place(const struct draft *draft, const char *path);

#endif
