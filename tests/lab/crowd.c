/*
 * crowd: many clients of a status socket at once, some of whom never finish what they say or never fetch what they get.
 *
 *     crowd SOCKET|ADDRESS:PORT CLIENTS STUCK SECONDS
 *
 * Opens CLIENTS connections and keeps so many open for SECONDS: whoever is shown the door comes again. STUCK of them go
 * half the way, each kind in turn: half a request line, a head without end, a head that is a bomb, a body that does not
 * come, a great answer that is asked for again and again and never fetched, an octet a second, a stream that is never
 * read. The others ask for /v1/status, fetch it and ask again. At the end a line: "connected N answered N refused N":
 * connections made, whole answers seen, and connections that were ended by the other side.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum manner {
	HALF_A_LINE,
	ENDLESS_HEAD,
	HEAD_BOMB,
	NO_BODY,
	NO_FETCHING,
	TRICKLE,
	NO_READING,
	STUCK_MANNERS, /* so many of those above */
	POLITE = STUCK_MANNERS,
};

enum { BOMB_SIZE = 1 << 20, ROUND_MS = 50, ROUNDS_A_SECOND = 20 };

struct client {
	int fd; /* -1: not connected */
	enum manner manner;
	size_t sent; /* octets of what it says */
};

static struct {
	struct sockaddr_storage address;
	socklen_t size;
	struct client *clients;
	struct pollfd *polled;
	size_t n;
	unsigned long connected, answered, refused;
} crowd;

static const char bomb_head[] = "GET / HTTP/1.1\r\nX: ";
static char bomb[BOMB_SIZE];

static const char *const lines[] = {
	[HALF_A_LINE] = "GET /v1/sta",
	[ENDLESS_HEAD] = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-More: a",
	[HEAD_BOMB] = bomb,
	[NO_BODY] = "POST /v1/hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16000\r\n\r\n{",
	[NO_FETCHING] = "GET /v1/matrix HTTP/1.1\r\nHost: localhost\r\n\r\n",
	[TRICKLE] = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: aaaaaaaaaaaaaaa",
	[NO_READING] = "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
	[POLITE] = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n",
};

static bool address_read(const char *text)
{
	struct sockaddr_un *local = (struct sockaddr_un *)&crowd.address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&crowd.address;
	const char *colon = strchr(text, ':');
	char host[64];

	if (text[0] == '/') {
		local->sun_family = AF_UNIX;
		crowd.size = sizeof *local;
		return (size_t)snprintf(local->sun_path, sizeof local->sun_path, "%s", text) <
		       sizeof local->sun_path;
	}
	v4->sin_family = AF_INET;
	crowd.size = sizeof *v4;
	if (!colon || colon - text >= (ptrdiff_t)sizeof host)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	v4->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static void client_connect(struct client *client)
{
	client->fd = socket(crowd.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	client->sent = 0;
	if (client->fd < 0) {
		perror("crowd: socket");
		exit(1);
	}
	if (connect(client->fd, (const struct sockaddr *)&crowd.address, crowd.size) == 0 ||
		errno == EINPROGRESS) {
		crowd.connected++;
		return;
	}
	/* The queue is full: again in the next round. */
	close(client->fd);
	client->fd = -1;
}

static void client_lost(struct client *client)
{
	crowd.refused++;
	close(client->fd);
	client->fd = -1;
}

static void client_say(struct client *client)
{
	size_t len = client->manner == HEAD_BOMB ? sizeof bomb : strlen(lines[client->manner]);
	size_t most = client->manner == TRICKLE ? 1 : len;
	ssize_t sent;

	if (client->manner == NO_FETCHING && client->sent == len)
		client->sent = 0;
	if (client->sent == len)
		return;
	if (most > len - client->sent)
		most = len - client->sent;
	sent = send(client->fd, lines[client->manner] + client->sent, most, MSG_NOSIGNAL);
	if (sent >= 0)
		client->sent += (size_t)sent;
	else if (errno != EAGAIN)
		client_lost(client);
}

/* The stuck ones see only whether they were shown the door. */
static void client_hear(struct client *client)
{
	static char heap[65536];
	bool peek = client->manner == NO_FETCHING || client->manner == NO_READING;
	ssize_t got = recv(client->fd, heap, peek ? 1 : sizeof heap, peek ? MSG_PEEK : 0);

	if (got == 0 || (got < 0 && errno != EAGAIN))
		client_lost(client);
	if (got <= 0 || client->manner != POLITE)
		return;
	if (strncmp(heap, "HTTP/1.1 200", 12) == 0) {
		crowd.answered++;
		client->sent = 0;
	}
}

/* second: once a second, the only time that some have something to say. */
static void round_of_all(bool second)
{
	for (size_t i = 0; i < crowd.n; i++) {
		if (crowd.clients[i].fd < 0)
			client_connect(&crowd.clients[i]);
		crowd.polled[i] = (struct pollfd){ .fd = crowd.clients[i].fd, .events = POLLIN | POLLOUT };
	}
	poll(crowd.polled, crowd.n, 0);
	for (size_t i = 0; i < crowd.n; i++) {
		struct client *client = &crowd.clients[i];

		if (crowd.polled[i].revents & (POLLIN | POLLHUP | POLLERR))
			client_hear(client);
		if (client->fd >= 0 && (crowd.polled[i].revents & POLLOUT) &&
			(second || client->manner == NO_FETCHING || client->manner == HEAD_BOMB))
			client_say(client);
	}
}

static void run(unsigned seconds)
{
	const struct timespec pause = { .tv_nsec = ROUND_MS * 1000000L };

	for (unsigned i = 0; i < seconds * ROUNDS_A_SECOND; i++) {
		round_of_all(i % ROUNDS_A_SECOND == 0);
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4096, 4096 };
	size_t stuck;

	if (argc != 5 || !address_read(argv[1])) {
		fprintf(stderr, "usage: crowd SOCKET|ADDRESS:PORT CLIENTS STUCK SECONDS\n");
		return 2;
	}
	crowd.n = strtoul(argv[2], NULL, 10);
	stuck = strtoul(argv[3], NULL, 10);
	crowd.clients = calloc(crowd.n, sizeof *crowd.clients);
	crowd.polled = calloc(crowd.n, sizeof *crowd.polled);
	if (!crowd.clients || !crowd.polled || setrlimit(RLIMIT_NOFILE, &files) != 0) {
		perror("crowd");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	memset(bomb, 'b', sizeof bomb);
	for (size_t i = 0; bomb_head[i]; i++)
		bomb[i] = bomb_head[i];
	for (size_t i = 0; i < crowd.n; i++)
		crowd.clients[i] = (struct client){ .fd = -1,
			.manner = i < stuck ? (enum manner)(i % STUCK_MANNERS) : POLITE };
	run((unsigned)strtoul(argv[4], NULL, 10));
	printf("connected %lu answered %lu refused %lu\n", crowd.connected, crowd.answered, crowd.refused);
	free(crowd.clients);
	free(crowd.polled);
	return 0;
}
