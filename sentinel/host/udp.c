#include "udp.h"

#include <time.h> /* linux/errqueue.h wants it before it */

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

enum {
	SOCKETS_MAX = CONF_LISTEN_MAX + 2,
	BATCH = 64, /* datagrams taken at one wake-up, so that a flood leaves time for the rest */
	CONTROL_SIZE = 512,
	SENT_KEPT = 64, /* departures that are waited for, on each socket */
	/* Of an NTP packet: origin, receive and transmit stamp. No two of ours have the same. */
	MARK_AT = 24,
	MARK_SIZE = 24,
};

/* A datagram whose departure stamp is awaited. The kernel gives the frame back; it ends with the datagram. */
struct sent {
	uint64_t token;
	size_t len; /* 0: none */
	uint8_t mark[MARK_SIZE];
};

struct udp_socket {
	struct udp *udp;
	struct watch *watch;
	int fd;
	int family;
	enum side side;
	unsigned index;
	struct sent sent[SENT_KEPT]; /* a ring */
	size_t next_sent;
};

struct udp {
	struct loop *loop;
	udp_fn *fn;
	udp_departed_fn *departed;
	void *arg;
	struct udp_socket sockets[SOCKETS_MAX];
	size_t n_sockets;
	struct conf_address listen[CONF_LISTEN_MAX]; /* what it was opened for */
	size_t n_listen;
	char no_stamps[96];
};

/* ---- receiving ---- */

/* The software stamp of the three; false where it is not there. */
static bool take_stamp(const struct cmsghdr *c, struct wall *out)
{
	struct scm_timestamping stamps;
	const struct timespec *software = &stamps.ts[0];

	if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING)
		return false;
	memcpy(&stamps, CMSG_DATA(c), sizeof stamps);
	if (!software->tv_sec && !software->tv_nsec)
		return false;
	out->ns = ns_add((int64_t)software->tv_sec * NS_PER_S, software->tv_nsec);
	return true;
}

static void take_destination(const struct cmsghdr *c, struct incoming *in)
{
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof info);
		endpoint_map_v4(&in->to, &info.ipi_addr);
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof info);
		memcpy(in->to.ip, &info.ipi6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			in->to.scope = (uint32_t)info.ipi6_ifindex;
	}
}

static bool receive_one(struct udp_socket *s)
{
	uint8_t bytes[MESSAGE_MAX + 1];
	char control[CONTROL_SIZE] __attribute__((aligned(8)));
	struct sockaddr_storage from;
	struct iovec iov = { bytes, sizeof bytes };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control };
	struct incoming in = { .side = s->side, .listener = s->index, .bytes = bytes };
	ssize_t len = recvmsg(s->fd, &m, MSG_DONTWAIT);

	if (len < 0)
		return errno == EINTR;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (take_stamp(c, &in.stamp))
			in.stamped = true;
		else
			take_destination(c, &in);
	}
	endpoint_from_sockaddr(&from, &in.from);
	/* Longer than any of ours: cut to a length that no packet has, so that the core counts it as malformed. */
	in.len = len > MESSAGE_MAX ? MESSAGE_MAX + 1 : (size_t)len;
	s->udp->fn(s->udp->arg, &in);
	return true;
}

/* Which of ours the frame is: link, network and UDP headers of any kind come before the datagram, nothing behind it. */
static struct sent *sent_in(struct udp_socket *s, const uint8_t *frame, size_t len)
{
	for (size_t i = 0; i < SENT_KEPT; i++) {
		struct sent *sent = &s->sent[i];

		if (sent->len && sent->len <= len &&
			memcmp(frame + len - sent->len + MARK_AT, sent->mark, MARK_SIZE) == 0)
			return sent;
	}
	return NULL;
}

static bool receive_departure(struct udp_socket *s)
{
	uint8_t frame[MESSAGE_MAX + 256];
	char control[CONTROL_SIZE] __attribute__((aligned(8)));
	struct iovec iov = { frame, sizeof frame };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	ssize_t len = recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
	struct sent *sent;
	struct wall stamp;

	if (len < 0)
		return errno == EINTR;
	sent = sent_in(s, frame, (size_t)len);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); sent && c; c = CMSG_NXTHDR(&m, c)) {
		if (!take_stamp(c, &stamp))
			continue;
		sent->len = 0;
		s->udp->departed(s->udp->arg, s->side, sent->token, stamp);
		break;
	}
	return true;
}

