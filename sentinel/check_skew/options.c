#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/name.h"
#include "../../conf/span.h"
#include "../skewctl/client.h"

#define TIMEOUT_DEFAULT span_s(10)
#define TIMEOUT_MOST span_s(3600)

/* Where nothing else is known of what is probed: what the daemon alerts by, when its configuration says nothing. */
#define WARNING_DEFAULT "100ms"
#define CRITICAL_DEFAULT "500ms"

const char options_help[] =
	"check_skew " SKEW_VERSION ": is a clock right? For Icinga, Nagios and their kin.\n"
	"\n"
	"usage: check_skew [-s SOCKET] [-n NODE] [-w RANGE] [-c RANGE] [-t S] [-v]\n"
	"       check_skew -H HOST [-p PORT] [-k KEYFILE -i ID [-C CLUSTER]] [-w RANGE] [-c RANGE] [-t S] "
	"[-v]\n"
	"\n"
	"The first asks the skew-sentinel of this host, the second probes a sentinel or an NTP server "
	"itself.\n"
	"\n"
	" -s, --socket=SOCKET   the daemon's status socket (default: " CLIENT_SOCKET_DEFAULT ")\n"
	" -n, --node=NODE       the verdict on NODE (default: this host's own)\n"
	" -H, --hostname=HOST   a name or an address; no daemon is needed\n"
	" -p, --port=PORT       of it (default: 9123, a sentinel's; 123 is NTP's)\n"
	" -k, --keyfile=FILE    in the format of chrony's, with the key to ask with,\n"
	" -i, --key-id=ID       this one; an answer without it is not believed\n"
	" -C, --cluster=CLUSTER ask as a sentinel of that cluster: it tells its own verdict, and a drill "
	"shows\n"
	" -w, --warning=RANGE   on the size of the offset, in seconds or with a unit: 100ms, 10:, @1s:2s\n"
	" -c, --critical=RANGE  (default: the daemon's own verdict; with -H: " WARNING_DEFAULT
	" and " CRITICAL_DEFAULT ")\n"
	" -t, --timeout=S       seconds until it gives up (default: 10)\n"
	" -v, --verbose         more; up to three times\n"
	" -V, --version\n"
	" -h, --help\n"
	"\n"
	"An offset is that clock minus the other one: a clock that is ahead has a positive one. Where its "
	"bounds\n"
	"straddle a limit the answer is UNKNOWN. Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN and "
	"usage.\n";

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "node", required_argument, NULL, 'n' },
	{ "hostname", required_argument, NULL, 'H' },
	{ "port", required_argument, NULL, 'p' },
	{ "keyfile", required_argument, NULL, 'k' },
	{ "key-id", required_argument, NULL, 'i' },
	{ "cluster", required_argument, NULL, 'C' },
	{ "warning", required_argument, NULL, 'w' },
	{ "critical", required_argument, NULL, 'c' },
	{ "timeout", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* The arguments while they are read. */
struct reading_options {
	struct options options;
	const char *port, *key;
	enum options_wish wish;
	char *error;
	size_t room;
};

/* "-t soon: give a number of seconds" */
static void complain(struct reading_options *r, const char *option, const char *value, const char *hint)
{
	if (r->wish == OPTIONS_BAD)
		return;
	r->wish = OPTIONS_BAD;
	snprintf(r->error, r->room, "%s%s%.200s: %s", option, *option && *value ? " " : "", value, hint);
}

static void wish_for(struct reading_options *r, enum options_wish wish)
{
	if (r->wish == OPTIONS_CHECK)
		r->wish = wish;
}

/* The option that getopt objects to: of a cluster such as -vx it is only the letter that is known. */
static const char *objected(char *const *argv)
{
	static char letter[3] = "-";

	if (optopt <= 0x20 || optopt >= 0x7f)
		return argv[optind - 1];
	letter[1] = (char)optopt;
	return letter;
}

static void take(struct reading_options *r, int letter, char *const *argv)
{
	const char **const texts[128] = {
		['s'] = &r->options.socket,
		['n'] = &r->options.node,
		['H'] = &r->options.host,
		['p'] = &r->port,
		['k'] = &r->options.keyfile,
		['i'] = &r->key,
		['C'] = &r->options.cluster,
		['w'] = &r->options.warning.text,
		['c'] = &r->options.critical.text,
	};

	if (letter == 'h' || letter == 'V')
		wish_for(r, letter == 'h' ? OPTIONS_HELP : OPTIONS_VERSION);
	else if (letter == 'v')
		r->options.verbose += r->options.verbose < 3;
	else if (letter == ':')
		complain(r, "", objected(argv), "its value is missing");
	else if (letter == '?')
		complain(r, "", objected(argv), "there is no such option");
	else if (letter != 't')
		*texts[letter] = optarg;
	else if (!quantity_parse(optarg, &r->options.timeout) || r->options.timeout.ns <= 0 ||
		 span_less(TIMEOUT_MOST, r->options.timeout))
		complain(r, "-t", optarg, "give a number of seconds, up to 3600");
}

/* The whole text as a number from 1 to `most`. */
static bool read_count(const char *text, int64_t most, int64_t *out)
{
	int64_t count;
	size_t len = decimal_parse(text, 1, &count);

	if (!len || text[len] || strchr(text, '.') || count < 1 || count > most)
		return false;
	*out = count;
	return true;
}

static void check_limit(
	struct reading_options *r, struct limit *limit, const char *fallback, const char *option)
{
	if (!limit->text)
		limit->text = fallback;
	if (limit->text && !range_parse(limit->text, &limit->range))
		complain(r, option, limit->text, "give a range such as 100ms, 10:20 or @1s:2s");
}

static void check_host(struct reading_options *r)
{
	int64_t port = CONF_PORT, key = 0;

	if (r->options.node)
		complain(r, "-n", r->options.node,
			"it goes with the daemon, which knows all nodes, not with -H");
	if (r->port && !read_count(r->port, UINT16_MAX, &port))
		complain(r, "-p", r->port, "give a port from 1 to 65535");
	if (!address_parse(r->options.host, (uint16_t)port, &r->options.address))
		complain(r, "-H", r->options.host, "neither a host name nor an address");
	if (!r->key != !r->options.keyfile)
		complain(r, "-k, -i", "", "they go together");
	if (r->options.cluster && !r->options.keyfile)
		complain(r, "-C", r->options.cluster, "it takes a key, -k and -i");
	if (r->options.cluster && !name_valid(r->options.cluster, CLUSTER_NAME_SIZE))
		complain(r, "-C", r->options.cluster, "that is no name of a cluster");
	if (r->key && !read_count(r->key, UINT32_MAX, &key))
		complain(r, "-i", r->key, "give the number of a key, from 1 to 4294967295");
	r->options.key = (uint32_t)key;
}

static void check(struct reading_options *r)
{
	bool defaults = r->options.host && !r->options.warning.text && !r->options.critical.text;

	check_limit(r, &r->options.warning, defaults ? WARNING_DEFAULT : NULL, "-w");
	check_limit(r, &r->options.critical, defaults ? CRITICAL_DEFAULT : NULL, "-c");
	if (r->options.host)
		check_host(r);
	else if (r->port || r->options.keyfile || r->key || r->options.cluster)
		complain(r, "-p, -k, -i, -C", "", "they go with -H");
}

enum options_wish options_read(int argc, char **argv, struct options *out, char *error, size_t room)
{
	struct reading_options r = {
		.options = { .socket = CLIENT_SOCKET_DEFAULT, .timeout = TIMEOUT_DEFAULT },
		.wish = OPTIONS_CHECK,
		.error = error,
		.room = room,
	};
	int letter;

	error[0] = '\0';
	optind = 0; /* anew, in glibc: tests read more than one command line */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+:s:n:H:p:k:i:C:w:c:t:vVh", long_options, NULL)) != -1)
		take(&r, letter, argv);
	if (optind < argc)
		complain(&r, "", argv[optind], "too much: there are only options");
	if (r.wish == OPTIONS_CHECK)
		check(&r);
	*out = r.options;
	return r.wish;
}
