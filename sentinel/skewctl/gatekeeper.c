#include "gatekeeper.h"

static void remember(bool *is, struct span *since, bool now, struct span passed)
{
	if (now && !*is)
		*since = passed;
	*is = now;
}

static bool for_longer_than(bool is, struct span since, struct span passed, struct span patience)
{
	return is && !span_less(span_sub(passed, since), patience);
}

static bool out_of_patience(const struct gatekeeper *gate, struct span passed)
{
	return for_longer_than(gate->absent, gate->absent_since, passed, GATE_ABSENT_PATIENCE) ||
	       for_longer_than(gate->ignorant, gate->ignorant_since, passed, GATE_UNKNOWN_PATIENCE);
}

enum gate_step gatekeeper_look(
	struct gatekeeper *gate, const struct gate_rule *rule, enum gate_sight sight, struct span passed)
{
	bool ignorant = sight == SIGHT_UNKNOWN || sight == SIGHT_ABSENT;
	bool over = !span_less(passed, rule->wait);

	gate->proved |= sight == SIGHT_WRONG;
	remember(&gate->ignorant, &gate->ignorant_since, ignorant, passed);
	remember(&gate->absent, &gate->absent_since, sight == SIGHT_ABSENT, passed);
	if (sight == SIGHT_RIGHT || rule->new_cluster)
		return GATE_OPENS;
	if (over)
		return sight == SIGHT_WRONG || rule->block_unknown ? GATE_SHUTS : GATE_OPENS;
	if (ignorant && !rule->block_unknown && !gate->proved && out_of_patience(gate, passed))
		return GATE_OPENS;
	return GATE_WAITS;
}
