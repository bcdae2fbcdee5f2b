#include "host_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

void host_disturb(struct host *host)
{
	host->disturbed = host->world->now;
}

/* ---- the sentinel ---- */

void host_post(struct host *host, const struct event *event)
{
	enum { ROOM = sizeof host->inbox / sizeof host->inbox[0] };

	if (event->kind ==
		EVENT_ACTION) /* a measure's latest replaces one that still waits, as in the daemon */
		for (unsigned i = 0; i < host->n_inbox; i++)
			if (host->inbox[i].kind == EVENT_ACTION &&
				host->inbox[i].action.measure == event->action.measure) {
				host->inbox[i] = *event;
				return;
			}
	if (host->n_inbox < ROOM)
		host->inbox[host->n_inbox++] = *event;
	host_wake_at(host, host->world->now);
}

static void take_post(struct host *host)
{
	struct event event = host->inbox[0];

	host->n_inbox--;
	memmove(&host->inbox[0], &host->inbox[1], host->n_inbox * sizeof host->inbox[0]);
	host_step(host, &event, NULL);
}

static void take_departure(struct host *host)
{
	const struct departure *departure = &host->departures[0];
	struct event event = { .kind = EVENT_DEPARTED };

	event.departed.side = departure->side;
	event.departed.token = departure->token;
	event.departed.stamp = departure->stamp;
	host->n_departures--;
	memmove(&host->departures[0], &host->departures[1], host->n_departures * sizeof host->departures[0]);
	host_step(host, &event, NULL);
}

static void take_datagram(struct host *host)
{
	struct datagram *datagram = host_take(host);
	struct event event = { .kind = EVENT_DATAGRAM, .datagram = datagram->in };

	host_step(host, &event, datagram);
	host_drop(host->world, datagram);
}

static bool tick_is_due(const struct host *host)
{
	return host->poked ||
	       !mono_before(clockwork_mono(&host->clock, host->world->now), core_deadline(host->core));
}

static bool is_running(const struct host *host)
{
	return host->alive && !host->stalled && !host->clock.still;
}

/* One thing at a time; in which order the loop takes what is due at once, nobody knows. */
static bool do_one_thing(struct host *host)
{
	bool tick = tick_is_due(host);

	if (host->n_inbox) {
		take_post(host);
	} else if (host->n_departures && (!tick || dice_chance(&host->dice, 500000))) {
		take_departure(host);
	} else if (tick && (!host->first || dice_chance(&host->dice, 500000))) {
		host->poked = false;
		host_step(host, &(struct event){ .kind = EVENT_TICK }, NULL);
	} else if (host->first) {
		take_datagram(host);
	} else {
		return host->deputy && deputy_turn(host->deputy);
	}
	return true;
}

/* Timers are late by some 50 us, at times by milliseconds. */
static struct span lateness(struct host *host)
{
	if (dice_chance(&host->dice, 1000))
		return dice_span(&host->dice, SPAN_ZERO, span_ms(5));
	return dice_exponential(&host->dice, span_us(50));
}

static void plan_wake(struct host *host)
{
	struct mono due = core_deadline(host->core);
	struct truth at;

	if (host->deputy)
		due = mono_earlier(due, deputy_due(host->deputy));
	if (due.ns == INT64_MAX)
		return;
	at = clockwork_when(&host->clock, due);
	if (at.ns != TRUTH_NEVER.ns)
		host_wake_at(host, truth_add(at, lateness(host)));
}

void host_wake_at(struct host *host, struct truth at)
{
	at = truth_later(truth_later(at, host->busy), host->world->now);
	if (!is_running(host) || !truth_before(at, host->wake))
		return;
	host->wake = at;
	queue_put(&host->world->queue,
		&(struct happening){ .at = at, .kind = HAPPEN_PROCESS, .index = host->index });
}

/* ---- a plain NTP server ---- */

