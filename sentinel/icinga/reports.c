#include "reports.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../text/jvalue.h"

/* After its start a host says nothing of itself while it knows nothing yet. */
#define FIRST_LEAST span_s(10)
/* Others give it that time, and a little more, before they speak for it. */
#define FIRST_MORE span_s(2)
/* What is proved about a peer and what it says of itself may differ for as long as its levels rise, and this more. */
#define WORSE_MORE span_s(10)

/* A look this late was kept from coming: the process was stopped, or the machine. */
#define STOOD_STILL span_s(2)
/* Afterwards the core comes to know the time first, */
#define SPEAK_AGAIN span_s(1)
/* and what the others say, which may have changed: some probes long, and no less than: */
#define HEAR_AGAIN span_s(5)

static const struct conf *conf_of(const struct reports *reports)
{
	return *reports->source->conf;
}

bool reports_init(struct reports *reports, const struct status_source *source)
{
	*reports = (struct reports){ .source = source, .n = 1 + (*source->conf)->n_peers };
	reports->subjects = calloc(reports->n, sizeof *reports->subjects);
	return reports->subjects;
}

void reports_free(struct reports *reports)
{
	free(reports->subjects);
	reports->subjects = NULL;
}

/* ---- what is news ---- */

static struct span first_words(const struct conf *conf)
{
	return span_max(FIRST_LEAST, span_scale(conf->thresholds.raise_after, 2, 1));
}

/* How long what may be a start has to last to be news. */
static struct span patience(const struct conf *conf)
{
	return span_max(span_add(first_words(conf), FIRST_MORE), span_scale(conf->icinga.interval, 1, 2));
}

static enum verdict_state silent_state(const struct conf *conf)
{
	return conf->icinga.silent == SILENT_CRITICAL ? VERDICT_CRITICAL : VERDICT_UNKNOWN;
}

static void make_news(struct subject *s, const char *news)
{
	s->waiting = false;
	if (s->ours && strcmp(s->news, news) == 0)
		return;
	snprintf(s->news, sizeof s->news, "%s", news);
	s->version++;
	s->ours = true;
}

/* News that may be over in a moment: true when it has lasted. */
static bool has_lasted(struct subject *s, const char *news, struct mono now, struct span most)
{
	if (!s->waiting || strcmp(s->next, news) != 0) {
		s->waiting = true;
		s->next_since = now;
		snprintf(s->next, sizeof s->next, "%s", news);
	}
	return !span_less(mono_sub(now, s->next_since), most);
}

/* ---- this host ---- */

static void look_at_self(struct reports *reports, const struct reading *now)
{
	const struct conf *conf = conf_of(reports);
	const struct core *core = reports->source->core;
	struct subject *s = &reports->subjects[0];
	struct core_view view;
	struct node_view self;
	char news[sizeof s->news];

	core_overview(core, now, &view);
	core_node(core, 0, now, &self);
	if (!s->ours && self.verdict.state == VERDICT_UNKNOWN && span_less(view.uptime, first_words(conf)))
		return;
	s->state = self.verdict.state;
	/* Where a majority is left, it does not hear us either: what it would say of us is to be the same. */
	s->silent = s->state == VERDICT_UNKNOWN && strcmp(self.verdict.cause, "no-majority") == 0;
	if (s->silent)
		s->state = silent_state(conf);
	snprintf(news, sizeof news, "%s %s%s%s", verdict_state_name(s->state), self.verdict.cause,
		view.hold ? " hold" : "", view.drill ? " drill" : "");
	make_news(s, news);
}

/* ---- the others ---- */

static void forget(struct subject *s)
{
	s->ours = s->waiting = false;
	s->worse_since = (struct mono){ 0 };
}

static enum verdict_state state_of(
	struct subject *s, const struct conf *conf, const struct node_view *peer, struct mono now)
{
	struct report_facts facts = {
		.told = peer->has_state ? peer->state.state : VERDICT_UNKNOWN,
		.proved = peer->verdict.state,
		.patience = span_add(conf->thresholds.raise_after, WORSE_MORE),
	};

	if (!report_worse(facts.proved, facts.told))
		s->worse_since = (struct mono){ 0 };
	else if (!s->worse_since.ns)
		s->worse_since = now;
	if (s->worse_since.ns)
		facts.worse_for = mono_sub(now, s->worse_since);
	return report_state(&facts);
}

/*
 * A skew is told at once. Whoever is silent or does not know, or does not get through though all is well, may have been
 * started a moment ago: that has to last.
 */
