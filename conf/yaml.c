#include "yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h> /* NOLINT(readability-duplicate-include): libyaml's, above is ours */

struct stream {
	yaml_parser_t parser;
	const struct source *source;
	const char *text;
	size_t len;
	unsigned values;
};

static struct place place_of(yaml_mark_t mark)
{
	return (struct place){ (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* The place behind an octet that stands at `at`. */
static struct place place_behind(struct place at, char octet)
{
	bool is_tail = ((unsigned char)octet & 0xc0) == 0x80;

	if (octet == '\n')
		return (struct place){ at.line + 1, 1 };
	return (struct place){ at.line, at.column + !is_tail };
}

/* libyaml counts octets, not lines, up to what it could not even decode. */
static struct place place_of_octet(const struct stream *stream, size_t octet)
{
	struct place at = { 1, 1 };

	for (size_t i = 0; i < octet && i < stream->len; i++)
		at = place_behind(at, stream->text[i]);
	return at;
}

/* NUL behind the end. */
static char octet_at(const struct stream *stream, struct place wanted)
{
	struct place at = { 1, 1 };

	for (size_t i = 0; i < stream->len; i++) {
		if (at.line == wanted.line && at.column == wanted.column)
			return stream->text[i];
		at = place_behind(at, stream->text[i]);
	}
	return '\0';
}

/* What people get wrong most, in words that tell more than libyaml's. */
static const char *explain_octet(char octet)
{
	switch (octet) {
	case '\t':
		return "a tab stands here; YAML is indented with spaces";
	case ':':
		return "a ':' cannot stand here: close the bracket before it, indent the line as its "
		       "neighbours, "
		       "or put the value that holds it in quotes";
	case '@':
	case '`':
	case '%':
		return "a value cannot begin like this without quotes";
	default:
		return NULL;
	}
}

static bool refuse_syntax(const struct stream *stream)
{
	const yaml_parser_t *parser = &stream->parser;
	struct place at = place_of(parser->problem_mark);
	const char *why;

	if (parser->error == YAML_MEMORY_ERROR)
		return source_refuse(stream->source, at, "memory is short");
	if (parser->error == YAML_READER_ERROR)
		return source_refuse(stream->source, place_of_octet(stream, parser->problem_offset),
			"not UTF-8 text: %s", parser->problem);
	why = explain_octet(octet_at(stream, at));
	if (why != NULL)
		return source_refuse(stream->source, at, "not YAML: %s", why);
	if (parser->context == NULL)
		return source_refuse(stream->source, at, "not YAML: %s", parser->problem);
	return source_refuse(stream->source, at, "not YAML: %s %s that begins in line %u", parser->problem,
		parser->context, place_of(parser->context_mark).line);
}

/* The event is the caller's to delete, where one came. */
static bool next_event(struct stream *stream, yaml_event_t *event)
{
	return yaml_parser_parse(&stream->parser, event) != 0 || refuse_syntax(stream);
}

static bool is_plain(const struct stream *stream, struct place at, const void *anchor, const void *tag)
{
	if (anchor != NULL)
		return source_refuse(
			stream->source, at, "anchors ('&') are not allowed; write the value out");
	if (tag != NULL)
		return source_refuse(stream->source, at, "tags ('!') are not allowed; write the value alone");
	return true;
}

/* Control characters, C1 included: whatever is printed of a value can then not move a terminal's cursor. */
static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char octet = (unsigned char)text[i];
		unsigned char next = i + 1 < len ? (unsigned char)text[i + 1] : 0;

		if (octet < 0x20 || octet == 0x7f || (octet == 0xc2 && next >= 0x80 && next < 0xa0))
			return true;
	}
	return false;
}

/* A scalar's text for the caller to free; NULL: refused. */
static char *take_text(const struct stream *stream, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct place at = place_of(event->start_mark);
	char *copy;

	if (!is_plain(stream, at, event->data.scalar.anchor, event->data.scalar.tag))
		return NULL;
	if (has_control(text, len)) {
		source_refuse(stream->source, at,
			"control characters, line breaks among them, are not allowed in a value");
		return NULL;
	}
	copy = strndup(text, len);
	if (copy == NULL)
		source_refuse(stream->source, at, "memory is short");
	return copy;
}

static struct yaml_value *read_value(struct stream *stream, const yaml_event_t *event, unsigned depth);

static bool is_new_key(
	const struct stream *stream, const struct yaml_value *map, const char *key, struct place at)
{
	const struct yaml_value *first = yaml_get(map, key);

	if (first == NULL)
		return true;
	return source_refuse(stream->source, at,
		"key '%s' stands here a second time; the first is in line %u", source_excerpt(key).text,
		first->key_at.line);
}

/* The value behind a key, which the event brought. */
static struct yaml_value *read_pair(
	struct stream *stream, const struct yaml_value *map, const yaml_event_t *event, unsigned depth)
{
	struct place at = place_of(event->start_mark);
	struct yaml_value *value = NULL;
	yaml_event_t next;
	char *key;

