/*
 * A few exchanges with one server, as any NTP client does them: no I/O, no clock, no chance of its own.
 *
 * As an NTP client it asks for the time alone, with a MAC where there is a key, so the server may be a sentinel or any NTP
 * server. Of its raw clock nothing is known; each exchange is a statement about the instant it was made at, in which both
 * clocks may be slewed as fast as Linux can. The narrowest one counts: it holds the truth as all of them do.
 *
 * With a cluster's name it asks as a sentinel does (PROTOCOL.md), under a name that is no member's. Then the answer has the
 * other raw clock as well, which nobody slews, a drill shows, and the sentinel tells its verdict about itself.
 */
#ifndef CHECK_SKEW_PROBER_H
#define CHECK_SKEW_PROBER_H

#include "../core/estimate.h"
#include "../core/own.h"

enum { PROBER_ASKS = 8, PROBER_WANTED = 4 };

/* Why an answer was not believed. */
enum prober_reject {
	PROBER_MALFORMED,
	PROBER_ADDRESS, /* from elsewhere than was asked */
	PROBER_NONCE,   /* to nothing that was asked, or a second one */
	PROBER_KEY,     /* without the key */
	PROBER_MAC,
	PROBER_IMPOSSIBLE, /* it took longer there than here */
	PROBER_REJECTS
};
const char *prober_reject_name(enum prober_reject reason);

struct prober_ask {
	bool outstanding;
	uint64_t nonce;
	struct raw sent;     /* T1 */
	struct interval map; /* our wall clock minus our raw one then */
};

struct prober {
	struct endpoint to;
	struct key *key;     /* borrowed; NULL: none */
	const char *cluster; /* borrowed; NULL: as an NTP client */
	struct own own;
	struct estimate estimate;
	struct prober_ask asks[PROBER_ASKS];
	unsigned asked, heard;
	unsigned rejected[PROBER_REJECTS];
	struct interval offset; /* its clock minus ours, where any answer was heard */
	struct span delay;      /* the least round trip */
	struct interval latest; /* by the latest exchange */
	bool unsynchronised;    /* it says that it does not know the time */
	uint8_t stratum;
	bool told; /* it is a sentinel that told this of itself: */
	struct state_report state;
	bool drill;
	char kiss[5]; /* it asks to be left alone, with this code; "" */
};

/* cluster: only with a key. */
void prober_init(struct prober *prober, const struct endpoint *to, struct key *key, const char *cluster,
	const struct reading *now);

/* Writes a request with this nonce (not 0). False where it has asked as often as it may. */
bool prober_ask(struct prober *prober, uint64_t nonce, const struct reading *now, struct outgoing *out)
	__attribute__((warn_unused_result));

/* A datagram; true where it is an answer to be believed. */
bool prober_hear(struct prober *prober, const struct incoming *in, const struct reading *now);

/* The kernel's word on when a request left. */
void prober_departed(struct prober *prober, uint64_t nonce, struct wall stamp, const struct reading *now);

/* Nothing more is to be asked or awaited. */
bool prober_done(const struct prober *prober);

#endif
