/*
 * Answers of the status socket that go on until their readers leave: what http.c does with a reply whose `stream` is
 * set. Bounded for each reader and in their number; a reader that is stuck is ended by its connection's own time limit.
 */
#ifndef SENTINEL_HTTP_STREAM_H
#define SENTINEL_HTTP_STREAM_H

#include <event2/http.h>
#include <stdbool.h>
#include <stddef.h>

#include "http.h"

enum {
	STREAM_READERS_MAX = 64,      /* of each of the two servers */
	STREAM_UNSENT_MAX = 96 << 10, /* octets that one reader has not fetched yet */
};

/* Zeroed to begin with. Readers' requests are the evhttp server's own: it goes first, and takes them away. */
struct http_stream {
	size_t n;
	struct evhttp_request *readers[STREAM_READERS_MAX];
};

static inline bool http_stream_full(const struct http_stream *stream)
{
	return stream->n == STREAM_READERS_MAX;
}

/* Begins the answer, whose headers are set, with a first piece. There is room for one more. */
void http_stream_begin(struct http_stream *stream, struct evhttp_request *req, const char *first);

/* To all readers. */
void http_stream_write(struct http_stream *stream, enum http_frame kind, const char *text);

#endif
