#include "record.h"

#include <stdio.h>
#include <string.h>

#include "../text/jvalue.h"

const char *record_level_name(size_t level)
{
	static const char *const names[DECISION_LEVELS] = { "warning", "critical", "action" };

	return names[level];
}

/* ---- there ---- */

static json_t *ns_json(struct span span)
{
	return json_integer(span.ns);
}

static json_t *ballot_json(const char *voter, const struct ballot *ballot)
{
	json_t *json = json_object();

	jvalue_put(json, "voter", jvalue_text(voter));
	jvalue_put(json, "known", json_boolean(ballot->known));
	jvalue_put(json, "low_ns", ns_json(ballot->offset.low));
	jvalue_put(json, "high_ns", ns_json(ballot->offset.high));
	jvalue_put(json, "alone_low_ns", ns_json(ballot->alone.low));
	jvalue_put(json, "alone_high_ns", ns_json(ballot->alone.high));
	jvalue_put(json, "recent", json_boolean(ballot->recent));
	return json;
}

static json_t *finding_json(const struct finding *finding)
{
	json_t *json = json_object();

	jvalue_put(json, "beyond", json_boolean(finding->beyond));
	jvalue_put(json, "side", json_integer(finding->side));
	jvalue_put(json, "beyond_by", json_integer(finding->beyond_by));
	jvalue_put(json, "within", json_boolean(finding->within));
	jvalue_put(json, "within_by", json_integer(finding->within_by));
	return json;
}

static json_t *level_json(const char *name, const struct decision_level *level)
{
	json_t *json = json_object();

	jvalue_put(json, "name", json_string(name));
	jvalue_put(json, "limit_ns", ns_json(level->limit));
	jvalue_put(json, "raised", json_boolean(level->raised));
	jvalue_put(json, "found", finding_json(&level->found));
	jvalue_put(json, "since_step", finding_json(&level->since_step));
	return json;
}

json_t *record_json(const struct decision *decision, const char *version)
{
	json_t *json = json_object();
	json_t *ballots = json_array();
	json_t *levels = json_array();

	for (size_t i = 0; i < decision->n; i++)
		json_array_append_new(ballots, ballot_json(decision->names[i], &decision->ballots[i]));
	for (size_t i = 0; i < DECISION_LEVELS; i++)
		json_array_append_new(levels, level_json(record_level_name(i), &decision->levels[i]));
	jvalue_put(json, "version", jvalue_text(version));
	jvalue_put(json, "state", json_string(verdict_state_name(decision->state)));
	jvalue_put(json, "electorate", json_integer(decision->electorate));
	jvalue_put(json, "majority", json_integer(quorum_majority(decision->electorate)));
	jvalue_put(json, "votes", json_boolean(decision->votes));
	jvalue_put(json, "ballots", ballots);
	jvalue_put(json, "levels", levels);
	return json;
}

/* ---- and back: it may come from anywhere ---- */

/* What is wrong first; nothing after that matters. */
struct recital {
	bool bad;
	const char *name, *wanted;
};

static void refuse(struct recital *recital, const char *name, const char *wanted)
{
	if (recital->bad)
		return;
	*recital = (struct recital){ true, name, wanted };
}

static int64_t read_number(
	struct recital *recital, const json_t *json, const char *name, int64_t least, int64_t most)
{
	const json_t *value = json_object_get(json, name);
	json_int_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= least && number <= most)
		return number;
	refuse(recital, name, "a whole number that makes sense");
	return least;
}

static bool read_flag(struct recital *recital, const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);

	if (!json_is_boolean(value))
		refuse(recital, name, "true or false");
	return json_is_true(value);
}

static struct interval read_interval(
	struct recital *recital, const json_t *json, const char *low, const char *high)
{
	struct interval interval = {
		{ read_number(recital, json, low, INT64_MIN, INT64_MAX) },
		{ read_number(recital, json, high, INT64_MIN, INT64_MAX) },
	};

	if (!interval_valid(interval))
		refuse(recital, high, "no less than the low end");
	return interval;
}

static void read_ballot(
	struct recital *recital, const json_t *json, struct ballot *out, char name[NODE_NAME_SIZE])
{
	const char *voter = json_string_value(json_object_get(json, "voter"));

	if (!voter || strlen(voter) >= NODE_NAME_SIZE)
		refuse(recital, "voter", "a name");
	else
		snprintf(name, NODE_NAME_SIZE, "%s", voter);
	out->known = read_flag(recital, json, "known");
	out->offset = read_interval(recital, json, "low_ns", "high_ns");
	out->alone = read_interval(recital, json, "alone_low_ns", "alone_high_ns");
	out->recent = read_flag(recital, json, "recent");
}

static struct finding read_finding(struct recital *recital, const json_t *level, const char *name)
{
	const json_t *json = json_object_get(level, name);

	return (struct finding){
		.beyond = read_flag(recital, json, "beyond"),
		.side = (int)read_number(recital, json, "side", -1, 1),
		.beyond_by = (unsigned)read_number(recital, json, "beyond_by", 0, DECISION_VOTERS),
		.within = read_flag(recital, json, "within"),
		.within_by = (unsigned)read_number(recital, json, "within_by", 0, DECISION_VOTERS + 1),
	};
}

static void read_levels(struct recital *recital, const json_t *levels, struct decision *out)
{
	for (size_t i = 0; i < DECISION_LEVELS; i++) {
		const json_t *json = json_array_get(levels, i);
		const char *name = json_string_value(json_object_get(json, "name"));

		if (!name || strcmp(name, record_level_name(i)) != 0)
			refuse(recital, "levels", "those of warning, critical and action");
		out->levels[i] = (struct decision_level){
			.limit = { read_number(recital, json, "limit_ns", 1, INT64_MAX) },
			.raised = read_flag(recital, json, "raised"),
			.found = read_finding(recital, json, "found"),
			.since_step = read_finding(recital, json, "since_step"),
		};
	}
}

static enum verdict_state read_state(struct recital *recital, const json_t *json)
{
	const char *word = json_string_value(json_object_get(json, "state"));

	for (enum verdict_state state = VERDICT_OK; word && state <= VERDICT_UNKNOWN; state++)
		if (strcmp(word, verdict_state_name(state)) == 0)
			return state;
	refuse(recital, "state", "a verdict's state");
	return VERDICT_UNKNOWN;
}

bool record_read(const json_t *json, struct decision *out, char *why, size_t room)
{
	struct recital recital = { .bad = false };
	struct decision decision = {
		.electorate = (unsigned)read_number(&recital, json, "electorate", 1, UINT16_MAX),
		.votes = read_flag(&recital, json, "votes"),
		.state = read_state(&recital, json),
		.n = json_array_size(json_object_get(json, "ballots")),
	};

	if (decision.n > DECISION_VOTERS)
		refuse(&recital, "ballots", "no more than 64");
	for (size_t i = 0; !recital.bad && i < decision.n; i++)
		read_ballot(&recital, json_array_get(json_object_get(json, "ballots"), i),
			&decision.ballots[i], decision.names[i]);
	read_levels(&recital, json_object_get(json, "levels"), &decision);
	if (recital.bad) {
		snprintf(why, room, "\"%s\" must be %s", recital.name, recital.wanted);
		return false;
	}
	*out = decision;
	return true;
}
