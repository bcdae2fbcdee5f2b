/* A configuration on the way from a file. */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include "source.h"
#include "yaml.h"

/* As it was read: this host's own entry, where there is one, is still a peer, at `self`. All of it borrowed. */
struct draft {
	struct conf *conf;
	const struct yaml_value *root;
	const struct source *source;
	size_t self;
};

#endif
