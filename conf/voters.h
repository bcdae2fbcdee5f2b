/*
 * Who votes: the members whose role has a vote. Where there are more than 31 of them, 31 are enough to decide and all that
 * everybody can watch, so that many are chosen: those whose names have the least message_node_id. Everybody with the same
 * list chooses the same, and none of them needs to talk about it.
 */
#ifndef CONF_VOTERS_H
#define CONF_VOTERS_H

#include "conf.h"

/* Sets `votes` of each peer and of conf->self, which counts as one more unless `listed`. */
void voters_choose(struct conf *conf);

#endif
