#include "perfdata.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *perfdata_number(struct span span, char out[PERFDATA_NUMBER_SIZE])
{
	uint64_t ns = span.ns < 0 ? 0 - (uint64_t)span.ns : (uint64_t)span.ns;
	int len = snprintf(out, PERFDATA_NUMBER_SIZE, "%s%" PRIu64 ".%09" PRIu64, span.ns < 0 ? "-" : "",
		ns / (uint64_t)NS_PER_S, ns % (uint64_t)NS_PER_S);

	while (out[len - 1] == '0')
		out[--len] = '\0';
	if (out[len - 1] == '.')
		out[--len] = '\0';
	return out;
}

char *perfdata_limit(struct span limit, char out[PERFDATA_RANGE_SIZE])
{
	char number[PERFDATA_NUMBER_SIZE];

	perfdata_number(span_abs(limit), number);
	snprintf(out, PERFDATA_RANGE_SIZE, "-%s:%s", number, number);
	return out;
}

struct items {
	char (*out)[PERFDATA_ITEM_SIZE];
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) add(struct items *items, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(items->out[items->n++], PERFDATA_ITEM_SIZE, format, args);
	va_end(args);
}

static void add_offset(struct items *items, const struct perfdata *p)
{
	bool below = p->offset.low.ns != INT64_MIN, above = p->offset.high.ns != INT64_MAX;
	char number[PERFDATA_NUMBER_SIZE];

	if (!p->known)
		return;
	if (below && above)
		add(items, "offset=%ss;%s;%s;;", perfdata_number(interval_middle(p->offset), number),
			p->warning, p->critical);
	if (below)
		add(items, "low=%ss;;;;", perfdata_number(p->offset.low, number));
	if (above)
		add(items, "high=%ss;;;;", perfdata_number(p->offset.high, number));
}

size_t perfdata_items(const struct perfdata *p, char out[PERFDATA_MOST][PERFDATA_ITEM_SIZE])
{
	struct items items = { out, 0 };
	char number[PERFDATA_NUMBER_SIZE];

	add_offset(&items, p);
	if (p->have_drift && isfinite(p->drift_ppm) && fabs(p->drift_ppm) < 1e9)
		add(&items, "drift=%.3f;;;;", p->drift_ppm);
	if (p->have_delay)
		add(&items, "delay=%ss;;;0;", perfdata_number(span_max(p->delay, SPAN_ZERO), number));
	if (p->have_peers)
		add(&items, "peers=%u;;;0;%u", p->heard, p->peers);
	if (p->nearing)
		add(&items, "threshold_in=%ss;;;0;",
			perfdata_number(span_max(p->threshold_in, SPAN_ZERO), number));
	return items.n;
}

char *perfdata_line(const struct perfdata *perfdata, char out[PERFDATA_SIZE])
{
	char items[PERFDATA_MOST][PERFDATA_ITEM_SIZE];
	size_t n = perfdata_items(perfdata, items), len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, PERFDATA_SIZE - len, "%s%s", i ? " " : "", items[i]);
	return out;
}

/* ---- the voters ---- */

void perfdata_peer(
	struct perfdata_peers *peers, bool heard, const struct span *delay, const double *drift_ppm)
{
	peers->n++;
	if (!heard)
		return;
	peers->heard++;
	if (delay && peers->n_delays < PERFDATA_PEERS_MOST)
		peers->delays[peers->n_delays++] = *delay;
	if (drift_ppm && peers->n_drifts < PERFDATA_PEERS_MOST)
		peers->drifts[peers->n_drifts++] = *drift_ppm;
}

static int compare_spans(const void *a, const void *b)
{
	int64_t x = ((const struct span *)a)->ns, y = ((const struct span *)b)->ns;

	return (x > y) - (x < y);
}

static int compare_reals(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void perfdata_take_peers(struct perfdata *perfdata, const struct perfdata_peers *peers)
{
	struct perfdata_peers sorted = *peers;

	qsort(sorted.delays, sorted.n_delays, sizeof sorted.delays[0], compare_spans);
	qsort(sorted.drifts, sorted.n_drifts, sizeof sorted.drifts[0], compare_reals);
	perfdata->have_peers = true;
	perfdata->heard = sorted.heard;
	perfdata->peers = sorted.n;
	perfdata->have_delay = sorted.n_delays > 0;
	if (perfdata->have_delay)
		perfdata->delay = sorted.delays[sorted.n_delays / 2];
	perfdata->have_drift = sorted.n_drifts > 0;
	if (perfdata->have_drift)
		perfdata->drift_ppm = -sorted.drifts[sorted.n_drifts / 2];
}

/* ---- the line ---- */

char *perfdata_sentence(enum verdict_state state, const char *text, char *out, size_t room)
{
	static const char *const words[] = {
		[VERDICT_OK] = "OK",
		[VERDICT_WARNING] = "WARNING",
		[VERDICT_CRITICAL] = "CRITICAL",
		[VERDICT_UNKNOWN] = "UNKNOWN",
	};

	snprintf(out, room, "SKEW %s - %s", words[state], text);
	for (char *c = out; *c; c++) {
		if (*c == '|')
			*c = '/';
		else if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	}
	return out;
}
