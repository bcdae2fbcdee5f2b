/* The core's inside, shared by the files of this folder alone. */
#ifndef SENTINEL_CORE_CORE_IMPL_H
#define SENTINEL_CORE_CORE_IMPL_H

#include "cause.h"
#include "core.h"
#include "drift.h"
#include "level.h"
#include "mesh.h"
#include "own.h"
#include "pace.h"

enum {
	PROBES_MAX = 32, /* unanswered ones that are remembered, for each node */
	DELAYS_KEPT = 8, /* the least round trip of so many is shown */
	MESH_MOST = 128, /* in a cluster of up to so many members everybody asks everybody */
	FEW = 3,         /* in a larger one the voters, and so many others */
	BURST_PROBES = 4,
	VOTERS_MAX = 64,
	NODES_MOST = 2048, /* more than there can be: an answer's token tells whose it is */
};
_Static_assert(1 + CONF_PEERS_MAX + CONF_REFERENCES_MAX < NODES_MOST, "a token has room for any node");

/* After a start, a step or a return, a few quick probes; a peer's step may ask for no more than one in this time. */
#define BURST_SPACING span_ms(100)
#define BURST_REST span_s(10)
/* Somebody else's time server is not asked every second; one that shares a key with us may be. */
#define REFERENCE_INTERVAL span_s(16)
#define REFERENCE_BURST_SPACING span_s(2)
/* The process was kept from its work for longer than this past its deadline: a stall. */
#define STALL_LEAST span_s(1)

/* A request under way. T1 is the raw clock just before it was sent: never later than its departure. */
struct probe {
	bool outstanding; /* no answer yet */
	uint64_t nonce;
	struct raw sent;
	struct mono sent_mono;
	struct endpoint to;
};

/* An entry of a peer's own row: what it measured of another node. */
struct told {
	bool known;
	struct interval offset;
	struct raw measured;            /* no later than it was, on our raw clock */
	uint32_t own_epoch, peer_epoch; /* of the one who measured, and of the one who was */
};

/* What it takes to ask a node, and what its answers add up to: most of a node's memory. */
struct watch {
	struct probe probes[PROBES_MAX];
	unsigned next_slot;
	struct estimate estimate;
};

struct node {
	enum node_kind kind;
	const struct conf_peer *peer;           /* NODE_PEER */
	const struct conf_reference *reference; /* NODE_REFERENCE */
	const char *name;
	uint64_t id; /* message_node_id of the name */
	bool voter;
	struct watch *watch; /* NULL: it is not asked by us (this host itself; others in a large cluster) */
	size_t place;        /* among those that are, from 1 (this host: 0) */
	struct key *key;     /* NULL: none needed, or not in the file */
	uint32_t wire_key;
	bool has_endpoint;
	struct endpoint endpoint;

	/* asking */
	struct span interval;
	struct mono next_probe;
	unsigned burst;
	struct mono burst_again; /* not before */
	uint8_t reach;
	uint64_t sent, received, rejected;
	unsigned rejections_told;  /* a bit for each enum reject */
	unsigned rejected_since;   /* so many since one was believed, with a good MAC or all without, */
	struct mono rejected_from; /* the first of them then, */
	enum reject rejected_for;  /* the latest of them for this, */
	struct mono rejected_at;   /* then */

	/* answering: the latest answer to it, and when that one left; both for one node, so nobody else can fill them */
	uint64_t answered;              /* its token, */
	struct departure_report answer; /* and what names it; `left` is not known yet */
	struct raw request_at;          /* the T2 of that exchange, no earlier than the truth */
	bool has_departure;
	struct departure_report departure;

	/* hearing */
	struct drift drift;
	bool measured;          /* an exchange was completed */
	struct interval map;    /* its wall clock minus its raw one, at the latest answer's T3, */
	struct raw map_at;      /* which is this, on its raw clock */
	bool slewing;           /* its wall clock was being slewed then */
	struct interval stated; /* its wall clock minus ours, when it answered (T3) */
	struct span likely;     /* and where in there it was in all likelihood */
	struct raw as_of;       /* that exchange's T4 */
	struct raw asked_at;    /* and its T1 */
	bool unreachable_noted;
	bool silence_told; /* or held back, since it comes and goes: */
	struct pace silences_told;
	struct mono silent_at;        /* the latest time */
	struct raw contradicts_since; /* it is on a ring that cannot be; zero: it is not */
	unsigned contradictions;      /* so often what makes the ring was measured anew since */
	bool announced;               /* the first contact was noted */
	struct span delays[DELAYS_KEPT];
	unsigned n_delays;
	uint64_t instance;
	struct raw instance_at;      /* when it was first heard, on our raw clock */
	uint32_t epoch;              /* of that instance: each counts anew */
	struct span jumped, stepped; /* its raw clock (or ours), its wall clock: the latest time, */
	bool jumping;                /* its raw clock (or ours) jumped, how far is not yet known well: */
	struct interval jump_from;   /* where it was expected */
	struct mono jump_began;
	struct mono jumped_at, stepped_at; /* zero: never */
	bool stepped_in_drill;             /* the latest step was a drill's doing */
	struct pace steps_told, restarts_told;
	bool other_list; /* its list of members is not ours, and that was noted */
	char version[VERSION_SIZE];
	bool has_state, in_drill, synchronised;
	uint8_t leap;
	struct state_report state;
	struct level join; /* is it to be kept from joining the database's cluster? */
	struct told
		*row; /* what it told of this host and of those that are asked, by their places; or NULL */
};

