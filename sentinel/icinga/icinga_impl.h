/* The Icinga driver's inside, shared by icinga.c and its parts (icinga_send.c, icinga_outcome.c, icinga_status.c) alone. */
#ifndef SENTINEL_ICINGA_IMPL_H
#define SENTINEL_ICINGA_IMPL_H

#include "../host/resolve.h"
#include "https.h"
#include "icinga.h"
#include "icinga_reply.h"
#include "login.h"
#include "reports.h"

#define BACKOFF_LEAST span_s(1)

enum { ERROR_SIZE = sizeof((struct icinga_why){ { 0 } }).text };

/* A master or satellite. */
struct endpoint_slot {
	struct icinga *icinga;
	const struct conf_icinga_endpoint *conf;
	struct https *https;
	bool resolved;
	struct endpoint to;
	bool answered, failed;
	bool refuses;      /* it works, and does not take the results of: */
	size_t refused;    /* a subject */
	unsigned failures; /* or refusals, one after the other */
	struct mono retry_at, answered_at;
	char error[ERROR_SIZE];
	/* What is on its way. */
	size_t subject;
	uint64_t version;
};

/* Where a subject's newest result stands. */
struct delivery {
	bool ours;         /* as it was told */
	bool taken, again; /* again: though it was taken */
	uint64_t version;  /* the one taken */
	uint64_t seen;     /* the latest that was looked at */
	struct mono taken_at;
	size_t by;      /* the endpoint */
	unsigned tried; /* endpoints that work and do not take it, as bits */
	unsigned failures;
	struct mono retry_at;
	char error[ERROR_SIZE]; /* the latest of those */
};

struct icinga {
	struct action_env env;
	const struct conf_icinga *conf;
	struct reports reports;
	struct delivery *deliveries; /* one a subject */
	struct resolve *resolve;
	struct login login;
	bool logged_in, login_stale;
	struct mono login_again; /* not before */
	char login_error[256];
	struct endpoint_slot slots[CONF_ICINGA_MAX];
	size_t n_slots, current;
	struct timer *tick;
	bool reporting, reporting_told;
	struct mono now; /* of the call under way */
};

/* ---- icinga.c ---- */
/* The host object of a subject. */
const char *icinga_host(const struct icinga *icinga, size_t index);
void icinga_tell(struct icinga *icinga, enum severity severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* One second, two, four: up to half an interval, so that whatever mends is noticed within one. */
struct span icinga_backoff(const struct icinga *icinga, unsigned failures);
/* Looks at what is new, and sends what is due. */
void icinga_pump(struct icinga *icinga);

/* ---- icinga_send.c ---- */
/* Is there an endpoint that works, other than those `tried` (bits)? */
bool icinga_any_works(const struct icinga *icinga, unsigned tried);
void icinga_send_due(struct icinga *icinga);
void icinga_try_bad(struct icinga *icinga);

/* ---- icinga_outcome.c ---- */
/* https_fn; arg: the slot. */
void icinga_on_answer(void *arg, const struct https_answer *answer);
/* It refuses nothing. */
void icinga_note_good(struct endpoint_slot *slot);

/* ---- icinga_status.c ---- */
/* action_driver.status */
json_t *icinga_status(const void *self);

#endif
