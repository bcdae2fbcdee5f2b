#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "name.h"
#include "options.h"
#include "reader.h"
#include "self.h"
#include "value.h"
#include "voters.h"
#include "yaml.h"

/* All defaults; NULL where memory is short. */
static struct conf *new_conf(void)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	const struct conf_option *option = NULL;
	bool good = conf != NULL && value_preset_beneath("", conf) &&
		    value_preset_beneath("peers[].", &conf->self);
	char prefix[32];

	while (good && (option = option_next(option)) != NULL) {
		if (option->type != OPTION_GROUP)
			continue;
		snprintf(prefix, sizeof(prefix), "%s.", option->path);
		good = value_preset_beneath(prefix, conf);
	}
	if (good)
		return conf;
	conf_free(conf);
	return NULL;
}

/* The state directory that systemd made, or the first of several. */
static bool take_state(struct draft *draft, const struct conf_host *host)
{
	const struct conf_option *option = option_find("state");
	const char *path = host->state_directory != NULL ? host->state_directory : "";
	size_t len = strcspn(path, ":");

	if (len == 0 || yaml_get(draft->root, "state") != NULL)
		return true;
	if (path[0] != '/' || len > (size_t)option->most)
		return source_refuse(draft->source, draft->root->at,
			"$STATE_DIRECTORY must be an absolute path of at most %jd octets; it is '%s'",
			(intmax_t)option->most, source_excerpt(path).text);
	snprintf(draft->conf->state, sizeof(draft->conf->state), "%.*s", (int)len, path);
	return true;
}

static void share_key(struct conf *conf)
{
	for (size_t i = 0; i < conf->n_peers; i++)
		if (!conf->peers[i].own_key)
			conf->peers[i].key = conf->key;
	conf->self.key = conf->key;
}

/* What is not said of Icinga follows from what is. */
static void complete_icinga(struct conf *conf)
{
	for (size_t i = 0; i < conf->n_peers; i++)
		if (conf->peers[i].icinga_host[0] == '\0')
			memcpy(conf->peers[i].icinga_host, conf->peers[i].name,
				sizeof(conf->peers[i].icinga_host));
	if (conf->icinga.ttl.ns == 0)
		conf->icinga.ttl = span_scale(conf->icinga.interval, 3, 1);
}

static void default_gate(struct conf *conf)
{
	if (conf->gate.above.ns == 0)
		conf->gate.above = conf->galera.above;
}

static bool fill_draft(struct draft *draft, const struct conf_host *host)
{
	struct conf *conf = draft->conf;
	const char *host_name = host->name != NULL ? host->name : "";

	if (!reader_read(draft))
		return false;
	share_key(conf);
	complete_icinga(conf);
	if (!take_state(draft, host) || !self_find(draft, conf->node[0] != '\0' ? conf->node : host_name) ||
		!self_name(draft, host_name))
		return false;
	voters_choose(conf);
	if (!check_draft(draft))
		return false;
	if (conf->electorate == 0)
		conf->electorate = check_voters(draft);
	default_gate(conf);
	return self_part(draft);
}

struct conf *conf_parse(const char *file, const char *text, size_t len, const struct conf_host *host,
	struct conf_error *error)
{
	struct source source = { .file = file, .error = error };
	struct yaml_value *root = yaml_read(&source, text, len);
	struct draft draft = { .root = root, .source = &source };

	if (root == NULL)
		return NULL;
	draft.conf = new_conf();
	if (draft.conf == NULL) {
		source_refuse(&source, root->at, "memory is short");
	} else if (!fill_draft(&draft, host)) {
		conf_free(draft.conf);
		draft.conf = NULL;
	}
	yaml_tree_free(root);
	return draft.conf;
}

struct conf *conf_defaults(const char *node)
{
	struct conf *conf = name_valid(node, NODE_NAME_SIZE) ? new_conf() : NULL;

	if (conf == NULL)
		return NULL;
	snprintf(conf->node, sizeof(conf->node), "%s", node);
	memcpy(conf->self.name, conf->node, sizeof(conf->self.name));
	conf->self.key = conf->key;
	conf->self.votes = true;
	conf->electorate = 1;
	default_gate(conf);
	return conf;
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	free(conf->peers);
	free(conf);
}

bool conf_role_votes(enum conf_role role)
{
	return role != ROLE_REPLICA;
}

bool conf_acts(const struct conf *conf)
{
	return conf->galera.configured && conf->self.role == ROLE_DATABASE;
}

unsigned conf_leaves(const struct conf *conf)
{
	if (!conf_acts(conf))
		return 0;
	if (conf->galera.measures & MEASURE_FENCE)
		return MEASURE_FENCE | MEASURE_DESYNC;
	return conf->galera.measures & MEASURE_DESYNC;
}

const char *conf_galera_host(const struct conf_peer *peer)
{
	return peer->galera_address.host[0] ? peer->galera_address.host : peer->address.host;
}

unsigned conf_data_nodes(const struct conf *conf)
{
	unsigned count = conf->self.role == ROLE_DATABASE;

	for (size_t i = 0; i < conf->n_peers; i++)
		count += conf->peers[i].role == ROLE_DATABASE;
	return count;
}

unsigned conf_min_synced(const struct conf *conf)
{
	return conf->galera.min_synced == CONF_MAJORITY ? conf_data_nodes(conf) / 2 + 1
							: conf->galera.min_synced;
}

const char *conf_role_name(enum conf_role role)
{
	const struct conf_word *word = option_find("peers[].role")->words;

	while (word->value != role)
		word++;
	return word->name;
}

const char *conf_unknown_name(enum conf_unknown when_unknown)
{
	return when_unknown == UNKNOWN_ALLOWS ? "allow" : "block";
}

uint32_t conf_wire_key(const struct conf *conf, const struct conf_peer *peer)
{
	return conf->listed && conf->self.own_key && peer->own_key ? conf->self.key : peer->key;
}
