/*
 * large: a large cluster of real cores in virtual time. Some clocks go wrong, and every one of them has to be named in
 * time: by its own sentinel and by all who watch it; nobody else. Prints what it costs a node; see README.md.
 */
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../conf/voters.h"
#include "../../sentinel/core/core.h"
#include "address.h"
#include "clockwork.h"
#include "dice.h"
#include "queue.h"

enum { MEMBERS_MAX = CONF_PEERS_MAX, SKEWED_IN = 10, UDP_IP_OCTETS = 28 };

#define BEGINS_S INT64_C(1795392000)
#define GOES_WRONG span_s(15)
#define LASTS span_s(30)

struct datagram {
	unsigned to;
	struct incoming in;
	uint8_t bytes[MESSAGE_MAX];
};

struct member {
	char name[16];
	struct clockwork clock;
	struct conf *conf;
	struct core *core;
	struct truth wake;
	bool voter, skewed;
	struct truth went_wrong, named; /* by itself */
	uint64_t sent, octets, cpu_ns;  /* from when all is settled to the end */
};

struct crowd {
	unsigned n;
	struct member *members;
	struct queue queue;
	struct truth now;
	struct dice dice;
	struct keyring *ring;
	struct effects effects;
	bool settled;
	unsigned complaints;
};

/* What a node of one kind costs. */
struct cost {
	unsigned nodes;
	double datagrams, octets, cpu;
};

