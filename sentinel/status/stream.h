/*
 * What /v1/stream tells those who read along, as server-sent events (HTML Living Standard, 9.2): `status`, the whole of
 * /v1/status, once a second and at once after a change; `event`, an entry as in /v1/events, with an id by which a
 * reader that comes again goes on where it was.
 */
#ifndef SENTINEL_STREAM_H
#define SENTINEL_STREAM_H

#include "http.h"
#include "status.h"

struct stream;

/* `source` is borrowed. NULL where memory is short. */
struct stream *stream_new(struct loop *loop, const struct status_source *source);
void stream_free(struct stream *stream);

/* The socket in use, borrowed; NULL: none for now. */
void stream_use(struct stream *stream, struct http *http);

/* An entry was added to the source's events. */
void stream_event(struct stream *stream);

/*
 * What a reader gets first, for free(): the entries after the one with the number `last` (NULL: it had none, and gets no old
 * ones), and the status. NULL where memory is short.
 */
char *stream_beginning(const struct status_source *source, const char *last);

#endif
