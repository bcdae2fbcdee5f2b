/*
 * The sockets that probes go through: one or two to ask with, one for each listening address to answer from, all
 * with the kernel's stamps (SO_TIMESTAMPING, software) where it gives them: of what is received, and of the departure of
 * what is sent with `stamped`.
 */
#ifndef SENTINEL_UDP_H
#define SENTINEL_UDP_H

#include "../core/core.h"
#include "loop.h"

struct udp;

/* A datagram; in->bytes is valid during the call. */
typedef void udp_fn(void *arg, const struct incoming *in);

/* The kernel's stamp of a departure, for a datagram that was sent with `stamped`. */
typedef void udp_departed_fn(void *arg, enum side side, uint64_t token, struct wall stamp);

/*
 * Opens everything, or nothing: NULL and a sentence in `error` ("cannot listen on ...: reason"). An address that this
 * host does not have yet is listened on all the same, so that the network may come up later.
 */
struct udp *udp_new(struct loop *loop, const struct conf *conf, udp_fn *fn, udp_departed_fn *departed,
	void *arg, char *error, size_t room);
void udp_free(struct udp *udp);

/* Was it opened for just these addresses? Then a new configuration needs no new sockets, and no datagram is lost. */
bool udp_serves(const struct udp *udp, const struct conf *conf);

/* Sends, or drops where the kernel will not take it at once: a lost datagram is what the protocol is made for. */
void udp_send(struct udp *udp, const struct outgoing *out);

/* NULL while the kernel stamps what is received, else why not (from user space then: wider bounds, no other harm). */
const char *udp_no_stamps(const struct udp *udp);

#endif
