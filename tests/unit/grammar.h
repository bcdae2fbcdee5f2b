/*
 * The output of plugins as the Monitoring Plugins guidelines have it ("Plugin Output for Nagios", "Performance data",
 * "Threshold and Ranges"), read by a parser that accepts nothing else:
 *
 *     LINE   = "SKEW " STATUS " - " TEXT [ " | " DATUM *( " " DATUM ) ]
 *     DATUM  = LABEL "=" NUMBER [UOM] *4( ";" [...] )        warn, crit: RANGE; min, max: NUMBER
 *     RANGE  = ["@"] [ ( NUMBER / "~" ) ":" ] [NUMBER]
 */
#ifndef TESTS_UNIT_GRAMMAR_H
#define TESTS_UNIT_GRAMMAR_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool grammar_number(const char **at)
{
	const char *c = *at + (**at == '-');
	size_t whole = strspn(c, "0123456789");

	if (!whole)
		return false;
	c += whole;
	if (*c == '.') {
		size_t fraction = strspn(c + 1, "0123456789");

		if (!fraction)
			return false;
		c += 1 + fraction;
	}
	*at = c;
	return true;
}

static bool grammar_range(const char **at)
{
	const char *c = *at;
	bool start;

	c += *c == '@';
	start = *c == '~' || grammar_number(&c);
	c += *c == '~';
	if (*c == ':') {
		c++;
		(void)grammar_number(&c);
	} else if (!start) {
		return false;
	}
	*at = c;
	return true;
}

/* The longest that fits. */
static void grammar_unit(const char **at)
{
	static const char *const units[] = { "ms", "us", "s", "%", "KB", "MB", "TB", "B", "c" };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strncmp(*at, units[i], strlen(units[i])) == 0) {
			*at += strlen(units[i]);
			return;
		}
	}
}

static bool grammar_datum(const char **at)
{
	const char *c = *at;
	size_t label = strcspn(c, "=' ;|");

	if (!label || c[label] != '=')
		return false;
	c += label + 1;
	if (!grammar_number(&c))
		return false;
	grammar_unit(&c);
	for (int i = 0; i < 4 && *c == ';'; i++) {
		c++;
		if (*c != ';' && *c != ' ' && *c && !(i < 2 ? grammar_range(&c) : grammar_number(&c)))
			return false;
	}
	*at = c;
	return true;
}

static bool grammar_data(const char *text)
{
	while (grammar_datum(&text)) {
		if (!*text)
			return true;
		if (*text++ != ' ')
			return false;
	}
	return false;
}

/*
 * Is `output` one line of the grammar, and its word that of the exit status? What is wrong goes to standard error. Only
 * with `more` may further lines follow, without a "|" in them.
 */
static bool grammar_holds(const char *output, int status, bool more)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };
	char line[8192], head[32], *bar;
	const char *end = strchr(output, '\n'), *wrong = NULL;

	if (status < 0 || status > 3 || !end || (size_t)(end - output) >= sizeof line)
		goto no;
	snprintf(line, sizeof line, "%.*s", (int)(end - output), output);
	snprintf(head, sizeof head, "SKEW %s - ", words[status]);
	bar = strchr(line, '|');
	if (strncmp(line, head, strlen(head)) != 0)
		wrong = "head";
	else if (strlen(line) == strlen(head))
		wrong = "no text";
	else if (bar && (bar[-1] != ' ' || bar[1] != ' ' || !grammar_data(bar + 2)))
		wrong = "performance data";
	else if (more ? strchr(end + 1, '|') != NULL : end[1] != '\0')
		wrong = "more than one line";
	for (const char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			wrong = "control characters";
	if (!wrong)
		return true;
no:
	fprintf(stderr, "not in the grammar (%s), exit status %d: %s\n", wrong ? wrong : "line", status,
		output);
	return false;
}

#endif
