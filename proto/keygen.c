#include "keygen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "key_impl.h"
#include "message.h"

/* The head of a file, and what a host adds to a text: its name twice, some words, a key in hexadecimal. */
enum { TEXT_HEAD_SIZE = 1024, TEXT_HOST_SIZE = 2 * NODE_NAME_SIZE + 64 + 2 * KEY_SECRET_MAX };

static bool name_valid(const char *name)
{
	static const char inner[] = "-._ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const char *outer = inner + 3;
	size_t len = strnlen(name, NODE_NAME_SIZE);

	return len > 0 && len < NODE_NAME_SIZE && strspn(name, inner) == len && strchr(outer, name[0]);
}

static bool name_before(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

bool keygen_names_valid(const char *const *names, size_t count, char error[KEYGEN_ERROR_SIZE])
{
	if (count < 2 || count > KEYGEN_HOSTS_MAX) {
		snprintf(error, KEYGEN_ERROR_SIZE, "a mesh has 2 to %d hosts, not %zu", KEYGEN_HOSTS_MAX,
			count);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!name_valid(names[i])) {
			snprintf(error, KEYGEN_ERROR_SIZE,
				"name %zu is no host name: 1 to %d letters, digits, '.', '-' and '_', "
				"a letter or digit first",
				i + 1, NODE_NAME_SIZE - 1);
			return false;
		}
		if (name_before(names, i, names[i])) {
			snprintf(error, KEYGEN_ERROR_SIZE, "%s is named twice", names[i]);
			return false;
		}
	}
	return true;
}

/* None for none, too. */
static size_t pairs_of(size_t hosts)
{
	return hosts ? hosts * (hosts - 1) / 2 : 0;
}

size_t keygen_mesh_random_size(size_t count, size_t old, enum key_type type)
{
	return (pairs_of(count) - pairs_of(old)) * key_secret_size(type);
}

size_t keygen_shared_random_size(enum key_type type)
{
	return key_secret_size(type);
}

uint32_t keygen_mesh_id(size_t host)
{
	return KEYGEN_FIRST_ID + (uint32_t)host;
}

static uint32_t number_of(const struct keygen_mesh *mesh, size_t host)
{
	return mesh->ids ? mesh->ids[host] : keygen_mesh_id(host);
}

/* The pair's octets: those of {0,1} come first, then {0,2}, {1,2}, {0,3}, ..., without those that are old. */
static const uint8_t *pair_secret(const struct keygen_mesh *mesh, size_t a, size_t b)
{
	size_t low = a < b ? a : b, high = a < b ? b : a;

	return mesh->random + (pairs_of(high) + low - pairs_of(mesh->old)) * key_secret_size(mesh->type);
}

/* A text that grows in a place large enough from the start: growing by realloc would leave secrets behind. */
struct text {
	char *bytes;
	size_t len, room;
};

static bool text_begin(struct text *text, size_t hosts)
{
	text->len = 0;
	text->room = TEXT_HEAD_SIZE + hosts * TEXT_HOST_SIZE;
	text->bytes = calloc(1, text->room);
	return text->bytes;
}

static void __attribute__((format(printf, 2, 3))) text_add(struct text *text, const char *format, ...)
{
	size_t left = text->room - text->len;
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text->bytes + text->len, left, format, arguments);
	va_end(arguments);
	/* Half a key file must not get out; with room by the tables above this is a mistake in this file. */
	if (len < 0 || (size_t)len >= left)
		abort();
	text->len += (size_t)len;
}

static void text_add_key(struct text *text, uint32_t id, enum key_type type, const uint8_t *secret)
{
	text_add(text, "%u %s HEX:", id, key_type_name(type));
	for (size_t i = 0; i < key_secret_size(type); i++)
		text_add(text, "%02X", secret[i]);
	text_add(text, "\n");
}

static void text_add_head(struct text *text, const char *name)
{
	text_add(text,
		"# Skew Sentinel: the keys of %s, a different one with each other host.\n"
		"# Belongs on %s alone, as /etc/skew-sentinel/keys, mode 0640, owner root:skew-sentinel:\n"
		"#   install -D -m 0640 -o root -g skew-sentinel FILE /etc/skew-sentinel/keys\n"
		"# Who steals this file can forge what %s says, and what is said to %s; nothing between "
		"other hosts.\n",
		name, name, name, name);
}

char *keygen_mesh_file(const struct keygen_mesh *mesh, size_t host)
{
	bool is_old = host < mesh->old;
	struct text text;

	if (!text_begin(&text, mesh->count))
		return NULL;
	if (is_old)
		text_add(&text, "\n"); /* the file's last line may lack its end */
	else
		text_add_head(&text, mesh->names[host]);
	for (size_t i = is_old ? mesh->old : 0; i < mesh->count; i++) {
		if (i == host)
			continue;
		text_add(&text, "# with %s\n", mesh->names[i]);
		text_add_key(&text, number_of(mesh, i), mesh->type, pair_secret(mesh, host, i));
	}
	return text.bytes;
}

char *keygen_mesh_peers(const struct keygen_mesh *mesh)
{
	struct text text;

	if (!text_begin(&text, mesh->count))
		return NULL;
	text_add(&text,
		"# The same on all hosts. Put in an address where a name cannot be resolved, and `role: "
		"witness`\n"
		"# where no database of the cluster runs (an Icinga host, say).\n%s",
		mesh->old ? "" : "peers:\n");
	for (size_t i = mesh->old; i < mesh->count; i++)
		text_add(&text, "  - {name: %s, address: %s, key: %u}\n", mesh->names[i], mesh->names[i],
			number_of(mesh, i));
	return text.bytes;
}

char *keygen_shared_file(enum key_type type, const uint8_t *random)
{
	struct text text;

	if (!text_begin(&text, 1))
		return NULL;
	text_add(&text,
		"# Skew Sentinel: the one key shared by all hosts (`key: %d` in sentinel.yaml).\n"
		"# Belongs on every host, as /etc/skew-sentinel/keys, mode 0640, owner root:skew-sentinel:\n"
		"#   install -D -m 0640 -o root -g skew-sentinel FILE /etc/skew-sentinel/keys\n"
		"# NOT SAFE against an insider: who steals this file from any host can forge what every host "
		"says.\n"
		"# `skewctl keygen --mesh NAME...` makes a key for each pair of hosts instead.\n",
		KEYGEN_SHARED_ID);
	text_add_key(&text, KEYGEN_SHARED_ID, type, random);
	return text.bytes;
}

void keygen_free(char *text)
{
	if (!text)
		return;
	explicit_bzero(text, strlen(text));
	free(text);
}
