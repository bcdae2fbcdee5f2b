#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct sentence {
	char *text;
	size_t room;
};

static __attribute__((format(printf, 2, 3))) bool fail(const struct sentence *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, why->room, format, args);
	va_end(args);
	return false;
}

static bool socket_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Accepted, or its queue is full: somebody is there in either case. */
	bool alive = fd >= 0 &&
		     (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return alive;
}

/* Only a socket that nobody listens at may go. */
static bool path_free(const char *path, const struct sockaddr_un *address, const struct sentence *why)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT || fail(why, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(why, "%s is there and no socket: remove it or set status.socket", path);
	if (socket_alive(address))
		return fail(why, "%s: another skew-sentinel listens there", path);
	return true;
}

static bool make_directory(const char *path, const struct sentence *why)
{
	char directory[CONF_PATH_SIZE];
	char *slash;

	snprintf(directory, sizeof directory, "%s", path);
	slash = strrchr(directory, '/');
	if (!slash || slash == directory)
		return true;
	*slash = '\0';
	return mkdir(directory, 0755) == 0 || errno == EEXIST ||
	       fail(why, "%s: %s", directory, strerror(errno));
}

static bool address_of(const char *path, struct sockaddr_un *out, const struct sentence *why)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof out->sun_path)
		return fail(why, "%s: a socket's path may have %zu octets", path, sizeof out->sun_path - 1);
	memcpy(out->sun_path, path, strlen(path) + 1);
	return true;
}

/*
 * Listens under a name of its own and then takes the final one: the socket is never there with a wrong mode, and
 * never missing while an old one is replaced.
 */
static bool listen_at(int fd, const char *path, const struct sentence *why)
{
	char temporary[CONF_PATH_SIZE + 16];
	struct sockaddr_un address;

	snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
	if (!address_of(temporary, &address, why))
		return false;
	unlink(temporary);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		return fail(why, "%s: %s", temporary, strerror(errno));
	if (chmod(temporary, 0660) == 0 && listen(fd, SOMAXCONN) == 0 && rename(temporary, path) == 0)
		return true;
	fail(why, "%s: %s", path, strerror(errno));
	unlink(temporary);
	return false;
}

int listen_unix(const char *path, char *why, size_t room)
{
	struct sentence sentence = { .room = room };
	struct sockaddr_un address;
	int fd;

	sentence.text = why;
	if (!address_of(path, &address, &sentence) || !make_directory(path, &sentence) ||
		!path_free(path, &address, &sentence))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && listen_at(fd, path, &sentence))
		return fd;
	if (fd < 0)
		fail(&sentence, "%s: %s", path, strerror(errno));
	else
		close(fd);
	return -1;
}

/* No name is looked up here: that could wait. */
static bool tcp_address(const struct conf_address *from, struct sockaddr_storage *out, socklen_t *size)
{
	const char *host = strcasecmp(from->host, "localhost") == 0 ? "127.0.0.1" : from->host;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(from->port);
		*size = sizeof *v4;
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(from->port);
		*size = sizeof *v6;
		return true;
	}
	return false;
}

int listen_tcp(const struct conf_address *where, char *why, size_t room)
{
	struct sentence sentence = { .room = room };
	struct sockaddr_storage address;
	socklen_t size;
	int on = 1;
	int fd;

	sentence.text = why;
	if (!tcp_address(where, &address, &size)) {
		fail(&sentence,
			"status.http: %s is no address: give an IP address of this host, or localhost",
			where->host);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		bind(fd, (const struct sockaddr *)&address, size) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	fail(&sentence, "status.http: %s port %u: %s", where->host, where->port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