/*
 * Departures share the receive buffer, and while its limit is reached nothing more is received: they are drained first,
 * and all of them.
 */
static void on_readable(void *arg, unsigned what)
{
	struct udp_socket *s = arg;

	(void)what;
	while (receive_departure(s))
		;
	for (int i = 0; i < BATCH && receive_one(s); i++)
		;
}

/* ---- sending ---- */

static void put_control(struct msghdr *m, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((char *)m->msg_control + m->msg_controllen);

	*c = (struct cmsghdr){ CMSG_LEN(len), level, type };
	memcpy(CMSG_DATA(c), data, len);
	m->msg_controllen += CMSG_SPACE(len);
}

/* The source address of an answer is the one that was asked. */
static void put_source(struct msghdr *m, int family, const struct endpoint *from)
{
	struct in6_pktinfo info6 = { .ipi6_ifindex = from->scope };
	struct in_pktinfo info = { .ipi_ifindex = 0 };

	memcpy(&info6.ipi6_addr, from->ip, 16);
	memcpy(&info.ipi_spec_dst, from->ip + 12, 4);
	if (family == AF_INET)
		put_control(m, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	else
		put_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof info6);
}

/* A departure stamp is asked for this datagram alone. */
static void put_stamped(struct msghdr *m)
{
	static const uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;

	put_control(m, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
}

static void remember_sent(struct udp_socket *s, const struct outgoing *out)
{
	struct sent *sent = &s->sent[s->next_sent];

	s->next_sent = (s->next_sent + 1) % SENT_KEPT;
	*sent = (struct sent){ .token = out->token, .len = out->len };
	memcpy(sent->mark, out->bytes + MARK_AT, MARK_SIZE);
}

static struct udp_socket *socket_for(struct udp *udp, const struct outgoing *out)
{
	for (size_t i = 0; i < udp->n_sockets; i++) {
		struct udp_socket *s = &udp->sockets[i];

		if (out->side == SIDE_ANSWER && s->side == SIDE_ANSWER && s->index == out->listener)
			return s;
		if (out->side == SIDE_ASK && s->side == SIDE_ASK &&
			(s->family == AF_INET) == endpoint_is_v4(&out->to))
			return s;
	}
	return NULL;
}

void udp_send(struct udp *udp, const struct outgoing *out)
{
	struct udp_socket *s = socket_for(udp, out);
	struct sockaddr_storage to;
	char control[CONTROL_SIZE] __attribute__((aligned(8))) = { 0 };
	uint8_t bytes[MESSAGE_MAX];
	struct iovec iov = { bytes, out->len };
	struct msghdr m = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };

	if (!s)
		return;
	memcpy(bytes, out->bytes, out->len);
	m.msg_namelen = endpoint_to_sockaddr(&out->to, s->family, &to);
	if (out->side == SIDE_ANSWER)
		put_source(&m, s->family, &out->from);
	if (out->stamped) {
		put_stamped(&m);
		remember_sent(s, out);
	}
	sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- opening ---- */

static bool set(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

static void ask_for_stamps(struct udp *udp, int fd)
{
	int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0)
		snprintf(udp->no_stamps, sizeof udp->no_stamps, "the kernel refuses SO_TIMESTAMPING: %s",
			strerror(errno));
}

static bool adopt(struct udp *udp, int fd, int family, enum side side, unsigned index)
{
	struct udp_socket *s = &udp->sockets[udp->n_sockets];

	*s = (struct udp_socket){ .udp = udp, .fd = fd, .family = family, .side = side, .index = index };
	ask_for_stamps(udp, fd);
	s->watch = watch_new(udp->loop, fd, WATCH_READ, on_readable, s);
	if (!s->watch)
		return false;
	udp->n_sockets++;
	return true;
}

static int open_socket(int family, bool dual)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), only = !dual;

	if (fd >= 0 && family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
	return fd;
}

