#include "check.h"

#include "local.h"
#include "network.h"

/* A tenth of the time is kept for telling what was found. */
static struct span within_of(const struct options *options)
{
	return span_scale(options->timeout, 9, 10);
}

static int check(const struct options *options, FILE *out, void (*disarm)(void))
{
	static struct result result;

	result_init(&result);
	if (options->host)
		network_check(options, within_of(options), &result);
	else
		local_check(options, within_of(options), &result);
	if (disarm)
		disarm();
	return result_print(&result, options, out);
}

/* Whatever is no check is UNKNOWN to who asks for one. */
static int complain(const char *error, FILE *out)
{
	char text[512], line[600];

	snprintf(text, sizeof text, "%.400s (see check_skew --help)", error);
	fprintf(out, "%s\n", perfdata_sentence(VERDICT_UNKNOWN, text, line, sizeof line));
	return VERDICT_UNKNOWN;
}

int check_run(int argc, char **argv, FILE *out, void (*arm)(struct span), void (*disarm)(void))
{
	struct options options;
	char error[512];

	switch (options_read(argc, argv, &options, error, sizeof error)) {
	case OPTIONS_CHECK:
		if (arm)
			arm(options.timeout);
		return check(&options, out, disarm);
	case OPTIONS_HELP:
		fputs(options_help, out);
		break;
	case OPTIONS_VERSION:
		fputs("check_skew " SKEW_VERSION "\n", out);
		break;
	case OPTIONS_BAD:
		return complain(error, out);
	}
	return VERDICT_UNKNOWN;
}
