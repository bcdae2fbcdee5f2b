#include <stdio.h>
#include <string.h>

#include "plan.h"

/*
 * What may be thrown, how often (out of the sum of all), and within which bounds. The bounds of `amount` are
 * of its size: it is thrown evenly over its orders of magnitude, and with either sign where `either` says so.
 */
static const struct thrown {
	enum fault_kind kind;
	unsigned weight;
	struct span shortest, longest;
	struct span least, most;
	bool either;
	bool machine;  /* at most one of these at a time on one host */
	bool database; /* on database hosts alone, and at most one of these at a time on one host */
	bool pairs;    /* has a peer */
} thrown[] = {
	{ FAULT_STEP, 16, { 0 }, { 0 }, { 100000 }, { 4000 * NS_PER_S }, true, false, false, false },
	{ FAULT_STEP, 8, { 0 }, { 0 }, { 50 * NS_PER_MS }, { 3 * NS_PER_S }, true, false, false, false },
	{ FAULT_MEND, 4, { 0 }, { 0 }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_SLEW, 8, { 0 }, { 0 }, { NS_PER_MS }, { 5 * NS_PER_S }, true, false, false, false },
	{ FAULT_DRIFT, 4, { 10 * NS_PER_S }, { 120 * NS_PER_S }, { 1000 }, { 50 * NS_PER_MS }, true, false,
		false, false },
	{ FAULT_LEAP, 2, { 20 * NS_PER_S }, { 100 * NS_PER_S }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_STALL, 8, { 10 * NS_PER_MS }, { 30 * NS_PER_S }, { 0 }, { 0 }, false, true, false, false },
	{ FAULT_STOP, 8, { NS_PER_MS }, { 30 * NS_PER_S }, { 0 }, { 0 }, false, true, false, false },
	{ FAULT_SUSPEND, 4, { NS_PER_S }, { 60 * NS_PER_S }, { 1000000 }, { NS_PER_S }, true, true, false,
		false },
	{ FAULT_MIGRATE, 4, { 5 * NS_PER_MS }, { NS_PER_S }, { 1000 }, { 200000 }, true, true, false, false },
	{ FAULT_CRASH, 8, { 100 * NS_PER_MS }, { 40 * NS_PER_S }, { 0 }, { 0 }, false, true, false, false },
	{ FAULT_CUT_OFF, 5, { NS_PER_S }, { 90 * NS_PER_S }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_SPLIT, 3, { NS_PER_S }, { 90 * NS_PER_S }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_ONE_WAY, 5, { NS_PER_S }, { 120 * NS_PER_S }, { 0 }, { 0 }, false, false, false, true },
	{ FAULT_DETOUR, 8, { NS_PER_S }, { 120 * NS_PER_S }, { NS_PER_MS }, { 3 * NS_PER_S }, false, false,
		false, true },
	{ FAULT_LOSS, 6, { NS_PER_S }, { 120 * NS_PER_S }, { 10 * NS_PER_MS }, { 900 * NS_PER_MS }, false,
		false, false, true },
	{ FAULT_ECHO, 3, { NS_PER_S }, { 120 * NS_PER_S }, { 10 * NS_PER_MS }, { 900 * NS_PER_MS }, false,
		false, false, true },
	{ FAULT_BEND, 3, { NS_PER_S }, { 120 * NS_PER_S }, { 10 * NS_PER_MS }, { 500 * NS_PER_MS }, false,
		false, false, true },
	{ FAULT_DB_HANG, 4, { 100 * NS_PER_MS }, { 40 * NS_PER_S }, { 0 }, { 0 }, false, false, true, false },
	{ FAULT_DB_RESTART, 4, { NS_PER_S }, { 30 * NS_PER_S }, { 0 }, { 0 }, false, false, true, false },
	{ FAULT_DB_DONATE, 3, { NS_PER_S }, { 60 * NS_PER_S }, { 0 }, { 0 }, false, false, true, false },
	{ FAULT_DB_LOCK, 3, { NS_PER_S }, { 60 * NS_PER_S }, { 0 }, { 0 }, false, false, true, false },
	{ FAULT_DB_OPERATOR, 3, { NS_PER_S }, { 100 * NS_PER_S }, { 0 }, { 0 }, false, false, true, false },
	{ FAULT_DISK_FULL, 2, { NS_PER_S }, { 60 * NS_PER_S }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_HOLD, 2, { NS_PER_S }, { 60 * NS_PER_S }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_RELEASE, 2, { NS_PER_S }, { 60 * NS_PER_S }, { 0 }, { 0 }, false, false, false, false },
	{ FAULT_DRILL, 4, { 10 * NS_PER_S }, { 90 * NS_PER_S }, { 100 * NS_PER_MS }, { 2000 * NS_PER_S },
		true, false, false, false },
};

enum { THROWN = sizeof thrown / sizeof thrown[0] };

/* Evenly over the orders of magnitude from low to high. */
static struct span magnitude(struct dice *dice, struct span low, struct span high)
{
	struct span top = high;

