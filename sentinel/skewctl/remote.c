#include "remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_ALPHABET "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:%@"

/*
 * [USER@]HOST, as ssh takes it. It must not be an option, nor may either part of it become one in a configuration of ssh
 * that hands it on; nor hold anything that a shell in there might take for its own.
 */
static bool host_good(const char *host)
{
	const char *at = strrchr(host, '@');
	const char *name = at ? at + 1 : host;

	return *name && *name != '-' && *host != '-' && *host != '@' && !host[strspn(host, HOST_ALPHABET)];
}

/* In single quotes nothing but a single quote means anything to a shell. */
static void put_quoted(FILE *out, const char *text)
{
	fputs(" '", out);
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	fputc('\'', out);
}

static void put_option(FILE *out, const char *name, const char *value)
{
	char *whole;

	if (!value) {
		fprintf(out, " --%s", name);
		return;
	}
	if (asprintf(&whole, "--%s=%s", name, value) < 0)
		abort();
	put_quoted(out, whole);
	free(whole);
}

/* For the shell there. For free(). */
static char *command_line(const struct skewctl *ctl)
{
	unsigned given = ctl->given & ~(unsigned)OPTION_HOST;
	char *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		abort();
	fputs("skewctl", out);
	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (given & (1U << i))
			put_option(out, option_name(1U << i), ctl->values[i]);
	fputs(" --", out);
	put_quoted(out, ctl->command->name);
	for (int i = 0; i < ctl->n_names; i++)
		put_quoted(out, ctl->names[i]);
	if (fclose(out) != 0)
		abort();
	return line;
}

/* A terminal there where there is one here: for colours, the width, and what fills the screen. */
static bool wants_terminal(const struct skewctl *ctl)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !(ctl->given & OPTION_JSON);
}

int remote_run(const struct skewctl *ctl)
{
	const char *host = option_value(ctl, OPTION_HOST);
	char *line;

	if (!host_good(host))
		return usage_error(ctl, "--host %s: give [USER@]HOST, as for ssh", host);
	line = command_line(ctl);
	execlp("ssh", "ssh", wants_terminal(ctl) ? "-t" : "-T", "--", host, line, (char *)NULL);
	fprintf(stderr, "skewctl: ssh: %s: install the OpenSSH client\n", strerror(errno));
	free(line);
	return EXIT_NO_DAEMON;
}
