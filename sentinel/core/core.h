/*
 * The core decides. No I/O, no clock, no randomness of its own: an event comes in with the time it happened,
 * effects come out. The daemon and the simulator run this same code; a seed and a list of events repeat a run.
 */
#ifndef SENTINEL_CORE_CORE_H
#define SENTINEL_CORE_CORE_H

#include "../../conf/conf.h"
#include "../../proto/keys.h"
#include "../../proto/mac.h"
#include "../../proto/message.h"
#include "budget.h"
#include "decision.h"
#include "joins.h"
#include "verdict.h"

/*
 * One look at this host's clocks, in this order: raw, monotonic, wall, monotonic, raw, boot. What was read in
 * between is bracketed by what stands around it, however long the reader was kept from its work.
 */
struct reading {
	struct raw raw_before, raw_after;
	struct mono mono_before, mono_after;
	struct wall wall;
	struct span boot; /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC: grows while suspended */
	uint8_t leap;     /* enum ntp_leap, from adjtimex(2) */
	bool synchronised;
};

/* IPv6, or IPv4 mapped into it. scope: the interface of a link-local address, else 0. */
struct endpoint {
	uint8_t ip[16];
	uint16_t port;
	uint32_t scope;
};

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Requests leave from one socket (ASK), requests of others come in at the listening ones (ANSWER). */
enum side { SIDE_ASK, SIDE_ANSWER };

struct incoming {
	enum side side;
	struct endpoint from, to; /* to: the address that was asked, for SIDE_ANSWER */
	unsigned listener;        /* which listening socket: goes back in the answer */
	const uint8_t *bytes;
	size_t len;
	bool stamped;      /* the kernel gave a receive stamp, */
	struct wall stamp; /* this one */
};

/* What the action drivers tell of themselves; also what is shown in the status. */
enum action_state {
	ACTION_IDLE,
	ACTION_PENDING,
	ACTION_ACTIVE,
	ACTION_FAILED,
	ACTION_HELD,
	ACTION_LATCHED,
	ACTION_DRY_RUN
};
const char *action_state_name(enum action_state state);

struct action_report {
	enum conf_measure measure;
	enum action_state state;
	bool waiting; /* ACTION_PENDING, and nothing was begun: it waits for leave to begin, and nothing of ours is there */
	char detail[192];
};

enum event_kind {
	EVENT_TICK, /* the deadline came, or something wants a look (the kernel said that the clock was stepped) */
	EVENT_DATAGRAM,
	EVENT_DEPARTED, /* the kernel tells when a datagram of ours left */
	EVENT_ADDRESS,  /* a peer's name was resolved */
	EVENT_ACTION,
	EVENT_CLAIM, /* the authority's word */
	EVENT_DRILL,
	EVENT_HOLD,
	EVENT_RELEASE,
	EVENT_LIST, /* whether this host's node has an empty list of those who may join, and could be given one */
	EVENT_REPORTING, /* whether our own results arrive where the configuration says that they shall */
};

struct event {
	enum event_kind kind;
	struct reading now;
	union {
		struct incoming datagram;
		struct {
			enum side side;
			uint64_t token; /* of the outgoing datagram */
			struct wall stamp;
		} departed;
		struct {
			size_t node; /* 1.. as in core_node */
			struct endpoint endpoint;
		} address;
		struct action_report action;
		bool claim_held;
		bool no_list;
		bool reporting;
		struct {
			bool on;
			struct span offset;
			int64_t drift_ppb;
			struct span for_span; /* it ends by itself */
		} drill;
		struct {
			bool on;
			bool cluster;         /* one on all nodes, which comes beside this host's own */
			struct span for_span; /* SPAN_MAX: until unhold */
			char reason[128];
		} hold;
		struct {
			struct span for_span; /* how long to hold afterwards; SPAN_MAX: until unhold */
		} release;
	};
};

struct outgoing {
	enum side side;
	struct endpoint to, from;
	unsigned listener;
	bool stamped; /* tell with EVENT_DEPARTED and `token` when it left, if the kernel can */
	uint64_t token;
	size_t len;
	uint8_t bytes[MESSAGE_MAX];
};

enum severity { SEVERITY_DEBUG, SEVERITY_INFO, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_ERROR };

