#include "caller.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUPS_MAX = 1024 };

static bool in_groups(int fd, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof groups;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
		return false;
	for (size_t i = 0; i < size / sizeof groups[0]; i++)
		if (groups[i] == group)
			return true;
	return false;
}

bool caller_may_command(int fd, const char *path, uid_t *uid)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	struct stat socket;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	*uid = peer.uid;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return stat(path, &socket) == 0 && (peer.gid == socket.st_gid || in_groups(fd, socket.st_gid));
}

/* Cuts the port off: "[::1]:9124" becomes "::1", "db3:9124" becomes "db3". False where it is neither. */
static bool host_name(const char *header, char host[CONF_HOST_SIZE])
{
	bool bracketed = header[0] == '[';
	size_t len = strcspn(header += bracketed, bracketed ? "]" : ":");
	const char *rest = header + len;

	if (len == 0 || len >= CONF_HOST_SIZE || (bracketed && *rest++ != ']'))
		return false;
	if (*rest && (*rest != ':' || rest[1 + strspn(rest + 1, "0123456789")]))
		return false;
	memcpy(host, header, len);
	host[len] = '\0';
	return true;
}

static bool is_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

bool caller_names_us(const char *header, const char *host, const char *node)
{
	char name[CONF_HOST_SIZE];

	if (!host_name(header, name))
		return false;
	return is_address(name) || strcasecmp(name, "localhost") == 0 || strcasecmp(name, host) == 0 ||
	       strcasecmp(name, node) == 0;
}
