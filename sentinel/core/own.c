#include "own.h"

#include "estimate.h"

/* Both clocks come from one timekeeper; what is left between two readings of their difference is rounding. */
#define STEP_LEAST span_ns(50)

static struct interval wall_minus_mono(const struct reading *now)
{
	return interval_of(span_ns(ns_sub(now->wall.ns, now->mono_after.ns)),
		span_ns(ns_sub(now->wall.ns, now->mono_before.ns)));
}

void own_init(struct own *own, const struct reading *now)
{
	*own = (struct own){ .now = *now, .wall_mono = wall_minus_mono(now), .horizon = { INT64_MIN } };
}

bool own_look(struct own *own, const struct reading *now)
{
	struct interval wall_mono = wall_minus_mono(now);
	struct interval both = interval_meet(own->wall_mono, wall_mono);

	own->now = *now;
	own->stepped = span_less(STEP_LEAST, span_sub(both.low, both.high));
	if (own->stepped) {
		own->step = span_sub(interval_middle(wall_mono), interval_middle(own->wall_mono));
		own->step_at = now->mono_after;
		own->horizon = now->wall;
		own->epoch++;
		own->steps++;
	}
	/* The tighter of what is known of a constant; after a step only the new reading is. */
	own->wall_mono = interval_valid(both) ? both : wall_mono;
	return own->stepped;
}

void own_drill(struct own *own, const struct drill *drill)
{
	own->drill = *drill;
	own->epoch++;
}

bool own_drill_over(struct own *own)
{
	if (!own->drill.on || mono_before(own->now.mono_after, own->drill.ends))
		return false;
	own_drill(own, &(struct drill){ .on = false });
	return true;
}

struct span own_drill_shift(const struct own *own)
{
	struct span gone = mono_sub(own->now.mono_after, own->drill.started);

	if (!own->drill.on)
		return SPAN_ZERO;
	return span_add(own->drill.offset, span_scale(gone, own->drill.drift_ppb, NS_PER_S));
}

struct interval reading_map(const struct reading *now)
{
	return interval_of(
		wall_minus_raw(now->wall, now->raw_after), wall_minus_raw(now->wall, now->raw_before));
}

struct interval own_map(const struct own *own)
{
	return interval_shift(reading_map(&own->now), own_drill_shift(own));
}

bool own_stamp_age(const struct own *own, struct wall stamp, struct span *out)
{
	struct span age = wall_sub(own->now.wall, stamp);

	if (stamp.ns <= own->horizon.ns || age.ns < 0)
		return false;
	*out = age;
	return true;
}

bool own_stamp_before(const struct own *own, struct wall stamp, struct raw *out)
{
	struct span age;

	if (!own_stamp_age(own, stamp, &age))
		return false;
	/* The mapping is read now, not then: meanwhile the clock may have been slewed, at most as fast as Linux can. */
	*out = wall_to_raw(stamp, span_add(reading_map(&own->now).high, span_drift(age, SLEW_PPB)));
	return true;
}

struct raw own_stamp_after(const struct own *own, bool stamped, struct wall stamp)
{
	struct raw now = own->now.raw_after, then;
	struct span age;

	if (!stamped || !own_stamp_age(own, stamp, &age))
		return now;
	then = wall_to_raw(stamp, span_sub(reading_map(&own->now).low, span_drift(age, SLEW_PPB)));
	return then.ns < now.ns ? then : now;
}