/* A node by its id. */
struct listed {
	uint64_t id;
	size_t node;
};

/*
 * The nodes, and what is allocated with them. In a small cluster all are asked; in a large one the memory for those that
 * are is bounded, and the rest is linear in the number of members.
 */
struct roster {
	struct node *nodes;
	size_t n_nodes;
	struct watch *watches; /* n_asked of them */
	size_t *asked;         /* the nodes that are, in order; their place is 1 + the index here */
	size_t n_asked;
	struct told *told;    /* a row for each that is asked, of 1 + n_asked entries */
	struct listed *by_id; /* this host and its peers, in the order of their ids */
	size_t n_members;
};

/* An operator's. */
struct hold {
	bool on, forever;
	struct mono ends;
	char reason[128];
};

struct core {
	const struct conf *conf;
	const struct keyring *ring;
	struct prng *prng;
	struct hello hello;
	uint64_t members;
	struct own own;
	struct pace steps_told; /* of our own clock */
	struct mono started;
	struct mono deadline; /* what the last step gave out */
	size_t ask_from;      /* who is asked first in the next step */
	struct roster roster; /* of the nodes */
	struct node *nodes;   /* its: 0 is this host */
	size_t n_nodes;
	size_t request_size;

	struct verdict verdict;   /* about this host */
	struct mono untold_since; /* it cannot be proved any more; zero: it is, or that is what it says */

	struct level levels[LEVEL_COUNT];
	struct finding findings[LEVEL_COUNT];
	bool provable[LEVEL_COUNT];
	bool first_told; /* the first verdict */
	struct wall since;
	struct mono since_mono;
	bool nearing;           /* the drift will bring this host to the critical level, */
	struct span nearing_in; /* in so long */
	/* By the driver's word, of enum conf_measure: in force; in force or on the way there or back; spoken of since the start. */
	unsigned active, standing, spoken;
	struct budget budget;
	struct wanted wanted;

	bool reporting; /* our own results arrive */
	bool no_list;   /* our node's list of those who may join is empty, and we could write one */
	uint8_t service, database;      /* of this host, as told to others (message.h) */
	struct hold hold, cluster_hold; /* on this host, and on all nodes */
	bool released;                  /* hold, and nothing of ours in force */
	bool held_back;                 /* it was told that this host would leave work but for a hold */

	uint64_t tokens; /* answers are counted, so that each has its own */
	uint64_t requests, answers;
	uint64_t rejected[REJECT_COUNT];
	struct mono leap_seen;  /* a leap second was announced by our kernel or a majority; zero: never */
	struct mono leap_heard; /* or by any voter */
	uint64_t stalls;
	struct span longest_stall, stall;
	struct mono stall_at;
	struct effects *effects; /* of the step under way */
};

