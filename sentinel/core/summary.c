#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "core_impl.h"

/* A sentence under construction; what does not fit is cut. */
struct sentence {
	char *out;
	size_t room, len;
};

static void __attribute__((format(printf, 2, 3))) say(struct sentence *s, const char *format, ...)
{
	va_list args;
	int written;

	va_start(args, format);
	written = vsnprintf(s->out + s->len, s->room - s->len, format, args);
	va_end(args);
	if (written > 0)
		s->len = s->len + (size_t)written < s->room ? s->len + (size_t)written : s->room - 1;
}

static void say_span(struct sentence *s, struct span span)
{
	char text[64];

	say(s, "%s", span_format(span, text, sizeof text));
}

/* "1900.002 s ahead (+-0.4 ms)" */
static void say_offset(struct sentence *s, struct interval offset)
{
	struct span middle = interval_middle(offset);

	say_span(s, span_abs(middle));
	say(s, " %s (+-", middle.ns < 0 ? "behind" : "ahead");
	say_span(s, span_scale(interval_width(offset), 1, 2));
	say(s, ")");
}

static void say_list(struct sentence *s, const char *name, unsigned *count)
{
	static const unsigned most = 8;

	if (*count < most)
		say(s, "%s%s", *count ? ", " : "", name);
	else if (*count == most)
		say(s, ", ...");
	(*count)++;
}

static void say_known(const struct summary_facts *f, struct sentence *s, bool known)
{
	unsigned count = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->ballots[i].known == known)
			say_list(s, f->names[i], &count);
}

enum camp { CAMP_UNTOLD, CAMP_OURS, CAMP_OTHERS };

/* Provably with the subject or provably apart from it, at the critical level. */
static enum camp camp_of(const struct summary_facts *f, size_t i)
{
	const struct ballot *b = &f->ballots[i];

	if (!b->known)
		return CAMP_UNTOLD;
	if (interval_reach(b->offset).ns <= f->critical.ns)
		return CAMP_OURS;
	return b->offset.low.ns > f->critical.ns || b->offset.high.ns < -f->critical.ns ? CAMP_OTHERS
											: CAMP_UNTOLD;
}

static unsigned count_camp(const struct summary_facts *f, enum camp camp)
{
	unsigned count = 0;

	for (size_t i = 0; i < f->n; i++)
		count += camp_of(f, i) == camp;
	return count;
}

static void say_camp(const struct summary_facts *f, struct sentence *s, enum camp camp)
{
	unsigned count = 0;

	if (camp == CAMP_OURS)
		say_list(s, f->name, &count);
	for (size_t i = 0; i < f->n; i++)
		if (camp_of(f, i) == camp)
			say_list(s, f->names[i], &count);
}

/* Those that may be on either side of the level. */
static void say_near(const struct summary_facts *f, struct sentence *s)
{
	unsigned count = 0;

	for (size_t i = 0; i < f->n; i++)
		if (f->ballots[i].known && camp_of(f, i) == CAMP_UNTOLD)
			say_list(s, f->names[i], &count);
	say(s, " %s", count == 1 ? "is" : "are");
}

static const char *widest(const struct summary_facts *f)
{
	const char *name = "none";
	struct span most = { -1 };

	for (size_t i = 0; i < f->n; i++) {
		if (f->ballots[i].known && span_less(most, interval_width(f->ballots[i].offset))) {
			most = interval_width(f->ballots[i].offset);
			name = f->names[i];
		}
	}
	return name;
}

static void say_leap(struct sentence *s)
{
	say(s, "; a leap second is announced: smeared and stepped clocks differ by up to 1 s around it");
}

/* Why nothing can be told; gives the word for scripts. */
static const char *say_unknown(const struct summary_facts *f, const struct verdict *v, struct sentence *s)
{
	unsigned known = 0, need = quorum_majority(v->electorate);
	char level[SPAN_TEXT_SIZE];

	for (size_t i = 0; i < f->n; i++)
		known += f->ballots[i].known;
	say(s, "%s cannot tell: ", f->name);
	/* To be convicted it takes a majority of others, to be cleared one that counts the subject. */
	if (known + (f->votes ? 1 : 0) < need) {
		say(s, "%u of %zu others in reach, %u of %u make a majority", known, f->n, need,
			v->electorate);
		if (known < f->n) {
			say(s, "; no answer from ");
			say_known(f, s, false);
		}
		return "no-majority";
	}
	if (count_camp(f, CAMP_OTHERS) > 0) {
		say(s, "no majority of %u agrees; two camps: ", v->electorate);
		say_camp(f, s, CAMP_OURS);
		say(s, " against ");
		say_camp(f, s, CAMP_OTHERS);
		if (known < f->n) {
			say(s, "; no answer from ");
			say_known(f, s, false);
		}
		if (f->causes->leap_heard)
			say_leap(s);
		return "two-camps";
	}
	if (!span_less(f->critical, f->provable)) {
		say_near(f, s);
		say(s, " about %s away, too near that level to tell on which side of it",
			span_format(f->critical, level, sizeof level));
		if (f->causes->leap_heard)
			say_leap(s);
		return "near-level";
	}
	say(s, "the paths are too slow to prove ");
	say_span(s, f->critical);
	say(s, ", only ");
	say_span(s, f->provable);
	say(s, " (slowest: %s); use a closer voter or a higher critical level", widest(f));
	return "path-too-slow";
}

