/*
 * HTTPS as a client: one request at a time to one server, with a deadline for all of it and a sentence for whatever goes
 * wrong. evhttp over OpenSSL; the one file that includes libssl, and one of the few that include libevent.
 *
 * A server is who its certificate says by the CA given, under the name given, whatever address it was reached at.
 */
#ifndef SENTINEL_HTTPS_H
#define SENTINEL_HTTPS_H

#include "../core/core.h"
#include "../host/loop.h"

/* The CA, and what we show of ourselves. */
struct https_tls;

/*
 * Reads the files. certificate and key: "" for none. NULL, and a sentence in `error`, where one of them cannot be had.
 * Must outlive the requests made with it.
 */
struct https_tls *https_tls_new(
	const char *ca, const char *certificate, const char *key, char *error, size_t room);
void https_tls_free(struct https_tls *tls); /* NULL is fine, as below */

struct https_request {
	const struct https_tls *tls;
	struct endpoint to;
	const char *name;          /* in the server's certificate */
	const char *target;        /* "/v1/actions/..." */
	const char *authorization; /* the header's value; NULL: none */
	const char *body;          /* JSON */
	struct span timeout;       /* of all of it */
};

/* How far it came. */
enum https_stage { HTTPS_CONNECTING, HTTPS_SECURING, HTTPS_ASKING, HTTPS_ANSWERED };

struct https_answer {
	enum https_stage stage;
	bool in_time;     /* it did not fail by the deadline */
	bool wrong_name;  /* the certificate is good, and another's */
	bool wrong_time;  /* by this host's clock the certificate is not valid yet, or not any more */
	int status;       /* HTTPS_ANSWERED: 200, 404, ... */
	const char *body; /* NUL-terminated, up to 16 KiB; valid during the call */
	char error[256];  /* why there is no answer: half a sentence */
};
typedef void https_fn(void *arg, const struct https_answer *answer);

/* A name as part of a target, percent-encoded. False: it does not fit. */
enum { HTTPS_ENCODED_SIZE = 256 };
bool https_encode(const char *text, char out[HTTPS_ENCODED_SIZE]) __attribute__((warn_unused_result));

struct https;

/* The value of an Authorization header (RFC 7617), for explicit_bzero() and free(). NULL where memory is short. */
char *https_basic(const char *user, const char *password);

/* NULL where memory is short. */
struct https *https_new(struct loop *loop, https_fn *fn, void *arg);

/* fn is called once, from the loop, unless it is cancelled. Not while busy. False: out of memory, and nothing happens. */
bool https_post(struct https *https, const struct https_request *request) __attribute__((warn_unused_result));
bool https_busy(const struct https *https);

/* Ends it without a call; what was sent may be acted upon by the server all the same. */
void https_cancel(struct https *https);
void https_free(struct https *https);

#endif
