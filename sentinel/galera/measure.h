/*
 * One measure against a skew, brought about on the server: what its kind wants done next is done, then the
 * server is looked at again, until there is nothing left to do. Where that stands is the server's to say and
 * the record's (ownership.h), so it goes on from wherever a kill -9 or a restart has left it.
 */
#ifndef SENTINEL_MEASURE_H
#define SENTINEL_MEASURE_H

#include "../action.h"
#include "allowance.h"
#include "change.h"
#include "look.h"
#include "ownership.h"

/* Looks of late (leak.h). */
struct leak_watch {
	bool seen;
	struct wsrep latest;
	struct mono since, applied; /* its desyncs are as they are now; what it applied last was seen */
};

/* All that a decision is made of. */
struct measure_facts {
	const struct measure_kind *kind;
	enum want want;
	const char *reason;
	bool dry_run;
	bool adopt; /* a damaged record is taken for one of ours: somebody answers for it (skewctl release) */

	const char *socket;  /* where the server is */
	bool with_replicas;  /* asynchronous replicas are no reason against a fence */
	bool desync_is_ours; /* or is about to be: what wsrep_desync tells of */
	enum allowance_state allowance;
	const char *allowance_why;

	enum look_state look;
	const char *why;            /* there is nothing to be seen, where look is not LOOK_UP */
	const struct wsrep *server; /* what is seen now; NULL then */
	bool steady;                /* and the look before saw the same, with no deed in between */

	const struct ownership *record; /* NULL: none */
	const char *damage;             /* why the record is not to be believed; NULL: it is */
	enum change_state change;
	bool busy;      /* CHANGE_SETTLING: an earlier SET is still on its way */
	bool late;      /* CHANGE_IN_FLIGHT: for longer than it should take */
	bool unheld;    /* an operator's word: what somebody else took back may be set again */
	bool applies;   /* the node goes on applying, desynced as it is (leak.h) */
	bool owes_join; /* the latest OFF ended nothing, which the group's library does not forget (desync.c) */
};

enum measure_act {
	ACT_NONE,
	ACT_WATCH,  /* look again soon */
	ACT_ASK,    /* for leave */
	ACT_SETTLE, /* make sure that nothing is on its way */
	ACT_RECORD, /* write the record, with this phase */
	ACT_FORGET, /* remove it */
	ACT_SET_ON, /* when settled */
	ACT_SET_OFF,
};

struct measure_choice {
	enum measure_act act;
	enum ownership_phase phase;
	enum action_state state; /* what is told of it */
	char detail[sizeof((struct action_report *)0)->detail];
};

/* What kinds of measures differ in: a constant for each. */
struct measure_kind {
	enum conf_measure measure;
	const char *record; /* its name in the state directory */
	const char *variable, *setting,
		*clearing;   /* how it is told of: "wsrep_desync", "wsrep_desync=ON", ... */
	const char *lifting; /* what somebody else sets who takes it back */
	struct change_sql sql;
	/* Pure, as is all that they call. Does it look as if it had been set? */
	bool (*in_force)(const struct wsrep *server);
	/*
	 * The provider may have been started anew, by which the server has another name in the cluster, without a
	 * restart. Does it look so, with something of ours still there? And what comes next then.
	 */
	bool (*outlived)(const struct wsrep *server);
	struct measure_choice (*rejoined)(const struct measure_facts *facts);
	/* What comes next, by the phase of the record; `none` is there. One that was lifted is alike for all (decide.h). */
	struct measure_choice (*none)(const struct measure_facts *facts);
	struct measure_choice (*intended)(const struct measure_facts *facts);
	struct measure_choice (*set)(const struct measure_facts *facts);
	struct measure_choice (*given_back)(const struct measure_facts *facts);
};

extern const struct measure_kind desync_measure, fence_measure;

struct measure;

struct measure_setup {
	const struct measure_kind *kind;
	const struct action_env *env; /* lives as long as the measure */
	struct db_place place;
	struct look *look;
	struct allowance *allowance;  /* NULL: nothing is to be set */
	const struct measure *beside; /* the one that desyncs, for the others; may be NULL */
	bool adopt;
	bool retired; /* not configured any more: what is ours is given back */
};

/* Reads the record, and reports what it says once the loop runs. NULL where memory is short. */
struct measure *measure_new(const struct measure_setup *setup);

/* At once; waits for the disk where a record is just being written. NULL is fine. */
void measure_free(struct measure *measure);

void measure_want(struct measure *measure, const struct wanted *wanted);
void measure_looked(
	struct measure *measure, enum look_state state, const struct wsrep *seen, const char *why);

/* The allowance has changed. */
void measure_again(struct measure *measure);

/* An operator's word: what somebody else took back may be set again. */
void measure_unhold(struct measure *measure);

/* Something of ours is in force, as far as is known; or may come to be, by the record. */
bool measure_ours(const struct measure *measure);
bool measure_begun(const struct measure *measure);

/* Nothing of ours is in force, or on its way, or may be. */
bool measure_clear(const struct measure *measure);

/* Why what would be wanted is not; "": nothing stands in its way. Told while there is nothing else to tell. */
void measure_waits(struct measure *measure, const char *why);

/* It is in the midst of something: looks should come quickly. */
bool measure_hurries(const struct measure *measure);

#endif