static int bind_listener(const struct endpoint *endpoint, int family)
{
	struct sockaddr_storage address;
	socklen_t len = endpoint_to_sockaddr(endpoint, family, &address);
	static const uint8_t any[16];
	int fd = open_socket(family, memcmp(endpoint->ip, any, sizeof any) == 0), error;

	if (fd < 0)
		return -1;
	set(fd, IPPROTO_IP, IP_FREEBIND);
	if (family == AF_INET6 ? !set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) : !set(fd, IPPROTO_IP, IP_PKTINFO))
		goto fail;
	if (bind(fd, (struct sockaddr *)&address, len) == 0)
		return fd;
fail:
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* [::] on a host without IPv6 means 0.0.0.0. */
static int open_listener(struct endpoint *endpoint, int *family)
{
	static const uint8_t any[16];
	int fd;

	*family = endpoint_is_v4(endpoint) ? AF_INET : AF_INET6;
	fd = bind_listener(endpoint, *family);
	if (fd >= 0 || errno != EAFNOSUPPORT || memcmp(endpoint->ip, any, sizeof any) != 0)
		return fd;
	*family = AF_INET;
	return bind_listener(endpoint, AF_INET);
}

static bool listen_on(
	struct udp *udp, const struct conf_address *address, unsigned index, char *error, size_t room)
{
	struct endpoint endpoint;
	int family, fd;

	if (!endpoint_parse(address->host, address->port, &endpoint)) {
		snprintf(error, room, "cannot listen on %s: not an IP address of this host", address->host);
		return false;
	}
	fd = open_listener(&endpoint, &family);
	if (fd < 0) {
		snprintf(error, room, "cannot listen on %s port %u: %s", address->host,
			(unsigned)address->port, strerror(errno));
		return false;
	}
	if (adopt(udp, fd, family, SIDE_ANSWER, index))
		return true;
	close(fd);
	snprintf(error, room, "out of memory");
	return false;
}

static bool open_askers(struct udp *udp, char *error, size_t room)
{
	static const int families[] = { AF_INET, AF_INET6 };
	size_t before = udp->n_sockets;

	for (size_t i = 0; i < 2; i++) {
		int fd = open_socket(families[i], false);

		if (fd >= 0 && !adopt(udp, fd, families[i], SIDE_ASK, 0))
			close(fd);
	}
	if (udp->n_sockets > before)
		return true;
	snprintf(error, room, "cannot open a UDP socket: %s", strerror(errno));
	return false;
}

struct udp *udp_new(struct loop *loop, const struct conf *conf, udp_fn *fn, udp_departed_fn *departed,
	void *arg, char *error, size_t room)
{
	struct udp *udp = calloc(1, sizeof *udp);

	if (!udp) {
		snprintf(error, room, "out of memory");
		return NULL;
	}
	udp->loop = loop;
	udp->fn = fn;
	udp->departed = departed;
	udp->arg = arg;
	memcpy(udp->listen, conf->listen, sizeof udp->listen);
	udp->n_listen = conf->n_listen;
	for (size_t i = 0; i < conf->n_listen; i++)
		if (!listen_on(udp, &conf->listen[i], (unsigned)i, error, room))
			goto fail;
	if (open_askers(udp, error, room))
		return udp;
fail:
	udp_free(udp);
	return NULL;
}

void udp_free(struct udp *udp)
{
	if (!udp)
		return;
	for (size_t i = 0; i < udp->n_sockets; i++) {
		watch_free(udp->sockets[i].watch);
		close(udp->sockets[i].fd);
	}
	free(udp);
}

bool udp_serves(const struct udp *udp, const struct conf *conf)
{
	if (udp->n_listen != conf->n_listen)
		return false;
	for (size_t i = 0; i < udp->n_listen; i++)
		if (udp->listen[i].port != conf->listen[i].port ||
			strcmp(udp->listen[i].host, conf->listen[i].host) != 0)
			return false;
	return true;
}

const char *udp_no_stamps(const struct udp *udp)
{
	return udp->no_stamps[0] ? udp->no_stamps : NULL;
}
