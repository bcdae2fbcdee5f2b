/*
 * What may be wrong with a sentinel, from the daemon's own documents and its configuration. Each finding is a sentence
 * that tells what to do. No I/O; doctor.c has the checks that need some.
 */
#ifndef SKEWCTL_DIAGNOSE_H
#define SKEWCTL_DIAGNOSE_H

#include <jansson.h>

#include "../../conf/conf.h"
#include "page.h"

enum diagnosis {
	DIAGNOSIS_OK,
	DIAGNOSIS_NOTE,  /* fine as it is, or it cannot be told: good to know */
	DIAGNOSIS_WRONG, /* something is to be done */
};

/* Adds to the list: {"check": ..., "state": "ok", "note" or "wrong", "text": ...}. */
void diagnosis_add(json_t *list, enum diagnosis state, const char *check, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Does this host find itself in its list? It need not, but where one file serves all it should. */
void diagnose_listed(json_t *list, const struct conf *conf);
/* The configuration as such: can its electorate ever prove anything? */
void diagnose_electorate(json_t *list, const struct conf *conf);

/* The daemon that answers (`status` is /v1/status) against the program and the file that are here. conf: NULL where unknown. */
void diagnose_daemon(json_t *list, const json_t *status, const struct conf *conf);

void diagnose_verdict(json_t *list, const json_t *status);

/* Each peer, in either direction; `matrix` is /v1/matrix. */
void diagnose_peers(json_t *list, const json_t *status, const json_t *matrix);

void diagnose_timesync(json_t *list, const json_t *status);

/* The database, and the measures that are taken on it. */
void diagnose_galera(json_t *list, const json_t *status, const struct conf *conf);

/* How many are wrong. */
unsigned diagnosis_wrong(const json_t *list);

void diagnosis_show(const json_t *list, const struct page *page);

#endif
