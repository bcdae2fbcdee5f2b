#include "keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_impl.h"

static const struct {
	const char *name;
	size_t secret_size;
} types[] = {
	[KEY_AES128] = { "AES128", 16 },
	[KEY_AES256] = { "AES256", 32 },
};

enum { TYPES_COUNT = sizeof(types) / sizeof(types[0]) };

size_t key_secret_size(enum key_type type)
{
	return types[type].secret_size;
}

const char *key_type_name(enum key_type type)
{
	return types[type].name;
}

struct key *key_new(uint32_t id, enum key_type type, const uint8_t *secret, size_t len)
{
	struct key *key;

	if (len != key_secret_size(type))
		return NULL;
	key = calloc(1, sizeof(*key));
	if (!key)
		return NULL;
	key->id = id;
	key->type = type;
	key->context = mac_context_new(type, secret);
	if (!key->context) {
		free(key);
		return NULL;
	}
	return key;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	mac_context_free(key->context);
	free(key);
}

uint32_t key_id(const struct key *key)
{
	return key->id;
}

enum key_type key_type(const struct key *key)
{
	return key->type;
}

struct entry {
	uint32_t id;
	unsigned line;
	struct key *key;
};

struct keyring {
	struct entry *entries; /* by id, ascending */
	size_t count, room;
};

