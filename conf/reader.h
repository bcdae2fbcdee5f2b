/* From the YAML tree into the configuration, by the table of options: each key, each entry of a list. */
#ifndef CONF_READER_H
#define CONF_READER_H

#include "draft.h"

/* All that the file says is in draft->conf, and there are peers. False: refused. */
bool reader_read(struct draft *draft) __attribute__((warn_unused_result));

#endif
