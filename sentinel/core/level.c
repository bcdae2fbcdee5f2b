#include "level.h"

void level_configure(struct level *level, struct span limit, struct span raise_after, struct span clear_after)
{
	level->configured = true;
	level->limit = limit;
	level->raise_after = raise_after;
	level->clear_after = clear_after;
}

/* Does the proof speak for changing `raised`? */
static bool speaks_for_change(const struct level *level, enum proof proof)
{
	return proof == (level->raised ? PROOF_CLEAR : PROOF_BEYOND);
}

bool level_look(struct level *level, enum proof proof, struct mono now, struct span most)
{
	bool before = level->proof == proof;
	struct span gap = span_min(mono_sub(now, level->looked), most);

	level->proof = proof;
	level->looked = now;
	if (proof == PROOF_NONE)
		return false;
	if (!speaks_for_change(level, proof)) {
		level->held = SPAN_ZERO;
		return false;
	}
	if (before)
		level->held = span_add(level->held, gap);
	if (span_less(level->held, level->raised ? level->clear_after : level->raise_after))
		return false;
	level->raised = !level->raised;
	level->held = SPAN_ZERO;
	return true;
}

bool level_due(const struct level *level, struct mono *out)
{
	struct span wait = level->raised ? level->clear_after : level->raise_after;

	if (!level->configured || !speaks_for_change(level, level->proof))
		return false;
	*out = mono_add(level->looked, span_sub(wait, level->held));
	return true;
}
