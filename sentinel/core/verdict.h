/*
 * Who is wrong: a pure function from intervals to a finding.
 *
 * Each voter's clock against the subject's is an interval that holds the truth. The subject is proved skewed
 * beyond a level when a strict majority of the electorate is each provably beyond that level from it, all on the
 * same side, and provably within that level of one another. It is proved within a level when a strict majority,
 * itself counted if it votes, is provably within it. Overlap proves nothing and is not counted.
 *
 * Two things are made of findings elsewhere that go beyond that. Whoever is proved beyond a level is beyond the lower ones,
 * though the majority may not be of one mind to within those (judged.c). And what was told of this host stays told for two
 * probe intervals after it could be proved last (judge.c); no level moves meanwhile, and nothing is done.
 */
#ifndef SENTINEL_CORE_VERDICT_H
#define SENTINEL_CORE_VERDICT_H

#include <stddef.h>

#include "../../proto/message.h"

/* One voter other than the subject. */
struct ballot {
	bool known;             /* an interval young enough */
	struct interval offset; /* the voter's clock minus the subject's */
	struct interval
		alone; /* the same by its latest exchange alone: what convicts after a step of our own */
	bool recent;   /* from an exchange begun after this host's own clock was stepped last */
};

/* How the subject stands to one level. */
struct finding {
	bool beyond;        /* proved beyond it, */
	int side;           /* with the subject ahead (+1) or behind (-1) of those who prove it */
	unsigned beyond_by; /* voters in the largest set that proves it, or would with more of them */
	bool within;        /* proved within it */
	unsigned within_by; /* voters that prove it, the subject among them if it votes */
	uint64_t beyond_who, within_who; /* which of the ballots those are, a bit each */
};

/* level > 0. electorate: the fixed size; subject_votes: it counts for `within`. n <= 64 voters are looked at. */
struct finding quorum_judge(
	const struct ballot *ballots, size_t n, unsigned electorate, bool subject_votes, struct span level);

/* A strict majority of the electorate. */
static inline unsigned quorum_majority(unsigned electorate)
{
	return electorate / 2 + 1;
}

/*
 * [median of lows, median of highs] over the known voters and, if it votes, the subject at [0, 0]: where the
 * consensus stands against the subject. False where nobody is known. For display.
 */
bool quorum_consensus(const struct ballot *ballots, size_t n, bool subject_votes, struct interval *out);

/*
 * The smallest limit within which a strict majority could be proved over these links even if every clock were
 * right: the widths of the intervals decide. SPAN_MAX where no majority is known.
 */
struct span quorum_provable(const struct ballot *ballots, size_t n, unsigned electorate, bool subject_votes);

/* The verdict about one node as it is shown. */
struct verdict {
	enum verdict_state state;
	bool measured;          /* offset is known */
	struct interval offset; /* the node against the consensus */
	unsigned agree, electorate;
	char cause
		[48]; /* one word or two for scripts: "", "no-majority", "two-camps", "path-too-slow", ... */
	char summary[512]; /* one sentence for people */
};

const char *verdict_state_name(enum verdict_state state);

#endif
