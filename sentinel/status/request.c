#include "request.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"

enum member_kind { MEMBER_SPAN, MEMBER_PPM, MEMBER_FLAG, MEMBER_TEXT };

/* One member that a body may have, and where its value goes. */
struct member {
	const char *name;
	struct span least, most; /* of a span */
	struct span span;
	int64_t ppb;
	enum member_kind kind;
	bool given, flag;
	char text[128];
};

struct refusal {
	char *why;
	size_t room;
};

enum { PPM_MOST = 100000 }; /* ten per cent: chrony slews at 8.3 */
#define OFFSET_MOST span_s(INT64_C(100) * 365 * 86400)
#define DRILL_MOST span_s(86400)
#define HOLD_MOST span_s(INT64_C(366) * 86400)

static struct refusal refusal_to(char *why, size_t room)
{
	struct refusal refusal = { .room = room };

	refusal.why = why;
	return refusal;
}

static __attribute__((format(printf, 2, 3))) bool refuse(
	const struct refusal *refusal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refusal->why, refusal->room, format, args);
	va_end(args);
	return false;
}

/* A number of seconds, or a text with a unit. */
static bool span_of(const json_t *value, struct span *out)
{
	double ns;

	if (json_is_string(value))
		return span_parse(json_string_value(value), out);
	if (!json_is_number(value))
		return false;
	ns = json_number_value(value) * 1e9;
	if (!(fabs(ns) < 9.2e18))
		return false;
	*out = span_ns(json_is_integer(value) ? json_integer_value(value) * NS_PER_S : (int64_t)llround(ns));
	return true;
}

static bool read_span(struct member *member, const json_t *value, const struct refusal *refusal)
{
	char least[32];
	char most[32];

	if (!span_of(value, &member->span))
		return refuse(refusal,
			"\"%s\" must be a span such as \"1900s\" or \"-250ms\", or a number of seconds",
			member->name);
	if (span_less(member->span, member->least) || span_less(member->most, member->span))
		return refuse(refusal, "\"%s\" must lie between %s and %s", member->name,
			span_format(member->least, least, sizeof least),
			span_format(member->most, most, sizeof most));
	return true;
}

static bool read_ppm(struct member *member, const json_t *value, const struct refusal *refusal)
{
	double ppm = json_is_number(value) ? json_number_value(value) : (double)NAN;

	if (!(fabs(ppm) <= PPM_MOST))
		return refuse(refusal, "\"%s\" must be a number between -%d and %d", member->name, PPM_MOST,
			PPM_MOST);
	member->ppb = llround(ppm * 1000);
	return true;
}

static bool read_flag(struct member *member, const json_t *value, const struct refusal *refusal)
{
	if (!json_is_boolean(value))
		return refuse(refusal, "\"%s\" must be true or false", member->name);
	member->flag = json_is_true(value);
	return true;
}

/* It is shown on terminals and in alerts, so control characters have no place in it. */
static bool read_text(struct member *member, const json_t *value, const struct refusal *refusal)
{
	const char *text = json_string_value(value);
	size_t most = sizeof member->text - 1;

	if (!text || strlen(text) != json_string_length(value) || strlen(text) > most)
		return refuse(refusal, "\"%s\" must be a text of at most %zu octets", member->name, most);
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return refuse(refusal, "\"%s\" must not hold control characters", member->name);
	memcpy(member->text, text, strlen(text) + 1);
	return true;
}

static bool read_member(struct member *member, const json_t *value, const struct refusal *refusal)
{
	static bool (*const readers[])(struct member *, const json_t *, const struct refusal *) = {
		[MEMBER_SPAN] = read_span,
		[MEMBER_PPM] = read_ppm,
		[MEMBER_FLAG] = read_flag,
		[MEMBER_TEXT] = read_text,
	};

	member->given = true;
	return readers[member->kind](member, value, refusal);
}

static struct member *member_find(struct member *members, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

static bool refuse_unknown(
	const struct member *members, size_t n, const char *name, const struct refusal *refusal)
{
	char allowed[128] = "";

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(allowed);

		snprintf(allowed + len, sizeof allowed - len, "%s\"%s\"", i ? ", " : "", members[i].name);
	}
	if (n == 0)
		return refuse(refusal, "\"%.40s\" is not known here: this request takes nothing", name);
	return refuse(refusal, "\"%.40s\" is not known here; allowed are %s", name, allowed);
}

