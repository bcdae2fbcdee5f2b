/*
 * flood: as many requests as a time server will answer, and the least that could answer them.
 *
 *   flood ask ADDRESS PORT [-s SECONDS] [-w WINDOW] [-k KEYFILE -i ID [-n NAME -c CLUSTER]]
 *   flood echo PORT
 *
 * ask keeps WINDOW requests (default 64) under way for SECONDS (default 3) and prints how many were answered: plain NTP
 * requests of 48 octets; with a key, of 68; with a name besides, those of the sentinel NAME in CLUSTER, as long as the
 * longest answer. What was not answered for 100 ms counts as lost and is asked anew.
 *
 * echo sends back whatever comes to PORT, up to 64 datagrams for each two system calls: no server does less.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../proto/mac.h"
#include "../../proto/message.h"

enum { BATCH = 64, REQUESTS = 4096, WINDOW_MOST = 1024, LOST_AFTER_MS = 100 };

/* Room for a batch of datagrams, and whom they came from. */
struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec iovecs[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t bytes[BATCH][MESSAGE_MAX];
};

/* Made before the clock runs: each with a nonce and a MAC of its own. */
struct request {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
};

struct options {
	struct sockaddr_in server;
	unsigned long seconds, window, key;
	const char *keyfile, *name, *cluster;
};

static struct batch batch;
static struct request requests[REQUESTS];

static void die(const char *what, const char *why)
{
	fprintf(stderr, "flood: %s: %s\n", what, why);
	exit(1);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: flood ask ADDRESS PORT [-s SECONDS] [-w WINDOW] [-k KEYFILE -i ID [-n NAME -c "
		"CLUSTER]]\n       flood echo PORT\n");
	exit(2);
}

static unsigned long number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || value < least || value > most) {
		fprintf(stderr, "flood: \"%s\" is no number from %lu to %lu\n", text, least, most);
		exit(2);
	}
	return value;
}

static struct mono mono_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct mono){ (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec };
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;

	if (fd < 0)
		die("socket", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	return fd;
}

static void batch_clear(void)
{
	for (size_t i = 0; i < BATCH; i++) {
		batch.iovecs[i] = (struct iovec){ batch.bytes[i], sizeof batch.bytes[i] };
		batch.messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &batch.from[i],
							      .msg_namelen = sizeof batch.from[i],
							      .msg_iov = &batch.iovecs[i],
							      .msg_iovlen = 1 } };
	}
}

/* ---- echo ---- */

static void echo(unsigned long port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = open_socket();

	if (bind(fd, (struct sockaddr *)&here, sizeof here) != 0)
		die("bind", strerror(errno));
	for (;;) {
		int got;

		batch_clear();
		got = recvmmsg(fd, batch.messages, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < got; i++)
			batch.iovecs[i].iov_len = batch.messages[i].msg_len;
		if (got > 0)
			sendmmsg(fd, batch.messages, (unsigned)got, 0);
	}
}

/* ---- ask ---- */

static void write_request(
	const struct options *options, struct key *key, uint64_t nonce, struct request *request)
{
	struct writer w = { .bytes = request->bytes, .room = sizeof request->bytes };
	struct ntp_header header = { .version = NTP_VERSION, .mode = NTP_MODE_CLIENT, .transmit = { nonce } };
	struct hello hello = { .instance = 1, .version = "bench" };

	message_write_header(&w, &header);
	if (options->name) {
		snprintf(hello.name, sizeof hello.name, "%s", options->name);
		snprintf(hello.cluster, sizeof hello.cluster, "%s", options->cluster);
		message_write_hello(&w, &hello);
		field_pad(&w, FIELD_PAD, message_answer_size(&hello, ROW_SLICE_MAX) - w.len - MAC_SIZE);
	}
	if (key)
		mac_append(&w, key, key_id(key));
	if (w.full)
		die("request", "does not fit");
	request->len = w.len;
}

static struct keyring *read_keys(const char *path)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "r");
	struct keys_error error;
	struct keyring *ring;
	size_t len;

	if (!file)
		die(path, strerror(errno));
	len = fread(text, 1, sizeof text, file);
	fclose(file);
	ring = keyring_parse(text, len, &error);
	if (!ring)
		die(path, error.text);
	return ring;
}

