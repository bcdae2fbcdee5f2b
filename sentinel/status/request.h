/*
 * What may be asked of the daemon by POST, from the JSON of a request's body. Strict: an unknown member, a wrong type
 * or a value out of range is refused with a sentence that names it. Spans are texts with a unit ("1900s") or numbers
 * of seconds. Pure: bytes in, values out.
 */
#ifndef SENTINEL_REQUEST_H
#define SENTINEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "../../proto/instant.h"

/* {"offset": SPAN, "drift_ppm": NUMBER, "for": SPAN}, or {"stop": true}. Without "for": DRILL_DEFAULT. */
struct drill_request {
	bool on;
	struct span offset;
	int64_t drift_ppb;
	struct span for_span;
};

/* {"for": SPAN, "reason": TEXT}, or {"stop": true}. Without "for": SPAN_MAX, until unhold. "cluster": on all nodes. */
struct hold_request {
	bool on, cluster;
	struct span for_span;
	char reason[128];
};

/*
 * {"for": SPAN}: how long to hold afterwards. Without "for": SPAN_MAX, until unhold. Or {"claim": NODE}: end that
 * node's claim, and nothing else.
 */
struct release_request {
	struct span for_span;
	char claim[128]; /* "": none */
};

#define DRILL_DEFAULT span_s(60)

/* Each: false, and a sentence in *why, where the body is refused; *out is then untouched. */
bool request_drill(const char *body, size_t len, struct drill_request *out, char *why, size_t room)
	__attribute__((warn_unused_result));
bool request_hold(const char *body, size_t len, struct hold_request *out, char *why, size_t room)
	__attribute__((warn_unused_result));
bool request_release(const char *body, size_t len, struct release_request *out, char *why, size_t room)
	__attribute__((warn_unused_result));
/* Of a request that takes nothing: empty, or {}. */
bool request_empty(const char *body, size_t len, char *why, size_t room) __attribute__((warn_unused_result));

#endif
