#include "result.h"

#include <stdarg.h>
#include <string.h>

#include "../../conf/span.h"

void result_init(struct result *result)
{
	*result = (struct result){ .state = VERDICT_UNKNOWN };
}

static void append(char *text, size_t room, const char *format, va_list args)
{
	size_t len = strlen(text);

	vsnprintf(text + len, room - len, format, args);
}

void result_say(struct result *result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(result->text, sizeof result->text, format, args);
	va_end(args);
}

void result_more(struct result *result, const char *format, ...)
{
	size_t len = strlen(result->more);
	va_list args;

	va_start(args, format);
	append(result->more, sizeof result->more - 1, format, args);
	va_end(args);
	/* One line is one line, whatever a name in it holds. */
	for (char *c = result->more + len; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '|')
			*c = ' ';
	memcpy(result->more + strlen(result->more), "\n", 2);
}

static enum range_says ask(const struct limit *limit, struct interval size)
{
	return limit->text ? range_judge(&limit->range, size) : RANGE_QUIET;
}

static void say_straddles(struct result *result, struct interval size, const char *name, const char *range)
{
	char low[SPAN_TEXT_SIZE], high[SPAN_TEXT_SIZE];

	result_say(result, "; %s to %s straddles the %s range %s: a shorter path or another range would tell",
		span_format(size.low, low, sizeof low), span_format(size.high, high, sizeof high), name,
		range);
}

void result_judge(struct result *result, const struct options *options)
{
	const struct limit *warning = &options->warning, *critical = &options->critical;
	struct interval size = range_size_of(result->perfdata.offset);
	enum range_says warn = ask(warning, size), crit = ask(critical, size);

	if (!result->perfdata.known) {
		result->state = VERDICT_UNKNOWN;
		return;
	}
	result->state = VERDICT_OK;
	if (crit == RANGE_ALERT) {
		result->state = VERDICT_CRITICAL;
		result_say(result, "; by the critical range %s", critical->text);
	} else if (crit == RANGE_EITHER || warn == RANGE_EITHER) {
		result->state = VERDICT_UNKNOWN;
		say_straddles(result, size, crit == RANGE_EITHER ? "critical" : "warning",
			crit == RANGE_EITHER ? critical->text : warning->text);
	} else if (warn == RANGE_ALERT) {
		result->state = VERDICT_WARNING;
		result_say(result, "; by the warning range %s", warning->text);
	}
	result->perfdata.warning[0] = result->perfdata.critical[0] = '\0';
	if (warning->text)
		range_signed(&warning->range, result->perfdata.warning);
	if (critical->text)
		range_signed(&critical->range, result->perfdata.critical);
}

int result_print(const struct result *result, const struct options *options, FILE *out)
{
	char line[RESULT_TEXT_SIZE + 32], numbers[PERFDATA_SIZE];

	perfdata_sentence(result->state, result->text, line, sizeof line);
	perfdata_line(&result->perfdata, numbers);
	fprintf(out, "%s%s%s\n", line, *numbers ? " | " : "", numbers);
	if (options->verbose >= 2)
		fputs(result->more, out);
	return (int)result->state;
}
