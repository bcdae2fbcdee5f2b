/* Endpoints (core.h) as people write them and as sockets have them. An IPv4 address is in there as ::ffff:a.b.c.d. */
#ifndef SENTINEL_ENDPOINT_H
#define SENTINEL_ENDPOINT_H

#include <sys/socket.h>

#include "../core/core.h"

struct in_addr;

/* An IP literal (with %scope for link-local ones) as an endpoint. No name is looked up. False leaves *out as it is. */
bool endpoint_parse(const char *host, uint16_t port, struct endpoint *out)
	__attribute__((warn_unused_result));

bool endpoint_is_v4(const struct endpoint *endpoint);
/* Only its address is set. */
void endpoint_map_v4(struct endpoint *endpoint, const struct in_addr *address);

/* For a socket of that family; AF_INET only where it is v4. Returns how much of *out it takes. */
socklen_t endpoint_to_sockaddr(const struct endpoint *endpoint, int family, struct sockaddr_storage *out);
void endpoint_from_sockaddr(const struct sockaddr_storage *address, struct endpoint *out);

#endif