static void look_at_peer(struct reports *reports, size_t index, const struct reading *now)
{
	const struct conf *conf = conf_of(reports);
	struct subject *s = &reports->subjects[index];
	struct report_view view;
	struct node_view peer;
	enum verdict_state state = silent_state(conf);
	char news[sizeof s->news];
	bool at_once = false;

	core_report(reports->source->core, index, &view);
	if (!view.ours) {
		forget(s);
		return;
	}
	if (view.heard) {
		core_node(reports->source->core, index, now, &peer);
		state = state_of(s, conf, &peer, now->mono_after);
		at_once = state == VERDICT_WARNING || state == VERDICT_CRITICAL ||
			  (state == VERDICT_OK && s->ours);
	}
	snprintf(news, sizeof news, "%s%s", verdict_state_name(state), view.heard ? "" : " silent");
	if (!at_once && !(s->ours && strcmp(s->news, news) == 0) &&
		!has_lasted(s, news, now->mono_after, patience(conf)))
		return;
	s->state = state;
	s->silent = !view.heard;
	make_news(s, news);
}

/*
 * Whoever others were reported by when this process stood still, somebody else does it by now, or they do it themselves:
 * what was the newest before may not come after that.
 */
static bool has_stood_still(struct reports *reports, struct mono now)
{
	struct span probes = span_scale(conf_of(reports)->probe.interval, 3, 1);
	bool late = reports->looked && span_less(STOOD_STILL, mono_sub(now, reports->looked_at));

	reports->looked = true;
	reports->looked_at = now;
	if (late) {
		reports->speaks_at = mono_add(now, SPEAK_AGAIN);
		reports->speaks_of_others_at = mono_add(now, span_max(HEAR_AGAIN, probes));
		for (size_t i = 1; i < reports->n; i++)
			forget(&reports->subjects[i]);
	}
	return mono_before(now, reports->speaks_at);
}

bool reports_look(struct reports *reports)
{
	struct reading now;

	reports->source->read(reports->source->arg, &now);
	if (has_stood_still(reports, now.mono_after))
		return false;
	look_at_self(reports, &now);
	if (conf_of(reports)->icinga.report != REPORT_CLUSTER ||
		mono_before(now.mono_after, reports->speaks_of_others_at))
		return true;
	for (size_t i = 1; i < reports->n; i++)
		look_at_peer(reports, i, &now);
	return true;
}

/* ---- words ---- */

struct text {
	char *out;
	size_t room, len;
};

static void __attribute__((format(printf, 2, 3))) say(struct text *t, const char *format, ...)
{
	va_list args;
	int written;

	va_start(args, format);
	written = vsnprintf(t->out + t->len, t->room - t->len, format, args);
	va_end(args);
	if (written > 0)
		t->len = t->len + (size_t)written < t->room ? t->len + (size_t)written : t->room - 1;
}

static void say_hold(struct text *t, const char *node, const struct core_view *view)
{
	char left[SPAN_TEXT_SIZE];

	if (!view->hold)
		return;
	say(t, "; actions on %s are held ", node);
	if (view->hold_left.ns == SPAN_MAX.ns)
		say(t, "until unhold");
	else
		say(t, "for %s more", span_format(view->hold_left, left, sizeof left));
	if (*view->hold_reason)
		say(t, " (%s)", view->hold_reason);
}

/* Whoever silences the alert must not take that for the end of the matter. */
static void say_downtime(struct text *t, const struct conf *conf, const char *node, enum verdict_state state)
{
	if (conf->galera.configured && (state == VERDICT_WARNING || state == VERDICT_CRITICAL))
		say(t,
			"; a downtime or acknowledgement here does not keep the sentinel from acting on %s: "
			"skewctl hold does",
			node);
}

static void say_self(const struct reports *reports, const struct reading *now, struct text *t)
{
	const struct status_source *source = reports->source;
	const struct subject *s = &reports->subjects[0];
	struct core_view view;
	struct node_view self;
	char sentence[sizeof self.verdict.summary + 256];

	core_overview(source->core, now, &view);
	core_node(source->core, 0, now, &self);
	say(t, "%s", status_sentence(source, &self.verdict, sentence, sizeof sentence));
	say_hold(t, self.name, &view);
	if (!view.hold)
		say_downtime(t, conf_of(reports), self.name, s->state);
}

static void say_ears(struct text *t, const struct report_view *view)
{
	if (*view->heard_by && *view->unheard_by)
		say(t, "; heard by %s, not by %s", view->heard_by, view->unheard_by);
}

