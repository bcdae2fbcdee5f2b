#include "eventfile.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host/errand.h"
#include "../text/when.h"

enum { PATH_SIZE = CONF_PATH_SIZE + 16, WHY_SIZE = PATH_SIZE + 128 };

/* Text that grows. */
struct heap {
	char *text;
	size_t len;
};

struct eventfile {
	char path[PATH_SIZE], old[PATH_SIZE];
	struct errand *errand;
	struct heap waiting;
	eventfile_failed_fn *failed;
	void *arg;
	bool failing; /* and that was told */

	/* the thread's, while the errand is under way */
	struct heap batch;
	bool written;
	char why[WHY_SIZE];
};

static void name_files(const char *dir, char path[PATH_SIZE], char old[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/events", dir);
	snprintf(old, PATH_SIZE, "%s/events.old", dir);
}

/* ---- writing, in the thread ---- */

/* A line that a power cut left without its end is ended, lest the next one hang on to it. */
static bool end_torn_line(int fd, off_t size)
{
	char last = '\n';

	if (size > 0 && pread(fd, &last, 1, size - 1) != 1)
		return false;
	return last == '\n' || write(fd, "\n", 1) == 1;
}

static bool append(int fd, const struct heap *batch)
{
	struct stat before;
	ssize_t written;

	if (fstat(fd, &before) != 0 || !end_torn_line(fd, before.st_size))
		return false;
	written = write(fd, batch->text, batch->len);
	if (written == (ssize_t)batch->len)
		return true;
	/* A disk that is full takes a part: that is taken back, lest the next line hang on to it. */
	if (written > 0) {
		errno = ENOSPC;
		if (ftruncate(fd, before.st_size) != 0)
			return false;
	}
	return false;
}

static bool too_long(const char *path, size_t more)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size + (off_t)more > EVENTFILE_MOST / 2;
}

