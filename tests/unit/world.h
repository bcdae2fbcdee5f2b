/* A measure's world, for it to decide by; each story changes it a little. Reads as: settled(recorded(healthy(), PHASE)). */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "../../sentinel/galera/decide.h"
#include "story.h"

/* As it begins in every story: facts.server points to server; there is no record, and record is what it would be. */
struct world {
	struct wsrep server;
	struct ownership record;
	struct measure_facts facts;
};

static inline struct world *recorded(struct world *world, enum ownership_phase phase)
{
	world->record.phase = phase;
	world->facts.record = &world->record;
	return world;
}

static inline struct world *wanting(struct world *world, enum want want)
{
	world->facts.want = want;
	return world;
}

static inline struct world *settled(struct world *world)
{
	world->facts.change = CHANGE_SETTLED;
	return world;
}

static inline struct measure_choice chosen(const struct world *world)
{
	return decide_next(&world->facts);
}

static inline void assert_does(
	const struct world *world, enum measure_act act, enum action_state state, const char *detail)
{
	struct measure_choice choice = chosen(world);

	assert_string_equal(choice.detail, detail);
	assert_int_equal(choice.act, act);
	assert_int_equal(choice.state, state);
}

static inline void assert_records(const struct world *world, enum ownership_phase phase)
{
	struct measure_choice choice = chosen(world);

	assert_int_equal(choice.act, ACT_RECORD);
	assert_int_equal(choice.phase, phase);
}

/* Whatever is seen and recorded. */
static inline void assert_never_active(struct world *world)
{
	for (int look = LOOK_BEGINS; look <= LOOK_HUNG; look++) {
		for (int phase = 0; phase < OWNERSHIP_PHASES; phase++) {
			world->facts.look = (enum look_state)look;
			world->facts.server = look == LOOK_UP ? &world->server : NULL;
			world->record.phase = (enum ownership_phase)phase;
			assert_int_not_equal(chosen(world).state, ACTION_ACTIVE);
		}
	}
}

#endif