	if (high.ns <= low.ns)
		return low;
	while (top.ns / 2 > low.ns && dice_chance(dice, 750000))
		top.ns /= 2;
	return dice_span(dice, span_max(low, span_ns(top.ns / 2)), top);
}

static bool either(struct dice *dice)
{
	return dice_chance(dice, 500000);
}

/* ---- the wires ---- */

static void throw_shape(struct dice *dice, struct wire_shape *shape, struct span least, struct span most)
{
	shape->delay = (enum wire_delay)dice_below(dice, WIRE_DELAYS);
	shape->least = magnitude(dice, least, most);
	shape->spread = magnitude(dice, span_us(5), span_max(span_us(10), shape->least));
	if (shape->delay == WIRE_PARETO)
		shape->spread.ns /= 4;
	if (dice_chance(dice, 300000))
		shape->lost_ppm = (unsigned)dice_below(dice, 30000);
	if (dice_chance(dice, 200000))
		shape->twice_ppm = (unsigned)dice_below(dice, 10000);
	if (dice_chance(dice, 200000))
		shape->bent_ppm = (unsigned)dice_below(dice, 2000);
	if (dice_chance(dice, 300000)) {
		shape->late_ppm = (unsigned)dice_below(dice, 20000);
		shape->lateness = magnitude(dice, span_ms(1), span_s(4));
	}
}

static void throw_wires(struct dice *dice, struct plan *plan)
{
	throw_shape(dice, &plan->near, span_us(20), span_ms(2));
	throw_shape(dice, &plan->far, span_us(200), span_ms(200));
	if (dice_chance(dice, 300000))
		plan->lopsided = magnitude(dice, span_ms(1), span_ms(400));
}

/* ---- the hosts ---- */

static void throw_host(struct dice *dice, struct plan_host *host, enum conf_role role, unsigned number)
{
	static const char *const names[] = { [ROLE_DATABASE] = "db",
		[ROLE_WITNESS] = "mon",
		[ROLE_ARBITRATOR] = "arb",
		[ROLE_REPLICA] = "rep" };

	snprintf(host->name, sizeof host->name, "%s%u", names[role], number);
	host->role = role;
	host->offset = dice_span(dice, span_ms(-3), span_ms(3));
	if (dice_chance(dice, 60000))
		host->offset =
			span_scale(magnitude(dice, span_ms(50), span_s(3600)), either(dice) ? 1 : -1, 1);
	if (dice_chance(dice, 10000))
		host->offset = span_s(-1795392000); /* its hardware clock has forgotten: 1970 */
	host->crystal_ppb = dice_between(dice, -200000, 200000);
	host->free_running = dice_chance(dice, 100000);
	host->smears = dice_chance(dice, 200000);
}

static void add_hosts(struct dice *dice, struct plan *plan, enum conf_role role, uint64_t count)
{
	for (unsigned number = 1; number <= count; number++)
		throw_host(dice, &plan->hosts[plan->n_hosts++], role, number);
}

static void add_servers(struct dice *dice, struct plan *plan, uint64_t count)
{
	for (unsigned number = 1; number <= count; number++) {
		struct plan_host *host = &plan->hosts[plan->n_hosts++];

		throw_host(dice, host, ROLE_REPLICA, number);
		snprintf(host->name, sizeof host->name, "ntp%u", number);
		host->server = true;
		host->keyed = dice_chance(dice, 600000);
		host->trusted = host->keyed && dice_chance(dice, 400000);
	}
}

static void throw_hosts(struct dice *dice, struct plan *plan)
{
	unsigned sites = (unsigned)dice_between(dice, 1, 4);

	add_hosts(dice, plan, ROLE_DATABASE,
		dice_chance(dice, 600000) ? 3 : (uint64_t)dice_between(dice, 2, 6));
	add_hosts(dice, plan, ROLE_WITNESS, dice_below(dice, 3));
	add_hosts(dice, plan, ROLE_ARBITRATOR, dice_chance(dice, 150000));
	add_hosts(dice, plan, ROLE_REPLICA, dice_chance(dice, 150000));
	if (dice_chance(dice, 250000))
		add_servers(dice, plan, 1 + dice_below(dice, 2));
	for (unsigned i = 0; i < plan->n_hosts; i++)
		plan->hosts[i].site = (unsigned)dice_below(dice, sites);
}

/* ---- the faults ---- */

static const struct thrown *pick(struct dice *dice)
{
	uint64_t sum = 0, at;
	unsigned i = 0;

	for (unsigned k = 0; k < THROWN; k++)
		sum += thrown[k].weight;
	for (at = dice_below(dice, sum); at >= thrown[i].weight; i++)
		at -= thrown[i].weight;
	return &thrown[i];
}

static unsigned pick_host(struct dice *dice, const struct plan *plan, const struct thrown *what)
{
	unsigned databases = 0;

	while (databases < plan->n_hosts && plan->hosts[databases].role == ROLE_DATABASE)
		databases++;
	return (unsigned)dice_below(dice, what->database ? databases : plan->n_hosts);
}

