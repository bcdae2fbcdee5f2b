/* A host's crystal, which wanders, and its time service, which steers by it. */
#include "host_impl.h"

#include "../../sentinel/core/estimate.h"

/*
 * Two crystals may part by WANDER_PPB at once and by as much more with each minute: half of it is each one's
 * share.
 */
#define JITTER_PPB (WANDER_PPB / 4)
#define WANDER_PPB_A_MINUTE (WANDER_PPB / 2)
#define STEER_MOST_PPB (100 * INT64_C(1000))

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
		&(struct happening){
			.at = host_after(host, next), .kind = HAPPEN_CRYSTAL, .index = host->index });
}
