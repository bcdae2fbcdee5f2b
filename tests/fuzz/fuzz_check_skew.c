/*
 * check_skew under random command lines: whatever they are, it prints one line of the plugins' grammar (and more only
 * for -h, -V and -vv), and its exit status is 0 to 3.
 *
 *     fuzz_check_skew [LINES] [SEED] [FROM]    the command line that a failure names comes again with its SEED and number
 *
 * The whole program runs within this process, up to its main(). A daemon's answers, right and wrong ones, come from a
 * thread; what is probed is on the loopback interface, where mostly nobody listens.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../sentinel/check_skew/check.h"
#include "../unit/grammar.h"

enum { WORDS_MOST = 12, WORD_SIZE = 320, DOCUMENT_SIZE = 65536 };

static uint64_t chance;

/* xorshift64* (Marsaglia 2003, Vigna 2016) */
static uint64_t draw(uint64_t below)
{
	chance ^= chance >> 12;
	chance ^= chance << 25;
	chance ^= chance >> 27;
	return (chance * UINT64_C(0x2545F4914F6CDD1D) >> 11) % below;
}

/* ---- what answers at the socket and on the network ---- */

static char directory[] = "/tmp/fuzz_check_skew.XXXXXX";
static char socket_path[64], keys_path[64], file_path[64];
static char documents[2][DOCUMENT_SIZE];
static int listener, echo;

static void load(const char *name, char *out)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s.json", PAGES, name);
	file = fopen(path, "r");
	if (!file)
		abort();
	out[fread(out, 1, DOCUMENT_SIZE - 1, file)] = '\0';
	fclose(file);
}

/* Now and then cut off, empty, or another status. */
static void say(int fd, const char *body, unsigned mood)
{
	size_t len = strlen(body);
	char head[128];

	snprintf(head, sizeof head, "HTTP/1.1 %u OK\r\nContent-Length: %zu\r\n\r\n", mood == 1 ? 500 : 200,
		len);
	if (mood == 2)
		head[7] = '\0';
	send(fd, head, strlen(head), MSG_NOSIGNAL);
	send(fd, body, mood == 3 ? len / 2 : len, MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
	static const char *const nonsense[] = { "", "[]", "{}", "{\"verdict\":{\"state\":\"ok\"}}", "null" };
	unsigned count = 0;
	char request[1024];
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		ssize_t got = recv(fd, request, sizeof request - 1, 0);
		unsigned mood = count++ % 8;

		request[got > 0 ? got : 0] = '\0';
		if (mood == 4)
			say(fd, nonsense[count / 8 % 5], 0);
		else
			say(fd, documents[strstr(request, "matrix") != NULL], mood);
		close(fd);
	}
	return arg;
}

/* What comes is what was sent: a datagram that is no answer. */
static void *mirror(void *arg)
{
	struct sockaddr_storage from;
	char bytes[2048];

	for (;;) {
		socklen_t size = sizeof from;
		ssize_t len = recvfrom(echo, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);

		if (len < 0)
			return arg;
		bytes[0] = (char)0x24; /* a server's */
		if (len >= 48)
			memcpy(bytes + 24, bytes + 40, 8);
		sendto(echo, bytes, (size_t)len, 0, (struct sockaddr *)&from, size);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		abort();
	fputs(text, file);
	fclose(file);
	chmod(path, 0600);
}

static void open_world(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	pthread_t thread;

	if (!mkdtemp(directory))
		abort();
	snprintf(socket_path, sizeof socket_path, "%s/status.sock", directory);
	snprintf(keys_path, sizeof keys_path, "%s/keys", directory);
	snprintf(file_path, sizeof file_path, "%s/file", directory);
	write_file(keys_path, "7 AES128 HEX:000102030405060708090a0b0c0d0e0f\n");
	write_file(file_path, "no keys\n");
	load("night-status", documents[0]);
	load("night-matrix", documents[1]);
	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	echo = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0 ||
		bind(echo, (struct sockaddr *)&there, sizeof there) != 0 ||
		pthread_create(&thread, NULL, serve, NULL) != 0 || pthread_detach(thread) != 0 ||
		pthread_create(&thread, NULL, mirror, NULL) != 0 || pthread_detach(thread) != 0)
		abort();
}