static void say_agree(const struct verdict *v, struct sentence *s)
{
	say(s, "; %u of %u agree", v->agree, v->electorate);
}

/* A majority is believed even so; but who is woken by it shall know. */
static void say_others_stepped(const struct causes *c, struct sentence *s)
{
	unsigned count = 0;

	say(s, "; it is the clock%s of ", c->n_others_stepped == 1 ? "" : "s");
	for (unsigned i = 0; i < c->n_others_stepped; i++)
		say_list(s, i < CAUSE_OTHERS ? c->others_stepped[i] : "", &count);
	say(s, " that %s stepped", count == 1 ? "was" : "were");
	if (!c->others_step.ns)
		return;
	say(s, " by ");
	say_span(s, c->others_step);
}

/* Why it is off, as far as that was seen; the word for scripts. */
static const char *say_cause(const struct causes *c, struct sentence *s)
{
	if (c->drill)
		return "drill";
	if (c->leap) {
		say_leap(s);
		return "leap-second";
	}
	if (c->suspended.ns) {
		say(s, "; its machine was suspended for ");
		say_span(s, c->suspended);
		return "suspended";
	}
	if (c->stopped.ns) {
		say(s, "; its machine stood still for ");
		say_span(s, c->stopped);
		say(s, " (a virtual machine that was stopped?)");
		return "vm-stopped";
	}
	if (c->stepped.ns) {
		say(s, "; its clock was stepped by ");
		say_span(s, c->stepped);
		return "step";
	}
	if (c->n_others_stepped) {
		say_others_stepped(c, s);
		return "others-stepped";
	}
	return "skew";
}

/* A reference's clock is ahead of the subject's, so the subject is behind it. */
static void say_against(struct sentence *s, const struct cause_reference *r)
{
	say_offset(s, interval_neg(r->offset));
	say(s, " of %s", r->name);
}

static const char *say_wrong(const struct summary_facts *f, const struct verdict *v, struct sentence *s)
{
	say(s, "%s is ", f->name);
	if (!f->beyond_any && f->causes->alarm.name) {
		say_against(s, &f->causes->alarm);
		say(s, ", a trusted reference, and so is the whole cluster that agrees with it");
		return "reference";
	}
	say_offset(s, v->offset);
	say(s, " of the cluster");
	say_agree(v, s);
	if (f->beyond_any)
		return say_cause(f->causes, s);
	say(s, f->right ? "; it is right again, and cleared when that has held for a while"
			: "; that is no longer proved, nor is the opposite: the state stands until it is");
	return f->causes->drill ? "drill" : "clearing";
}

static const char *say_right(const struct summary_facts *f, const struct verdict *v, struct sentence *s)
{
	say(s, "%s agrees with the cluster: ", f->name);
	say_offset(s, v->offset);
	say_agree(v, s);
	if (!f->warning_told) {
		say(s, "; the links cannot prove ");
		say_span(s, f->warning);
		say(s, ", only ");
		say_span(s, f->provable);
	}
	if (f->causes->doubt.name) {
		say(s, "; %s doubts it: ", f->causes->doubt.name);
		say_against(s, &f->causes->doubt);
	}
	return f->causes->drill ? "drill" : "";
}

/* A majority convicts, and a trusted reference says otherwise. */
static const char *say_veto(const struct summary_facts *f, const struct verdict *v, struct sentence *s)
{
	say(s, "%s cannot tell: it is ", f->name);
	say_offset(s, v->offset);
	say(s, " of the cluster, but ");
	say_against(s, &f->causes->veto);
	say(s, ", a trusted reference: look at the others");
	return "veto";
}

void summary_write(const struct summary_facts *facts, struct verdict *verdict)
{
	struct sentence s = { .out = verdict->summary, .room = sizeof verdict->summary };
	const char *cause;

	verdict->summary[0] = '\0';
	if (facts->causes->drill)
		say(&s, "DRILL: ");
	if (verdict->state == VERDICT_OK)
		cause = say_right(facts, verdict, &s);
	else if (verdict->state != VERDICT_UNKNOWN)
		cause = say_wrong(facts, verdict, &s);
	else if (facts->beyond && facts->causes->veto.name)
		cause = say_veto(facts, verdict, &s);
	else
		cause = say_unknown(facts, verdict, &s);
	if (verdict->state != VERDICT_OK && facts->causes->other_list)
		say(&s, "; %s has another list of members: compare the configurations",
			facts->causes->other_list);
	snprintf(verdict->cause, sizeof verdict->cause, "%s", cause);
}
