#include "check.h"

#include <stdio.h>
#include <string.h>

#include "name.h"
#include "options.h"
#include "span.h"

struct place check_place(const struct draft *draft, const char *path)
{
	const struct yaml_value *value = draft->root;
	struct place at = value->at;
	char key[32];

	while (*path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		value = yaml_get(value, key);
		if (value == NULL)
			break;
		at = value->key_at;
		path += len + (path[len] == '.');
	}
	return at;
}

static struct place place_of_entry(const struct draft *draft, const char *list, size_t i)
{
	return yaml_at(yaml_get(draft->root, list), i)->at;
}

static bool check_pair(const struct draft *draft, size_t i, size_t j)
{
	const struct conf_peer *first = &draft->conf->peers[i], *second = &draft->conf->peers[j];
	const char *what = NULL;

	if (name_equal(first->name, second->name))
		what = "has the same name as";
	else if (message_node_id(first->name) == message_node_id(second->name))
		what = "has a name that makes the same number on the wire as";
	else if (address_equal(&first->address, &second->address))
		what = "has the same address and port as";
	return what == NULL ||
	       source_refuse(draft->source, place_of_entry(draft, "peers", j),
		       "peer '%s' %s peer '%s' in line %u", second->name, what, first->name, first->line);
}

static bool check_peers(const struct draft *draft)
{
	for (size_t j = 1; j < draft->conf->n_peers; j++)
		for (size_t i = 0; i < j; i++)
			if (!check_pair(draft, i, j))
				return false;
	return true;
}

/* Where it is not listed, its name met none of the peers'; the number made of it may yet. */
static bool check_node(const struct draft *draft)
{
	const struct conf *conf = draft->conf;

	for (size_t i = 0; i < conf->n_peers && !conf->listed; i++)
		if (message_node_id(conf->node) == message_node_id(conf->peers[i].name))
			return source_refuse(draft->source, place_of_entry(draft, "peers", i),
				"peer '%s' has a name that makes the same number on the wire as this host's, "
				"'%s'",
				conf->peers[i].name, conf->node);
	return true;
}

/* See conf_wire_key: one list for all hosts numbers the keys by host, or there is one number for all. */
static bool check_keys(const struct draft *draft)
{
	const struct conf *conf = draft->conf;

	for (size_t i = 1; i < conf->n_peers && conf->listed; i++) {
		const struct conf_peer *peer = &conf->peers[i], *first = &conf->peers[0];

		if (peer->own_key != first->own_key)
			return source_refuse(draft->source, place_of_entry(draft, "peers", i),
				"peer '%s' names %s key, while '%s' in line %u names %s: in a list that "
				"contains "
				"this host all name one or none does, since each host sends under its own "
				"entry's number",
				peer->name, peer->own_key ? "a" : "no", first->name, first->line,
				first->own_key ? "one" : "none");
	}
	return true;
}

static bool check_reference(const struct draft *draft, size_t i)
{
	const struct conf *conf = draft->conf;
	const struct conf_reference *reference = &conf->references[i];
	struct place at = place_of_entry(draft, "references", i);

	if (reference->trusted && reference->key == 0)
		return source_refuse(draft->source, at,
			"a trusted reference needs a key: without one anybody can forge its answers");
	for (size_t j = 0; j < i; j++)
		if (address_equal(&reference->address, &conf->references[j].address))
			return source_refuse(draft->source, at,
				"reference '%s' has the same address and port as the one in line %u",
				reference->address.host, conf->references[j].line);
	for (size_t j = 0; j < conf->n_peers; j++)
		if (address_equal(&reference->address, &conf->peers[j].address))
			return source_refuse(draft->source, at,
				"reference '%s' has the same address and port as peer '%s' in line %u: a "
				"host votes once",
				reference->address.host, conf->peers[j].name, conf->peers[j].line);
	return true;
}

static bool check_references(const struct draft *draft)
{
	for (size_t i = 0; i < draft->conf->n_references; i++)
		if (!check_reference(draft, i))
			return false;
	return true;
}

static bool check_listen(const struct draft *draft)
{
	const struct conf *conf = draft->conf;

	for (size_t j = 1; j < conf->n_listen; j++)
		for (size_t i = 0; i < j; i++)
			if (address_equal(&conf->listen[i], &conf->listen[j]))
				return source_refuse(draft->source, place_of_entry(draft, "listen", j),
					"listen has this address and port already");
	return true;
}

unsigned check_voters(const struct draft *draft)
{
	const struct conf *conf = draft->conf;
	unsigned voters = conf->listed ? 0 : conf->self.votes;

	for (size_t i = 0; i < conf->n_peers; i++)
		voters += conf->peers[i].votes;
	for (size_t i = 0; i < conf->n_references; i++)
		voters += conf->references[i].key != 0;
	return voters;
}

