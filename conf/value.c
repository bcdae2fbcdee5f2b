#include "value.h"

#include <stdio.h>
#include <string.h>

#include "name.h"
#include "span.h"

/* How a type is read and how it is told. */
struct type {
	bool (*set)(const struct conf_option *option, const char *text, void *base);
	void (*describe)(const struct conf_option *option, char *out, size_t room);
	void (*clear)(const struct conf_option *option,
		void *base); /* several may stand in a list, each is added */
	bool bare;           /* a text in quotes is none of it */
};

static void *place_in(void *base, size_t offset)
{
	return (char *)base + offset;
}

static bool set_text(const struct conf_option *option, const char *text, void *base)
{
	memcpy(place_in(base, option->offset), text, strlen(text) + 1);
	return true;
}

static bool set_name(const struct conf_option *option, const char *text, void *base)
{
	return name_valid(text, (size_t)option->most + 1) && set_text(option, text, base);
}

static void describe_name(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room, "a name of 1 to %jd octets without spaces, control characters and '!'",
		(intmax_t)option->most);
}

static bool set_path(const struct conf_option *option, const char *text, void *base)
{
	return text[0] == '/' && strlen(text) <= (size_t)option->most && set_text(option, text, base);
}

static void describe_path(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room, "an absolute path of at most %jd octets", (intmax_t)option->most);
}

static bool is_within(const struct conf_option *option, int64_t value)
{
	return option->least <= value && value <= option->most;
}

/* Digits alone, and none in front that means nothing: 010 would be 8 to some. */
static bool set_number(const struct conf_option *option, const char *text, void *base)
{
	unsigned *out = place_in(base, option->offset);
	int64_t value;

	if (strspn(text, "0123456789") != strlen(text) || (text[0] == '0' && text[1] != '\0'))
		return false;
	if (decimal_parse(text, 1, &value) == 0 || !is_within(option, value))
		return false;
	*out = (unsigned)value;
	return true;
}

static void describe_number(const struct conf_option *option, char *out, size_t room)
{
	snprintf(
		out, room, "a whole number from %jd to %jd", (intmax_t)option->least, (intmax_t)option->most);
}

static bool set_majority(const struct conf_option *option, const char *text, void *base)
{
	unsigned *out = place_in(base, option->offset);

	if (strcmp(text, "majority") != 0)
		return set_number(option, text, base);
	*out = CONF_MAJORITY;
	return true;
}

static void describe_majority(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room, "majority, or a whole number from %jd to %jd", (intmax_t)option->least,
		(intmax_t)option->most);
}

static bool set_bool(const struct conf_option *option, const char *text, void *base)
{
	bool *out = place_in(base, option->offset);
	bool yes = strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "false") != 0)
		return false;
	*out = yes;
	return true;
}

static void describe_bool(const struct conf_option *option, char *out, size_t room)
{
	(void)option;
	snprintf(out, room, "true or false");
}

static bool set_span(const struct conf_option *option, const char *text, void *base)
{
	struct span *out = place_in(base, option->offset);
	struct span span;

	if (!span_parse(text, &span) || !is_within(option, span.ns))
		return false;
	*out = span;
	return true;
}

static void describe_span(const struct conf_option *option, char *out, size_t room)
{
	char least[SPAN_TEXT_SIZE], most[SPAN_TEXT_SIZE];

	snprintf(out, room, "from %s to %s: a number and its unit (ns, us, ms, s, m, h or d), such as %s",
		span_format(span_ns(option->least), least, sizeof(least)),
		span_format(span_ns(option->most), most, sizeof(most)),
		option->preset != NULL ? option->preset : "90s");
}

static bool set_share(const struct conf_option *option, const char *text, void *base)
{
	unsigned *out = place_in(base, option->offset);
	int64_t permille;

	if (decimal_parse(text, 1000, &permille) != strlen(text) || !is_within(option, permille))
		return false;
	*out = (unsigned)permille;
	return true;
}

static void describe_share(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room, "a fraction from 0.001 to 1 with at most three decimals, such as %s",
		option->preset);
}

