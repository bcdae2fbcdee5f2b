#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/voters.h"
#include "../../sentinel/core/estimate.h"
#include "address.h"
#include "invariant.h"
#include "world.h"

enum { SOCKET_ROOM = 256, PORT_ASK = 40000 };

/*
 * Two crystals may part by WANDER_PPB at once and by as much more with each minute: half of it is each one's
 * share.
 */
#define JITTER_PPB (WANDER_PPB / 4)
#define WANDER_PPB_A_MINUTE (WANDER_PPB / 2)
#define STEER_MOST_PPB (100 * INT64_C(1000))

static struct truth after(const struct host *host, struct span span)
{
	return truth_add(host->world->now, span);
}

void host_disturb(struct host *host)
{
	host->disturbed = host->world->now;
}

/* ---- the crystal and the time service ---- */

static struct wall right_time(const struct world *world)
{
	struct wall begins = { world->plan.begins_s * NS_PER_S };

	return wall_add(begins, span_add(world->leap, truth_sub(world->now, (struct truth){ 0 })));
}

/* The clock's error against what its time service takes for right, as far as that can be measured. */
static struct span measured_error(struct host *host)
{
	struct wall right = wall_add(right_time(host->world), host->aim);

	return span_add(wall_sub(clockwork_wall(&host->clock, host->world->now), right),
		dice_normal(&host->dice, span_us(100)));
}

/* A gentle loop: the error is to be gone in a minute, and the crystal's own rate is known to 0.1 ppm. */
static int64_t steer(struct host *host)
{
	int64_t by = -measured_error(host).ns / 60;
	int64_t rate = -host->crystal_ppb + dice_between(&host->dice, -100, 100);

	if (by > STEER_MOST_PPB)
		by = STEER_MOST_PPB;
	if (by < -STEER_MOST_PPB)
		by = -STEER_MOST_PPB;
	return rate + by;
}

void host_rates(struct host *host)
{
	int64_t jitter = dice_between(&host->dice, -JITTER_PPB, JITTER_PPB);
	int64_t crystal = host->crystal_ppb + host->wander_ppb + jitter;
	int64_t steered = host->plan->free_running ? 0 : steer(host);

	clockwork_set_rates(&host->clock, host->world->now, crystal, steered + host->slew_ppb);
	host_wake_at(host, host->world->now);
}

void host_crystal(struct host *host)
{
	struct span next = dice_span(&host->dice, span_s(4), span_s(16));
	int64_t most = WANDER_PPB_A_MINUTE * next.ns / (60 * NS_PER_S);

	host->wander_ppb += dice_between(&host->dice, -most, most);
	if (!host->clock.still)
		host_rates(host);
	queue_put(&host->world->queue,
		&(struct happening){ .at = after(host, next), .kind = HAPPEN_CRYSTAL, .index = host->index });
}

/* ---- the kernel ---- */

static uint16_t port_of(const struct world *world, unsigned host)
{
	return world->plan.hosts[host].server ? CONF_NTP_PORT : CONF_PORT;
}

static void drop(struct world *world, struct datagram *datagram)
{
	datagram->next = world->spare;
	world->spare = datagram;
}

static struct datagram *new_datagram(struct world *world)
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
		drop(host->world, datagram);
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
	host_wake_at(host, after(host, dice_exponential(&host->dice, span_us(30))));
}

/* What came to the network card meanwhile comes to the kernel now. */
void host_resume(struct host *host)
{
	for (struct datagram *datagram = host->first; datagram; datagram = datagram->next)
		if (!datagram->in.stamped)
			stamp(host, datagram);
	host_wake_at(host, host->world->now);
}

static void empty_sockets(struct host *host)
{
	while (host->first) {
		struct datagram *datagram = host->first;

		host->first = datagram->next;
		drop(host->world, datagram);
	}
	host->last = NULL;
	host->waiting = 0;
}

/* Nothing happens before then. */
static struct span quiet(const struct host *host)
{
	return truth_sub(queue_next(&host->world->queue), host->world->now);
}

