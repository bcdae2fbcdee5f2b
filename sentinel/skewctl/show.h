/* The daemon's documents as pages for people. Each takes what the status socket answers and writes to the page. */
#ifndef SKEWCTL_SHOW_H
#define SKEWCTL_SHOW_H

#include <jansson.h>

#include "page.h"

/* /v1/status */
void show_status(const json_t *status, const struct page *page);

/* /v1/matrix */
void show_matrix(const json_t *matrix, const struct page *page);

/*
 * Why the verdict about `node` (NULL: this host) is what it is, from both documents. False, and nothing printed, where
 * there is no such node.
 */
bool show_why(const json_t *status, const json_t *matrix, const char *node, const struct page *page)
	__attribute__((warn_unused_result));

/* The events of /v1/events, a line each. */
void show_events(const json_t *events, const struct page *page);

/* How a verdict's or a peer's state is coloured. */
enum tone show_tone(const char *state);

#endif