static bool set_word(const struct conf_option *option, const char *text, void *base)
{
	unsigned *out = place_in(base, option->offset);
	const struct conf_word *word = word_find(option->words, text);

	if (word == NULL)
		return false;
	*out = word->value;
	return true;
}

static void describe_word(const struct conf_option *option, char *out, size_t room)
{
	char words[128];

	snprintf(out, room, "%s", word_list(option->words, words, sizeof(words)));
}

static bool add_word(const struct conf_option *option, const char *text, void *base)
{
	unsigned *out = place_in(base, option->offset);
	const struct conf_word *word = word_find(option->words, text);

	if (word == NULL)
		return false;
	*out |= word->value;
	return true;
}

static void clear_words(const struct conf_option *option, void *base)
{
	unsigned *out = place_in(base, option->offset);

	*out = 0;
}

static void describe_words(const struct conf_option *option, char *out, size_t room)
{
	char words[128];

	snprintf(out, room, "one or a list of: %s", word_list(option->words, words, sizeof(words)));
}

static bool set_address(const struct conf_option *option, const char *text, void *base)
{
	return address_parse(text, option->port, place_in(base, option->offset));
}

static void describe_address(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room,
		"an IP address or a host name, with :PORT behind it where that is not %u (an IPv6 address "
		"then in "
		"brackets)",
		option->port);
}

static const char https[] = "https://";

static bool set_https(const struct conf_option *option, const char *text, void *base)
{
	size_t len = strlen(text);
	char rest[CONF_HOST_SIZE + 8];

	if (strncmp(text, https, sizeof(https) - 1) != 0 || len - (sizeof(https) - 1) >= sizeof(rest))
		return false;
	memcpy(rest, text + sizeof(https) - 1, len - (sizeof(https) - 1) + 1);
	len -= sizeof(https) - 1;
	if (len > 0 && rest[len - 1] == '/')
		rest[len - 1] = '\0';
	return address_parse(rest, option->port, place_in(base, option->offset));
}

static void describe_https(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room, "%s and a host or IP address, with :PORT behind it where that is not %u", https,
		option->port);
}

static bool set_listen(const struct conf_option *option, const char *text, void *base)
{
	struct conf_address *out = place_in(base, option->offset);
	struct conf_address address;

	if (!address_parse(text, option->port, &address) || !name_is_ip(address.host))
		return false;
	*out = address;
	return true;
}

static void describe_listen(const struct conf_option *option, char *out, size_t room)
{
	snprintf(out, room,
		"an IP address of this host, such as \"0.0.0.0:%u\" or \"[::1]:%u\" (with the quotes)",
		option->port, option->port);
}

static bool add_listen(const struct conf_option *option, const char *text, void *base)
{
	struct conf_address *list = place_in(base, option->offset);
	size_t *n = place_in(base, option->mark);
	struct conf_option one = *option;

	one.offset = 0;
	if (*n == (size_t)option->most || !set_listen(&one, text, &list[*n]))
		return false;
	++*n;
	return true;
}

static void clear_listens(const struct conf_option *option, void *base)
{
	size_t *n = place_in(base, option->mark);

	*n = 0;
}

static void describe_listens(const struct conf_option *option, char *out, size_t room)
{
	char one[192];

	describe_listen(option, one, sizeof(one));
	snprintf(out, room, "%s, or a list of at most %jd", one, (intmax_t)option->most);
}

static void describe_group(const struct conf_option *option, char *out, size_t room)
{
	char prefix[32], keys[160];

	snprintf(prefix, sizeof(prefix), "%s.", option->path);
	snprintf(out, room, "a mapping of: %s", option_list(prefix, keys, sizeof(keys)));
}

static void describe_entries(const struct conf_option *option, char *out, size_t room)
{
	char prefix[32], keys[160];

	snprintf(prefix, sizeof(prefix), "%s[].", option->path);
	snprintf(out, room, "a list of 1 to %jd, each %s or a mapping of: %s", (intmax_t)option->most,
		option->type == OPTION_ENDPOINTS ? "a URL" : "an address",
		option_list(prefix, keys, sizeof(keys)));
}

