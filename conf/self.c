#include "self.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "name.h"

/* Which peer is this host: the one of that very name, else the one of its short or its full form. */
bool self_find(struct draft *draft, const char *name)
{
	struct conf *conf = draft->conf;
	size_t found = conf->n_peers;

	for (size_t i = 0; i < conf->n_peers && !conf->listed; i++) {
		draft->self = i;
		conf->listed = name_equal(conf->peers[i].name, name);
	}
	for (size_t i = 0; i < conf->n_peers && !conf->listed; i++) {
		if (!name_abbreviates(conf->peers[i].name, name))
			continue;
		if (found != conf->n_peers)
			return source_refuse(draft->source, check_place(draft, "peers"),
				"this host, '%s', may be peer '%s' or peer '%s': set 'node' to one of them",
				source_excerpt(name).text, conf->peers[found].name, conf->peers[i].name);
		found = i;
	}
	if (conf->listed || found == conf->n_peers)
		return true;
	draft->self = found;
	conf->listed = true;
	return true;
}

/* Its own entry's name, as all others call it; else what it was told, or the host name's short form. */
bool self_name(struct draft *draft, const char *host_name)
{
	struct conf *conf = draft->conf;
	char name[NODE_NAME_SIZE];

	if (conf->listed) {
		conf->self = conf->peers[draft->self];
		memcpy(conf->node, conf->self.name, sizeof(conf->node));
		return true;
	}
	if (conf->node[0] == '\0') {
		snprintf(name, sizeof(name), "%.*s", (int)strnlen(host_name, strcspn(host_name, ".")),
			host_name);
		if (!name_valid(name, sizeof(name)) || name_equal(name, "localhost"))
			return source_refuse(draft->source, draft->root->at,
				"the host name, '%s', does not tell this host from others: set 'node'",
				source_excerpt(host_name).text);
		memcpy(conf->node, name, sizeof(conf->node));
	}
	memcpy(conf->self.name, conf->node, sizeof(conf->self.name));
	memcpy(conf->self.icinga_host, conf->node, sizeof(conf->self.icinga_host));
	return true;
}

/* The others are the peers. */
bool self_part(struct draft *draft)
{
	struct conf *conf = draft->conf;
	struct conf_peer *own = conf->peers + draft->self;

	if (!conf->listed)
		return true;
	if (conf->n_peers == 1)
		return source_refuse(draft->source, check_place(draft, "peers"),
			"no peers but this host, '%s': add the others, which measure it and are measured",
			conf->node);
	conf->n_peers--;
	memmove(own, own + 1, (conf->n_peers - draft->self) * sizeof(*own));
	return true;
}