/* It answers whoever asks, with a MAC where there was one, and knows nothing of sentinels. */
static void serve(struct host *host, const struct datagram *datagram)
{
	struct truth now = host->world->now;
	struct outgoing out = { .side = SIDE_ANSWER, .to = datagram->in.from, .from = datagram->in.to };
	struct writer w = { .bytes = out.bytes, .room = sizeof out.bytes };
	struct ntp_header header;

	if (!ntp_decode(datagram->in.bytes, datagram->in.len, &header) || header.mode != NTP_MODE_CLIENT)
		return;
	header = (struct ntp_header){
		.leap = host->clock.leap,
		.version = NTP_VERSION,
		.mode = NTP_MODE_SERVER,
		.stratum = 2,
		.precision = -23,
		.origin = header.transmit,
		.receive = ntp_stamp_of(datagram->in.stamp, NULL),
		.transmit = ntp_stamp_of(clockwork_wall(&host->clock, now), NULL),
	};
	message_write_header(&w, &header);
	if (datagram->in.len > NTP_HEADER_SIZE)
		mac_append(&w, keyring_find(host->world->ring, 1), 1);
	out.len = w.len;
	host_put_on_wire(host, &out, datagram, now);
}

static bool serve_one(struct host *host)
{
	struct datagram *datagram = host_take(host);

	if (!datagram)
		return false;
	serve(host, datagram);
	host_drop(host->world, datagram);
	return true;
}

void host_turn(struct host *host)
{
	if (host->wake.ns != host->world->now.ns)
		return; /* overtaken by an earlier one */
	host->wake = TRUTH_NEVER;
	if (!is_running(host))
		return;
	if (host->plan->server ? serve_one(host) : do_one_thing(host))
		host_wake_at(host, host->world->now);
	else if (!host->plan->server)
		plan_wake(host);
}

/* ---- its beginning and end ---- */

static void post_addresses(struct host *host)
{
	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct event event = { .kind = EVENT_ADDRESS };

		if (i == host->index)
			continue;
		event.address.node = world_node(host, i);
		event.address.endpoint = address_of(i, host_port(host->world, i));
		host_step(host, &event, NULL);
	}
}

static void start_sentinel(struct host *host)
{
	struct world *world = host->world;
	struct reading now = clockwork_read(&host->clock, world->now, span_ns(200));
	uint8_t seed[PRNG_SEED_SIZE];

	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)dice_u64(&host->dice);
	host->core = core_new(host->conf, world->ring, seed, "1", &now);
	if (!host->core) {
		fputs("sim: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	host->sight = (struct sight){ .state = VERDICT_UNKNOWN, .want = WANT_KEEP, .fresh = -1 };
	memset(host->pairs, 0, world->n_hosts * sizeof *host->pairs);
	for (int i = 0; i < LEVEL_COUNT; i++)
		host->watches[i].raised_in = 0;
	if (host->conf->galera.configured) {
		core_require_claim(host->core, true);
		host->deputy = deputy_new(host);
	}
	post_addresses(host);
}

void host_start(struct host *host)
{
	host->alive = true;
	host->wake = TRUTH_NEVER;
	host_disturb(host);
	if (!host->plan->server)
		start_sentinel(host);
	host_wake_at(host, host->world->now);
}

void host_kill(struct host *host)
{
	host->alive = false;
	deputy_kill(host->deputy);
	core_free(host->core);
	host->deputy = NULL;
	host->core = NULL;
	host->n_inbox = host->n_departures = 0;
	host->poked = false;
	clockwork_drill(&host->clock, host->world->now, SPAN_ZERO);
	host_empty_sockets(host);
	host_disturb(host);
}

void host_init(struct world *world, unsigned index)
{
	const struct plan *plan = &world->plan;
	struct host *host = &world->hosts[index];
	struct wall wall = { plan->begins_s * NS_PER_S };

	*host = (struct host){
		.world = world,
		.index = index,
		.plan = &plan->hosts[index],
		.dice = dice_fork(&world->dice),
		.crystal_ppb = plan->hosts[index].crystal_ppb,
		.aim = plan->hosts[index].offset,
		.wake = TRUTH_NEVER,
		.busy = TRUTH_ALWAYS,
		.at_ease_since = TRUTH_NEVER,
		.holds_since = TRUTH_NEVER,
		.pairs = calloc(world->n_hosts, sizeof *host->pairs),
	};
	host->conf = host_make_conf(host);
	if (!host->conf || !host->pairs) {
		fputs("sim: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	clockwork_start(&host->clock, dice_span(&host->dice, span_s(60), span_s(INT64_C(86400) * 365)),
		wall_add(wall, host->plan->offset), host->crystal_ppb);
}

void host_free(struct host *host)
{
	host_kill(host);
	free(host->pairs);
	conf_free(host->conf);
}
