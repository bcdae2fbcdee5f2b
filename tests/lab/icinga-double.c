/*
 * icinga-double: stands where an Icinga 2 endpoint would, and answers what no real one can be brought to answer when it is
 * wanted.
 *
 *   icinga-double ADDRESS PORT CERTIFICATE KEY FOLDER
 *
 * HTTPS. To a result for HOST!SERVICE it answers what the file HOST in FOLDER says: the first line is how, the rest is
 * sent as it stands, status line, headers and all. How, of which the first word counts and all is printed:
 *
 *   whole ...     sent, then the connection is closed
 *   open ...      sent, and the connection stays
 *   drip ...      a byte every 200 ms
 *   endless ...   and its last line over and over again
 *
 * Prints a line for each request: when, in ms of a clock that is not set; HOST; how; the exit status submitted.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { REQUEST_MAX = 65536, ANSWER_MAX = 65536, HOST_SIZE = 64, PATH_SIZE = 512 };

static const struct timeval drip_every = { .tv_usec = 200000 };

static struct {
	struct event_base *base;
	SSL_CTX *tls;
	const char *folder;
} server;

struct client {
	struct bufferevent *bev;
	struct event *drip;
	char answer[ANSWER_MAX];
	const char *how, *rest; /* in answer */
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "icinga-double: %s cannot be used\n", what);
	exit(1);
}

static void client_free(struct client *client)
{
	event_free(client->drip);
	bufferevent_free(client->bev);
	free(client);
}

static void send_text(struct client *client, const char *text, size_t len)
{
	bufferevent_write(client->bev, text, len);
}

static void on_drip(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;

	(void)fd;
	(void)what;
	if (!*client->rest)
		return;
	send_text(client, client->rest++, 1);
	event_add(client->drip, &drip_every);
}

/* All that was to be sent is. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (!client->how)
		return;
	if (strncmp(client->how, "whole", 5) == 0)
		client_free(client);
	else if (strncmp(client->how, "endless", 7) == 0)
		send_text(client, client->rest, strlen(client->rest));
}

/* What to say of that host: read anew each time, so that a story can change it. */
static bool read_answer(struct client *client, const char *host)
{
	char path[PATH_SIZE];
	size_t len;
	FILE *file;
	char *end;

	snprintf(path, sizeof path, "%s/%s", server.folder, host);
	file = fopen(path, "r");
	if (!file)
		return false;
	len = fread(client->answer, 1, sizeof client->answer - 1, file);
	fclose(file);
	client->answer[len] = '\0';
	end = strchr(client->answer, '\n');
	if (!end)
		return false;
	*end = '\0';
	client->how = client->answer;
	client->rest = end + 1;
	return true;
}

static void answer(struct client *client)
{
	const char *text = client->rest, *last;

	if (strncmp(client->how, "drip", 4) == 0) {
		event_add(client->drip, &drip_every);
		return;
	}
	if (strncmp(client->how, "endless", 7) == 0) {
		last = strrchr(text, '\n');
		client->rest = last ? last + 1 : text;
	}
	send_text(client, text, strlen(text));
}

/* ".../process-check-result?service=HOST!SERVICE" */
static void host_of(const char *request, char host[HOST_SIZE])
{
	const char *at = strstr(request, "?service=");
	size_t len = 0;

	for (at = at ? at + 9 : ""; len < HOST_SIZE - 1 && (isalnum((unsigned char)*at) || *at == '-'); at++)
		host[len++] = *at;
	host[len] = '\0';
}

static const char *body_of(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");

	return end ? end + 4 : NULL;
}

static bool is_complete(const char *request)
{
	const char *body = body_of(request), *length = strcasestr(request, "\r\nContent-Length:");

	return body && length && length < body && strlen(body) >= strtoul(length + 17, NULL, 10);
}

static void print_request(const struct client *client, const char *host, const char *request)
{
	const char *status = strstr(body_of(request), "\"exit_status\":");
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%lld %s %s %ld\n", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, host, client->how,
		status ? strtol(status + 14, NULL, 10) : -1);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	static char request[REQUEST_MAX];
	struct evbuffer *input = bufferevent_get_input(bev);
	struct client *client = arg;
	ev_ssize_t len = evbuffer_copyout(input, request, sizeof request - 1);
	char host[HOST_SIZE];

	request[len > 0 ? len : 0] = '\0';
	if (client->how || !is_complete(request))
		return;
	host_of(request, host);
	if (!read_answer(client, host)) {
		fprintf(stderr, "icinga-double: nothing is said of '%s'\n", host);
		client_free(client);
		return;
	}
	print_request(client, host, request);
	answer(client);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		client_free(arg);
}

static void on_accept(
	struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct client *client = calloc(1, sizeof *client);
	SSL *ssl = SSL_new(server.tls);

	(void)listener;
	(void)from;
	(void)len;
	(void)arg;
	if (!client || !ssl)
		die("memory");
	client->bev = bufferevent_openssl_socket_new(server.base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	client->drip = evtimer_new(server.base, on_drip, client);
	if (!client->bev || !client->drip)
		die("memory");
	bufferevent_setcb(client->bev, on_read, on_written, on_end, client);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

static void listen_at(const char *address, const char *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };

	if (inet_pton(AF_INET, address, &here.sin_addr) != 1 ||
		!evconnlistener_new_bind(server.base, on_accept, NULL,
			LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (const struct sockaddr *)&here,
			sizeof here))
		die(address);
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fputs("usage: icinga-double ADDRESS PORT CERTIFICATE KEY FOLDER\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Clients leave in the middle of what is too long for them. */
	signal(SIGPIPE, SIG_IGN);
	server.folder = argv[5];
	server.base = event_base_new();
	server.tls = SSL_CTX_new(TLS_server_method());
	if (!server.base || !server.tls)
		die("memory");
	if (SSL_CTX_use_certificate_chain_file(server.tls, argv[3]) != 1)
		die(argv[3]);
	if (SSL_CTX_use_PrivateKey_file(server.tls, argv[4], SSL_FILETYPE_PEM) != 1)
		die(argv[4]);
	listen_at(argv[1], argv[2]);
	return event_base_dispatch(server.base) == 0 ? 0 : 1;
}
