#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "name.h"
#include "options.h"
#include "span.h"
#include "value.h"
#include "voters.h"
#include "yaml.h"

static bool preset_beneath(const char *prefix, void *base)
{
	const struct conf_option *option = NULL;

	while ((option = option_beneath(prefix, option)) != NULL)
		if (option->type != OPTION_GROUP && !value_preset(option, base))
			return false;
	return true;
}

/* All defaults; NULL where memory is short. */
static struct conf *new_conf(void)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	const struct conf_option *option = NULL;
	bool good = conf != NULL && preset_beneath("", conf) && preset_beneath("peers[].", &conf->self);
	char prefix[32];

	while (good && (option = option_next(option)) != NULL) {
		if (option->type != OPTION_GROUP)
			continue;
		snprintf(prefix, sizeof(prefix), "%s.", option->path);
		good = preset_beneath(prefix, conf);
	}
	if (good)
		return conf;
	conf_free(conf);
	return NULL;
}

/* "galera." is told as "galera", "peers[]." as "peers", "icinga.endpoints[]." as "icinga.endpoints". */
static char *name_prefix(const char *prefix, char *out, size_t room)
{
	size_t len = strcspn(prefix, "[");

	if (prefix[len] == '\0')
		len = strcspn(prefix, ".");
	snprintf(out, room, "%.*s", (int)len, prefix);
	return out;
}

static bool refuse_key(const struct draft *draft, const char *prefix, const struct yaml_value *value)
{
	const struct conf_option *guess = option_guess(prefix, value->key);
	char in[40] = "", hint[80] = "", parent[32], keys[256];

	if (prefix[0] != '\0')
		snprintf(in, sizeof(in), " in %s", name_prefix(prefix, parent, sizeof(parent)));
	if (guess != NULL && strcmp(option_key(guess), value->key) != 0)
		snprintf(hint, sizeof(hint), " (did you mean '%s'?)", option_key(guess));
	else if (guess != NULL && strchr(guess->path, '.') != NULL)
		snprintf(hint, sizeof(hint), " (it belongs in %s)",
			name_prefix(guess->path, parent, sizeof(parent)));
	else if (guess != NULL)
		snprintf(hint, sizeof(hint), " (it belongs at the top level)");
	return source_refuse(draft->source, value->key_at, "unknown key '%s'%s%s; allowed are: %s",
		source_excerpt(value->key).text, in, hint, option_list(prefix, keys, sizeof(keys)));
}

static bool read_option(
	struct draft *draft, const struct conf_option *option, const struct yaml_value *value, void *base);

/* Takes the keys in the table's order, whatever the file's. */
static bool read_map(struct draft *draft, const char *prefix, const struct yaml_value *map, void *base)
{
	const struct conf_option *option = NULL;

	for (const struct yaml_value *value = map->first; value != NULL; value = value->next)
		if (option_child(prefix, value->key) == NULL)
			return refuse_key(draft, prefix, value);
	while ((option = option_beneath(prefix, option)) != NULL) {
		const struct yaml_value *value = yaml_get(map, option_key(option));

		if (value != NULL && !read_option(draft, option, value, base))
			return false;
	}
	return true;
}

static bool read_group(struct draft *draft, const struct conf_option *option, const struct yaml_value *value,
	struct conf *conf)
{
	char prefix[32];

	if (value->kind != YAML_MAP)
		return value_refuse(option, value, draft->source);
	if (option->mark != 0)
		*(bool *)(void *)((char *)conf + option->mark) = true;
	snprintf(prefix, sizeof(prefix), "%s.", option->path);
	return read_map(draft, prefix, value, conf);
}

/* An entry of a list: a mapping, or its address alone. */
static bool read_entry(
	struct draft *draft, const struct conf_option *option, const struct yaml_value *value, void *base)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "%s[].", option->path);
	if (!preset_beneath(prefix, base))
		return false;
	if (value->kind == YAML_MAP)
		return read_map(draft, prefix, value, base);
	return value_set(option_child(prefix, option->type == OPTION_ENDPOINTS ? "url" : "address"), value,
		base, draft->source);
}

/* Its certificate bears a name, and an address is none. */
static bool complete_endpoint(
	const struct draft *draft, struct conf_icinga_endpoint *endpoint, struct place at)
{
	const char *host = endpoint->url.host;

	if (host[0] == '\0')
		return source_refuse(draft->source, at, "an endpoint needs a url: https://HOST");
	if (endpoint->name[0] != '\0')
		return true;
	if (name_is_ip(host))
		return source_refuse(draft->source, at,
			"endpoint %s needs the name that its certificate bears, the NodeName of that "
			"Icinga: {url: \"https://%s\", name: NAME}",
			host, host);
	memcpy(endpoint->name, host, strlen(host) + 1);
	return true;
}

static bool read_endpoints(
	struct draft *draft, const struct conf_option *option, const struct yaml_value *list)
{
	struct conf_icinga *icinga = &draft->conf->icinga;

	if (list->kind != YAML_LIST || list->count == 0 || list->count > CONF_ICINGA_MAX)
		return value_refuse(option, list, draft->source);
	for (const struct yaml_value *value = list->first; value != NULL; value = value->next) {
		struct conf_icinga_endpoint *endpoint = &icinga->endpoints[icinga->n_endpoints++];

		endpoint->line = value->at.line;
		if (!read_entry(draft, option, value, endpoint) ||
			!complete_endpoint(draft, endpoint, value->at))
			return false;
	}
	return true;
}