static void *need(void *memory)
{
	if (memory)
		return memory;
	fputs("large: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

/* ---- members ---- */

static void name_peer(struct conf_peer *peer, const char *name)
{
	*peer = (struct conf_peer){ .role = ROLE_DATABASE, .key = 1, .address.port = CONF_PORT };
	snprintf(peer->name, sizeof peer->name, "%s", name);
	snprintf(peer->address.host, sizeof peer->address.host, "%s", name);
}

static struct conf *make_conf(const struct crowd *crowd, unsigned index)
{
	struct conf *conf = need(conf_defaults(crowd->members[index].name));

	conf->peers = need(calloc(crowd->n, sizeof *conf->peers));
	for (unsigned i = 0; i < crowd->n; i++)
		if (i != index)
			name_peer(&conf->peers[conf->n_peers++], crowd->members[i].name);
	voters_choose(conf);
	conf->electorate = conf->self.votes;
	for (size_t i = 0; i < conf->n_peers; i++)
		conf->electorate += conf->peers[i].votes;
	return conf;
}

static struct reading look(const struct crowd *crowd, const struct member *member)
{
	return clockwork_read(&member->clock, crowd->now, span_ns(200));
}

static void make_member(struct crowd *crowd, unsigned index)
{
	struct member *member = &crowd->members[index];
	struct reading now = look(crowd, member);
	uint8_t seed[PRNG_SEED_SIZE];

	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)dice_u64(&crowd->dice);
	member->conf = make_conf(crowd, index);
	member->core = need(core_new(member->conf, crowd->ring, seed, "1", &now));
	member->voter = member->conf->self.votes;
	member->wake = TRUTH_NEVER;
}

/* ---- what happens ---- */

static void wake_at(struct crowd *crowd, unsigned index, struct truth at)
{
	struct member *member = &crowd->members[index];

	at = truth_later(at, crowd->now);
	if (!truth_before(at, member->wake))
		return;
	member->wake = at;
	queue_put(&crowd->queue, &(struct happening){ .at = at, .kind = HAPPEN_PROCESS, .index = index });
}

static void carry(struct crowd *crowd, unsigned from, const struct outgoing *out)
{
	struct datagram *datagram = need(malloc(sizeof *datagram));
	struct span takes = span_add(span_us(60), dice_exponential(&crowd->dice, span_us(30)));
	bool asks = out->side == SIDE_ASK;

	datagram->to = address_host(&out->to);
	memcpy(datagram->bytes, out->bytes, out->len);
	datagram->in = (struct incoming){ .side = asks ? SIDE_ANSWER : SIDE_ASK,
		.from = address_of(from, CONF_PORT),
		.to = out->to,
		.bytes = datagram->bytes,
		.len = out->len };
	if (!asks) /* as it was asked; a request leaves from the port that is asked, to keep it short */
		datagram->in.from = out->from;
	queue_put(&crowd->queue,
		&(struct happening){
			.at = truth_add(crowd->now, takes), .kind = HAPPEN_ARRIVAL, .datagram = datagram });
}

static uint64_t cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void step(struct crowd *crowd, unsigned index, struct event *event)
{
	struct member *member = &crowd->members[index];
	uint64_t began = cpu_now();

	event->now = look(crowd, member);
	core_step(member->core, event, &crowd->effects);
	if (crowd->settled)
		member->cpu_ns += cpu_now() - began;
}

/* The kernel tells when it left. */
static void depart(struct crowd *crowd, unsigned index, enum side side, uint64_t token)
{
	struct event event = { .kind = EVENT_DEPARTED };

	event.departed.side = side;
	event.departed.token = token;
	event.departed.stamp = clockwork_wall(&crowd->members[index].clock, crowd->now);
	step(crowd, index, &event);
}

static void follow(struct crowd *crowd, unsigned index)
{
	struct member *member = &crowd->members[index];
	struct level_view level;

	core_level(member->core, LEVEL_CRITICAL, &level);
	if (!level.raised || member->named.ns)
		return;
	member->named = crowd->now;
	if (member->skewed && member->went_wrong.ns)
		return;
	printf("%s is right, and is called critical at %.3f s\n", member->name,
		span_seconds(truth_sub(crowd->now, (struct truth){ 0 })));
	crowd->complaints++;
}

static void turn(struct crowd *crowd, unsigned index, struct event *event)
{
	struct member *member = &crowd->members[index];
	struct {
		enum side side;
		uint64_t token;
	} left[EFFECTS_SENDS];
	size_t n_left = 0;

	step(crowd, index, event);
	for (size_t i = 0; i < crowd->effects.n_sends; i++) {
		const struct outgoing *out = &crowd->effects.sends[i];

		carry(crowd, index, out);
		member->sent += crowd->settled;
		member->octets += crowd->settled ? out->len + UDP_IP_OCTETS : 0;
		left[n_left].side = out->side;
		left[n_left++].token = out->token;
	}
	for (size_t i = 0; i < n_left; i++)
		depart(crowd, index, left[i].side, left[i].token);
	follow(crowd, index);
	wake_at(crowd, index, clockwork_when(&member->clock, core_deadline(member->core)));
}

static void arrive(struct crowd *crowd, struct datagram *datagram)
{
	struct event event = { .kind = EVENT_DATAGRAM, .datagram = datagram->in };

	event.datagram.stamped = true;
	event.datagram.stamp = clockwork_wall(&crowd->members[datagram->to].clock, crowd->now);
	turn(crowd, datagram->to, &event);
	free(datagram);
}

static void go_wrong(struct crowd *crowd, unsigned index)
{
	struct member *member = &crowd->members[index];
	struct span by = dice_span(&crowd->dice, span_s(1), span_s(3600));

	clockwork_step(&member->clock, crowd->now, index % 2 ? by : span_neg(by));
	member->went_wrong = crowd->now;
	turn(crowd, index, &(struct event){ .kind = EVENT_TICK }); /* the kernel says so */
}

static void happen(struct crowd *crowd, const struct happening *what)
{
	struct member *member = &crowd->members[what->index];

	if (what->kind == HAPPEN_ARRIVAL)
		arrive(crowd, what->datagram);
	else if (what->kind == HAPPEN_FAULT)
		go_wrong(crowd, what->index);
	else if (member->wake.ns == what->at.ns) {
		member->wake = TRUTH_NEVER;
		turn(crowd, what->index, &(struct event){ .kind = EVENT_TICK });
	}
}

static void run_until(struct crowd *crowd, struct truth end)
{
	struct happening next;

	while (truth_before(queue_next(&crowd->queue), end) && queue_take(&crowd->queue, &next)) {
		crowd->now = next.at;
		happen(crowd, &next);
	}
	crowd->now = end;
}

/* ---- the cluster, from beginning to end ---- */

/* One in ten, among the voters as well: a majority of them stays right. */
static void choose_skewed(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->n; i++) {
		struct span at = span_add(GOES_WRONG, dice_span(&crowd->dice, SPAN_ZERO, span_s(5)));

		crowd->members[i].skewed = i % SKEWED_IN == 1;
		if (crowd->members[i].skewed)
			queue_put(&crowd->queue,
				&(struct happening){ .at = { at.ns }, .kind = HAPPEN_FAULT, .index = i });
	}
}

static void start(struct crowd *crowd, unsigned index)
{
	size_t node = 1;

	for (unsigned i = 0; i < crowd->n; i++) {
		struct event event = { .kind = EVENT_ADDRESS };

		if (i == index)
			continue;
		event.address.node = node++;
		event.address.endpoint = address_of(i, CONF_PORT);
		step(crowd, index, &event);
	}
	wake_at(crowd, index, crowd->now);
}

static void begin(struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->n; i++) {
		struct member *member = &crowd->members[i];
		struct span offset = dice_span(&crowd->dice, span_ms(-2), span_ms(2));

		snprintf(member->name, sizeof member->name, "db%u", i + 1);
		clockwork_start(&member->clock, dice_span(&crowd->dice, span_s(100), span_s(1000000)),
			wall_add((struct wall){ BEGINS_S * NS_PER_S }, offset),
			dice_between(&crowd->dice, -50000, 50000));
	}
	for (unsigned i = 0; i < crowd->n; i++)
		make_member(crowd, i);
	for (unsigned i = 0; i < crowd->n; i++)
		start(crowd, i);
}

/* ---- what came of it ---- */

