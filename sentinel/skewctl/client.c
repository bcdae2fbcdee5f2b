#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../host/clock.h"

enum { ANSWER_MAX = 64 << 20, PIECE = 16384 };

/* What has come so far. */
struct incoming_answer {
	char *bytes;
	size_t len, room;
};

static enum client_result open_socket(const char *path, int *out)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return CLIENT_ABSENT;
	}
	memcpy(address.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return CLIENT_BROKEN;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
		*out = fd;
		return CLIENT_OK;
	}
	close(fd);
	if (errno == EACCES || errno == EPERM)
		return CLIENT_DENIED;
	return errno == EAGAIN ? CLIENT_BROKEN : CLIENT_ABSENT;
}

/* False when the time is over first. */
static bool wait_for(int fd, short events, struct mono deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int64_t left_ms = mono_sub(deadline, clock_mono()).ns / NS_PER_MS + 1;
	int ready;

	if (left_ms <= 0)
		return false;
	ready = poll(&poll_fd, 1, left_ms < 60000 ? (int)left_ms : 60000);
	return ready > 0 || (ready < 0 && errno == EINTR);
}

static bool again(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static bool send_all(int fd, const char *bytes, size_t len, struct mono deadline)
{
	while (len > 0) {
		ssize_t sent;

		if (!wait_for(fd, POLLOUT, deadline))
			return false;
		sent = send(fd, bytes, len, MSG_NOSIGNAL);
		if (sent < 0 && !again())
			return false;
		if (sent > 0) {
			bytes += sent;
			len -= (size_t)sent;
		}
	}
	return true;
}

static bool make_room(struct incoming_answer *answer)
{
	size_t room = answer->room ? answer->room * 2 : PIECE;
	char *bytes;

	if (answer->room - answer->len > PIECE / 2)
		return true;
	if (room > ANSWER_MAX)
		return false;
	bytes = realloc(answer->bytes, room);
	if (!bytes)
		return false;
	answer->bytes = bytes;
	answer->room = room;
	return true;
}

/* To the end of the stream; a NUL behind it. */
static bool receive_all(int fd, struct incoming_answer *answer, struct mono deadline)
{
	ssize_t got;

	do {
		if (!make_room(answer) || !wait_for(fd, POLLIN, deadline))
			return false;
		got = recv(fd, answer->bytes + answer->len, answer->room - answer->len - 1, 0);
		if (got > 0)
			answer->len += (size_t)got;
	} while (got > 0 || (got < 0 && again()));
	answer->bytes[answer->len] = '\0';
	return got == 0;
}

/* "HTTP/1.0 200 OK" */
static bool read_status(const char *line, int *out)
{
	long status;
	char *end;

	if (strncmp(line, "HTTP/1.0 ", 9) != 0 && strncmp(line, "HTTP/1.1 ", 9) != 0)
		return false;
	status = strtol(line + 9, &end, 10);
	if (end != line + 12 || status < 100)
		return false;
	*out = (int)status;
	return true;
}

/* The body begins behind the empty line and must be as long as the head says: it may have been cut off. */
static bool read_answer(const struct incoming_answer *answer, struct client_answer *out)
{
	const char *head_end = strstr(answer->bytes, "\r\n\r\n");
	const char *length = strcasestr(answer->bytes, "\r\nContent-Length:");
	const char *body;
	size_t len;
	int status;

	if (!head_end || !read_status(answer->bytes, &status))
		return false;
	body = head_end + strlen("\r\n\r\n");
	len = answer->len - (size_t)(body - answer->bytes);
	if (!length || length > head_end || strtoull(length + strlen("\r\nContent-Length:"), NULL, 10) != len)
		return false;
	out->body = malloc(len + 1);
	if (!out->body)
		return false;
	memcpy(out->body, body, len + 1);
	out->len = len;
	out->status = status;
	return true;
}

static bool converse(int fd, const char *request, size_t len, struct mono deadline, struct client_answer *out,
	char *why, size_t room)
{
	struct incoming_answer answer = { 0 };
	bool told = false;

	errno = 0;
	if (!send_all(fd, request, len, deadline) || !receive_all(fd, &answer, deadline))
		snprintf(why, room, "%s", errno && !again() ? strerror(errno) : "no answer in time");
	else if (!read_answer(&answer, out))
		snprintf(why, room, "the answer makes no sense");
	else
		told = true;
	free(answer.bytes);
	return told;
}

enum client_result client_ask(const char *socket_path, const char *method, const char *target,
	const char *body, struct span within, struct client_answer *out, char *why, size_t room)
{
	struct mono deadline = mono_add(clock_mono(), within);
	enum client_result result;
	char *request;
	int fd;
	int len;

	result = open_socket(socket_path, &fd);
	if (result != CLIENT_OK) {
		snprintf(why, room, "%s", strerror(errno));
		return result;
	}
	/* HTTP/1.0: the answer comes in one piece and ends with the connection. */
	len = asprintf(&request,
		"%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
		"%zu\r\n\r\n%s",
		method, target, body ? strlen(body) : 0, body ? body : "");
	if (len < 0) {
		snprintf(why, room, "memory is short");
		close(fd);
		return CLIENT_BROKEN;
	}
	result = converse(fd, request, (size_t)len, deadline, out, why, room) ? CLIENT_OK : CLIENT_BROKEN;
	free(request);
	close(fd);
	return result;
}