static bool read_references(
	struct draft *draft, const struct conf_option *option, const struct yaml_value *list)
{
	struct conf *conf = draft->conf;

	if (list->kind != YAML_LIST || list->count == 0 || list->count > CONF_REFERENCES_MAX)
		return value_refuse(option, list, draft->source);
	for (const struct yaml_value *value = list->first; value != NULL; value = value->next) {
		struct conf_reference *reference = &conf->references[conf->n_references++];

		reference->line = value->at.line;
		if (!read_entry(draft, option, value, reference))
			return false;
		if (reference->address.host[0] == '\0')
			return source_refuse(draft->source, value->at, "a reference needs an address");
	}
	return true;
}

/*
 * An answer counts only with the name that its peer has here, and no host calls itself by an address unless
 * told to: a bare address would be measured and never believed.
 */
static bool name_after_address(const struct draft *draft, struct conf_peer *peer, struct place at)
{
	const char *host = peer->address.host;
	size_t len = strlen(host);

	if (name_is_ip(host) && !name_is_ip(draft->conf->node))
		return source_refuse(draft->source, at,
			"peer %s needs the name that it calls itself: {name: HOST, address: \"%s\"}", host,
			host);
	len -= host[len - 1] == '.';
	if (len >= sizeof(peer->name))
		return source_refuse(draft->source, at, "peer %s needs a name of at most %zu octets", host,
			sizeof(peer->name) - 1);
	memcpy(peer->name, host, len);
	peer->name[len] = '\0';
	return true;
}

static bool complete_peer(const struct draft *draft, struct conf_peer *peer, struct place at)
{
	bool named = peer->name[0] != '\0', addressed = peer->address.host[0] != '\0';

	if (!named && !addressed)
		return source_refuse(draft->source, at, "a peer needs a name or an address");
	if (!named)
		return name_after_address(draft, peer, at);
	return addressed || address_parse(peer->name, CONF_PORT, &peer->address) ||
	       source_refuse(draft->source, at, "peer '%s' needs an address, for its name is not a host's",
		       peer->name);
}

static bool refuse_no_peers(const struct draft *draft)
{
	return source_refuse(draft->source, check_place(draft, "peers"),
		"no peers; three lines are enough: 'peers:', '- HOST1' and '- HOST2'");
}

static bool read_peers(struct draft *draft, const struct conf_option *option, const struct yaml_value *list)
{
	struct conf *conf = draft->conf;

	if (yaml_is_null(list) || (list->kind == YAML_LIST && list->count == 0))
		return refuse_no_peers(draft);
	if (list->kind != YAML_LIST || list->count > CONF_PEERS_MAX)
		return value_refuse(option, list, draft->source);
	conf->peers = calloc(list->count, sizeof(*conf->peers));
	if (conf->peers == NULL)
		return source_refuse(draft->source, list->at, "memory is short");
	for (const struct yaml_value *value = list->first; value != NULL; value = value->next) {
		struct conf_peer *peer = &conf->peers[conf->n_peers++];

		peer->line = value->at.line;
		if (!read_entry(draft, option, value, peer) || !complete_peer(draft, peer, value->at))
			return false;
	}
	return true;
}

static bool read_option(
	struct draft *draft, const struct conf_option *option, const struct yaml_value *value, void *base)
{
	switch ((int)option->type) {
	case OPTION_GROUP:
		return read_group(draft, option, value, base);
	case OPTION_PEERS:
		return read_peers(draft, option, value);
	case OPTION_REFERENCES:
		return read_references(draft, option, value);
	case OPTION_ENDPOINTS:
		return read_endpoints(draft, option, value);
	default:
		return value_set(option, value, base, draft->source);
	}
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

/* Which peer is this host: the one of that very name, else the one of its short or its full form. */
static bool find_self(struct draft *draft, const char *name)
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
static bool name_self(struct draft *draft, const char *host_name)
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

/* The others are the peers. */
static bool part_from_self(struct draft *draft)
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

static void default_gate(struct conf *conf)
{
	if (conf->gate.above.ns == 0)
		conf->gate.above = conf->galera.above;
}

static bool fill_draft(struct draft *draft, const struct conf_host *host)
{
	struct conf *conf = draft->conf;
	const char *host_name = host->name != NULL ? host->name : "";

	if (draft->root->kind != YAML_MAP && !yaml_is_null(draft->root))
		return source_refuse(draft->source, draft->root->at,
			"a configuration is a mapping; three lines are enough: 'peers:', '- HOST1' and '- "
			"HOST2'");
	if (draft->root->kind == YAML_MAP && !read_map(draft, "", draft->root, conf))
		return false;
	if (conf->n_peers == 0)
		return refuse_no_peers(draft);
	share_key(conf);
	complete_icinga(conf);
	if (!take_state(draft, host) || !find_self(draft, conf->node[0] != '\0' ? conf->node : host_name) ||
		!name_self(draft, host_name))
		return false;
	voters_choose(conf);
	if (!check_draft(draft))
		return false;
	if (conf->electorate == 0)
		conf->electorate = check_voters(draft);
	default_gate(conf);
	return part_from_self(draft);
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