static bool check_electorate(const struct draft *draft)
{
	unsigned voters = check_voters(draft), electorate = draft->conf->electorate;

	if (electorate != 0 && electorate < voters)
		return source_refuse(draft->source, check_place(draft, "electorate"),
			"electorate must be at least %u, for so many vote here; it is %u", voters,
			electorate);
	return true;
}

static bool check_levels(const struct draft *draft)
{
	const struct conf *conf = draft->conf;
	char warning[SPAN_TEXT_SIZE], other[SPAN_TEXT_SIZE];

	span_format(conf->thresholds.warning, warning, sizeof(warning));
	if (!span_less(conf->thresholds.warning, conf->thresholds.critical))
		return source_refuse(draft->source, check_place(draft, "thresholds.critical"),
			"thresholds.critical must be above thresholds.warning, %s; it is %s", warning,
			span_format(conf->thresholds.critical, other, sizeof(other)));
	if (conf->galera.configured && span_less(conf->galera.above, conf->thresholds.warning))
		return source_refuse(draft->source, check_place(draft, "galera.above"),
			"galera.above must be at least thresholds.warning, %s, or a node is taken out of "
			"work "
			"before anybody is warned; it is %s",
			warning, span_format(conf->galera.above, other, sizeof(other)));
	if (conf->gate.above.ns != 0 && span_less(conf->gate.above, conf->thresholds.warning))
		return source_refuse(draft->source, check_place(draft, "gate.above"),
			"gate.above must be at least thresholds.warning, %s, or a database is kept from "
			"starting "
			"before anybody is warned; it is %s",
			warning, span_format(conf->gate.above, other, sizeof(other)));
	return true;
}

static bool icinga_says(const struct draft *draft, const char *key)
{
	return yaml_get(yaml_get(draft->root, "icinga"), key) != NULL;
}

/* One way to be known to Icinga, and that one whole. */
static bool check_icinga_login(const struct draft *draft)
{
	const struct conf_icinga *icinga = &draft->conf->icinga;
	bool certificate = icinga->certificate[0] != '\0', key = icinga->key[0] != '\0';

	if (certificate != key)
		return source_refuse(draft->source,
			check_place(draft, certificate ? "icinga.certificate" : "icinga.key"),
			"icinga.certificate and icinga.key belong together: give both, or user and "
			"password_file");
	if (certificate && (icinga_says(draft, "user") || icinga_says(draft, "password_file")))
		return source_refuse(draft->source, check_place(draft, "icinga.certificate"),
			"icinga has a certificate and a user with a password: give one of the two");
	return true;
}

static bool check_icinga_endpoints(const struct draft *draft)
{
	const struct conf_icinga *icinga = &draft->conf->icinga;
	const struct yaml_value *list = yaml_get(yaml_get(draft->root, "icinga"), "endpoints");

	if (list == NULL)
		return source_refuse(draft->source, check_place(draft, "icinga"),
			"icinga needs endpoints: [\"https://MASTER\"], the names as in their certificates");
	for (size_t j = 1; j < icinga->n_endpoints; j++)
		for (size_t i = 0; i < j; i++)
			if (address_equal(&icinga->endpoints[i].url, &icinga->endpoints[j].url))
				return source_refuse(draft->source, yaml_at(list, j)->at,
					"endpoint '%s' has the same address and port as the one in line %u",
					icinga->endpoints[j].name, icinga->endpoints[i].line);
	return true;
}

/* Two hosts in one object would each undo what the other says. */
static bool check_icinga_hosts(const struct draft *draft)
{
	const struct conf *conf = draft->conf;

	for (size_t j = 1; j < conf->n_peers; j++)
		for (size_t i = 0; i < j; i++)
			if (strcmp(conf->peers[i].icinga_host, conf->peers[j].icinga_host) == 0)
				return source_refuse(draft->source, place_of_entry(draft, "peers", j),
					"peer '%s' has the same icinga_host as peer '%s' in line %u",
					conf->peers[j].name, conf->peers[i].name, conf->peers[i].line);
	return true;
}

static bool check_icinga(const struct draft *draft)
{
	const struct conf_icinga *icinga = &draft->conf->icinga;
	char interval[SPAN_TEXT_SIZE], ttl[SPAN_TEXT_SIZE];

	if (!icinga->configured)
		return true;
	if (!span_less(icinga->interval, icinga->ttl))
		return source_refuse(draft->source, check_place(draft, "icinga.ttl"),
			"icinga.ttl must be above icinga.interval, %s, or every report is stale before the "
			"next; it is %s",
			span_format(icinga->interval, interval, sizeof(interval)),
			span_format(icinga->ttl, ttl, sizeof(ttl)));
	return check_icinga_endpoints(draft) && check_icinga_login(draft) && check_icinga_hosts(draft);
}

bool check_draft(const struct draft *draft)
{
	static bool (*const checks[])(const struct draft *draft) = { check_peers, check_node, check_keys,
		check_references, check_listen, check_electorate, check_levels, check_icinga };

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i](draft))
			return false;
	return true;
}