static bool write_batch(struct eventfile *file)
{
	bool roomy = !too_long(file->path, file->batch.len) || rename(file->path, file->old) == 0;
	int fd = roomy ? open(file->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640) : -1;
	bool good = fd >= 0 && append(fd, &file->batch);

	if (!good)
		snprintf(file->why, sizeof file->why, "events will not outlive a restart: %s: %s", file->path,
			strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static void on_work(void *arg)
{
	struct eventfile *file = arg;

	file->written = write_batch(file);
}

/* ---- in the loop ---- */

/* Lets the oldest lines go until there is room for `more`. */
static void make_room(struct heap *heap, size_t more)
{
	size_t gone = 0;

	while (heap->len - gone + more > EVENTFILE_WAITING && gone < heap->len) {
		const char *end = memchr(heap->text + gone, '\n', heap->len - gone);

		gone = end ? (size_t)(end - heap->text) + 1 : heap->len;
	}
	if (gone)
		memmove(heap->text, heap->text + gone, heap->len -= gone);
}

static void heap_add(struct heap *heap, const char *text, size_t len)
{
	char *grown;

	make_room(heap, len);
	grown = realloc(heap->text, heap->len + len);
	if (!grown)
		return;
	heap->text = grown;
	memcpy(grown + heap->len, text, len);
	heap->len += len;
}

static void heap_clear(struct heap *heap)
{
	free(heap->text);
	*heap = (struct heap){ 0 };
}

static void send_batch(struct eventfile *file)
{
	if (errand_busy(file->errand) || file->waiting.len == 0)
		return;
	file->batch = file->waiting;
	file->waiting = (struct heap){ 0 };
	if (errand_run(file->errand))
		return;
	/* No thread can be had just now: with the next line. */
	file->waiting = file->batch;
	file->batch = (struct heap){ 0 };
}

/* What could not be written goes before what came meanwhile. */
static void take_back(struct eventfile *file)
{
	struct heap newer = file->waiting;

	file->waiting = file->batch;
	file->batch = (struct heap){ 0 };
	if (newer.len)
		heap_add(&file->waiting, newer.text, newer.len);
	heap_clear(&newer);
}

static void on_done(void *arg)
{
	struct eventfile *file = arg;
	bool first = !file->written && !file->failing;

	file->failing = !file->written;
	if (!file->written) {
		take_back(file);
		if (first)
			file->failed(file->arg, file->why);
		return;
	}
	heap_clear(&file->batch);
	send_batch(file);
}

struct eventfile *eventfile_new(struct loop *loop, const char *dir, eventfile_failed_fn *failed, void *arg)
{
	struct eventfile *file = calloc(1, sizeof *file);

	if (!file)
		return NULL;
	name_files(dir, file->path, file->old);
	file->failed = failed;
	file->arg = arg;
	file->errand = errand_new(loop, on_work, on_done, file);
	if (file->errand)
		return file;
	free(file);
	return NULL;
}

void eventfile_free(struct eventfile *file)
{
	bool busy;

	if (!file)
		return;
	busy = errand_busy(file->errand);
	errand_free(file->errand);
	if (busy && !file->written)
		take_back(file);
	else
		heap_clear(&file->batch);
	file->batch = file->waiting;
	if (file->batch.len)
		file->written = write_batch(file);
	heap_clear(&file->batch);
	free(file);
}

void eventfile_add(struct eventfile *file, char *line)
{
	size_t len = line ? strlen(line) : 0;

	if (len > 0 && len <= EVENTFILE_LINE) {
		line[len] = '\n';
		heap_add(&file->waiting, line, len + 1);
		send_batch(file);
	}
	free(line);
}

/* ---- reading ---- */

/* Numbers of entries that could not be written are missing; those that are there are numbered without a gap. */
struct reading_state {
	struct events *events;
	json_t **lines; /* a ring of the latest */
	size_t n, most;
};

static void keep_line(struct reading_state *state, json_t *json)
{
	size_t at = state->n++ % state->most;

	json_decref(state->lines[at]);
	state->lines[at] = json;
}

static void read_file(const char *path, struct reading_state *state)
{
	FILE *in = fopen(path, "re");
	char *line = malloc(EVENTFILE_LINE + 2);

	while (in && line && fgets(line, EVENTFILE_LINE + 2, in)) {
		json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (json_is_object(json) && json_integer_value(json_object_get(json, "id")) > 0)
			keep_line(state, json);
		else
			json_decref(json);
	}
	free(line);
	if (in)
		fclose(in);
}

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

static enum severity severity_of(const char *name)
{
	enum severity severity = SEVERITY_ERROR;

	while (severity > SEVERITY_DEBUG && strcmp(severity_name(severity), name) != 0)
		severity--;
	return severity;
}

static void add_line(struct events *events, const json_t *json)
{
	const json_t *decision = json_object_get(json, "decision");
	struct wall time = { 0 };
	uint64_t id;

	if (!when_parse(text_of(json, "time"), &time))
		return;
	id = events_add(events, time, severity_of(text_of(json, "severity")), text_of(json, "kind"),
		text_of(json, "node"), text_of(json, "text"));
	if (decision)
		events_decide(events, id, json_dumps(decision, JSON_COMPACT));
}

void eventfile_read(const char *dir, struct events *events)
{
	struct reading_state state = { .events = events, .most = EVENTS_CAPACITY };
	char path[PATH_SIZE], old[PATH_SIZE];
	size_t kept;

	state.lines = calloc(state.most, sizeof(json_t *));
	if (!state.lines)
		return;
	name_files(dir, path, old);
	read_file(old, &state);
	read_file(path, &state);
	kept = state.n < state.most ? state.n : state.most;
	if (state.n) {
		const json_t *last = state.lines[(state.n - 1) % state.most];
		json_int_t id = json_integer_value(json_object_get(last, "id"));

		events_begin(events, id > (json_int_t)kept ? (uint64_t)id - kept + 1 : 1);
	}
	for (size_t i = state.n - kept; i < state.n; i++) {
		add_line(events, state.lines[i % state.most]);
		json_decref(state.lines[i % state.most]);
	}
	free(state.lines);
}
