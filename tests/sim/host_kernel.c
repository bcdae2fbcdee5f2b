/* A host's kernel: what it receives and sends, with its stamps. */
#include "host_impl.h"

#include <stdio.h>
#include <stdlib.h>

enum { SOCKET_ROOM = 256 };

uint16_t host_port(const struct world *world, unsigned host)
{
	return world->plan.hosts[host].server ? CONF_NTP_PORT : CONF_PORT;
}

void host_drop(struct world *world, struct datagram *datagram)
{
	datagram->next = world->spare;
	world->spare = datagram;
}

struct datagram *host_new_datagram(struct world *world)
{
	struct datagram *datagram = world->spare;

	if (datagram)
		world->spare = datagram->next;
	else
		datagram = malloc(sizeof *datagram);
	if (!datagram) {
		fputs("sim: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	datagram->next = NULL;
	return datagram;
}

/* The kernel takes it in. */
static void stamp(struct host *host, struct datagram *datagram)
{
	datagram->in.stamped = true;
	datagram->in.stamp = clockwork_wall(&host->clock, host->world->now);
	datagram->evidence.arrived = host->world->now;
}

void host_arrival(struct host *host, struct datagram *datagram)
{
	if (host->asleep || !host->alive || host->waiting == SOCKET_ROOM) {
		host_disturb(host);
		host_drop(host->world, datagram);
		return;
	}
	if (!host->clock.still)
		stamp(host, datagram);
	if (host->last)
		host->last->next = datagram;
	else
		host->first = datagram;
	host->last = datagram;
	host->waiting++;
	host_wake_at(host, host_after(host, dice_exponential(&host->dice, span_us(30))));
}

/* What came to the network card meanwhile comes to the kernel now. */
void host_resume(struct host *host)
{
	for (struct datagram *datagram = host->first; datagram; datagram = datagram->next)
		if (!datagram->in.stamped)
			stamp(host, datagram);
	host_wake_at(host, host->world->now);
}

struct datagram *host_take(struct host *host)
{
	struct datagram *datagram = host->first;

	if (!datagram)
		return NULL;
	host->first = datagram->next;
	if (!host->first)
		host->last = NULL;
	host->waiting--;
	return datagram;
}

void host_empty_sockets(struct host *host)
{
	while (host->first)
		host_drop(host->world, host_take(host));
}

/* Nothing happens before then. */
struct span host_quiet(const struct host *host)
{
	return truth_sub(queue_next(&host->world->queue), host->world->now);
}

/* It leaves a little after it was sent, and the kernel says when: sooner or later, or not at all. */
struct span host_leave(struct host *host, const struct outgoing *out)
{
	enum { ROOM = sizeof host->departures / sizeof host->departures[0] };
	struct span in = span_min(dice_span(&host->dice, span_us(1), span_us(15)), host_quiet(host));

	if (!out->stamped || host->n_departures == ROOM || dice_chance(&host->dice, 5000))
		return in;
	host->departures[host->n_departures++] = (struct departure){
		.side = out->side,
		.token = out->token,
		.stamp = clockwork_wall(&host->clock, host_after(host, in)),
	};
	host_wake_at(host, host_after(host, span_add(in, dice_exponential(&host->dice, span_us(20)))));
	return in;
}
