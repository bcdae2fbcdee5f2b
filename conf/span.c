#include "span.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "name.h"

struct unit {
	char name[4];
	int64_t ns;
};

/* As they may be written. */
static const struct unit units[] = {
	{ "ns", 1 },
	{ "us", NS_PER_US },
	{ "ms", NS_PER_MS },
	{ "s", NS_PER_S },
	{ "m", 60 * NS_PER_S },
	{ "h", 3600 * NS_PER_S },
	{ "d", 86400 * NS_PER_S },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits to a number; false where it leaves the reach of 64 bits. */
static bool read_digits(const char *text, size_t len, int64_t *out)
{
	int64_t value = 0;

	for (size_t i = 0; i < len; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, text[i] - '0', &value))
			return false;
	*out = value;
	return true;
}

static size_t count_digits(const char *text)
{
	size_t n = 0;

	while (is_digit(text[n]))
		n++;
	return n;
}

size_t decimal_parse(const char *text, int64_t unit, int64_t *out)
{
	size_t whole = count_digits(text);
	bool point = text[whole] == '.';
	const char *tail = text + whole + point;
	size_t fraction = point ? count_digits(tail) : 0;
	size_t len = whole + point + fraction;
	int64_t value, rest, power = 1;

	if (whole == 0 || (point && fraction == 0))
		return 0;
	while (fraction > 0 && tail[fraction - 1] == '0')
		fraction--;
	for (size_t i = 0; i < fraction; i++)
		if (__builtin_mul_overflow(power, 10, &power))
			return 0;
	if (!read_digits(text, whole, &value) || !read_digits(tail, fraction, &rest))
		return 0;
	if ((wide_int)rest * unit % power != 0)
		return 0;
	rest = (int64_t)((wide_int)rest * unit / power);
	if (__builtin_mul_overflow(value, unit, &value) || __builtin_add_overflow(value, rest, &value))
		return 0;
	*out = value;
	return len;
}

bool span_parse(const char *text, struct span *out)
{
	bool negative = text[0] == '-';
	const char *number = text + (text[0] == '-' || text[0] == '+');
	size_t digits = strspn(number, "0123456789.");
	int64_t ns;

	if (strcmp(text, "0") == 0) {
		*out = SPAN_ZERO;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(number + digits, units[i].name) != 0)
			continue;
		if (decimal_parse(number, units[i].ns, &ns) != digits || digits == 0)
			return false;
		*out = span_ns(negative ? -ns : ns);
		return true;
	}
	return false;
}

/* To four significant digits, half away from zero. */
static uint64_t round_to_four(uint64_t ns)
{
	uint64_t step = 1;

	while (ns / step >= 10000)
		step *= 10;
	return (ns + step / 2) / step * step;
}

/* value / 10^decimals, without the zeros at its end. */
static void format_decimal(
	const char *sign, uint64_t value, unsigned decimals, const char *unit, char *out, size_t room)
{
	uint64_t power = 1;

	while (decimals > 0 && value % 10 == 0) {
		value /= 10;
		decimals--;
	}
	for (unsigned i = 0; i < decimals; i++)
		power *= 10;
	if (decimals == 0)
		snprintf(out, room, "%s%ju %s", sign, (uintmax_t)value, unit);
	else
		snprintf(out, room, "%s%ju.%0*ju %s", sign, (uintmax_t)(value / power), (int)decimals,
			(uintmax_t)(value % power), unit);
}

/* Below a second. A tenth of a unit still counts in that unit: 0.4 ms rather than 400 us. */
static void format_small(const char *sign, uint64_t ns, char *out, size_t room)
{
	if (ns == 0)
		snprintf(out, room, "0 s");
	else if (ns >= (uint64_t)NS_PER_MS / 10)
		format_decimal(sign, ns, 6, "ms", out, room);
	else if (ns >= (uint64_t)NS_PER_US / 10)
		format_decimal(sign, ns, 3, "us", out, room);
	else
		format_decimal(sign, ns, 0, "ns", out, room);
}