static const struct type types[] = {
	[OPTION_NAME] = { .set = set_name, .describe = describe_name },
	[OPTION_PATH] = { .set = set_path, .describe = describe_path },
	[OPTION_NUMBER] = { .set = set_number, .describe = describe_number, .bare = true },
	[OPTION_MAJORITY] = { .set = set_majority, .describe = describe_majority, .bare = true },
	[OPTION_BOOL] = { .set = set_bool, .describe = describe_bool, .bare = true },
	[OPTION_SPAN] = { .set = set_span, .describe = describe_span },
	[OPTION_SHARE] = { .set = set_share, .describe = describe_share, .bare = true },
	[OPTION_WORD] = { .set = set_word, .describe = describe_word },
	[OPTION_WORDS] = { .set = add_word, .describe = describe_words, .clear = clear_words },
	[OPTION_ADDRESS] = { .set = set_address, .describe = describe_address },
	[OPTION_HTTPS] = { .set = set_https, .describe = describe_https },
	[OPTION_LISTEN] = { .set = set_listen, .describe = describe_listen },
	[OPTION_LISTENS] = { .set = add_listen, .describe = describe_listens, .clear = clear_listens },
	[OPTION_GROUP] = { .describe = describe_group },
	[OPTION_PEERS] = { .describe = describe_entries },
	[OPTION_REFERENCES] = { .describe = describe_entries },
	[OPTION_ENDPOINTS] = { .describe = describe_entries },
};

char *value_describe(const struct conf_option *option, char *out, size_t room)
{
	types[option->type].describe(option, out, room);
	return out;
}

bool value_refuse(
	const struct conf_option *option, const struct yaml_value *value, const struct source *source)
{
	bool scalar = value->kind == YAML_SCALAR, empty = yaml_is_null(value);
	struct place at = empty && value->key != NULL ? value->key_at : value->at;
	char allowed[320];

	value_describe(option, allowed, sizeof(allowed));
	if (empty)
		return source_refuse(source, at, "%s has no value; it must be %s (%s)", option->path, allowed,
			option->help);
	if (!scalar)
		return source_refuse(source, at, "%s must be %s; it is %s", option->path, allowed,
			value->kind == YAML_MAP ? "a mapping"
			: value->count == 0     ? "an empty list"
						: "a list");
	return source_refuse(source, at, "%s must be %s; it is '%s'%s", option->path, allowed,
		source_excerpt(value->text).text,
		types[option->type].bare && value->quoted ? " in quotes" : "");
}

static bool set_scalar(const struct conf_option *option, const struct yaml_value *value, void *base,
	const struct source *source)
{
	const struct type *type = &types[option->type];

	if (value->kind != YAML_SCALAR || yaml_is_null(value) || (type->bare && value->quoted) ||
		!type->set(option, value->text, base))
		return value_refuse(option, value, source);
	return true;
}

static bool set_list(const struct conf_option *option, const struct yaml_value *list, void *base,
	const struct source *source)
{
	if (list->count == 0)
		return value_refuse(option, list, source);
	for (const struct yaml_value *value = list->first; value != NULL; value = value->next)
		if (!set_scalar(option, value, base, source))
			return false;
	return true;
}

bool value_set(const struct conf_option *option, const struct yaml_value *value, void *base,
	const struct source *source)
{
	const struct type *type = &types[option->type];
	bool *given = place_in(base, option->mark);

	if (type->clear != NULL) {
		type->clear(option, base);
		return value->kind == YAML_LIST ? set_list(option, value, base, source)
						: set_scalar(option, value, base, source);
	}
	if (!set_scalar(option, value, base, source))
		return false;
	if (option->mark != 0)
		*given = true;
	return true;
}

bool value_preset(const struct conf_option *option, void *base)
{
	return option->preset == NULL || types[option->type].set(option, option->preset, base);
}

bool value_preset_beneath(const char *prefix, void *base)
{
	const struct conf_option *option = NULL;

	while ((option = option_beneath(prefix, option)) != NULL)
		if (option->type != OPTION_GROUP && !value_preset(option, base))
			return false;
	return true;
}