/* An empty body is an empty object. */
static bool members_read(
	const char *body, size_t len, struct member *members, size_t n, const struct refusal *refusal)
{
	json_error_t error;
	json_t *json = len ? json_loadb(body, len, JSON_REJECT_DUPLICATES, &error) : json_object();
	const char *name;
	json_t *value;
	bool taken = true;

	if (!json)
		return refuse(refusal, "the body is no JSON: %s", error.text);
	if (!json_is_object(json))
		taken = refuse(refusal, "the body must be a JSON object");
	json_object_foreach(json, name, value)
	{
		struct member *member = member_find(members, n, name);

		taken = member ? read_member(member, value, refusal)
			       : refuse_unknown(members, n, name, refusal);
		if (!taken)
			break;
	}
	json_decref(json);
	return taken;
}

bool request_drill(const char *body, size_t len, struct drill_request *out, char *why, size_t room)
{
	struct refusal refusal = refusal_to(why, room);
	enum { OFFSET, DRIFT, FOR, STOP, COUNT };
	struct member m[COUNT] = {
		[OFFSET] = { .name = "offset", .least = span_neg(OFFSET_MOST), .most = OFFSET_MOST },
		[DRIFT] = { .name = "drift_ppm", .kind = MEMBER_PPM },
		[FOR] = { .name = "for", .least = span_s(1), .most = DRILL_MOST, .span = DRILL_DEFAULT },
		[STOP] = { .name = "stop", .kind = MEMBER_FLAG },
	};

	if (!members_read(body, len, m, COUNT, &refusal))
		return false;
	if (m[STOP].flag && (m[OFFSET].given || m[DRIFT].given || m[FOR].given))
		return refuse(&refusal, "\"stop\" ends the drill and goes with nothing else");
	if (!m[STOP].flag && !m[OFFSET].given && !m[DRIFT].given)
		return refuse(&refusal, "a drill needs an \"offset\" (or a \"drift_ppm\"), or \"stop\"");
	*out = (struct drill_request){ !m[STOP].flag, m[OFFSET].span, m[DRIFT].ppb, m[FOR].span };
	return true;
}

bool request_hold(const char *body, size_t len, struct hold_request *out, char *why, size_t room)
{
	struct refusal refusal = refusal_to(why, room);
	enum { FOR, REASON, STOP, CLUSTER, COUNT };
	struct member m[COUNT] = {
		[FOR] = { .name = "for", .least = span_s(1), .most = HOLD_MOST, .span = SPAN_MAX },
		[REASON] = { .name = "reason", .kind = MEMBER_TEXT },
		[STOP] = { .name = "stop", .kind = MEMBER_FLAG },
		[CLUSTER] = { .name = "cluster", .kind = MEMBER_FLAG },
	};

	if (!members_read(body, len, m, COUNT, &refusal))
		return false;
	if (m[STOP].flag && (m[FOR].given || m[REASON].given))
		return refuse(&refusal, "\"stop\" ends the hold and goes with nothing else");
	*out = (struct hold_request){
		.on = !m[STOP].flag, .cluster = m[CLUSTER].flag, .for_span = m[FOR].span
	};
	memcpy(out->reason, m[REASON].text, sizeof out->reason);
	return true;
}

bool request_release(const char *body, size_t len, struct release_request *out, char *why, size_t room)
{
	struct refusal refusal = refusal_to(why, room);
	enum { FOR, CLAIM, COUNT };
	struct member m[COUNT] = {
		[FOR] = { .name = "for", .least = span_s(1), .most = HOLD_MOST, .span = SPAN_MAX },
		[CLAIM] = { .name = "claim", .kind = MEMBER_TEXT },
	};

	if (!members_read(body, len, m, COUNT, &refusal))
		return false;
	if (m[CLAIM].given && (m[FOR].given || !m[CLAIM].text[0]))
		return refuse(&refusal, "\"claim\" names a node, and goes with nothing else");
	*out = (struct release_request){ .for_span = m[FOR].span };
	memcpy(out->claim, m[CLAIM].text, sizeof out->claim);
	return true;
}

bool request_empty(const char *body, size_t len, char *why, size_t room)
{
	struct refusal refusal = refusal_to(why, room);

	return members_read(body, len, NULL, 0, &refusal);
}