	if (event->type != YAML_SCALAR_EVENT) {
		source_refuse(stream->source, at, "a key has to be one word");
		return NULL;
	}
	key = take_text(stream, event);
	if (key == NULL)
		return NULL;
	if (is_new_key(stream, map, key, at) && next_event(stream, &next)) {
		value = read_value(stream, &next, depth);
		yaml_event_delete(&next);
	}
	if (value == NULL) {
		free(key);
		return NULL;
	}
	value->key = key;
	value->key_at = at;
	return value;
}

static bool read_children(struct stream *stream, struct yaml_value *parent, unsigned depth)
{
	struct yaml_value **tail = &parent->first;

	for (;;) {
		yaml_event_t event;

		if (!next_event(stream, &event))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		*tail = parent->kind == YAML_MAP ? read_pair(stream, parent, &event, depth)
						 : read_value(stream, &event, depth);
		yaml_event_delete(&event);
		if (*tail == NULL)
			return false;
		tail = &(*tail)->next;
		parent->count++;
	}
}

static bool fill_value(
	struct stream *stream, struct yaml_value *value, const yaml_event_t *event, unsigned depth)
{
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT:
		value->kind = YAML_SCALAR;
		value->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		value->text = take_text(stream, event);
		return value->text != NULL;
	case YAML_SEQUENCE_START_EVENT:
		value->kind = YAML_LIST;
		return is_plain(stream, value->at, event->data.sequence_start.anchor,
			       event->data.sequence_start.tag) &&
		       read_children(stream, value, depth + 1);
	case YAML_MAPPING_START_EVENT:
		value->kind = YAML_MAP;
		return is_plain(stream, value->at, event->data.mapping_start.anchor,
			       event->data.mapping_start.tag) &&
		       read_children(stream, value, depth + 1);
	default:
		return source_refuse(
			stream->source, value->at, "aliases ('*') are not allowed; write the value out");
	}
}

static struct yaml_value *new_value(struct stream *stream, struct place at, unsigned depth)
{
	struct yaml_value *value = NULL;

	if (depth > YAML_DEPTH_MAX)
		source_refuse(stream->source, at, "nested deeper than %d levels", YAML_DEPTH_MAX);
	else if (++stream->values > YAML_VALUES_MAX)
		source_refuse(stream->source, at, "more than %d values", YAML_VALUES_MAX);
	else if ((value = calloc(1, sizeof(*value))) == NULL)
		source_refuse(stream->source, at, "memory is short");
	else
		*value = (struct yaml_value){ .kind = YAML_MAP, .at = at };
	return value;
}

/* `depth` is that of the value: the document's own has 1. */
static struct yaml_value *read_value(struct stream *stream, const yaml_event_t *event, unsigned depth)
{
	struct yaml_value *value = new_value(stream, place_of(event->start_mark), depth);

	if (value == NULL || fill_value(stream, value, event, depth))
		return value;
	yaml_tree_free(value);
	return NULL;
}

/* One event between documents, or the document's value. False: refused. */
static bool read_top(struct stream *stream, const yaml_event_t *event, struct yaml_value **root)
{
	switch ((int)event->type) {
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	default:
		if (*root != NULL)
			return source_refuse(stream->source, place_of(event->start_mark),
				"a second document begins here; one is allowed");
		*root = read_value(stream, event, 1);
		return *root != NULL;
	}
}

static struct yaml_value *read_whole(struct stream *stream)
{
	struct yaml_value *root = NULL;
	bool good = true, more = true;

	while (good && more) {
		yaml_event_t event;

		if (!next_event(stream, &event)) {
			good = false;
			break;
		}
		more = event.type != YAML_STREAM_END_EVENT;
		good = read_top(stream, &event, &root);
		yaml_event_delete(&event);
	}
	if (good)
		return root != NULL ? root : new_value(stream, (struct place){ 1, 1 }, 1);
	yaml_tree_free(root);
	return NULL;
}

/* Some editors begin a file with it. The parser, told that all is UTF-8, would not know what to do with it. */
static size_t byte_order_mark(const char *text, size_t len)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };

	return len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0 ? sizeof(mark) : 0;
}

struct yaml_value *yaml_read(const struct source *source, const char *text, size_t len)
{
	size_t skipped = byte_order_mark(text, len);
	struct stream stream = { .source = source, .text = text + skipped, .len = len - skipped };
	struct yaml_value *root;

	if (yaml_parser_initialize(&stream.parser) == 0) {
		source_refuse(source, (struct place){ 1, 1 }, "memory is short");
		return NULL;
	}
	yaml_parser_set_encoding(&stream.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&stream.parser, (const unsigned char *)stream.text, stream.len);
	root = read_whole(&stream);
	yaml_parser_delete(&stream.parser);
	return root;
}

void yaml_tree_free(struct yaml_value *root)
{
	while (root != NULL) {
		struct yaml_value *next = root->next;

		yaml_tree_free(root->first);
		free(root->text);
		free(root->key);
		free(root);
		root = next;
	}
}

const struct yaml_value *yaml_get(const struct yaml_value *map, const char *key)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_value *value = map->first; value != NULL; value = value->next)
		if (strcmp(value->key, key) == 0)
			return value;
	return NULL;
}

const struct yaml_value *yaml_at(const struct yaml_value *list, size_t i)
{
	const struct yaml_value *value = list->first;

	while (i-- > 0)
		value = value->next;
	return value;
}

bool yaml_is_null(const struct yaml_value *value)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (value->kind != YAML_SCALAR || value->quoted)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value->text, words[i]) == 0)
			return true;
	return false;
}