static void make_requests(const struct options *options)
{
	struct keyring *ring = NULL;
	struct key *key = NULL;

	if (options->keyfile) {
		ring = read_keys(options->keyfile);
		key = keyring_find(ring, (uint32_t)options->key);
		if (!key)
			die(options->keyfile, "no such key");
	}
	for (size_t i = 0; i < REQUESTS; i++)
		write_request(options, key, 0x0123456789abcdef * (i + 1) | 1, &requests[i]);
	keyring_free(ring);
}

/* Sends so many; gives how many left. */
static unsigned long send_some(int fd, unsigned long wanted, size_t *next)
{
	unsigned n = wanted < BATCH ? (unsigned)wanted : BATCH;
	int sent;

	for (unsigned i = 0; i < n; i++) {
		const struct request *request = &requests[(*next + i) % REQUESTS];

		memcpy(batch.bytes[i], request->bytes, request->len);
		batch.iovecs[i] = (struct iovec){ batch.bytes[i], request->len };
		batch.messages[i] =
			(struct mmsghdr){ .msg_hdr = { .msg_iov = &batch.iovecs[i], .msg_iovlen = 1 } };
	}
	sent = sendmmsg(fd, batch.messages, n, MSG_DONTWAIT);
	if (sent <= 0)
		return 0;
	*next = (*next + (size_t)sent) % REQUESTS;
	return (unsigned long)sent;
}

static unsigned long receive_some(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int got;

	batch_clear();
	got = recvmmsg(fd, batch.messages, BATCH, MSG_DONTWAIT, NULL);
	if (got > 0)
		return (unsigned long)got;
	if (poll(&pollfd, 1, LOST_AFTER_MS) <= 0)
		return 0;
	got = recvmmsg(fd, batch.messages, BATCH, MSG_DONTWAIT, NULL);
	return got > 0 ? (unsigned long)got : 0;
}

static void ask(const struct options *options)
{
	unsigned long under_way = 0, answered = 0, lost = 0;
	struct mono begun, now;
	size_t next = 0;
	int fd = open_socket();

	make_requests(options);
	if (connect(fd, (const struct sockaddr *)&options->server, sizeof options->server) != 0)
		die("connect", strerror(errno));
	begun = now = mono_now();
	while (span_less(mono_sub(now, begun), span_s((int64_t)options->seconds))) {
		unsigned long got;

		while (under_way < options->window) {
			unsigned long sent = send_some(fd, options->window - under_way, &next);

			if (!sent)
				break;
			under_way += sent;
		}
		got = receive_some(fd);
		answered += got;
		lost += got ? 0 : under_way;
		under_way = got ? under_way - (got < under_way ? got : under_way) : 0;
		now = mono_now();
	}
	printf("%lu\t%.0f\t%lu\n", answered, (double)answered / span_seconds(mono_sub(now, begun)), lost);
}

/* ---- the command line ---- */

static void parse(int argc, char **argv, struct options *out)
{
	int option;

	while ((option = getopt(argc, argv, "s:w:k:i:n:c:")) != -1) {
		if (option == 's')
			out->seconds = number(optarg, 1, 3600);
		else if (option == 'w')
			out->window = number(optarg, 1, WINDOW_MOST);
		else if (option == 'k')
			out->keyfile = optarg;
		else if (option == 'i')
			out->key = number(optarg, 1, UINT32_MAX);
		else if (option == 'n')
			out->name = optarg;
		else if (option == 'c')
			out->cluster = optarg;
		else
			usage();
	}
	if (optind != argc || !out->keyfile != !out->key || !out->name != !out->cluster ||
		(out->name && !out->keyfile))
		usage();
}

int main(int argc, char **argv)
{
	struct options options = { .seconds = 3, .window = 64 };

	if (argc == 3 && strcmp(argv[1], "echo") == 0)
		echo(number(argv[2], 1, 65535));
	if (argc < 4 || strcmp(argv[1], "ask") != 0)
		usage();
	options.server.sin_family = AF_INET;
	options.server.sin_port = htons((uint16_t)number(argv[3], 1, 65535));
	if (inet_pton(AF_INET, argv[2], &options.server.sin_addr) != 1)
		usage();
	parse(argc - 3, argv + 3, &options);
	ask(&options);
	return 0;
}
