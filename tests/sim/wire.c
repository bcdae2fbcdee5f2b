#include "wire.h"

const char *wire_delay_name(enum wire_delay delay)
{
	static const char *const names[WIRE_DELAYS] = { "uniform", "exponential", "normal", "pareto" };

	return names[delay];
}

void wire_init(struct wire *wire, const struct wire_shape *shape, struct dice dice)
{
	*wire = (struct wire){ .shape = *shape, .dice = dice, .troubled = TRUTH_ALWAYS };
}

/* What comes on top of the least delay. */
static struct span draw(struct wire *wire)
{
	struct span spread = wire->shape.spread;

	switch (wire->shape.delay) {
	case WIRE_UNIFORM:
		return dice_span(&wire->dice, SPAN_ZERO, spread);
	case WIRE_EXPONENTIAL:
		return dice_exponential(&wire->dice, spread);
	case WIRE_NORMAL:
		return span_abs(dice_normal(&wire->dice, spread));
	case WIRE_PARETO:
		return span_min(dice_pareto(&wire->dice, spread), span_s(30));
	case WIRE_DELAYS:
		break;
	}
	return SPAN_ZERO;
}

struct span wire_prompt(const struct wire *wire)
{
	static const int64_t spreads[WIRE_DELAYS] = { 1, 9, 6, 30 };
	const struct wire_shape *shape = &wire->shape;
	struct span spread = span_add(span_scale(shape->spread, spreads[shape->delay], 1), span_ms(1));

	return span_add(wire->detour, span_add(shape->least, spread));
}

static struct span delay_of_one(struct wire *wire)
{
	struct span delay = span_add(wire->detour, span_add(wire->shape.least, draw(wire)));

	if (dice_chance(&wire->dice, wire->shape.late_ppm))
		delay = span_add(delay, dice_span(&wire->dice, SPAN_ZERO, wire->shape.lateness));
	return delay;
}

void wire_carry(struct wire *wire, struct truth now, struct fate *fate)
{
	bool lost = dice_chance(&wire->dice, wire->shape.lost_ppm + wire->extra_lost_ppm);
	bool twice = dice_chance(&wire->dice, wire->shape.twice_ppm + wire->extra_twice_ppm);
	struct span prompt = wire_prompt(wire);

	*fate = (struct fate){ .copies = wire->cuts || lost ? 0 : twice ? 2 : 1 };
	if (!fate->copies)
		wire->troubled = now;
	for (unsigned i = 0; i < fate->copies; i++) {
		fate->delay[i] = delay_of_one(wire);
		fate->bent[i] = dice_chance(&wire->dice, wire->shape.bent_ppm + wire->extra_bent_ppm);
		if (fate->bent[i] || span_less(prompt, fate->delay[i]))
			wire->troubled = truth_add(now, fate->delay[i]);
	}
}

void wire_bend(struct wire *wire, uint8_t *bytes, size_t len)
{
	int64_t flips = dice_between(&wire->dice, 1, 8);

	for (int64_t i = 0; i < flips; i++) {
		uint64_t bit = dice_below(&wire->dice, len * 8);

		bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1 << bit % 8));
	}
}
