#include "source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool source_refuse(const struct source *source, struct place at, const char *format, ...)
{
	char *text = source->error->text;
	size_t room = sizeof(source->error->text);
	va_list arguments;
	int used;

	/* A path may be of any length; the sentence behind it is what is needed. */
	used = snprintf(text, room, "%.255s:%u:%u: ", source->file, at.line, at.column);
	va_start(arguments, format);
	vsnprintf(text + used, room - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
}

static bool is_utf8_tail(char octet)
{
	return ((unsigned char)octet & 0xc0) == 0x80;
}

struct excerpt source_excerpt(const char *text)
{
	static const char cut[] = "...";
	struct excerpt out = { "" };
	size_t len = strlen(text);

	if (len < sizeof(out.text)) {
		memcpy(out.text, text, len);
		return out;
	}
	len = sizeof(out.text) - sizeof(cut);
	while (len > 0 && is_utf8_tail(text[len]))
		len--;
	memcpy(out.text, text, len);
	memcpy(out.text + len, cut, sizeof(cut));
	return out;
}
