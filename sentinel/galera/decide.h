/*
 * What is decided for every measure, and alike: where nothing can be seen or done, and the steps that do not look at
 * what the measure sets; the others are the kind's (measure.h). Pure.
 */
#ifndef SENTINEL_DECIDE_H
#define SENTINEL_DECIDE_H

#include "measure.h"

/* What to do next, and what to tell. */
struct measure_choice decide_choose(enum measure_act act, enum action_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, and the record is written with that phase. */
struct measure_choice decide_phase(struct measure_choice choice, enum ownership_phase phase);

/* On the way there, and back. */
struct measure_choice decide_setting(const struct measure_facts *facts, enum measure_act act);
struct measure_choice decide_clearing(const struct measure_facts *facts, enum measure_act act);

/* Something is to be set, and not only to be talked of. */
bool decide_to_set(const struct measure_facts *facts);

/* Nothing of ours is on its way in the server. */
bool decide_settled(const struct measure_facts *facts);

/* Never "active" once it is to be given back: that would tell the core of a reason that it knows to be gone. */
enum action_state decide_active_or_pending(const struct measure_facts *facts);

/*
 * Is there no leave to begin? True: *out says what to do about that. A latch is told of whatever is wanted, until it is
 * lifted, and a disk that could not remember one until it can, or nothing is wanted any more: either has no claim, and
 * so wants nothing. For leave is asked last, when all else speaks for it, so that only what is done counts.
 */
bool decide_barred(const struct measure_facts *facts, struct measure_choice *out);
bool decide_no_leave(const struct measure_facts *facts, struct measure_choice *out);

/* "a backup, ...": who desynced the node, where it was not us. NULL: nobody. */
const char *decide_who_desynced(const struct measure_facts *facts);

/* The choice: where the record and the server can be looked at together it is the kind's. */
struct measure_choice decide_next(const struct measure_facts *facts);

#endif
