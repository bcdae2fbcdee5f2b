/*
 * YAML as far as a configuration needs it: mappings, lists and scalars, each with its place. What lets one
 * document mean two things is refused: duplicate keys, anchors, aliases, tags, a second document, text that
 * is not UTF-8. The one file that uses libyaml.
 */
#ifndef CONF_YAML_H
#define CONF_YAML_H

#include "source.h"

enum {
	YAML_DEPTH_MAX = 8,
	YAML_VALUES_MAX = 8192, /* CONF_PEERS_MAX peers with all that can be said of each */
};

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

/* One value of the tree. Its parent owns it. */
struct yaml_value {
	enum yaml_kind kind;
	struct place at;
	char *text;  /* a scalar's, without control characters */
	bool quoted; /* a scalar's: it is text, whatever it looks like */
	char *key;   /* the key that leads to it, where it is in a mapping */
	struct place key_at;
	struct yaml_value *first, *next; /* a list's or mapping's values in their order */
	size_t count;
};

/*
 * The tree of a text; a text without a document is an empty mapping. NULL: refused. Free with yaml_tree_free
 * (libyaml has a yaml_free of its own).
 */
struct yaml_value *yaml_read(const struct source *source, const char *text, size_t len)
	__attribute__((warn_unused_result));
void yaml_tree_free(struct yaml_value *root);

/* The value of a mapping's key; NULL where it has none (or is no mapping). */
const struct yaml_value *yaml_get(const struct yaml_value *map, const char *key);

/* The value at index i, which is below count. */
const struct yaml_value *yaml_at(const struct yaml_value *list, size_t i);

/* Nothing, '~' or 'null': a key that was left without a value. */
bool yaml_is_null(const struct yaml_value *value);

#endif