/* From an hour up: two units, the lesser one only where it is not 0. */
static void format_large(const char *sign, uint64_t ns, char *out, size_t room)
{
	const uint64_t minute = 60 * (uint64_t)NS_PER_S, hour = 60 * minute, day = 24 * hour;
	bool days = ns + minute / 2 >= day;
	uint64_t great = days ? day : hour, small = days ? hour : minute;
	uint64_t count = (ns + small / 2) / small, each = great / small;

	if (count % each == 0)
		snprintf(out, room, "%s%ju %s", sign, (uintmax_t)(count / each), days ? "d" : "h");
	else
		snprintf(out, room, "%s%ju %s %ju %s", sign, (uintmax_t)(count / each), days ? "d" : "h",
			(uintmax_t)(count % each), days ? "h" : "min");
}

char *span_format(struct span span, char *out, size_t room)
{
	const uint64_t second = (uint64_t)NS_PER_S;
	const char *sign = span.ns < 0 ? "-" : "";
	uint64_t ns = span.ns < 0 ? 0 - (uint64_t)span.ns : (uint64_t)span.ns;
	uint64_t small = round_to_four(ns), ms = (ns + (uint64_t)NS_PER_MS / 2) / (uint64_t)NS_PER_MS;

	if (span.ns == INT64_MAX || span.ns == INT64_MIN)
		snprintf(out, room, "unbounded");
	else if (small < second)
		format_small(sign, small, out, room);
	else if (ms < 3600 * UINT64_C(1000))
		format_decimal(sign, ms, 3, "s", out, room);
	else
		format_large(sign, ns, out, room);
	return out;
}

static bool is_host_octet(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* Letters, digits, '-' and '_' in labels of up to 63; the last not all digits: a bad address. */
static bool is_host_name(const char *host)
{
	const char *label = host;
	bool digits = true;

	while (*label != '\0') {
		size_t len = 0;

		for (digits = true; is_host_octet(label[len]); len++)
			digits = digits && is_digit(label[len]);
		if (len == 0 || len > 63 || label[0] == '-' || label[len - 1] == '-')
			return false;
		if (label[len] != '.' && label[len] != '\0')
			return false;
		label += len + (label[len] == '.');
	}
	return !digits;
}

static bool read_port(const char *text, uint16_t *out)
{
	size_t len = strlen(text);
	int64_t port;

	if (len == 0 || len > 5 || count_digits(text) != len || !read_digits(text, len, &port))
		return false;
	if (port < 1 || port > UINT16_MAX)
		return false;
	*out = (uint16_t)port;
	return true;
}

/* Where the host ends and, behind a colon, the port begins (NULL: none). False where brackets do not fit. */
static bool split_port(const char *text, const char **host, size_t *len, const char **port)
{
	const char *colon = strchr(text, ':');
	const char *end;

	*host = text;
	*port = NULL;
	*len = strlen(text);
	if (text[0] == '[') {
		end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		*host = text + 1;
		*len = (size_t)(end - *host);
		*port = end[1] == ':' ? end + 2 : NULL;
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		*len = (size_t)(colon - text);
		*port = colon + 1;
	}
	return true;
}

bool address_parse(const char *text, uint16_t port, struct conf_address *out)
{
	struct conf_address address = { .port = port };
	const char *host, *digits;
	size_t len;

	if (!split_port(text, &host, &len, &digits) || len >= sizeof(address.host))
		return false;
	memcpy(address.host, host, len);
	if (digits != NULL && !read_port(digits, &address.port))
		return false;
	if (text[0] == '[' && strchr(address.host, ':') == NULL)
		return false;
	if (!name_is_ip(address.host) && !is_host_name(address.host))
		return false;
	*out = address;
	return true;
}

/* IPv4 as IPv6 has it mapped (RFC 4291, 2.5.5.2). */
static bool read_ip(const char *host, struct in6_addr *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, host, out) == 1)
		return true;
	memcpy(out->s6_addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, host, out->s6_addr + sizeof(mapped)) == 1;
}

bool address_equal(const struct conf_address *a, const struct conf_address *b)
{
	struct in6_addr ip_a, ip_b;

	if (a->port != b->port)
		return false;
	if (read_ip(a->host, &ip_a) && read_ip(b->host, &ip_b))
		return memcmp(&ip_a, &ip_b, sizeof(ip_a)) == 0;
	return name_equal(a->host, b->host);
}
