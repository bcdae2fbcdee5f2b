#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "skewctl.h"

/* In the order of enum option_bit. */
static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "follow", no_argument, NULL, 'f' },
	{ "offset", required_argument, NULL, 0 },
	{ "drift", required_argument, NULL, 0 },
	{ "for", required_argument, NULL, 0 },
	{ "stop", no_argument, NULL, 0 },
	{ "reason", required_argument, NULL, 0 },
	{ "mesh", no_argument, NULL, 0 },
	{ "shared", no_argument, NULL, 0 },
	{ "aes256", no_argument, NULL, 0 },
	{ "out", required_argument, NULL, 0 },
	{ "socket", required_argument, NULL, 's' },
	{ "config", required_argument, NULL, 'c' },
	{ "wait", required_argument, NULL, 0 },
	{ "replay", no_argument, NULL, 0 },
	{ "host", required_argument, NULL, 'H' },
	{ "cluster", no_argument, NULL, 0 },
	{ "claim", required_argument, NULL, 0 },
	{ "apply", no_argument, NULL, 0 },
	{ "add", no_argument, NULL, 0 },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

enum { OPTIONS_OF_ALL = OPTION_JSON | OPTION_SOCKET | OPTION_CONFIG | OPTION_HOST };

static const char head[] =
	"usage: skewctl [-H HOST] [-s SOCKET] [-c FILE] [--json] COMMAND ...\n"
	"  -H HOST    runs the command there, over ssh ([USER@]HOST)\n"
	"  -s SOCKET  the daemon's status socket (default: /run/skew-sentinel/status.sock)\n"
	"  -c FILE    the configuration, which also names the socket\n"
	"             (default: /etc/skew-sentinel/sentinel.yaml)\n"
	"  --json     the daemon's own words\n"
	"  -V, -h     the version; this, or with a command its usage\n"
	"commands:\n";

static void print_help(FILE *out)
{
	fputs(head, out);
	for (unsigned i = 0; i < n_commands; i++)
		fprintf(out, "  %s\n             %s\n", commands[i].usage, commands[i].help);
	fputs("SPAN: 250ms, 90s, 2h; -1900s. Exit status: 0 done, 1 refused, 2 usage, 3 no daemon.\n", out);
}

static void print_usage(FILE *out, const struct command *command)
{
	fprintf(out, "usage: skewctl %s\n  %s\n", command->usage, command->help);
}

int usage_error(const struct skewctl *ctl, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "skewctl%s%s: ", ctl->command ? " " : "", ctl->command ? ctl->command->name : "");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (ctl->command)
		print_usage(stderr, ctl->command);
	else
		fputs("try: skewctl -h\n", stderr);
	return EXIT_USAGE;
}

int usage_bad_span(const struct skewctl *ctl, enum option_bit bit)
{
	return usage_error(ctl, "--%s %s: give a number and a unit, such as 250ms, 90s, 2h or -1900s",
		option_name(bit), option_value(ctl, bit));
}

const char *option_name(enum option_bit bit)
{
	return options[__builtin_ctz((unsigned)bit)].name;
}

static const struct command *command_find(const char *name)
{
	for (unsigned i = 0; i < n_commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const char *option_value(const struct skewctl *ctl, enum option_bit bit)
{
	return ctl->values[__builtin_ctz((unsigned)bit)];
}

static int number_of(int letter)
{
	int number = 0;

	while (options[number].val != letter)
		number++;
	return number;
}

struct wishes {
	bool help, version, bad;
};

static void take_options(int argc, char **argv, struct skewctl *out, struct wishes *wishes)
{
	int letter;
	int number;

	while ((letter = getopt_long(argc, argv, "H:s:c:hV", options, &number)) != -1) {
		wishes->help |= letter == 'h';
		wishes->version |= letter == 'V';
		wishes->bad |= letter == '?';
		if (letter == 'h' || letter == 'V' || letter == '?')
			continue;
		if (letter != 0)
			number = number_of(letter);
		out->given |= 1U << number;
		out->values[number] = optarg;
	}
}

static bool check(const struct skewctl *ctl)
{
	unsigned refused = ctl->given & ~(ctl->command->options | OPTIONS_OF_ALL);

	if (refused)
		usage_error(ctl, "--%s does not go with it", options[__builtin_ctz(refused)].name);
	else if ((ctl->given & OPTION_HOST) && (ctl->command->options & ONLY_HERE))
		usage_error(ctl, "--host does not go with it: run it on that host");
	else if (ctl->n_names > ctl->command->names_most)
		usage_error(ctl, "'%s' is too much", ctl->names[ctl->command->names_most]);
	else
		return true;
	return false;
}

bool options_read(int argc, char **argv, struct skewctl *out, int *status)
{
	struct wishes wishes = { 0 };

	*out = (struct skewctl){ 0 };
	take_options(argc, argv, out, &wishes);
	*status = EXIT_USAGE;
	if (optind < argc)
		out->command = command_find(argv[optind]);
	out->names = argv + optind + 1;
	out->n_names = argc > optind ? argc - optind - 1 : 0;
	out->socket = option_value(out, OPTION_SOCKET);
	out->config = option_value(out, OPTION_CONFIG);
	page_open(&out->page, stdout);
	if (wishes.bad) {
		fputs("try: skewctl -h\n", stderr);
	} else if (wishes.version) {
		puts("skewctl " SKEW_VERSION);
		*status = EXIT_DONE;
	} else if (wishes.help) {
		if (out->command)
			print_usage(stdout, out->command);
		else
			print_help(stdout);
		*status = EXIT_DONE;
	} else if (optind >= argc) {
		print_help(stderr);
	} else if (!out->command) {
		usage_error(out, "there is no command '%s'", argv[optind]);
	} else {
		return check(out);
	}
	return false;
}
