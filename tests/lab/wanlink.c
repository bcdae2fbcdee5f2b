/*
 * wanlink: a long line between two hosts of the lab.
 *
 *   wanlink -a INTERFACE -b INTERFACE [-A LINE] [-B LINE] [-s SEED] [-w SPAN] [-p PRIORITY]
 *
 * Runs in a network namespace that holds one end of two veth pairs, whose other ends are the hosts' (or a bridge's), and
 * carries Ethernet frames from one to the other. No netem is needed, which not every kernel has. The hosts' ends
 * need segmentation offload off where TCP goes over the line (`ethtool -K eth0 gso off tso off`); checksums that were
 * left to the hardware arrive as they were sent.
 *
 *   -A, -B  the line from a to b, and from b to a (default: as -A), as a list with commas of
 *             delay=SPAN jitter=SPAN shape=uniform|normal|exp|pareto
 *             loss=P duplicate=P reorder=P    probabilities, for each packet by itself
 *             rate=MBIT                       a bottleneck with a queue, in Mbit/s
 *             ordered=1                       jitter overtakes nobody
 *   -s      one seed, one fate for the k-th packet of each direction (default 1)
 *   -w      so long before a packet is due the waiting is no longer left to the kernel's timers (default 150us)
 *   -p      real-time priority (SCHED_FIFO; default 50, 0: none)
 *
 * The delay is drawn from: uniform, delay +- jitter; normal, a standard deviation of jitter, cut at three of them; exp,
 * delay and an exponential one with a mean of jitter; pareto, delay and jitter * (u^(-1/2.5) - 1), cut at 50 times jitter.
 * It begins with the kernel's receive stamp, which is taken while the sender sends: the time until this process is
 * awake is no part of it. What is no IP, and IPv6's own housekeeping (ICMPv6), passes at once.
 *
 * SIGTERM and SIGINT end it, with what became of all packets as a line of JSON; SIGUSR1 prints that and goes on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <math.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../conf/span.h"

enum {
	FRAME_MAX = 2048,  /* an MTU of 1500 and what comes before it */
	QUEUE_MAX = 16384, /* packets under way; the next is dropped */
	BATCH = 16,        /* packets taken in a row while others are due */
	LATE_BINS = 4000,  /* of a microsecond */
	IPV6_NEXT_HEADER = ETH_HLEN + 6,
};

/* A receive stamp is no older: beyond that the clock was stepped. */
#define STAMP_AGE_MOST span_s(1)

enum shape { SHAPE_UNIFORM, SHAPE_NORMAL, SHAPE_EXP, SHAPE_PARETO, SHAPE_COUNT };

struct fates {
	unsigned long received, sent, lost, duplicated, reordered, queue_full, too_long, failed;
};

/* One direction of the line. */
struct way {
	struct span delay, jitter;
	enum shape shape;
	double loss, duplicate, reorder, rate;
	bool ordered;

	int in, out;
	uint64_t chance;
	struct mono idle_from; /* the bottleneck */
	struct mono latest;    /* due time so far, where the order is kept */
	struct fates fates;
};

/* What a packet socket gives and takes with PACKET_VNET_HDR. */
struct frame {
	struct virtio_net_hdr offload;
	uint8_t bytes[FRAME_MAX];
};

struct packet {
	struct mono due;
	uint64_t number;
	struct way *way;
	size_t len; /* of the frame, the offload header included */
	struct frame frame;
};

struct line {
	struct way ways[2];
	struct packet *queue[QUEUE_MAX]; /* a heap: the first is due first */
	struct packet *spare[QUEUE_MAX];
	size_t n_queue, n_spare;
	uint64_t packets;
	unsigned long late[LATE_BINS + 1], n_late;
	struct span watch; /* before a packet is due: no more sleep */
	int priority;
};

static struct line line = { .watch = { 150 * NS_PER_US }, .priority = 50 };
static volatile sig_atomic_t stopped, asked;

