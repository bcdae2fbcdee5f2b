#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../text/count.h"
#include "../text/jvalue.h"

/* A storm of changes is told a few times a second, not each time. */
#define BETWEEN_CHANGES span_ms(100)
#define BETWEEN_TICKS span_s(1)

enum { OLD_ENTRIES_MAX = 100 };

struct stream {
	const struct status_source *source;
	struct http *http;
	struct timer *timer;
	struct mono told; /* when the status was, last */
	uint64_t newest;  /* entry told of */
};

static void put_entry(FILE *out, const struct events_entry *entry)
{
	json_t *json = events_entry_json(entry);
	char *text = jvalue_dump(json);

	if (text)
		fprintf(out, "event: event\nid: %" PRIu64 "\ndata: %s\n\n", entry->id, text);
	free(text);
	json_decref(json);
}

static void put_status(FILE *out, const struct status_source *source)
{
	json_t *json = status_json(source);
	char *text = jvalue_dump(json);

	if (text)
		fprintf(out, "event: status\ndata: %s\n\n", text);
	free(text);
	json_decref(json);
}

/* A number that there is none of was given by a daemon whose events are lost: all that is there is new. */
static uint64_t first_unknown(uint64_t newest, const char *last)
{
	uint64_t number;

	return count_read(last, &number) && number <= newest ? number + 1 : 1;
}

static void put_old(FILE *out, const struct events *events, const char *last)
{
	uint64_t newest = events_newest(events);
	uint64_t from = first_unknown(newest, last);

	if (newest > OLD_ENTRIES_MAX && from <= newest - OLD_ENTRIES_MAX)
		from = newest - OLD_ENTRIES_MAX + 1;
	for (; from <= newest; from++) {
		const struct events_entry *entry = events_get(events, from);

		if (entry)
			put_entry(out, entry);
	}
}

char *stream_beginning(const struct status_source *source, const char *last)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("retry: 1000\n\n", out);
	if (last)
		put_old(out, source->events, last);
	put_status(out, source);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Made once for all, and not at all where nobody reads. */
static bool read_along(const struct stream *stream)
{
	return stream->http && http_stream_readers(stream->http) > 0;
}

static void send_status(struct stream *stream)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	put_status(out, stream->source);
	if (fclose(out) == 0)
		http_stream_send(stream->http, HTTP_FRAME_PASSING, text);
	free(text);
}

static void on_timer(void *arg)
{
	struct stream *stream = arg;
	struct reading now;

	stream->source->read(stream->source->arg, &now);
	stream->told = now.mono_after;
	timer_set(stream->timer, BETWEEN_TICKS);
	if (read_along(stream))
		send_status(stream);
}

static void send_entry(const struct stream *stream, const struct events_entry *entry)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	put_entry(out, entry);
	if (fclose(out) == 0)
		http_stream_send(stream->http, HTTP_FRAME_KEPT, text);
	free(text);
}

void stream_event(struct stream *stream)
{
	const struct events *events = stream->source->events;
	struct reading now;

	if (read_along(stream)) {
		for (uint64_t id = stream->newest + 1; id <= events_newest(events); id++)
			if (events_get(events, id))
				send_entry(stream, events_get(events, id));
		/* The status in which it shows, after what is being done now. */
		stream->source->read(stream->source->arg, &now);
		timer_set(stream->timer, span_sub(BETWEEN_CHANGES, mono_sub(now.mono_after, stream->told)));
	}
	stream->newest = events_newest(events);
}

void stream_use(struct stream *stream, struct http *http)
{
	stream->http = http;
}

struct stream *stream_new(struct loop *loop, const struct status_source *source)
{
	struct stream *stream = calloc(1, sizeof *stream);

	if (!stream)
		return NULL;
	stream->source = source;
	stream->newest = events_newest(source->events);
	stream->timer = timer_new(loop, on_timer, stream);
	if (!stream->timer) {
		free(stream);
		return NULL;
	}
	timer_set(stream->timer, BETWEEN_TICKS);
	return stream;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	timer_free(stream->timer);
	free(stream);
}