static void close_world(void)
{
	unlink(socket_path);
	unlink(keys_path);
	unlink(file_path);
	rmdir(directory);
}

static unsigned echo_port(void)
{
	struct sockaddr_in there = { 0 };
	socklen_t size = sizeof there;

	return getsockname(echo, (struct sockaddr *)&there, &size) == 0 ? ntohs(there.sin_port) : 1;
}

/* ---- command lines ---- */

static char words[WORDS_MOST][WORD_SIZE];

/* Any octets. A name that could be asked for over the network is not among them: it begins with what no name has. */
static void put_noise(char *out)
{
	size_t len = 1 + draw(draw(8) ? 12 : WORD_SIZE - 2);

	out[0] = "!#^/@~: \t\n\x7f\xff"[draw(12)];
	for (size_t i = 1; i < len; i++)
		out[i] = (char)(1 + draw(255));
	out[len] = '\0';
}

static void put_number(char *out)
{
	static const char *const units[] = { "", "", "s", "ms", "us", "ns", "m", "h", "d", "x", "e9" };
	static const char *const numbers[] = { "0", "1", "10", "1900.002", "-5", "0.000000001",
		"0.00000000001", "9223372036", "99999999999999999999999999", ".", "1.", "-" };

	snprintf(out, 64, "%s%s", numbers[draw(4) ? draw(4) : draw(12)], units[draw(4) ? draw(6) : draw(11)]);
}

static void put_range(char *out)
{
	char start[64], end[64];

	put_number(start);
	put_number(end);
	snprintf(out, WORD_SIZE, "%s%s%s%s", draw(3) ? "" : "@",
		draw(2)   ? ""
		: draw(3) ? start
			  : "~",
		draw(2) ? ":" : "", draw(8) ? end : "");
}

static void put_value(char letter, char *out)
{
	const char *const sockets[] = { socket_path, socket_path, socket_path, file_path, directory,
		"/nowhere", "" };
	static const char *const nodes[] = { "db3", "db1", "mon1", "db9", "", "DB2" };
	static const char *const hosts[] = { "127.0.0.1", "127.0.0.1", "127.0.0.1", "::1", "127.0.0.1",
		"127.0.0.1", "[::1]:123", "", "a..b", "127.0.0.1:99999", "[", "fe80::1%lo", "-",
		"256.1.1.1" };
	const char *const files[] = { keys_path, keys_path, file_path, directory, "/nowhere", "" };

	if (!draw(30))
		put_noise(out);
	else if (letter == 's')
		snprintf(out, WORD_SIZE, "%s", sockets[draw(7)]);
	else if (letter == 'n')
		snprintf(out, WORD_SIZE, "%s", nodes[draw(6)]);
	else if (letter == 'H')
		snprintf(out, WORD_SIZE, "%s", hosts[draw(2) ? 0 : draw(14)]);
	else if (letter == 'k')
		snprintf(out, WORD_SIZE, "%s", files[draw(6)]);
	else if (letter == 'p')
		snprintf(out, WORD_SIZE, "%u", draw(3) ? echo_port() : (unsigned)draw(70000));
	else if (letter == 'C')
		snprintf(out, WORD_SIZE, "prod");
	else if (letter == 'i')
		snprintf(out, WORD_SIZE, "%s", draw(3) ? "7" : "4294967296");
	else
		put_range(out);
}

/* Those of the local check, those of both, those of the network. */
static const struct {
	char letter;
	const char *name;
} letters[] = { { 's', "socket" }, { 'n', "node" }, { 's', "socket" }, { 'w', "warning" },
	{ 'c', "critical" }, { 'H', "hostname" }, { 'p', "port" }, { 'H', "hostname" }, { 'k', "keyfile" },
	{ 'i', "key-id" }, { 'C', "cluster" } };
enum { STYLES = 4 };
static const struct {
	size_t first, count;
} styles[STYLES] = { { 0, 5 }, { 0, 5 }, { 3, 5 }, { 0, 11 } };

