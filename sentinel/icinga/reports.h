/*
 * What this host has to report to Icinga: of itself, and of those hosts that cannot report themselves where that falls to
 * it (core/report.h). Decides and words; icinga_send.c sends.
 */
#ifndef SENTINEL_REPORTS_H
#define SENTINEL_REPORTS_H

#include "../core/report.h"
#include "../status/status.h"
#include "perfdata.h"

/* A host as it is to be reported now. */
struct subject {
	bool ours;        /* it is for this host to report it, and there is something to report */
	uint64_t version; /* grows with each change that makes news */
	enum verdict_state state;
	bool silent; /* nobody hears it; of this host: a majority is out of its reach */

	/* For reports.c alone. */
	char news[96]; /* what the version stands for */
	bool waiting;  /* for `next` to last: */
	char next[96];
	struct mono next_since;
	struct mono worse_since; /* zero: what we prove is not worse than what it says */
};

struct reports {
	const struct status_source *source;
	size_t n; /* subjects: this host, then its peers, as in core_node */
	struct subject *subjects;

	/* For reports.c alone: after a standstill nothing is said before the one, and of others not before the other. */
	bool looked;
	struct mono looked_at, speaks_at, speaks_of_others_at;
};

/* False: out of memory. The source is borrowed. */
bool reports_init(struct reports *reports, const struct status_source *source)
	__attribute__((warn_unused_result));
void reports_free(struct reports *reports);

/*
 * Looks at the core, at least twice a second. A state that may be over in a moment (unknown, silent) is news once it has
 * lasted. False: this process stood still until now, and nothing is to be said yet, since it is not known any more.
 */
bool reports_look(struct reports *reports);

/* What goes to Icinga. */
struct result {
	const char *host; /* object in Icinga */
	enum verdict_state state;
	char text[1280];
	size_t n_items;
	char items[PERFDATA_MOST][PERFDATA_ITEM_SIZE];
};

/* A subject's, as of now. */
void reports_write(const struct reports *reports, size_t index, struct result *out);

/*
 * The body of process-check-result, for free(); NULL where memory is short. Without any time: Icinga orders results by
 * their times, and this host's clock may be wrong.
 */
char *result_body(const struct result *result, const char *check_source, struct span ttl);

#endif
