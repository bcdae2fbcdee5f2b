#include "name.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct range {
	uint32_t first, last;
};

/* Unicode's white space, controls, fillers, and what changes the text around it without being seen. */
static const struct range unseen[] = {
	{ 0x0000, 0x0020 },
	{ '!', '!' },
	{ 0x007f, 0x00a0 },
	{ 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },
	{ 0x061c, 0x061c },
	{ 0x115f, 0x1160 },
	{ 0x1680, 0x1680 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x2000, 0x200f },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x2800, 0x2800 },
	{ 0x3000, 0x3000 },
	{ 0x3164, 0x3164 },
	{ 0xd800, 0xf8ff },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xffff },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, UINT32_MAX },
};

static bool is_allowed(uint32_t character)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (unseen[i].first <= character && character <= unseen[i].last)
			return false;
	return true;
}

/* One character (RFC 3629); gives the octets it takes, 0 where it is malformed or longer than need be. */
static size_t decode_utf8(const char *text, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *octets = (const unsigned char *)text;
	size_t len = octets[0] < 0x80 ? 1 : octets[0] < 0xe0 ? 2 : octets[0] < 0xf0 ? 3 : 4;
	uint32_t character = len == 1 ? octets[0] : octets[0] & (0xffU >> (len + 1));

	if (len > 1 && (octets[0] < 0xc0 || octets[0] >= 0xf8))
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((octets[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (octets[i] & 0x3f);
	}
	if (character < least[len])
		return 0;
	*out = character;
	return len;
}

bool name_valid(const char *name, size_t room)
{
	size_t len = strnlen(name, room);
	size_t at = 0;

	if (len == 0 || len >= room)
		return false;
	while (at < len) {
		uint32_t character;
		size_t octets = decode_utf8(name + at, &character);

		if (octets == 0 || !is_allowed(character))
			return false;
		at += octets;
	}
	return true;
}

bool name_equal(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool name_abbreviates(const char *a, const char *b)
{
	size_t len_a = strcspn(a, "."), len_b = strcspn(b, ".");

	if (name_is_ip(a) || name_is_ip(b) || (a[len_a] != '\0') == (b[len_b] != '\0'))
		return false;
	return len_a == len_b && strncasecmp(a, b, len_a) == 0;
}

static bool is_interface(const char *text)
{
	size_t len = strcspn(text, "%/ \t\r\n");

	return len > 0 && len < IF_NAMESIZE && text[len] == '\0';
}

bool name_is_ip(const char *name)
{
	uint8_t octets[sizeof(struct in6_addr)];
	char bare[INET6_ADDRSTRLEN];
	size_t len = strcspn(name, "%");

	if (inet_pton(AF_INET, name, octets) == 1)
		return true;
	if (len >= sizeof(bare) || (name[len] == '%' && !is_interface(name + len + 1)))
		return false;
	memcpy(bare, name, len);
	bare[len] = '\0';
	return inet_pton(AF_INET6, bare, octets) == 1;
}
