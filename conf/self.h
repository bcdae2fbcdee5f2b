/* One file serves all hosts: which entry of `peers` is this host's own? In this order; each false: refused. */
#ifndef CONF_SELF_H
#define CONF_SELF_H

#include "draft.h"

/* By that name; where none is, conf->listed stays false. */
bool self_find(struct draft *draft, const char *name) __attribute__((warn_unused_result));

/* Sets conf->self and conf->node. */
bool self_name(struct draft *draft, const char *host_name) __attribute__((warn_unused_result));

/* Takes it out of conf->peers. */
bool self_part(struct draft *draft) __attribute__((warn_unused_result));

#endif