/* It leaves a little after it was sent, and the kernel says when: sooner or later, or not at all. */
static struct span leave(struct host *host, const struct outgoing *out)
{
	enum { ROOM = sizeof host->departures / sizeof host->departures[0] };
	struct span in = span_min(dice_span(&host->dice, span_us(1), span_us(15)), quiet(host));

	if (!out->stamped || host->n_departures == ROOM || dice_chance(&host->dice, 5000))
		return in;
	host->departures[host->n_departures++] = (struct departure){
		.side = out->side,
		.token = out->token,
		.stamp = clockwork_wall(&host->clock, after(host, in)),
	};
	host_wake_at(host, after(host, span_add(in, dice_exponential(&host->dice, span_us(20)))));
	return in;
}

/* ---- the sentinel ---- */

/* A look at the clocks takes some hundred nanoseconds, and at times as long as it pleases the scheduler. */
static struct span bracket(struct host *host)
{
	struct span takes = dice_span(&host->dice, span_ns(60), span_ns(400));

	if (dice_chance(&host->dice, 300)) {
		takes = dice_span(&host->dice, SPAN_ZERO, span_ms(20));
		host_disturb(host);
	}
	/* Nothing happens to the clocks in the midst of it: what would is either before or after. */
	return span_min(takes, quiet(host));
}

/* What is remembered of the pair is from before a jump now. */
static void begin_jump(struct pair *pair, const struct clockwork *last)
{
	struct span wrong = pair->shown ? SPAN_ZERO : pair->gap;

	pair->memory = pair->known ? span_add(interval_width(pair->offset), wrong) : SPAN_ZERO;
	pair->jumped = last->stilled;
	pair->gap = last->gap;
	pair->since = 0;
	pair->shown = false;
}

/* An exchange is to be seen: `pair` is still as it was before. */
static void follow_jumps(
	const struct host *host, struct pair *pair, unsigned peer, const struct evidence *evidence)
{
	const struct clockwork *ours = &host->clock, *theirs = &host->world->hosts[peer].clock;
	const struct clockwork *last = truth_before(ours->stilled, theirs->stilled) ? theirs : ours;
	struct span takes = truth_sub(evidence->arrived, evidence->asked);
	struct span hides = span_scale(span_add(pair->memory, takes), 2, 1);

	pair->since++;
	if (last->stilled.ns != pair->jumped.ns) {
		begin_jump(pair, last);
		hides = span_scale(span_add(pair->memory, takes), 2, 1);
	}
	pair->shown |= truth_before(pair->jumped, evidence->asked) &&
		       span_less(span_add(hides, span_ms(1)), pair->gap);
}

static void see(struct host *host, const struct datagram *datagram, const struct reading *now)
{
	struct sight *sight = &host->sight;
	struct node_view self;
	struct cell cell;

	core_node(host->core, 0, now, &self);
	sight->state = self.verdict.state;
	memcpy(sight->summary, self.verdict.summary, sizeof sight->summary);
	sight->want = host->world->effects.wanted.leave;
	sight->claim = host->world->effects.wanted.claim;
	sight->fresh = -1;
	for (int i = 0; i < LEVEL_COUNT; i++) {
		struct level_view level;

		core_level(host->core, (enum level_name)i, &level);
		sight->raised[i] = level.raised;
	}
	if (!datagram || datagram->in.side != SIDE_ASK)
		return;
	if (!core_cell(host->core, 0, world_node(host, datagram->from), now, &cell) || cell.implied)
		return;
	struct pair *pair = &host->pairs[datagram->from];
	struct raw as_of = raw_add(now->raw_after, span_neg(cell.age));

	if (pair->known && pair->as_of.ns == as_of.ns)
		return;
	follow_jumps(host, pair, datagram->from, &datagram->evidence);
	pair->known = true;
	pair->as_of = as_of;
	pair->offset = cell.offset;
	pair->evidence = datagram->evidence;
	sight->fresh = (int)datagram->from;
}

/* The sentinel believes its clock shifted while a drill runs; that is the clock that it answers for. */
static void follow_drill(struct host *host, const struct reading *now)
{
	struct core_view view;
	struct span shift;

	core_overview(host->core, now, &view);
	host->sight.held = view.hold;
	shift = view.drill ? view.drill_offset : SPAN_ZERO;
	if (shift.ns == host->clock.drill.ns)
		return;
	clockwork_drill(&host->clock, host->world->now, shift);
	host_disturb(host);
}