/* ---- core.c ---- */
void core_note(struct core *core, enum severity severity, const char *kind, const char *node,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
void core_reject(struct core *core, struct node *node, enum reject reason);
/* Why nothing of what it sends is believed now, and what to compare; NULL: some is, or nothing comes. */
const char *core_not_believed(const struct core *core, const struct node *node);
struct outgoing *core_send(struct core *core);
bool core_full(const struct core *core); /* of notes: no more are taken in this step */

/* ---- operator.c ---- */
/* What operators want: EVENT_DRILL, EVENT_HOLD, EVENT_RELEASE. */
void operator_drill(struct core *core, const struct event *event);
void operator_hold(struct core *core, const struct event *event);
void operator_release(struct core *core, const struct event *event);
/* Drills and holds whose time is over end. */
void operator_end_over(struct core *core);

/* ---- cause.c ---- */
/* Does it say of itself, now, that its list of members is not ours? */
bool has_other_list(const struct core *core, const struct node *node);

/* ---- report.c ---- */
/* Is it for this host to report others, too, and would that arrive? */
bool reports_others(const struct core *core);

/* ---- joins.c ---- */
void joins_configure(struct core *core);
void joins_look(struct core *core);

/* ---- roster.c ---- */
/* Makes the roster for a configuration; false: no memory. When the nodes are asked is for the caller to plan. */
bool roster_make(struct roster *roster, const struct conf *conf, const struct keyring *ring,
	uint64_t instance) __attribute__((warn_unused_result));
/* Takes over what is known of the nodes that stay and are asked as before: kept[i] is set for those. */
void roster_adopt(struct roster *roster, const struct roster *old, bool *kept);
void roster_free(struct roster *roster);
/* Does that member ask that one, as every member has it that has the same list? */
bool roster_asks(const struct roster *roster, size_t from, size_t to);
/* This host or the peer with that id; NULL: none. */
struct node *roster_find(const struct roster *roster, uint64_t id);

/* ---- node.c ---- */
/* The n-th of those that are asked. */
static inline struct node *node_asked(const struct core *core, size_t n)
{
	return &core->nodes[core->roster.asked[n]];
}
/* How long an exchange counts. */
struct span node_fresh_for(const struct core *core, const struct node *node);
bool node_fresh(const struct core *core, const struct node *node);
/* The node's wall clock minus ours, now; false where it is not known (or, for this host, [0, 0]). */
bool node_offset(const struct core *core, const struct node *node, struct interval *out);
/* The same by the latest exchange alone. */
bool node_offset_alone(const struct core *core, const struct node *node, struct interval *out);
void node_burst(struct core *core, struct node *node);
struct node *node_named(struct core *core, const char *name);
/* How fast its wall clock runs away from ours; false while that is not known. */
bool node_drift(const struct node *node, struct rate *least, struct rate *greatest);
/* Its age by the raw clock. */
struct span node_age(const struct core *core, const struct node *node);

/* ---- ask.c ---- */
void ask_due(struct core *core);
struct mono ask_deadline(const struct core *core);
/* The request with that nonce, which was not answered yet; NULL: there is none. */
struct probe *ask_probe(struct watch *watch, uint64_t nonce);
/* The kernel's word on when a request of ours left. */
void ask_departed(struct core *core, uint64_t nonce, struct wall stamp);

/* ---- hear.c ---- */
/* An answer, good or bad. */
void hear(struct core *core, const struct incoming *in);
/* T3 on the other host's raw clock. */
static inline struct raw hear_sent_at(const struct exchange *exchange)
{
	return raw_add(exchange->low_at, exchange->low);
}

/* ---- peer.c ---- */
/* What a peer's answer tells beside the time: what it did since, its clock's mapping, its state, its row. */
void peer_learn(
	struct core *core, struct node *node, const struct message *m, const struct exchange *exchange);
/* The notes on a node that were held back, once it is their time. */
void peer_tell_held(struct core *core, struct node *node);
/* It was heard: told where it is news. */
void peer_answers(struct core *core, struct node *node);
/* It was heard, and has not been for too long. */
void peer_silent(struct core *core, struct node *node);
/* Told once it is on a ring that cannot be. */
void peer_contradicts(struct core *core, struct node *node);
/* dropped: how many exchanges the latest one contradicts; expected: where the clock was to be, by those before it. */
void peer_look_for_jump(struct core *core, struct node *node, struct interval expected, unsigned dropped);

/* ---- answer.c ---- */
void answer_departed(struct core *core, uint64_t token, struct wall stamp);
void answer_request(struct core *core, const struct incoming *in);

/* ---- judged.c ---- */
/* Every voter's clock against the subject's, as we measure them; names may be NULL. */
size_t judge_ballots(const struct core *core, const struct node *subject, struct ballot ballots[VOTERS_MAX],
	const char *names[VOTERS_MAX]);
/* The verdict about any node from what we measured, without the timers; for node 0 see node->verdict. */
void judge_other(const struct core *core, const struct node *subject, struct verdict *out);

/* ---- judge.c ---- */
/* The verdict about this host, its levels, and what the actions shall do. */
void judge(struct core *core);
struct mono judge_deadline(const struct core *core);

/* ---- forecast.c ---- */
/* When, if all goes on as it does, this host will be beyond the critical level. A forecast: for people, not for acts. */
void forecast_threshold(struct core *core);
/* A leap second is in sight where our own kernel says so, or a majority: one peer's word freezes nothing. */
void forecast_leap(struct core *core);

/* ---- round.c ---- */
/* What the node needs to use our latest exchange with it, too: written into a request. */
void round_write(const struct node *node, struct writer *w);
/* The same from a request of the node's, whose MAC was good; before the answer to it is remembered. */
void round_heard(struct node *node, const struct message *message);

/* ---- row.c ---- */
/* What a node that we ask told of another one, or of us; NULL: such a thing is not kept. */
const struct told *row_entry(const struct core *core, size_t from, size_t to);
void row_slice(const struct core *core, uint64_t nonce, unsigned most, struct row_report *out);
/* asked: when the answer with that row was asked for; the ages in it are as of later, and the answer may have waited here. */
void row_told(struct core *core, struct node *node, const struct row_report *row, struct raw asked);

/* ---- summary.c ---- */
/* What a sentence is made of. */
struct summary_facts {
	const char *name;
	const struct ballot *ballots;
	const char *const *names; /* of the voters, as the ballots */
	size_t n;
	bool votes;
	struct span warning, critical;
	bool beyond;     /* a majority proves it beyond the critical level now */
	bool beyond_any; /* it is proved beyond some level now; else what is raised is about to be cleared */
	bool right;      /* it is proved within the level that the state stands for */
	bool warning_told; /* it is provably within or beyond the warning level */
	struct span provable;
	const struct causes *causes;
};
/* Writes verdict->summary and ->cause; its state, offset, agree and electorate are there already. */
void summary_write(const struct summary_facts *facts, struct verdict *verdict);

#endif
