/*
 * Who reports a host that cannot report itself, and in which state: pure functions, so that all who know the same choose
 * the same. TLS fails on just the host whose clock is wrong, so one that proves itself right speaks for it.
 */
#ifndef SENTINEL_CORE_REPORT_H
#define SENTINEL_CORE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "../../proto/instant.h"
#include "../../proto/message.h"

/* A host other than the subject. */
struct reporter {
	const char *name;
	bool able;  /* proves itself right, reports others, and its results arrive */
	bool hears; /* has measured the subject lately */
};

/*
 * The first by name of those able that hear the subject; where nobody hears it, of those able. Where only others hear
 * it, nobody (gives n): it may well report itself, and what would be said of it here is less than what it knows.
 */
size_t report_choose(const struct reporter *reporters, size_t n);

struct report_facts {
	enum verdict_state told;   /* what the subject says of itself */
	enum verdict_state proved; /* what we prove about it */
	struct span worse_for;     /* for how long that has been worse than what it says */
	struct span patience;      /* how long its own levels may take to be raised or cleared */
};

/*
 * The subject's own word, whose levels have their time to rise and to clear: so its results and its reporter's say the
 * same, and one excursion is one alert. What is proved counts where the subject has not come to see it in due time.
 */
enum verdict_state report_state(const struct report_facts *facts);

/* Is `state` worse? Critical, warning, unknown, ok. */
bool report_worse(enum verdict_state state, enum verdict_state than);

#endif
