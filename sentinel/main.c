#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "galera/galera.h"
#include "host/keyfile.h"
#include "host/log.h"

enum { EXIT_CONFIGURATION = 2 };

static const char usage[] =
	"usage: skew-sentinel [-c FILE] [-t] [-v] [-V] [-h]\n"
	"  -c FILE  the configuration (default: /etc/skew-sentinel/sentinel.yaml)\n"
	"  -t       check the configuration and the keys, and exit\n"
	"  -v       more log; twice: debug\n"
	"  -V       print the version\n"
	"  -h       print this\n"
	"It runs in the foreground; systemctl start skew-sentinel starts it as a service.\n";

struct arguments {
	const char *file;
	bool test;
	int verbosity;
};

/* Exits by itself where there is nothing more to do. */
static void read_arguments(int argc, char **argv, struct arguments *out)
{
	int option;

	*out = (struct arguments){ .file = "/etc/skew-sentinel/sentinel.yaml" };
	while ((option = getopt(argc, argv, "c:tvVh")) != -1) {
		switch (option) {
		case 'c':
			out->file = optarg;
			break;
		case 't':
			out->test = true;
			break;
		case 'v':
			out->verbosity++;
			break;
		case 'V':
			puts("skew-sentinel " SKEW_VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(EXIT_CONFIGURATION);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "skew-sentinel: unexpected '%s'\n%s", argv[optind], usage);
		exit(EXIT_CONFIGURATION);
	}
}

static int complain(const char *what)
{
	fprintf(stderr, "skew-sentinel: %s\n", what);
	return EXIT_CONFIGURATION;
}

static const char *usual_state(const struct conf_host *host)
{
	return host->state_directory ? host->state_directory : "/var/lib/skew-sentinel";
}

/*
 * A daemon that cannot start cannot give back what it did before, so people have to be told how. Where there is no
 * configuration the state directory is a guess: the usual one.
 */
static int complain_and_warn(const char *what, const char *state)
{
	complain(what);
	if (galera_left_in_force(state))
		complain(GALERA_LEFT_IN_FORCE);
	return EXIT_CONFIGURATION;
}

static int test_only(struct conf *conf, const char *file)
{
	char error[768];
	struct keyring *ring = keyfile_load(conf, error, sizeof error);

	if (!ring) {
		conf_free(conf);
		return complain(error);
	}
	printf("%s is good: %s%s with %zu peer%s, an electorate of %u, %zu key%s\n", file, conf->node,
		conf->listed ? "" : " (none of those in the list)", conf->n_peers,
		conf->n_peers == 1 ? "" : "s", conf->electorate, keyring_count(ring),
		keyring_count(ring) == 1 ? "" : "s");
	keyring_free(ring);
	conf_free(conf);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	char host[256] = "", error[1024], state[CONF_PATH_SIZE];
	struct daemon_options options = { .host = { .name = host,
						  .state_directory = getenv("STATE_DIRECTORY") } };
	struct arguments arguments;
	struct conf_error bad;
	struct conf *conf;
	struct daemon *daemon;
	bool ended_well;

	read_arguments(argc, argv, &arguments);
	log_open(arguments.verbosity);
	gethostname(host, sizeof host - 1);
	options.file = arguments.file;
	conf = conf_load(arguments.file, &options.host, &bad);
	if (!conf && arguments.test)
		return complain(bad.text);
	if (!conf)
		return complain_and_warn(bad.text, usual_state(&options.host));
	if (arguments.test)
		return test_only(conf, arguments.file);
	snprintf(state, sizeof state, "%s", conf->state);
	daemon = daemon_new(&options, conf, error, sizeof error);
	if (!daemon)
		return complain_and_warn(error, state);
	ended_well = daemon_run(daemon);
	daemon_free(daemon);
	return ended_well ? EXIT_SUCCESS : EXIT_FAILURE;
}
