/* The addresses of a simulated cluster: host by host, in the order of their numbers from 0, in 10.0.0.0/16. */
#ifndef SIM_ADDRESS_H
#define SIM_ADDRESS_H

#include "../../sentinel/core/core.h"

static inline struct endpoint address_of(unsigned host, uint16_t port)
{
	struct endpoint endpoint = { .port = port };

	endpoint.ip[10] = endpoint.ip[11] = 0xff;
	endpoint.ip[12] = 10;
	endpoint.ip[14] = (uint8_t)(host / 250);
	endpoint.ip[15] = (uint8_t)(host % 250 + 1);
	return endpoint;
}

static inline unsigned address_host(const struct endpoint *endpoint)
{
	return endpoint->ip[14] * 250U + endpoint->ip[15] - 1;
}

#endif
