#include "http_stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>
#include <sys/socket.h>

enum { STUCK_S = 10 };

static struct bufferevent *connection_of(struct evhttp_request *req)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(req));
}

/*
 * evhttp forgets a request that is still being answered when its reader leaves, and leaves it to us; it keeps it, and
 * frees it, when it ends itself.
 */
static void on_gone(struct evhttp_connection *connection, void *arg)
{
	struct http_stream *stream = arg;
	size_t kept = 0;

	for (size_t i = 0; i < stream->n; i++) {
		struct evhttp_request *req = stream->readers[i];

		if (!evhttp_request_get_connection(req))
			evhttp_send_reply_end(req);
		else if (evhttp_request_get_connection(req) != connection)
			stream->readers[kept++] = req;
	}
	stream->n = kept;
}

static void write_piece(struct evhttp_request *req, const char *text)
{
	struct evbuffer *piece = evbuffer_new();

	if (!piece)
		return;
	if (evbuffer_add(piece, text, strlen(text)) == 0)
		evhttp_send_reply_chunk(req, piece);
	evbuffer_free(piece);
}

void http_stream_begin(struct http_stream *stream, struct evhttp_request *req, const char *first)
{
	struct timeval stuck = { .tv_sec = STUCK_S };

	stream->readers[stream->n++] = req;
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), on_gone, stream);
	/* It has nothing more to say, and that is no reason to end it. */
	bufferevent_set_timeouts(connection_of(req), NULL, &stuck);
	evhttp_send_reply_start(req, 200, NULL);
	write_piece(req, first);
}

void http_stream_write(struct http_stream *stream, enum http_frame kind, const char *text)
{
	size_t len = strlen(text);

	/* Nothing here ends a reader at once: evhttp sees later that its connection was shut. */
	for (size_t i = 0; i < stream->n; i++) {
		struct bufferevent *bev = connection_of(stream->readers[i]);
		size_t unsent = evbuffer_get_length(bufferevent_get_output(bev));

		if (kind == HTTP_FRAME_PASSING && unsent > 0)
			continue;
		if (unsent > 0 && unsent + len > STREAM_UNSENT_MAX)
			shutdown(bufferevent_getfd(bev), SHUT_RDWR);
		else
			write_piece(stream->readers[i], text);
	}
}