/* What there is to know of what leaves in a step that began then; request: what it answers, or NULL. */
static struct evidence evidence_of(
	const struct host *host, const struct host *to, const struct datagram *request, struct truth began)
{
	struct evidence evidence = { .asked = began };

	if (!request) {
		evidence.before = clockwork_offset(&to->clock, &host->clock, began);
		return evidence;
	}
	evidence = request->evidence;
	evidence.answered = began;
	evidence.map = clockwork_map(&host->clock, began);
	evidence.offset = clockwork_offset(&host->clock, &to->clock, began);
	evidence.asker_map = clockwork_map(&to->clock, began);
	return evidence;
}

/* Of a damaged datagram without a MAC nothing but UDP's own checksum tells: let it be found by that. */
static bool is_authenticated(const struct host *host)
{
	return !host->plan->server || host->plan->keyed;
}

static void put_on_wire(
	struct host *host, const struct outgoing *out, const struct datagram *request, struct truth began)
{
	struct world *world = host->world;
	unsigned to = address_host(&out->to);
	struct evidence evidence = evidence_of(host, &world->hosts[to], request, began);
	struct wire *wire = world_wire(world, host->index, to);
	struct span leaves = leave(host, out);
	bool asks = out->side == SIDE_ASK;
	struct fate fate;

	wire_carry(wire, world->now, &fate);
	for (unsigned i = 0; i < fate.copies; i++) {
		struct datagram *datagram;

		if (fate.bent[i] && !(is_authenticated(host) && is_authenticated(&world->hosts[to])))
			continue;
		datagram = new_datagram(world);
		memcpy(datagram->bytes, out->bytes, out->len);
		if (fate.bent[i])
			wire_bend(wire, datagram->bytes, out->len);
		datagram->from = host->index;
		datagram->to = to;
		datagram->evidence = evidence;
		datagram->in = (struct incoming){
			.side = asks ? SIDE_ANSWER : SIDE_ASK,
			.from = address_of(host->index, asks ? PORT_ASK : port_of(world, host->index)),
			.to = out->to,
			.bytes = datagram->bytes,
			.len = out->len,
		};
		queue_put(&world->queue,
			&(struct happening){ .at = after(host, span_add(leaves, fate.delay[i])),
				.kind = HAPPEN_ARRIVAL,
				.index = to,
				.datagram = datagram });
	}
}

static void hear(struct host *host, const struct note *note)
{
	host->world->totals.rings += strcmp(note->kind, "mesh") == 0;
	if (note->severity > SEVERITY_DEBUG)
		story_tell(host->world, host->plan->name, "%s", note->text);
}

static void perform(struct host *host, const struct datagram *request, struct truth began)
{
	const struct effects *effects = &host->world->effects;
	for (size_t i = 0; i < effects->n_notes; i++)
		hear(host, &effects->notes[i]);
	for (size_t i = 0; i < effects->n_sends; i++)
		put_on_wire(host, &effects->sends[i], request, began);
}

static void step(struct host *host, struct event *event, const struct datagram *datagram)
{
	struct world *world = host->world;
	struct truth began = world->now;
	struct span takes = bracket(host);
	struct sight before = host->sight;
	bool asked = datagram && datagram->in.side == SIDE_ANSWER;

	event->now = clockwork_read(&host->clock, began, takes);
	core_host_is(host->core, TOLD_SERVICE_NOT, deputy_told(host->deputy));
	core_step(host->core, event, &world->effects);
	world->now = truth_add(began, takes);
	host->busy = truth_add(world->now, dice_span(&host->dice, span_us(2), span_us(12)));
	world->totals.steps++;
	follow_drill(host, &event->now);
	perform(host, asked ? datagram : NULL, began);
	see(host, datagram, &event->now);
	if (world->tamper)
		world->tamper(world->tamper_arg, host);
	invariants_stepped(host, &before);
	if (host->deputy) {
		world->effects.wanted.leave = host->sight.want;
		world->effects.wanted.claim = host->sight.claim;
		deputy_want(host->deputy, &world->effects.wanted);
	}
}

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
	step(host, &event, NULL);
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
	step(host, &event, NULL);
}