static const struct thrown *entry_of(enum fault_kind kind)
{
	for (unsigned k = 0; k < THROWN; k++)
		if (thrown[k].kind == kind)
			return &thrown[k];
	return NULL;
}

/* Together they would be faster than any clock is slewed. */
static bool moves_rate(enum fault_kind kind)
{
	return kind == FAULT_SLEW || kind == FAULT_DRIFT || kind == FAULT_LEAP;
}

/* Two faults of one sort at once on one host would undo each other. */
static bool collides(const struct plan *plan, const struct fault *new, const struct thrown *what)
{
	struct span end = span_add(new->at, new->lasts);

	for (unsigned i = 0; i < plan->n_faults; i++) {
		const struct fault *old = &plan->faults[i];
		const struct thrown *other = entry_of(old->kind);
		bool same_sort = (what->machine && other->machine) || (what->database && other->database) ||
				 (moves_rate(what->kind) && moves_rate(other->kind));
		bool same_host = old->host == new->host || old->host == PLAN_ALL || new->host == PLAN_ALL;

		if (same_sort && same_host && new->at.ns <= span_add(old->at, old->lasts).ns &&
			old->at.ns <= end.ns)
			return true;
	}
	return false;
}

/* What puts a clock wrong is often noticed, and set right by somebody some time later. */
static void throw_mend(struct dice *dice, struct plan *plan, const struct fault *wrong)
{
	struct span later = span_add(wrong->lasts, magnitude(dice, span_ms(100), span_s(80)));

	if (plan->n_faults < PLAN_FAULTS_MAX && dice_chance(dice, 600000))
		plan->faults[plan->n_faults++] = (struct fault){
			.kind = FAULT_MEND, .host = wrong->host, .at = span_add(wrong->at, later)
		};
}

static bool puts_wrong(enum fault_kind kind)
{
	return kind == FAULT_STEP || kind == FAULT_STOP || kind == FAULT_SUSPEND || kind == FAULT_DRIFT;
}

static void throw_fault(struct dice *dice, struct plan *plan)
{
	const struct thrown *what = pick(dice);
	struct fault fault = {
		.kind = what->kind,
		.at = dice_span(dice, SPAN_ZERO, plan->lasts),
		.host = what->kind == FAULT_LEAP ? PLAN_ALL : pick_host(dice, plan, what),
		.peer = PLAN_ALL,
		.lasts = magnitude(dice, what->shortest, what->longest),
		.amount = magnitude(dice, what->least, what->most),
	};

	if (what->either && either(dice))
		fault.amount = span_neg(fault.amount);
	if (fault.kind == FAULT_SLEW)
		fault.lasts = fault_slew_takes(fault.amount);
	if (what->pairs && dice_chance(dice, 700000))
		fault.peer = (unsigned)dice_below(dice, plan->n_hosts);
	if (what->pairs && dice_chance(dice, 200000))
		fault.host = PLAN_ALL;
	if (plan->n_faults == PLAN_FAULTS_MAX || collides(plan, &fault, what))
		return;
	plan->faults[plan->n_faults++] = fault;
	if (puts_wrong(fault.kind))
		throw_mend(dice, plan, &fault);
}

static void throw_faults(struct dice *dice, struct plan *plan)
{
	uint64_t count = dice_below(dice, 14);

	for (uint64_t i = 0; i < count; i++)
		throw_fault(dice, plan);
}

static unsigned count_voters(const struct plan *plan)
{
	unsigned count = 0;

	for (unsigned i = 0; i < plan->n_hosts; i++)
		count += plan_votes(&plan->hosts[i]);
	return count;
}

void plan_throw(struct plan *plan, uint64_t seed)
{
	static const int64_t begins[] = { 1795392000, 1795392000, 1795392000, 2085978496 - 100, 4102444800,
		86400 };
	struct dice dice = { seed ^ UINT64_C(0x5CE4A210) };

	*plan = (struct plan){ .begins_s = begins[dice_below(&dice, sizeof begins / sizeof begins[0])] };
	snprintf(plan->name, sizeof plan->name, "random");
	plan->lasts = dice_span(&dice, span_s(60), span_s(300));
	throw_hosts(&dice, plan);
	throw_wires(&dice, plan);
	if (dice_chance(&dice, 100000))
		plan->interval = span_ms(dice_between(&dice, 250, 4000));
	if (dice_chance(&dice, 200000)) {
		plan->warning = magnitude(&dice, span_ms(5), span_ms(500));
		plan->critical = span_add(plan->warning, magnitude(&dice, span_ms(5), span_s(2)));
		plan->above = span_add(plan->critical, magnitude(&dice, span_ms(5), span_s(2)));
	}
	if (dice_chance(&dice, 100000)) /* members that are configured, and not there */
		plan->electorate = count_voters(plan) + (unsigned)dice_between(&dice, 1, 3);
	throw_faults(&dice, plan);
	if (dice_chance(&dice, 300000)) /* so small that within a run it is filled many times */
		plan->window = (unsigned)dice_between(&dice, 2, 32);
	plan->fence = seed & 1;
}
