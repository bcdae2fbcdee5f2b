#include "endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/conf.h"

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool endpoint_is_v4(const struct endpoint *endpoint)
{
	return memcmp(endpoint->ip, mapped_prefix, sizeof mapped_prefix) == 0;
}

void endpoint_map_v4(struct endpoint *endpoint, const struct in_addr *address)
{
	memcpy(endpoint->ip, mapped_prefix, sizeof mapped_prefix);
	memcpy(endpoint->ip + 12, address, 4);
}

bool endpoint_parse(const char *host, uint16_t port, struct endpoint *out)
{
	struct endpoint endpoint = { .port = port };
	struct in_addr v4;
	char text[CONF_HOST_SIZE], *scope;

	if (inet_pton(AF_INET, host, &v4) == 1) {
		endpoint_map_v4(&endpoint, &v4);
		*out = endpoint;
		return true;
	}
	snprintf(text, sizeof text, "%s", host);
	scope = strchr(text, '%');
	if (scope) {
		*scope++ = '\0';
		endpoint.scope = if_nametoindex(scope);
		if (!endpoint.scope)
			return false;
	}
	if (inet_pton(AF_INET6, text, endpoint.ip) != 1)
		return false;
	*out = endpoint;
	return true;
}

socklen_t endpoint_to_sockaddr(const struct endpoint *endpoint, int family, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(endpoint->port);
		memcpy(&in->sin_addr, endpoint->ip + 12, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(endpoint->port);
	in6->sin6_scope_id = endpoint->scope;
	memcpy(&in6->sin6_addr, endpoint->ip, 16);
	return sizeof *in6;
}

void endpoint_from_sockaddr(const struct sockaddr_storage *address, struct endpoint *out)
{
	*out = (struct endpoint){ 0 };
	if (address->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)address;

		endpoint_map_v4(out, &in->sin_addr);
		out->port = ntohs(in->sin_port);
		return;
	}
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;

	memcpy(out->ip, &in6->sin6_addr, 16);
	out->port = ntohs(in6->sin6_port);
	/* Only link-local addresses mean something else on each interface. */
	if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		out->scope = in6->sin6_scope_id;
}