/* One option, as one word or two. Gives how many words it took. */
static int put_option(char (*out)[WORD_SIZE], size_t style)
{
	size_t which = styles[style].first + draw(styles[style].count);
	char value[WORD_SIZE];

	if (!draw(15)) {
		static const char *const alone[] = { "-v", "-vv", "-vvv", "--verbose", "-v", "-h", "-V",
			"--verbose", "--help", "--version", "-x", "--", "-", "--he", "--no-such=1", "-vx" };

		snprintf(out[0], WORD_SIZE, "%s", alone[draw(16)]);
		return 1;
	}
	if (!draw(100)) {
		put_noise(out[0]);
		return 1;
	}
	put_value(letters[which].letter, value);
	if (!draw(3)) {
		snprintf(out[0], WORD_SIZE, "--%s=%.250s", letters[which].name, value);
		return 1;
	}
	snprintf(out[0], WORD_SIZE, "-%c", letters[which].letter);
	snprintf(out[1], WORD_SIZE, "%s", value);
	return 2;
}

/* It always ends with a short -t: the last one counts, and nobody waits. */
static int make_line(char **argv)
{
	static char program[] = "check_skew";
	int argc = 1, wanted = 1 + (int)draw(WORDS_MOST - 4);
	size_t style = draw(STYLES);

	argv[0] = program;
	for (int used = 0; used < wanted;) {
		int took = put_option(words + used, style);

		for (int i = 0; i < took; i++)
			argv[argc++] = words[used + i];
		used += took;
	}
	snprintf(words[WORDS_MOST - 1], WORD_SIZE, "%s", draw(50) ? "-t20ms" : "-t");
	argv[argc++] = words[WORDS_MOST - 1];
	argv[argc] = NULL;
	return argc;
}

/* Everything printed where more than the one line is meant to be. */
static bool is_long(const char *output)
{
	return strncmp(output, "check_skew ", 11) == 0;
}

/* What came of the lines: all of it has to, or they are not as various as they should be. */
static unsigned long outcomes[4], helped, refused, probed;

static void count(int status, const char *output)
{
	helped += is_long(output);
	refused += strstr(output, "(see check_skew --help)") != NULL;
	probed += strstr(output, "no answer to be believed") != NULL;
	if (status >= 0 && status <= 3)
		outcomes[status]++;
}

static bool run_one(int argc, char **argv)
{
	bool more = false;
	char *output = NULL;
	size_t size;
	FILE *out = open_memstream(&output, &size);
	int status, verbose = 0;
	bool good;

	for (int i = 1; i < argc; i++) /* before getopt, which is free to move them */
		verbose += strncmp(argv[i], "-v", 2) == 0 ? (int)strlen(argv[i]) - 1
							  : strncmp(argv[i], "--v", 3) == 0;
	more = verbose >= 2;
	status = check_run(argc, argv, out, NULL, NULL);
	fclose(out);
	good = is_long(output) ? status == 3 : grammar_holds(output, status, more);
	count(status, output);
	free(output);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long lines = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	unsigned long from = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned long n;

	signal(SIGPIPE, SIG_IGN);
	open_world();
	for (n = from; n < from + lines; n++) {
		char *line[WORDS_MOST + 4];
		int argc_line;

		chance = (seed * 1000003 + n + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
		argc_line = make_line(line);
		if (run_one(argc_line, line))
			continue;
		fprintf(stderr, "again: %s 1 %lu %lu\n", argv[0], seed, n);
		for (int i = 0; i < argc_line; i++)
			fprintf(stderr, "  [%s]\n", line[i]);
		break;
	}
	close_world();
	printf("%lu command lines of %lu: %lu OK, %lu WARNING, %lu CRITICAL, %lu UNKNOWN, of which %lu "
	       "refused, %lu "
	       "helped, %lu probed in vain\n",
		n - from, lines, outcomes[0], outcomes[1], outcomes[2], outcomes[3], refused, helped, probed);
	if (lines >= 10000)
		return n < from + lines || !outcomes[0] || !outcomes[1] || !outcomes[2] || !helped || !probed;
	return n < from + lines;
}