static void on_signal(int number)
{
	if (number == SIGUSR1)
		asked = 1;
	else
		stopped = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "wanlink: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct mono mono_now(void)
{
	return (struct mono){ clock_ns(CLOCK_MONOTONIC) };
}

/* ---- chance ---- */

/* Between 0 and 1, neither included: splitmix64 (Steele, Lea, Flood 2014). */
static double draw(struct way *way)
{
	uint64_t z = way->chance += 0x9E3779B97F4A7C15;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 0x1p53;
}

/* Two draws whatever the shape, so that a packet's fate does not hang on it. */
static struct span draw_delay(struct way *way)
{
	double u = draw(way), v = draw(way), jitter = 0;

	switch (way->shape) {
	case SHAPE_UNIFORM:
		jitter = 2 * u - 1;
		break;
	case SHAPE_NORMAL: /* Box and Muller 1958 */
		jitter = fmax(-3, fmin(3, sqrt(-2 * log(u)) * cos(2 * M_PI * v)));
		break;
	case SHAPE_EXP:
		jitter = -log(u);
		break;
	case SHAPE_PARETO:
		jitter = fmin(50, pow(u, -1 / 2.5) - 1);
		break;
	case SHAPE_COUNT:
		break;
	}
	return span_max(SPAN_ZERO, span_add(way->delay, span_ns(llround((double)way->jitter.ns * jitter))));
}

/* ---- packets under way ---- */

static bool comes_before(const struct packet *a, const struct packet *b)
{
	return a->due.ns == b->due.ns ? a->number < b->number : mono_before(a->due, b->due);
}

static void queue_push(struct packet *packet)
{
	size_t i = line.n_queue++;

	for (; i > 0 && comes_before(packet, line.queue[(i - 1) / 2]); i = (i - 1) / 2)
		line.queue[i] = line.queue[(i - 1) / 2];
	line.queue[i] = packet;
}

static struct packet *queue_pop(void)
{
	struct packet *first = line.queue[0], *last = line.queue[--line.n_queue];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < line.n_queue) {
		if (child + 1 < line.n_queue && comes_before(line.queue[child + 1], line.queue[child]))
			child++;
		if (!comes_before(line.queue[child], last))
			break;
		line.queue[i] = line.queue[child];
		i = child;
	}
	line.queue[i] = last;
	return first;
}

static void put_under_way(struct way *way, const struct frame *frame, size_t len, struct mono due)
{
	struct packet *packet;

	if (line.n_queue == QUEUE_MAX) {
		way->fates.queue_full++;
		return;
	}
	packet = line.n_spare ? line.spare[--line.n_spare] : malloc(sizeof *packet);
	if (!packet)
		die("malloc");
	packet->due = due;
	packet->number = line.packets++;
	packet->way = way;
	packet->len = len;
	memcpy(&packet->frame, frame, len);
	queue_push(packet);
}

static void deliver(struct mono now)
{
	struct packet *packet = queue_pop();
	struct way *way = packet->way;
	int64_t late = mono_sub(now, packet->due).ns / NS_PER_US;

	if (send(way->out, &packet->frame, packet->len, MSG_DONTWAIT) == (ssize_t)packet->len)
		way->fates.sent++;
	else
		way->fates.failed++;
	line.late[late < LATE_BINS ? late : LATE_BINS]++;
	line.n_late++;
	line.spare[line.n_spare++] = packet;
}

/* ---- what comes in ---- */

/* Is this what the line is there for? */
static bool is_traffic(const uint8_t *bytes, size_t len)
{
	unsigned type = (unsigned)bytes[12] << 8 | bytes[13];

	return type == ETHERTYPE_IP || (type == ETHERTYPE_IPV6 && len > IPV6_NEXT_HEADER &&
					       bytes[IPV6_NEXT_HEADER] != IPPROTO_ICMPV6 &&
					       bytes[IPV6_NEXT_HEADER] != IPPROTO_HOPOPTS);
}

/* When it came, which is before now. */
static struct mono arrived(struct msghdr *m, struct mono now)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct timespec t;
	struct span age;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
		return now;
	memcpy(&t, CMSG_DATA(c), sizeof t);
	age = span_ns(clock_ns(CLOCK_REALTIME) - ((int64_t)t.tv_sec * NS_PER_S + t.tv_nsec));
	if (age.ns < 0 || span_less(STAMP_AGE_MOST, age))
		return now;
	return mono_add(now, span_neg(age));
}

/* When the bottleneck lets go of it. */
static struct mono squeezed(struct way *way, size_t len, struct mono at)
{
	if (way->rate <= 0)
		return at;
	if (mono_before(at, way->idle_from))
		at = way->idle_from;
	way->idle_from = mono_add(at, span_ns(llround((double)len * 8 * 1000 / way->rate)));
	return way->idle_from;
}

