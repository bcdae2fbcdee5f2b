/*
 * What can be known of why a clock is wrong, or why nothing can be told: for the sentence, never for the proof.
 */
#ifndef SENTINEL_CORE_CAUSE_H
#define SENTINEL_CORE_CAUSE_H

#include "core.h"

/* A reference's word: its name, and its clock against the subject's. */
struct cause_reference {
	const char *name; /* NULL: none */
	struct interval offset;
};

enum { CAUSE_OTHERS = 8 };

struct causes {
	bool drill;
	bool leap; /* a leap second is announced, or was within a day: smeared and stepped clocks differ */
	bool leap_heard; /* the same by anybody's word: it may be said where nobody is accused */
	struct span
		suspended; /* it was suspended for so long; zero: not lately, or that is not why it is off */
	struct span stopped; /* its machine stood still for so long; zero: not that it was seen */
	struct span
		stepped; /* its wall clock was stepped by so much; zero: not lately, or that is not why it is off */
	/* Voters whose clocks were stepped away from this host's, where that is most of them; none where its own step is why. */
	const char *others_stepped[CAUSE_OTHERS];
	unsigned n_others_stepped; /* may be more than are named */
	struct span others_step;   /* the first one's, as the others'; zero: they differ */
	struct cause_reference
		alarm; /* a trusted reference that proves the subject beyond the critical level */
	struct cause_reference
		veto; /* one that contradicts the majority, and does not prove the subject beyond */
	struct cause_reference doubt; /* one that is not trusted and yet proves it beyond */
	const char *other_list;       /* a peer whose list of members differs from ours; NULL: none */
};

struct node;

/* What is known about a node, this host (node 0) included, which stands so against the consensus. */
void cause_find(
	const struct core *core, const struct node *subject, struct interval consensus, struct causes *out);

/* May a leap second explain an offset of this size? */
bool cause_leap_explains(const struct core *core, struct interval offset);

/* The first trusted reference that proves this host beyond the level; NULL name: none. */
struct cause_reference cause_alarm(const struct core *core, struct span level);

/*
 * The first trusted reference that contradicts the majority about this host (its interval and the consensus, which is
 * against this host, have nothing in common) and does not itself prove this host beyond the level; NULL name: none.
 */
struct cause_reference cause_veto(const struct core *core, struct span level, struct interval consensus);

#endif