static void say_heard(
	const struct subject *s, const struct node_view *peer, const struct report_view *view, struct text *t)
{
	if (peer->verdict.state == s->state)
		say(t, "%s", peer->verdict.summary);
	else
		say(t, "%s says of itself: %s; seen from here: %s", peer->name,
			verdict_state_name(peer->has_state ? peer->state.state : VERDICT_UNKNOWN),
			peer->verdict.summary);
	say_ears(t, view);
	say(t, "; its own results do not arrive here: see skewctl status on %s", peer->name);
	if (peer->has_state && (peer->state.in_force & IN_FORCE_HOLD))
		say(t, "; actions on %s are held", peer->name);
}

static void say_silent(const struct node_view *peer, const struct report_view *view, struct text *t)
{
	char ago[SPAN_TEXT_SIZE];

	say(t, "%s is silent", peer->name);
	if (*view->heard_by)
		say(t, ": heard by %s, not by %s", view->heard_by, view->unheard_by);
	else if (*view->unheard_by)
		say(t, ": none of %s hears it", view->unheard_by);
	if (peer->heard)
		say(t, ", the last time %s ago",
			span_format(span_s(peer->last_heard.ns / NS_PER_S), ago, sizeof ago));
	say(t, "; is the host down or cut off, or its skew-sentinel stopped?");
}

/* ---- numbers ---- */

static void take_thresholds(struct perfdata *p, const struct conf *conf)
{
	perfdata_limit(conf->thresholds.warning, p->warning);
	perfdata_limit(conf->thresholds.critical, p->critical);
}

static void measure_self(const struct reports *reports, const struct reading *now, struct perfdata *p)
{
	const struct core *core = reports->source->core;
	struct perfdata_peers peers = { 0 };
	struct core_view view;
	struct node_view node;

	core_overview(core, now, &view);
	p->nearing = view.nearing;
	p->threshold_in = view.nearing_in;
	core_node(core, 0, now, &node);
	p->known = node.verdict.measured;
	p->offset = node.verdict.offset;
	for (size_t i = 1; i < core_nodes(core); i++) {
		core_node(core, i, now, &node);
		if (node.voter)
			perfdata_peer(&peers, node.reachable, node.have_delay ? &node.delay : NULL,
				node.have_drift ? &node.drift_ppm : NULL);
	}
	perfdata_take_peers(p, &peers);
}

static void measure_peer(const struct node_view *peer, struct perfdata *p)
{
	p->known = peer->reachable && peer->verdict.measured;
	p->offset = peer->verdict.offset;
	p->have_delay = peer->reachable && peer->have_delay;
	p->delay = peer->delay;
	p->have_drift = peer->reachable && peer->have_drift;
	p->drift_ppm = peer->drift_ppm;
}

void reports_write(const struct reports *reports, size_t index, struct result *out)
{
	const struct conf *conf = conf_of(reports);
	const struct subject *s = &reports->subjects[index];
	struct perfdata perfdata = { .known = false };
	char words[sizeof out->text];
	struct text text = { .out = words, .room = sizeof words };
	struct report_view view;
	struct node_view peer;
	struct reading now;

	reports->source->read(reports->source->arg, &now);
	out->host = index ? conf->peers[index - 1].icinga_host : conf->self.icinga_host;
	out->state = s->state;
	say(&text, "%s: ", conf->cluster);
	take_thresholds(&perfdata, conf);
	if (index == 0) {
		say_self(reports, &now, &text);
		measure_self(reports, &now, &perfdata);
	} else {
		core_report(reports->source->core, index, &view);
		core_node(reports->source->core, index, &now, &peer);
		if (s->silent)
			say_silent(&peer, &view, &text);
		else
			say_heard(s, &peer, &view, &text);
		say_downtime(&text, conf, peer.name, s->silent ? VERDICT_UNKNOWN : s->state);
		measure_peer(&peer, &perfdata);
	}
	perfdata_sentence(s->state, words, out->text, sizeof out->text);
	out->n_items = perfdata_items(&perfdata, out->items);
}

char *result_body(const struct result *result, const char *check_source, struct span ttl)
{
	json_t *json = json_object(), *items = json_array();
	char *text;

	for (size_t i = 0; i < result->n_items; i++)
		json_array_append_new(items, jvalue_text(result->items[i]));
	jvalue_put(json, "exit_status", json_integer(result->state));
	jvalue_put(json, "plugin_output", jvalue_text(result->text));
	jvalue_put(json, "performance_data", items);
	jvalue_put(json, "check_source", jvalue_text(check_source));
	jvalue_put(json, "ttl", jvalue_span(ttl));
	text = json ? jvalue_dump(json) : NULL;
	json_decref(json);
	return text;
}