static void decide_fate(struct way *way, const struct frame *frame, size_t len, struct mono at)
{
	/* All is drawn in any case: the next packet's fate does not hang on this one's. */
	bool lost = draw(way) < way->loss, twice = draw(way) < way->duplicate,
	     overtakes = draw(way) < way->reorder;
	struct span delay = draw_delay(way), delay_of_twin = draw_delay(way);
	struct mono start, due;

	way->fates.received++;
	if (lost) {
		way->fates.lost++;
		return;
	}
	start = squeezed(way, len - sizeof frame->offload, at);
	due = overtakes ? start : mono_add(start, delay);
	way->fates.reordered += overtakes;
	if (way->ordered && !overtakes) {
		due = mono_before(due, way->latest) ? way->latest : due;
		way->latest = due;
	}
	put_under_way(way, frame, len, due);
	if (!twice)
		return;
	way->fates.duplicated++;
	put_under_way(way, frame, len, mono_add(start, delay_of_twin));
}

/* False where there is nothing to be had. */
static bool take_one(struct way *way)
{
	struct frame frame;
	char control[64] __attribute__((aligned(8)));
	struct iovec iov = { &frame, sizeof frame };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	ssize_t got = recvmsg(way->in, &m, MSG_DONTWAIT);
	struct mono now = mono_now();
	size_t len = (size_t)got;

	if (got < 0)
		return false;
	if (m.msg_flags & MSG_TRUNC)
		way->fates.too_long++;
	else if (len < sizeof frame.offload + ETH_HLEN)
		way->fates.failed++;
	else if (is_traffic(frame.bytes, len - sizeof frame.offload))
		decide_fate(way, &frame, len, arrived(&m, now));
	else
		put_under_way(way, &frame, len, now);
	return true;
}

/* ---- what became of them ---- */

static long late_at(double share)
{
	unsigned long count = 0, wanted = (unsigned long)(share * (double)line.n_late);

	for (long us = 0; us < LATE_BINS; us++) {
		count += line.late[us];
		if (count > wanted)
			return us;
	}
	return LATE_BINS;
}

static void print_way(const char *name, const struct fates *fates)
{
	printf("\"%s\": {\"received\": %lu, \"sent\": %lu, \"lost\": %lu, \"duplicated\": %lu, "
	       "\"reordered\": %lu, "
	       "\"queue_full\": %lu, \"too_long\": %lu, \"failed\": %lu}, ",
		name, fates->received, fates->sent, fates->lost, fates->duplicated, fates->reordered,
		fates->queue_full, fates->too_long, fates->failed);
}

static void print_fates(void)
{
	printf("{");
	print_way("a_to_b", &line.ways[0].fates);
	print_way("b_to_a", &line.ways[1].fates);
	printf("\"under_way\": %zu, \"late_us\": {\"n\": %lu, \"median\": %ld, \"p95\": %ld, \"p99\": %ld, "
	       "\"p999\": %ld}}\n",
		line.n_queue, line.n_late, late_at(0.5), late_at(0.95), late_at(0.99), late_at(0.999));
	fflush(stdout);
}

/* ---- the command line ---- */

static bool set_span(const char *text, void *field)
{
	return span_parse(text, field) && ((struct span *)field)->ns >= 0;
}

static bool set_number(const char *text, void *field)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0))
		return false;
	memcpy(field, &value, sizeof value);
	return true;
}

static bool set_chance(const char *text, void *field)
{
	return set_number(text, field) && *(double *)field <= 1;
}

static bool set_shape(const char *text, void *field)
{
	static const char *const names[SHAPE_COUNT] = { "uniform", "normal", "exp", "pareto" };

	for (enum shape shape = 0; shape < SHAPE_COUNT; shape++) {
		if (strcmp(text, names[shape]) != 0)
			continue;
		*(enum shape *)field = shape;
		return true;
	}
	return false;
}

static bool set_flag(const char *text, void *field)
{
	*(bool *)field = text[0] == '1';
	return (text[0] == '0' || text[0] == '1') && !text[1];
}

static const struct {
	const char *name;
	bool (*set)(const char *text, void *field);
	size_t field;
} settings[] = {
	{ "delay", set_span, offsetof(struct way, delay) },
	{ "jitter", set_span, offsetof(struct way, jitter) },
	{ "shape", set_shape, offsetof(struct way, shape) },
	{ "loss", set_chance, offsetof(struct way, loss) },
	{ "duplicate", set_chance, offsetof(struct way, duplicate) },
	{ "reorder", set_chance, offsetof(struct way, reorder) },
	{ "rate", set_number, offsetof(struct way, rate) },
	{ "ordered", set_flag, offsetof(struct way, ordered) },
};

static bool set(struct way *way, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].set(value, (char *)way + settings[i].field);
	return false;
}