/* A thing that happened, for the log and the list of events: one sentence a person can act on. */
struct note {
	enum severity severity;
	const char *kind; /* "verdict", "step", "peer", "action", "drill", "hold", "stall", "reference" */
	char node[NODE_NAME_SIZE];
	char text[512];
};

struct wanted {
	enum want leave; /* work, by the measures configured */
	bool released; /* an operator's `release`: nothing of ours is to be in force, whatever else is said */
	enum want claim;  /* of leaving work, from the authority (budget.h); WANT_KEEP where there is none */
	char reason[512]; /* the verdict's sentence */
	struct wanted_joins joins;
};

enum { EFFECTS_SENDS = 8, EFFECTS_NOTES = 16 };

struct effects {
	size_t n_sends, n_notes;
	struct outgoing sends[EFFECTS_SENDS];
	struct note notes[EFFECTS_NOTES];
	bool verdict_changed;
	bool held;            /* an operator's hold or release of this host is in force */
	struct wanted wanted; /* whole, after every step */
};

struct core;

/*
 * conf and ring are borrowed and must outlive the core (or the next core_reload); ring may be NULL.
 * NULL where memory is short.
 */
struct core *core_new(const struct conf *conf, const struct keyring *ring, const uint8_t seed[PRNG_SEED_SIZE],
	const char *version, const struct reading *now);
void core_free(struct core *core);

/* Takes a new configuration, keeping what is known of peers that stay. False (nothing changed): no memory. */
bool core_reload(struct core *core, const struct conf *conf, const struct keyring *ring)
	__attribute__((warn_unused_result));

/* Whether there is an authority: then leaving work needs its claim. At first there is none. */
void core_require_claim(struct core *core, bool required);

/* What this host's time service and database are, for people at other hosts; who is not Synced is not counted upon there. */
void core_host_is(struct core *core, enum told_service service, enum told_database database);

/* The event happens; *effects is filled from scratch. */
void core_step(struct core *core, const struct event *event, struct effects *effects);

/* When to come with EVENT_TICK at the latest. */
struct mono core_deadline(const struct core *core);

/* ---- what the status shows: copies, taken at `now` ---- */

enum node_kind { NODE_SELF, NODE_PEER, NODE_REFERENCE };

/* Why a datagram was not believed; REJECT_COUNT of them, each with a name for the metrics. */
enum reject {
	REJECT_MALFORMED, /* too short, fields that do not fit, a string that is none */
	REJECT_MODE,      /* neither a request at a listening socket nor an answer to us */
	REJECT_CLOSED,    /* without a MAC while `open` is false */
	REJECT_KEY,       /* a key id that is not in the file, or not that peer's */
	REJECT_MAC,
	REJECT_CLUSTER,
	REJECT_NAME,
	REJECT_INSTANCE,
	REJECT_ADDRESS,
	REJECT_NONCE,          /* no probe of ours, or one that was answered already */
	REJECT_UNSYNCHRONISED, /* a plain NTP server that says it does not know the time */
	REJECT_KISS,           /* it asks to be left alone */
	REJECT_STEP,           /* a clock was stepped in the midst of it */
	REJECT_COUNT,
};
const char *reject_name(enum reject reason);

/* An exchange that a bound rests on. */
struct exchange_view {
	struct wall answered; /* when its answer came */
	struct span round_trip;
};

struct node_view {
	enum node_kind kind;
	char name[NODE_NAME_SIZE];
	char address[CONF_HOST_SIZE + 8]; /* as configured, host:port */
	char site[CONF_WORD_SIZE];
	enum conf_role role;
	bool voter;
	bool watched;   /* this host asks it; in a large cluster it asks the voters and a few others */
	bool reachable; /* an interval young enough to count */
	bool measured;  /* `offset` is known at all */
	struct interval offset; /* its clock minus ours, at as_of */
	struct span likely;     /* the one value for people, in there */
	struct wall as_of;
	struct exchange_view latest;       /* the one that `offset` is as of, */
	struct interval alone;             /* and what it says by itself, at as_of: this is what convicts */
	struct exchange_view below, above; /* those that the low and the high end of `offset` rest on */
	bool have_delay;
	struct span delay; /* the least round trip of the latest ones */
	bool have_drift;
	double drift_ppm; /* its wall clock against ours */
	uint8_t reach;
	bool heard;
	struct span last_heard; /* ago */
	uint64_t sent, received, rejected;
	const char *
		not_believed; /* why nothing of what it sends is, and what to compare; NULL: some is, or nothing comes */
	char version[VERSION_SIZE];
	bool has_state;
	struct state_report state; /* what it told of itself; of this host: service and database alone */
	bool drill;
	bool synchronised;
	bool other_list;        /* its list of members is not this host's, by its own word */
	struct verdict verdict; /* what we prove about it (self: the verdict) */
};

