/* A host's inside, shared by host.c and its parts (host_*.c) alone. */
#ifndef SIM_HOST_IMPL_H
#define SIM_HOST_IMPL_H

#include "world.h"

static inline struct truth host_after(const struct host *host, struct span span)
{
	return truth_add(host->world->now, span);
}

/* ---- host_conf.c ---- */
/* For conf_free. NULL: out of memory. */
struct conf *host_make_conf(const struct host *host);

/* ---- host_kernel.c ---- */
/* Where it answers. */
uint16_t host_port(const struct world *world, unsigned host);
struct datagram *host_new_datagram(struct world *world);
/* It is used no more. */
void host_drop(struct world *world, struct datagram *datagram);
/* The next of those that wait, for host_drop; NULL: there is none. */
struct datagram *host_take(struct host *host);
void host_empty_sockets(struct host *host);
/* Nothing happens before then. */
struct span host_quiet(const struct host *host);
/* How long after it was sent it leaves; the kernel will say when: sooner or later, or not at all. */
struct span host_leave(struct host *host, const struct outgoing *out);

/* ---- host_step.c ---- */
/* datagram: the one that the event is of, or NULL. */
void host_step(struct host *host, struct event *event, const struct datagram *datagram);
/* request: what it answers, or NULL; began: the step in which it was written. */
void host_put_on_wire(
	struct host *host, const struct outgoing *out, const struct datagram *request, struct truth began);

#endif