/* Where the id is, or would have to be inserted. */
static size_t ring_place(const struct keyring *ring, uint32_t id)
{
	size_t low = 0, high = ring->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ring->entries[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct entry *ring_entry(const struct keyring *ring, uint32_t id)
{
	size_t place = ring_place(ring, id);

	return place < ring->count && ring->entries[place].id == id ? &ring->entries[place] : NULL;
}

static bool ring_add(struct keyring *ring, struct key *key, unsigned line)
{
	size_t place = ring_place(ring, key->id);

	if (ring->count == ring->room) {
		size_t room = ring->room ? 2 * ring->room : 16;
		struct entry *entries = realloc(ring->entries, room * sizeof(*entries));

		if (!entries)
			return false;
		ring->entries = entries;
		ring->room = room;
	}
	memmove(&ring->entries[place + 1], &ring->entries[place],
		(ring->count - place) * sizeof(*ring->entries));
	ring->entries[place] = (struct entry){ .id = key->id, .line = line, .key = key };
	ring->count++;
	return true;
}

void keyring_free(struct keyring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->count; i++)
		key_free(ring->entries[i].key);
	free(ring->entries);
	free(ring);
}

size_t keyring_count(const struct keyring *ring)
{
	return ring ? ring->count : 0;
}

struct key *keyring_find(const struct keyring *ring, uint32_t id)
{
	const struct entry *entry = ring ? ring_entry(ring, id) : NULL;

	return entry ? entry->key : NULL;
}

/* A piece of the text; where it stands in its line is told to the user. */
struct word {
	const char *text;
	size_t len;
	unsigned column;
};

/* What is left of a line, and where to complain. */
struct line {
	const char *text;
	size_t len, at;
	unsigned number;
	struct keys_error *error;
};

/* Says what is wrong, quoting no word of the file: any of them may be a key in the wrong place. */
static bool __attribute__((format(printf, 3, 4)))
refuse(const struct line *line, unsigned column, const char *format, ...)
{
	va_list arguments;

	line->error->line = line->number;
	line->error->column = column;
	va_start(arguments, format);
	vsnprintf(line->error->text, sizeof(line->error->text), format, arguments);
	va_end(arguments);
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* An empty word at the line's end. */
static struct word next_word(struct line *line)
{
	struct word word;

	while (line->at < line->len && is_space(line->text[line->at]))
		line->at++;
	word = (struct word){ .text = line->text + line->at, .column = (unsigned)line->at + 1 };
	while (line->at < line->len && !is_space(line->text[line->at]))
		line->at++;
	word.len = (size_t)(line->text + line->at - word.text);
	return word;
}

static bool word_is(struct word word, const char *text)
{
	return word.len == strlen(text) && memcmp(word.text, text, word.len) == 0;
}

/* Takes the prefix off, if it is there. */
static bool word_skip(struct word *word, const char *prefix)
{
	size_t len = strlen(prefix);

	if (word->len < len || memcmp(word->text, prefix, len) != 0)
		return false;
	word->text += len;
	word->len -= len;
	word->column += (unsigned)len;
	return true;
}

static bool parse_id(const struct line *line, struct word word, uint32_t *out)
{
	uint64_t id = 0;

	for (size_t i = 0; i < word.len; i++) {
		unsigned digit = (unsigned char)word.text[i] - (unsigned)'0';

		if (digit > 9)
			return refuse(line, word.column,
				"a line begins with the key's id, a number from 1 to 4294967295");
		id = id * 10 + digit;
		if (id > UINT32_MAX)
			break;
	}
	if (id == 0 || id > UINT32_MAX)
		return refuse(line, word.column, "a key's id is a number from 1 to 4294967295");
	*out = (uint32_t)id;
	return true;
}

static bool parse_type(const struct line *line, struct word word, enum key_type *out)
{
	for (unsigned i = 0; i < TYPES_COUNT; i++) {
		if (word_is(word, types[i].name)) {
			*out = (enum key_type)i;
			return true;
		}
	}
	return refuse(
		line, word.column, "behind the id stands the key's type, AES128 or AES256 (ID TYPE KEY)");
}

static bool hex_digit(char c, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *place = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, sizeof(digits) - 1);

	if (!place)
		return false;
	*out = (uint8_t)(place - digits);
	return true;
}

static bool secret_from_hex(
	const struct line *line, struct word word, enum key_type type, uint8_t secret[KEY_SECRET_MAX])
{
	size_t digits = 2 * key_secret_size(type);

	for (size_t i = 0; i < word.len; i++) {
		uint8_t digit;

		if (!hex_digit(word.text[i], &digit))
			return refuse(line, word.column + (unsigned)i,
				"not a hexadecimal digit; behind HEX: stand 0-9, a-f and A-F only");
		if (i < digits)
			secret[i / 2] = (uint8_t)(i % 2 ? secret[i / 2] | digit : digit << 4);
	}
	if (word.len != digits)
		return refuse(line, word.column,
			"a key of type %s has %zu hexadecimal digits, this one has %zu", key_type_name(type),
			digits, word.len);
	return true;
}

static bool secret_from_ascii(
	const struct line *line, struct word word, enum key_type type, uint8_t secret[KEY_SECRET_MAX])
{
	size_t size = key_secret_size(type);

	for (size_t i = 0; i < word.len; i++)
		if (word.text[i] < '!' || word.text[i] > '~')
			return refuse(line, word.column + (unsigned)i,
				"not a printable ASCII character; keys of arbitrary octets are written with "
				"HEX:");
	if (word.len != size)
		return refuse(line, word.column,
			"a key of type %s has %zu characters, this one has %zu (or HEX: and %zu digits)",
			key_type_name(type), size, word.len, 2 * size);
	memcpy(secret, word.text, size);
	return true;
}

static bool parse_secret(
	const struct line *line, struct word word, enum key_type type, uint8_t secret[KEY_SECRET_MAX])
{
	if (!word.len)
		return refuse(line, word.column, "the key is missing (ID TYPE KEY)");
	if (word_skip(&word, "HEX:"))
		return secret_from_hex(line, word, type, secret);
	word_skip(&word, "ASCII:");
	return secret_from_ascii(line, word, type, secret);
}

/* One key of a line that is neither blank nor a comment; *secret is the caller's to wipe. */
static struct key *parse_key(
	struct line *line, struct word first, const struct keyring *ring, uint8_t secret[KEY_SECRET_MAX])
{
	uint32_t id = 0;
	enum key_type type = KEY_AES128;
	const struct entry *earlier;
	struct word more;
	struct key *key;

	if (!parse_id(line, first, &id) || !parse_type(line, next_word(line), &type) ||
		!parse_secret(line, next_word(line), type, secret))
		return NULL;
	more = next_word(line);
	if (more.len) {
		refuse(line, more.column, "nothing may stand behind the key (ID TYPE KEY)");
		return NULL;
	}
	earlier = ring_entry(ring, id);
	if (earlier) {
		refuse(line, first.column, "id %u is that of the key in line %u already", id, earlier->line);
		return NULL;
	}
	key = key_new(id, type, secret, key_secret_size(type));
	if (!key)
		refuse(line, first.column, "libcrypto or memory fails: no AES-CMAC with this key");
	return key;
}

static bool parse_line(struct line *line, struct keyring *ring)
{
	static const char comment[] = { '#', ';', '!', '%' };
	struct word first = next_word(line);
	uint8_t secret[KEY_SECRET_MAX];
	struct key *key;

	if (!first.len || memchr(comment, first.text[0], sizeof(comment)))
		return true;
	key = parse_key(line, first, ring, secret);
	explicit_bzero(secret, sizeof(secret));
	if (!key)
		return false;
	if (!ring_add(ring, key, line->number)) {
		key_free(key);
		return refuse(line, first.column, "out of memory");
	}
	return true;
}

static bool parse_lines(const char *text, size_t len, struct keyring *ring, struct keys_error *error)
{
	struct line line = { .error = error };

	for (size_t at = 0; at < len; at += line.len + 1) {
		const char *end = memchr(text + at, '\n', len - at);

		line.text = text + at;
		line.len = end ? (size_t)(end - line.text) : len - at;
		line.at = 0;
		line.number++;
		if (!parse_line(&line, ring))
			return false;
	}
	return true;
}

struct keyring *keyring_parse(const char *text, size_t len, struct keys_error *error)
{
	struct keyring *ring = calloc(1, sizeof(*ring));

	if (!ring) {
		*error = (struct keys_error){ .text = "out of memory" };
		return NULL;
	}
	if (!parse_lines(text, len, ring, error)) {
		keyring_free(ring);
		return NULL;
	}
	return ring;
}
