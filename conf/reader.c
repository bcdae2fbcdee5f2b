#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "name.h"
#include "options.h"
#include "span.h"
#include "value.h"

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
	if (!value_preset_beneath(prefix, base))
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

bool reader_read(struct draft *draft)
{
	if (draft->root->kind != YAML_MAP && !yaml_is_null(draft->root))
		return source_refuse(draft->source, draft->root->at,
			"a configuration is a mapping; three lines are enough: 'peers:', '- HOST1' and '- "
			"HOST2'");
	if (draft->root->kind == YAML_MAP && !read_map(draft, "", draft->root, draft->conf))
		return false;
	return draft->conf->n_peers > 0 || refuse_no_peers(draft);
}
