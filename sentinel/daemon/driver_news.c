#include "daemon_impl.h"

#include <stdio.h>
#include <string.h>

#include "../galera/galera.h"
#include "../host/clock.h"

/* ---- what comes in ---- */

static void deal_soon(struct daemon *d)
{
	timer_set(d->later, SPAN_ZERO);
}

/* The latest report of a measure replaces one that still waits. */
static void queue_report(struct daemon *d, const struct action_report *report)
{
	struct driver_news *news = &d->news;
	size_t i = 0;

	while (i < news->n_reports && news->reports[i].measure != report->measure)
		i++;
	if (i == REPORTS_MAX)
		return;
	news->reports[i] = *report;
	if (i == news->n_reports)
		news->n_reports++;
	deal_soon(d);
}

/* What needs a person. */
static enum severity report_severity(enum action_state state)
{
	return state == ACTION_FAILED || state == ACTION_HELD || state == ACTION_LATCHED ? SEVERITY_ERROR
											 : SEVERITY_NOTICE;
}

void news_report(void *arg, const struct action_report *report)
{
	struct daemon *d = arg;
	struct reading now;
	char text[512];

	clock_read(&now);
	if (status_actions_report(&d->actions, galera_driver.name, report, now.wall)) {
		snprintf(text, sizeof text, "%s on %s is %s%s%s", measure_name(report->measure),
			d->conf->node, action_state_name(report->state), report->detail[0] ? ": " : "",
			report->detail);
		daemon_tell_decided(d, report_severity(report->state), "action", d->conf->node, text);
	}
	queue_report(d, report);
}

void news_reporting(void *arg, bool reporting)
{
	struct daemon *d = arg;

	d->news.reporting = reporting;
	deal_soon(d);
}

void news_claim(void *arg, bool held)
{
	struct daemon *d = arg;

	d->news.claim_held = held;
	d->news.claim_news = true;
	deal_soon(d);
}

void news_cluster_hold(void *arg, bool on, struct span left, const char *reason)
{
	struct daemon *d = arg;
	struct event *event = &d->news.cluster_hold;

	*event = (struct event){ .kind = EVENT_HOLD };
	event->hold.on = on;
	event->hold.cluster = true;
	event->hold.for_span = left;
	snprintf(event->hold.reason, sizeof event->hold.reason, "%s", reason);
	d->news.hold_news = true;
	deal_soon(d);
}

/* ---- what becomes of it ---- */

static void deal_with_reports(struct daemon *d)
{
	struct action_report reports[REPORTS_MAX];
	size_t n = d->news.n_reports;

	/* More may be told meanwhile. */
	memcpy(reports, d->news.reports, n * sizeof *reports);
	d->news.n_reports = 0;
	for (size_t i = 0; i < n; i++)
		daemon_happen(d, &(struct event){ .kind = EVENT_ACTION, .action = reports[i] });
}

static void deal_with_claim_and_hold(struct daemon *d)
{
	if (d->news.hold_news) {
		d->news.hold_news = false;
		daemon_happen(d, &d->news.cluster_hold);
	}
	if (d->news.claim_news) {
		d->news.claim_news = false;
		daemon_happen(d, &(struct event){ .kind = EVENT_CLAIM, .claim_held = d->news.claim_held });
	}
}

void news_deal(void *arg)
{
	struct daemon *d = arg;

	deal_with_reports(d);
	deal_with_claim_and_hold(d);
	if (d->news.reporting != d->news.reporting_known)
		daemon_happen(d, &(struct event){ .kind = EVENT_REPORTING, .reporting = d->news.reporting });
	d->news.reporting_known = d->news.reporting;
}

void news_forget(struct daemon *d)
{
	d->news.n_reports = 0;
	d->news.claim_news = d->news.hold_news = false;
}
