/*
 * What Icinga gets of a verdict: the one line for people and the numbers for graphs, in the grammar of the Monitoring
 * Plugins guidelines ('label'=value[UOM];warn;crit;min;max). check_skew and the daemon's own reports share it, so that a
 * service looks the same whoever reported it.
 *
 *     label         unit  what
 *     offset        s     the node's clock minus the cluster's, sign kept; with the thresholds
 *     low, high     s     the bounds that hold the truth
 *     drift         ppm   the node's clock against the others', sign kept
 *     delay         s     round trip to the others, the middle one of them
 *     peers               those that are heard; max: those that there are
 *     threshold_in  s     when the drift will reach the critical level; only while it is nearing it
 *
 * What is not known is left out: "U" is no number to the writers behind Icinga.
 */
#ifndef SENTINEL_PERFDATA_H
#define SENTINEL_PERFDATA_H

#include <stddef.h>

#include "../../proto/interval.h"
#include "../../proto/message.h"

enum {
	PERFDATA_MOST = 7,        /* items */
	PERFDATA_ITEM_SIZE = 192, /* one item, NUL included */
	PERFDATA_SIZE = PERFDATA_MOST * PERFDATA_ITEM_SIZE,
	PERFDATA_RANGE_SIZE = 64,
	PERFDATA_NUMBER_SIZE = 24,
	PERFDATA_PEERS_MOST = 64,
};

struct perfdata {
	bool known; /* whether there is an offset */
	struct interval
		offset; /* a side without bound (SPAN_MIN, SPAN_MAX) leaves offset and that side out */
	/* Ranges on the signed offset, in seconds: perfdata_limit(). "" where there is none. */
	char warning[PERFDATA_RANGE_SIZE], critical[PERFDATA_RANGE_SIZE];
	bool have_drift;
	double drift_ppm;
	bool have_delay;
	struct span delay;
	bool have_peers;
	unsigned heard, peers;
	bool nearing;
	struct span threshold_in;
};

/* Writes the items that are known and gives how many they are. */
size_t perfdata_items(const struct perfdata *perfdata, char out[PERFDATA_MOST][PERFDATA_ITEM_SIZE]);

/* The same in one line, with spaces between; "" where nothing is known. Returns `out`. */
char *perfdata_line(const struct perfdata *perfdata, char out[PERFDATA_SIZE]);

/* A limit on the size of an offset as the range that the signed offset has to stay in: 100 ms is "-0.1:0.1". */
char *perfdata_limit(struct span limit, char out[PERFDATA_RANGE_SIZE]);

/* "1900.002", "-0.0004": seconds, exactly, without the zeros at the end. */
char *perfdata_number(struct span span, char out[PERFDATA_NUMBER_SIZE]);

/* ---- the voters that a host measures, for drift, delay and peers ---- */

struct perfdata_peers {
	unsigned n, heard;
	unsigned n_delays, n_drifts;
	struct span delays[PERFDATA_PEERS_MOST];
	double drifts[PERFDATA_PEERS_MOST];
};

/* One more (zero the struct first). delay, drift_ppm (its clock against ours): NULL where not known. */
void perfdata_peer(
	struct perfdata_peers *peers, bool heard, const struct span *delay, const double *drift_ppm);

/* Fills in peers, delay and drift: this host's clock against the middle one of those heard. */
void perfdata_take_peers(struct perfdata *perfdata, const struct perfdata_peers *peers);

/* ---- the line ---- */

/*
 * "SKEW CRITICAL - db3 is 1900.002 s ahead ...". What the grammar has other uses for ("|", ends of lines) is replaced in
 * the text. Returns `out`, cut to `room`.
 */
char *perfdata_sentence(enum verdict_state state, const char *text, char *out, size_t room);

#endif