static void take_datagram(struct host *host)
{
	struct datagram *datagram = host->first;
	struct event event = { .kind = EVENT_DATAGRAM, .datagram = datagram->in };

	host->first = datagram->next;
	if (!host->first)
		host->last = NULL;
	host->waiting--;
	step(host, &event, datagram);
	drop(host->world, datagram);
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
		step(host, &(struct event){ .kind = EVENT_TICK }, NULL);
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
	put_on_wire(host, &out, datagram, now);
}

static bool serve_one(struct host *host)
{
	struct datagram *datagram = host->first;

	if (!datagram)
		return false;
	host->first = datagram->next;
	if (!host->first)
		host->last = NULL;
	host->waiting--;
	serve(host, datagram);
	drop(host->world, datagram);
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

static void add_peer(struct conf *conf, const struct plan_host *plan)
{
	struct conf_peer *peer = &conf->peers[conf->n_peers++];

	*peer = (struct conf_peer){ .role = plan->role, .key = 1 };
	snprintf(peer->name, sizeof peer->name, "%s", plan->name);
	snprintf(peer->address.host, sizeof peer->address.host, "%s", plan->name);
	peer->address.port = CONF_PORT;
}

static void add_reference(struct conf *conf, const struct plan_host *plan)
{
	struct conf_reference *reference = &conf->references[conf->n_references++];

	*reference = (struct conf_reference){ .key = plan->keyed ? 1 : 0, .trusted = plan->trusted };
	snprintf(reference->address.host, sizeof reference->address.host, "%s", plan->name);
	reference->address.port = CONF_NTP_PORT;
}

static void override(struct span *option, struct span with)
{
	if (with.ns)
		*option = with;
}

static struct conf *make_conf(const struct host *host)
{
	const struct plan *plan = &host->world->plan;
	struct conf *conf = conf_defaults(host->plan->name);

	if (!conf)
		return NULL;
	conf->peers = calloc(plan->n_hosts, sizeof *conf->peers);
	if (!conf->peers) {
		conf_free(conf);
		return NULL;
	}
	conf->electorate = 0;
	for (unsigned i = 0; i < plan->n_hosts; i++) {
		if (plan->hosts[i].server)
			add_reference(conf, &plan->hosts[i]);
		else if (i != host->index)
			add_peer(conf, &plan->hosts[i]);
		conf->electorate += plan_votes(&plan->hosts[i]);
	}
	if (plan->electorate)
		conf->electorate = plan->electorate;
	conf->self.role = host->plan->role;
	voters_choose(conf);
	override(&conf->probe.interval, plan->interval);
	override(&conf->thresholds.warning, plan->warning);
	override(&conf->thresholds.critical, plan->critical);
	override(&conf->galera.above, plan->above);
	override(&conf->galera.after, plan->after);
	conf->galera.configured = host->plan->role == ROLE_DATABASE;
	/* Of two, one may leave. */
	conf->galera.min_synced = conf_data_nodes(conf) == 2 ? 1 : CONF_MAJORITY;
	conf->galera.measures = plan->fence ? MEASURE_FENCE : MEASURE_DESYNC;
	conf->galera.max_per_day = 100; /* what latches is no matter of a few minutes */
	snprintf(conf->galera.socket, sizeof conf->galera.socket, "/run/mysqld/mysqld.sock");
	return conf;
}

static void post_addresses(struct host *host)
{
	for (unsigned i = 0; i < host->world->n_hosts; i++) {
		struct event event = { .kind = EVENT_ADDRESS };

		if (i == host->index)
			continue;
		event.address.node = world_node(host, i);
		event.address.endpoint = address_of(i, port_of(host->world, i));
		step(host, &event, NULL);
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
	empty_sockets(host);
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
		.pairs = calloc(world->n_hosts, sizeof *host->pairs),
	};
	host->conf = make_conf(host);
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
