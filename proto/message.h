/*
 * What sentinels say to each other inside NTP packets; PROTOCOL.md has every octet.
 *
 * A request (mode 3) carries HELLO, maybe ROUND, and PAD, an answer (mode 4) HELLO, CLOCK, STATE, ROW and maybe DEPARTURE.
 * A field of an unknown type is skipped, so that hosts can be upgraded one by one; a known field may grow at
 * its end.
 */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include "field.h"
#include "interval.h"
#include "ntp.h"

enum {
	MESSAGE_MAX = 1232,  /* octets of UDP payload: IPv6's least MTU of 1280 less both headers */
	NODE_NAME_SIZE = 64, /* with the terminating NUL, as all three */
	CLUSTER_NAME_SIZE = 64,
	VERSION_SIZE = 16,
	ROW_SLICE_MAX = 20, /* entries in one answer */
};

enum field_type {
	FIELD_HELLO = 0xF5E0,
	FIELD_CLOCK = 0xF5E1,
	FIELD_STATE = 0xF5E2,
	FIELD_ROW = 0xF5E3,
	FIELD_DEPARTURE = 0xF5E4,
	FIELD_ROUND = 0xF5E5,
	FIELD_PAD = 0xF5EF,
};

/* Who is talking. */
struct hello {
	uint64_t instance; /* random, new at each start of the daemon */
	char cluster[CLUSTER_NAME_SIZE];
	char name[NODE_NAME_SIZE];
	char version[VERSION_SIZE];
};

/* The answerer's clock around its receive (T2) and transmit (T3) stamps. */
struct clock_report {
	struct interval at_receive;  /* its wall clock minus its raw clock when T2 was taken */
	struct interval at_transmit; /* the same at T3 */
	int32_t era;                 /* of T3; T2 is the nearest to it */
	uint32_t epoch;              /* steps of its wall clock since its start */
	uint8_t leap;                /* enum ntp_leap, as its kernel announces */
	bool synchronised;           /* its kernel says so */
	bool drill;                  /* all of the above is shifted on purpose */
};

enum verdict_state { VERDICT_OK = 0, VERDICT_WARNING = 1, VERDICT_CRITICAL = 2, VERDICT_UNKNOWN = 3 };

/* What of ours is in force at the answerer, as bits. */
enum in_force {
	IN_FORCE_DESYNC = 1 << 0,
	IN_FORCE_FENCE = 1 << 1,
	IN_FORCE_BLOCK_JOINS = 1 << 2,
	IN_FORCE_HOLD = 1 << 8,
	IN_FORCE_DRILL = 1 << 9,
	IN_FORCE_REPORTS = 1 << 10, /* its own results arrive where they shall */
	IN_FORCE_NO_LIST =
		1 << 11, /* its node's wsrep_allowlist is empty, and it takes part in block_joins */
	IN_FORCE_REPORTS_OTHERS = 1 << 12, /* and what it reports for others would */
};

/* What looks after the answerer's clock. */
enum told_service {
	TOLD_SERVICE_NOT = 0, /* it does not say */
	TOLD_SERVICE_NONE = 1,
	TOLD_SERVICE_OTHER = 2, /* and all that a later version may know */
	TOLD_SERVICE_CHRONYD = 3,
	TOLD_SERVICE_NTPD = 4,
	TOLD_SERVICE_OPENNTPD = 5,
	TOLD_SERVICE_TIMESYNCD = 6,
	TOLD_SERVICE_PHC2SYS = 7,
	TOLD_SERVICE_PTP4L = 8,
};

/* How the answerer's MariaDB does in Galera: wsrep_local_state, and what is none. */
enum told_database {
	TOLD_DATABASE_NOT = 0, /* it does not say, or has none */
	TOLD_DATABASE_JOINER = 1,
	TOLD_DATABASE_DONOR = 2,
	TOLD_DATABASE_JOINED = 3,
	TOLD_DATABASE_SYNCED = 4,
	TOLD_DATABASE_AWAY = 5,    /* it cannot be asked */
	TOLD_DATABASE_OUTSIDE = 6, /* it is in no Primary component */
};

/* The answerer's verdict about itself. Hearsay: it is shown, and convicts nobody. */
struct state_report {
	enum verdict_state state;
	uint8_t agree, electorate;
	uint16_t in_force;      /* enum in_force */
	struct interval offset; /* it against the consensus; INTERVAL_ALL: not known */
	uint32_t since_s;       /* how long it has been in this state */
	uint64_t members;       /* digest of its list of members */
	uint8_t service;        /* enum told_service, or what a later version knows */
	uint8_t database;       /* enum told_database, likewise */
};

/* One entry of the answerer's own measurements. */
struct row_entry {
	uint64_t node;          /* message_node_id of the peer's name */
	struct interval offset; /* that peer's clock minus the answerer's */
	uint32_t age_ms;
	uint32_t own_epoch, peer_epoch;
};

struct row_report {
	uint16_t total; /* entries in the whole row */
	uint16_t first; /* index of the first one here; slices wrap around */
	uint8_t count;
	struct row_entry entries[ROW_SLICE_MAX];
};

/*
 * When an earlier answer really left, by the answerer's kernel: no earlier than this on its raw clock. It comes in a
 * later answer to the same host. A request that came twice was answered twice, so it takes the exchange's nonce and the
 * answer's own T3 to name an answer.
 */
struct departure_report {
	uint64_t nonce;
	struct raw sent; /* that answer's T3 as its asker has it: T3 - at_transmit.high */
	struct raw left;
};

/*
 * The asker's own ends of an earlier exchange with the host it asks, by its raw clock. It comes in a later request. With T2
 * and T3, which the answerer has, it is an exchange for that one as well.
 */
struct round_report {
	uint64_t nonce;
	struct raw sent;     /* which answer that was: its T3 as in DEPARTURE */
	struct raw departed; /* T1: the request had not left before this */
	struct raw arrived;  /* T4: the answer had arrived by then */
};

/* A packet's parts, as far as they are there. */
struct message {
	struct ntp_header header;
	bool has_hello, has_clock, has_state, has_row, has_departure, has_round;
	struct departure_report departure;
	struct round_report round;
	struct hello hello;
	struct clock_report clock;
	struct state_report state;
	struct row_report row;
};

/* 64 bits of a name, for rows (FNV-1a). The configuration refuses two names with the same one. */
uint64_t message_node_id(const char *name);

/* Adds a name to a digest of a list of members; the order does not matter. Start with 0. */
uint64_t message_members_digest(uint64_t digest, const char *name);

/*
 * Reads header and fields of a packet whose layout is known and whose MAC, where one is due, was checked.
 * False where a known field is malformed or comes twice, or a string in it is not printable.
 */
bool message_decode(const uint8_t *packet, const struct layout *layout, struct message *out)
	__attribute__((warn_unused_result));

/* Each writes one part; the writer's `full` tells where it did not fit. */
void message_write_header(struct writer *w, const struct ntp_header *header);
void message_write_hello(struct writer *w, const struct hello *hello);
void message_write_clock(struct writer *w, const struct clock_report *clock);
void message_write_state(struct writer *w, const struct state_report *state);
void message_write_row(struct writer *w, const struct row_report *row);
void message_write_departure(struct writer *w, const struct departure_report *departure);
void message_write_round(struct writer *w, const struct round_report *round);

/* Octets of an answer with our HELLO, `entries` of the row, DEPARTURE and MAC, as the writers produce it. */
size_t message_answer_size(const struct hello *ours, unsigned entries);

#endif
