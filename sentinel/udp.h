/*
 * The sockets that probes go through: one or two to ask with, one for each listening address to answer from, all
 * with the kernel's receive stamps (SO_TIMESTAMPING, software) where it gives them.
 */
#ifndef SENTINEL_UDP_H
#define SENTINEL_UDP_H

#include "core/core.h"
#include "loop.h"

struct udp;

/* A datagram; in->bytes is valid during the call. */
typedef void udp_fn(void *arg, const struct incoming *in);

/*
 * Opens everything, or nothing: NULL and a sentence in `error` ("cannot listen on ...: reason"). An address that this
 * host does not have yet is listened on all the same, so that the network may come up later.
 */
struct udp *udp_new(
	struct loop *loop, const struct conf *conf, udp_fn *fn, void *arg, char *error, size_t room);
void udp_free(struct udp *udp);

/* Sends, or drops where the kernel will not take it at once: a lost datagram is what the protocol is made for. */
void udp_send(struct udp *udp, const struct outgoing *out);

/* NULL while the kernel stamps what is received, else why not (from user space then: wider bounds, no other harm). */
const char *udp_no_stamps(const struct udp *udp);

/* An IP literal (with %scope for link-local ones) as an endpoint. */
bool endpoint_parse(const char *host, uint16_t port, struct endpoint *out)
	__attribute__((warn_unused_result));

#endif
