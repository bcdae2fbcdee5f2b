/*
 * The status of another host without opening a port: the same command is run there, over ssh. Whoever may log in there
 * and open the status socket may do so; nothing else is needed, and nothing listens.
 */
#ifndef SKEWCTL_REMOTE_H
#define SKEWCTL_REMOTE_H

#include "skewctl.h"

/*
 * Becomes `ssh HOST skewctl ...` with the options and names of this call, each of them quoted for the shell there. Gives
 * what to exit with where that cannot be.
 */
int remote_run(const struct skewctl *ctl);

#endif
