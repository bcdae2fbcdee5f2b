/*
 * ntp-forger: an attacker who can write to an NTP server's clients and cannot read what they ask.
 *
 *   ntp-forger PORT SERVER-PORT OFFSET
 *
 * Stands at PORT for a real server at 127.0.0.1 SERVER-PORT, and hands on what both sides say. Before each answer it says
 * one of its own: a good server's in all but that it shows a time OFFSET (a span) off, names no request, since the
 * attacker has not seen any, and has no MAC.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../../proto/ntp.h"

enum { DATAGRAM_MAX = 2048 };

static int open_udp(uint32_t address, const char *port, bool here)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
		.sin_addr = { htonl(address) },
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int (*place)(int, const struct sockaddr *, socklen_t) = here ? bind : connect;

	if (fd < 0 || place(fd, (const struct sockaddr *)&there, sizeof there) != 0) {
		perror("ntp-forger");
		exit(1);
	}
	return fd;
}

static void forge(struct span offset, uint8_t out[NTP_HEADER_SIZE])
{
	struct timespec t;
	struct wall now, shown;

	clock_gettime(CLOCK_REALTIME, &t);
	now.ns = (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
	shown = wall_add(now, offset);
	ntp_encode(
		&(struct ntp_header){
			.version = 4,
			.mode = NTP_MODE_SERVER,
			.stratum = 2,
			.precision = -20,
			.reference_id = 0x0a4d00fe,
			.reference = ntp_stamp_of(wall_add(shown, span_s(-1)), NULL),
			.origin = ntp_stamp_of(now, NULL), /* a guess */
			.receive = ntp_stamp_of(shown, NULL),
			.transmit = ntp_stamp_of(shown, NULL),
		},
		out);
}

int main(int argc, char **argv)
{
	struct sockaddr_storage client = { 0 };
	socklen_t client_size = 0;
	uint8_t bytes[DATAGRAM_MAX], forged[NTP_HEADER_SIZE];
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	struct span offset;

	if (argc != 4 || !span_parse(argv[3], &offset)) {
		fputs("usage: ntp-forger PORT SERVER-PORT OFFSET\n", stderr);
		return 2;
	}
	fds[0].fd = open_udp(INADDR_ANY, argv[1], true);
	fds[1].fd = open_udp(INADDR_LOOPBACK, argv[2], false);
	while (poll(fds, 2, -1) > 0) {
		ssize_t len;

		if (fds[0].revents) {
			client_size = sizeof client;
			len = recvfrom(
				fds[0].fd, bytes, sizeof bytes, 0, (struct sockaddr *)&client, &client_size);
			forge(offset, forged);
			sendto(fds[0].fd, forged, sizeof forged, 0, (struct sockaddr *)&client, client_size);
			if (len > 0)
				send(fds[1].fd, bytes, (size_t)len, 0);
		}
		if (fds[1].revents) {
			len = recv(fds[1].fd, bytes, sizeof bytes, 0);
			if (len > 0 && client_size)
				sendto(fds[0].fd, bytes, (size_t)len, 0, (struct sockaddr *)&client,
					client_size);
		}
	}
	return 1;
}
