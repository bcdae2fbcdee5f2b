#include "fault_impl.h"

#define SLEW_PPB INT64_C(80000000)

struct span fault_slew_takes(struct span amount)
{
	return span_scale(span_abs(amount), NS_PER_S, SLEW_PPB);
}

static struct wall right_time(const struct world *world)
{
	struct span gone = truth_sub(world->now, (struct truth){ 0 });

	return wall_add((struct wall){ world->plan.begins_s * NS_PER_S }, span_add(world->leap, gone));
}

static void step_clock(struct host *host, struct span by)
{
	clockwork_step(&host->clock, host->world->now, by);
	host->poked = true;
	host_disturb(host);
	host_wake_at(host, truth_add(host->world->now, span_us(50)));
}

void act_step(struct act *act)
{
	act->host->aim = span_add(act->host->aim, act->fault->amount);
	step_clock(act->host, act->fault->amount);
}

void act_mend(struct act *act)
{
	struct wall now = clockwork_wall(&act->host->clock, act->world->now);

	act->host->aim = SPAN_ZERO;
	step_clock(act->host, wall_sub(right_time(act->world), now));
}

static void slew(struct host *host, int64_t by_ppb)
{
	host->slew_ppb += by_ppb;
	host_disturb(host);
	host->clock.moved = host->world->now;
	if (!host->clock.still)
		host_rates(host);
}

void act_slew(struct act *act)
{
	int64_t ppb = act->fault->amount.ns < 0 ? -SLEW_PPB : SLEW_PPB;

	if (act->begins)
		act->host->aim = span_add(act->host->aim, act->fault->amount);
	slew(act->host, act->begins ? ppb : -ppb);
}

void act_drift(struct act *act)
{
	struct host *host = act->host;

	slew(host, act->begins ? act->fault->amount.ns : -act->fault->amount.ns);
	if (!act->begins)
		host->aim = wall_sub(clockwork_wall(&host->clock, act->world->now), right_time(act->world));
}

/* Spread over the time from the announcement to the leap, without telling the kernel. */
static void smear(struct act *act, struct host *host)
{
	int64_t ppb = span_scale(span_s(-1), NS_PER_S, act->fault->lasts.ns).ns;

	host->aim = span_add(host->aim, span_s(act->begins ? -1 : 1));
	slew(host, act->begins ? ppb : -ppb);
}

static void leap(struct act *act, struct host *host)
{
	host->clock.leap = act->begins ? NTP_LEAP_INSERT : NTP_LEAP_NONE;
	if (!act->begins)
		step_clock(host, span_s(-1));
}

void act_leap(struct act *act)
{
	act->world->leap_in_sight = true;
	if (!act->begins)
		act->world->leap = span_sub(act->world->leap, span_s(1));
	for (unsigned i = 0; i < act->world->n_hosts; i++)
		(act->world->hosts[i].plan->smears ? smear : leap)(act, &act->world->hosts[i]);
}