/* Three probe intervals, spread by 3 %, and raise_after. */
static struct span patience(const struct conf *conf)
{
	return span_add(span_scale(conf->probe.interval, 31, 10), conf->thresholds.raise_after);
}

/* What the others that ask it say of it now. */
static void hear_others(struct crowd *crowd, unsigned index)
{
	struct member *member = &crowd->members[index];
	unsigned watchers = 0, agree = 0;

	for (unsigned i = 0; i < crowd->n; i++) {
		struct node_view view;
		struct reading now = look(crowd, &crowd->members[i]);

		if (i == index || crowd->members[i].skewed)
			continue;
		core_node(crowd->members[i].core, index < i ? index + 1 : index, &now, &view);
		watchers += view.watched;
		agree += view.watched &&
			 view.verdict.state == (member->skewed ? VERDICT_CRITICAL : VERDICT_OK);
	}
	if (watchers && agree == watchers)
		return;
	printf("%s, which is %s, is called so by %u of the %u who watch it\n", member->name,
		member->skewed ? "wrong" : "right", agree, watchers);
	crowd->complaints++;
}

static struct span slowest_naming(struct crowd *crowd)
{
	struct span slowest = SPAN_ZERO;

	for (unsigned i = 0; i < crowd->n; i++) {
		const struct member *member = &crowd->members[i];
		struct span took = truth_sub(member->named, member->went_wrong);

		hear_others(crowd, i);
		if (!member->skewed)
			continue;
		if (!member->named.ns || span_less(patience(member->conf), took)) {
			printf("%s is wrong, and is not called so in time\n", member->name);
			crowd->complaints++;
		} else {
			slowest = span_max(slowest, took);
		}
	}
	return slowest;
}

static void add_up(const struct crowd *crowd, bool voter, double seconds, struct cost *cost)
{
	*cost = (struct cost){ .nodes = 0 };
	for (unsigned i = 0; i < crowd->n; i++) {
		const struct member *member = &crowd->members[i];

		if (member->voter != voter)
			continue;
		cost->nodes++;
		cost->datagrams += (double)member->sent / seconds;
		cost->octets += (double)member->octets / seconds;
		cost->cpu += (double)member->cpu_ns / 1e9 / seconds;
	}
	if (!cost->nodes)
		return;
	cost->datagrams /= cost->nodes;
	cost->octets /= cost->nodes;
	cost->cpu /= cost->nodes;
}

static void print_kind(const char *kind, const struct cost *cost)
{
	if (cost->nodes)
		printf("  %-7s %5u %12.0f %11.1f %9.2f", kind, cost->nodes, cost->datagrams,
			cost->octets / 1e3, 100 * cost->cpu);
}

static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static bool run(unsigned n, uint64_t seed)
{
	static const char key[] = "1 AES128 HEX:000102030405060708090A0B0C0D0E0F\n";
	struct crowd crowd = { .n = n, .dice = { seed } };
	struct span settled = span_sub(GOES_WRONG, span_s(10)), slowest;
	struct cost voters, others;
	struct keys_error error;
	size_t before, memory;

	crowd.ring = need(keyring_parse(key, sizeof key - 1, &error));
	crowd.members = need(calloc(n, sizeof *crowd.members));
	before = memory_in_use();
	begin(&crowd);
	memory = (memory_in_use() - before) / n;
	choose_skewed(&crowd);
	run_until(&crowd, (struct truth){ settled.ns });
	crowd.settled = true;
	run_until(&crowd, (struct truth){ GOES_WRONG.ns });
	crowd.settled = false;
	run_until(&crowd, (struct truth){ LASTS.ns });
	slowest = slowest_naming(&crowd);
	add_up(&crowd, true, 10, &voters);
	add_up(&crowd, false, 10, &others);
	printf("%5u", n);
	print_kind("voter", &voters);
	printf(" %10.2f %9.2f\n", (double)memory / 1e6, span_seconds(slowest));
	if (others.nodes) {
		printf("     ");
		print_kind("other", &others);
		putchar('\n');
	}
	for (unsigned i = 0; i < n; i++) {
		core_free(crowd.members[i].core);
		conf_free(crowd.members[i].conf);
	}
	for (struct happening left; queue_take(&crowd.queue, &left);)
		free(left.datagram);
	queue_free(&crowd.queue);
	keyring_free(crowd.ring);
	free(crowd.members);
	return crowd.complaints == 0;
}

int main(int argc, char **argv)
{
	bool good = true;

	if (argc < 2 || argv[1][0] == '-') {
		fputs("usage: large MEMBERS...   (each 3 to 1024)\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("members          nodes  datagrams/s        kB/s     CPU %%  memory MB   named s\n");
	for (int i = 1; i < argc; i++) {
		unsigned long n = strtoul(argv[i], NULL, 10);

		if (n < 3 || n > MEMBERS_MAX) {
			fprintf(stderr, "large: %s is not a number of members from 3 to %d\n", argv[i],
				MEMBERS_MAX);
			return 2;
		}
		good &= run((unsigned)n, 1);
	}
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