size_t core_nodes(const struct core *core); /* 0 is this host, then peers, then references */
void core_node(const struct core *core, size_t index, const struct reading *now, struct node_view *out);

/* Another host, as those who report look at it. */
struct report_view {
	bool itself; /* we hear it, and it says that its own results arrive */
	bool ours;   /* they do not, or we cannot tell, and it is for this host to report it */
	bool heard;  /* by us */
	/* The rest is left empty where it reports itself. */
	unsigned hearers; /* hosts that have measured it lately, of those that we hear, ourselves included: */
	char heard_by[256]; /* "db1 (1900 s), mon1 (1900 s)": what they measured; "" where nobody does */
	char unheard_by[256];
};
/* 0 < index < core_nodes, a peer. As of the latest step. */
void core_report(const struct core *core, size_t index, struct report_view *out);

struct cell {
	struct interval offset; /* `to` minus `from` */
	struct span age;
	bool implied;         /* not measured by `from` itself but following from what others measured */
	bool has_mesh;        /* measured, and over third hosts it is known to lie in `mesh` as well, */
	struct interval mesh; /* carried to now */
};
/* What is known of the pair; false: nothing. */
bool core_cell(const struct core *core, size_t from, size_t to, const struct reading *now, struct cell *out);

/* One level of the verdict and where it stands. */
enum level_name { LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_ACTION, LEVEL_COUNT };
struct level_view {
	enum level_name name;
	bool configured;
	struct span limit;
	bool raised;
	struct span held; /* how long it has been proved (raised: how long it has been disproved) */
	unsigned agree;   /* voters that prove it now */
	bool proved; /* it is proved now, as the level counts it: references and leap seconds considered */
	bool beyond; /* a majority proves this host beyond it now, whatever a trusted reference says of that, */
	bool within;        /* or within it, */
	bool within_itself; /* of which this host is one */
	uint64_t beyond_who,
		within_who; /* the voters that do, other than this host: bits in the order of nodes */
	bool provable;      /* the links can prove it at all */
};
void core_level(const struct core *core, enum level_name name, struct level_view *out);

/* The name of the voter that has that bit in a level_view; "" where there is none. */
const char *core_voter(const struct core *core, unsigned bit);

/*
 * What is proved about this host's clock at `gate.above`, now and whatever is raised: the gate before the database is asked
 * once, by a daemon that may have been started a second ago.
 */
enum gate_answer { GATE_UNKNOWN, GATE_RIGHT, GATE_WRONG };
struct gate_view {
	enum gate_answer answer;
	struct verdict verdict; /* its summary tells why */
};
void core_gate(const struct core *core, struct gate_view *out);

/* What the verdict about this host rests on, as of the latest step. */
void core_decision(const struct core *core, struct decision *out);

struct core_view {
	uint64_t instance;
	uint32_t epoch;
	struct span uptime;
	struct mono verdict_since_mono;
	struct wall since;      /* of the verdict's state */
	bool nearing;           /* at its present drift this host will be beyond the critical level, */
	struct span nearing_in; /* in so long */
	bool drill;
	struct span drill_offset, drill_left;
	int64_t drill_ppb;
	bool hold;
	struct span hold_left; /* SPAN_MAX: until unhold */
	char hold_reason[128];
	uint64_t requests, answers; /* asked by others, answered */
	uint64_t rejected[REJECT_COUNT];
	uint64_t stalls;
	struct span longest_stall;
	uint64_t steps;
};
void core_overview(const struct core *core, const struct reading *now, struct core_view *out);

#endif