static void parse_line(struct way *way, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;

	while (rest && (word = strsep(&rest, ",")) && *word) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (value && set(way, word, value))
			continue;
		fprintf(stderr, "wanlink: \"%s\": cannot make sense of %s%s%s\n", text, word,
			value ? "=" : "", value ? value : "");
		exit(2);
	}
	free(copy);
}

static uint64_t parse_count(const char *text, uint64_t most)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || value > most) {
		fprintf(stderr, "wanlink: \"%s\" is no number from 0 to %llu\n", text,
			(unsigned long long)most);
		exit(2);
	}
	return value;
}

static void seed(uint64_t number)
{
	line.ways[0].chance = (number * 2) ^ 0xA5A5A5A55A5A5A5A;
	line.ways[1].chance = ~(number * 2 + 1) * 0xD1342543DE82EF95;
}

/* ---- interfaces ---- */

static int attach(const char *interface)
{
	static const int on = 1, room = 8 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(interface),
	};

	if (fd < 0 || !address.sll_ifindex ||
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
		die(interface);
	return fd;
}

static void open_line(const char *a, const char *b)
{
	int fd_a = attach(a), fd_b = attach(b);

	line.ways[0].in = line.ways[1].out = fd_a;
	line.ways[1].in = line.ways[0].out = fd_b;
}

/* ---- running ---- */

/* Signals are let in while this process sleeps, and only then: none comes too early to be seen. */
static void set_signals(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGUSR1 };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		sigaction(numbers[i], &action, NULL);
		sigaddset(&set, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* To be in time is the whole job. */
static void hurry(void)
{
	struct sched_param param = { .sched_priority = line.priority };

	prctl(PR_SET_TIMERSLACK, 1);
	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		fprintf(stderr, "wanlink: memory may be swapped out: %s\n", strerror(errno));
	if (line.priority && sched_setscheduler(0, SCHED_FIFO, &param) != 0)
		fprintf(stderr, "wanlink: no real-time priority: %s\n", strerror(errno));
}

/* Until a packet comes, or shortly before the next is due. */
static void wait_for_packets(void)
{
	struct pollfd fds[] = { { .fd = line.ways[0].in, .events = POLLIN },
		{ .fd = line.ways[1].in, .events = POLLIN } };
	struct span left = SPAN_ZERO;
	struct timespec timeout;
	sigset_t none;

	sigemptyset(&none);
	if (line.n_queue)
		left = span_max(SPAN_ZERO, span_sub(mono_sub(line.queue[0]->due, mono_now()), line.watch));
	timeout.tv_sec = left.ns / NS_PER_S;
	timeout.tv_nsec = left.ns % NS_PER_S;
	if (ppoll(fds, 2, line.n_queue ? &timeout : NULL, &none) < 0 && errno != EINTR)
		die("ppoll");
}

static void run(void)
{
	while (!stopped) {
		struct mono now = mono_now();

		while (line.n_queue && !mono_before(now, line.queue[0]->due)) {
			deliver(now);
			now = mono_now();
		}
		wait_for_packets();
		for (size_t i = 0; i < 2; i++)
			for (int n = 0; n < BATCH && take_one(&line.ways[i]); n++)
				;
		if (asked)
			print_fates();
		asked = 0;
	}
}

static void usage(void)
{
	fprintf(stderr, "usage: wanlink -a INTERFACE -b INTERFACE [-A LINE] [-B LINE] [-s SEED] [-w SPAN] "
			"[-p PRIORITY]\n");
	exit(2);
}

struct options {
	const char *a, *b, *there, *back;
	uint64_t seed;
};

static void parse_options(int argc, char **argv, struct options *out)
{
	int option;

	while ((option = getopt(argc, argv, "a:b:A:B:s:w:p:")) != -1) {
		if (option == 'a')
			out->a = optarg;
		else if (option == 'b')
			out->b = optarg;
		else if (option == 'A')
			out->there = optarg;
		else if (option == 'B')
			out->back = optarg;
		else if (option == 's')
			out->seed = parse_count(optarg, UINT64_MAX);
		else if (option == 'p')
			line.priority = (int)parse_count(optarg, 99);
		else if (option != 'w' || !set_span(optarg, &line.watch))
			usage();
	}
	if (!out->a || !out->b || optind != argc)
		usage();
}

int main(int argc, char **argv)
{
	struct options options = { .there = "", .seed = 1 };

	parse_options(argc, argv, &options);
	parse_line(&line.ways[0], options.there);
	parse_line(&line.ways[1], options.back ? options.back : options.there);
	seed(options.seed);
	open_line(options.a, options.b);
	set_signals();
	hurry();
	run();
	print_fates();
	return 0;
}
