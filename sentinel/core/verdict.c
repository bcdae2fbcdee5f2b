#include "verdict.h"

enum { VOTERS_MAX = 64 };

const char *verdict_state_name(enum verdict_state state)
{
	static const char *const names[] = { "ok", "warning", "critical", "unknown" };

	return names[state];
}

/* Is the voter provably on that side of the subject, beyond the level? side -1: the voter is ahead. */
static bool beyond(const struct ballot *ballot, struct span level, int side)
{
	if (!ballot->known)
		return false;
	if (side < 0)
		return ballot->offset.low.ns > level.ns;
	return ballot->offset.high.ns < -level.ns;
}

static bool lies_in(const struct ballot *ballot, struct span from, struct span to)
{
	return ballot->offset.low.ns >= from.ns && ballot->offset.high.ns <= to.ns;
}

static bool within(const struct ballot *ballot, struct span level)
{
	return ballot->known && interval_reach(ballot->offset).ns <= level.ns;
}

/*
 * The most voters of one side that lie in one window as long as the level, so that any two of them are provably
 * within the level of each other. Such a window can be moved until it begins at a voter's low end.
 */
static unsigned largest_set(
	const struct ballot *ballots, size_t n, struct span level, int side, uint64_t *who)
{
	unsigned most = 0;

	*who = 0;
	for (size_t i = 0; i < n; i++) {
		struct span from = ballots[i].offset.low, to = span_add(from, level);
		unsigned count = 0;
		uint64_t set = 0;

		if (!beyond(&ballots[i], level, side))
			continue;
		for (size_t k = 0; k < n; k++) {
			bool in = beyond(&ballots[k], level, side) && lies_in(&ballots[k], from, to);

			count += in;
			set |= (uint64_t)in << k;
		}
		if (count > most) {
			most = count;
			*who = set;
		}
	}
	return most;
}

struct finding quorum_judge(
	const struct ballot *ballots, size_t n, unsigned electorate, bool subject_votes, struct span level)
{
	struct finding finding = { .within_by = subject_votes ? 1 : 0 };
	uint64_t ahead_who, behind_who;
	unsigned ahead, behind;

	if (n > VOTERS_MAX)
		n = VOTERS_MAX;
	ahead = largest_set(ballots, n, level, +1, &ahead_who);
	behind = largest_set(ballots, n, level, -1, &behind_who);
	finding.side = ahead >= behind ? +1 : -1;
	finding.beyond_by = ahead >= behind ? ahead : behind;
	finding.beyond_who = ahead >= behind ? ahead_who : behind_who;
	finding.beyond = finding.beyond_by >= quorum_majority(electorate);
	for (size_t i = 0; i < n; i++) {
		bool in = within(&ballots[i], level);

		finding.within_by += in;
		finding.within_who |= (uint64_t)in << i;
	}
	finding.within = finding.within_by >= quorum_majority(electorate);
	return finding;
}

static void insert_sorted(struct span *sorted, size_t n, struct span value)
{
	while (n > 0 && sorted[n - 1].ns > value.ns) {
		sorted[n] = sorted[n - 1];
		n--;
	}
	sorted[n] = value;
}

bool quorum_consensus(const struct ballot *ballots, size_t n, bool subject_votes, struct interval *out)
{
	struct span lows[VOTERS_MAX + 1], highs[VOTERS_MAX + 1];
	size_t count = 0;
	bool any = false;

	if (subject_votes) {
		lows[0] = highs[0] = SPAN_ZERO;
		count = 1;
	}
	for (size_t i = 0; i < n && i < VOTERS_MAX; i++) {
		if (!ballots[i].known)
			continue;
		insert_sorted(lows, count, ballots[i].offset.low);
		insert_sorted(highs, count, ballots[i].offset.high);
		count++;
		any = true;
	}
	if (!any)
		return false;
	/* Of an even number the lower of the middle two, and the upper: the wider interval is the honest one. */
	*out = interval_of(lows[(count - 1) / 2], highs[count / 2]);
	return true;
}

struct span quorum_provable(const struct ballot *ballots, size_t n, unsigned electorate, bool subject_votes)
{
	struct span widths[VOTERS_MAX];
	size_t count = 0, need = quorum_majority(electorate) - (subject_votes ? 1 : 0);

	for (size_t i = 0; i < n && i < VOTERS_MAX; i++) {
		if (ballots[i].known) {
			insert_sorted(widths, count, interval_width(ballots[i].offset));
			count++;
		}
	}
	if (need == 0)
		return SPAN_ZERO;
	return count < need ? SPAN_MAX : widths[need - 1];
}
