#include "history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host/errand.h"
#include "history_leaf.h"

#define SAVE_EVERY span_s(30)
#define GAP_MAX span_s(INT64_C(30) * 86400)

enum { COPIES = 2, PATH_SIZE = CONF_PATH_SIZE + 16, NOTE_SIZE = PATH_SIZE + 256 };

/* Where one leaf goes, and of which copy. */
struct target {
	size_t node, place;
	unsigned copy;
};

/* One saving: the thread's alone while it is busy. */
struct job {
	size_t n, room;
	struct leaf *leaves;
	struct target *targets;
	off_t size;     /* of the whole file */
	bool anew;      /* all of it goes into a new one, which then takes the old one's place */
	bool outdated;  /* there are other nodes by now */
	int64_t second; /* up to which all of it is saved then */
	bool lost;      /* out: the file is not there, or not of that size */
	int error;      /* out: errno, 0 if all is on disk */
};

struct history_file {
	char path[PATH_SIZE];
	struct history *history;
	struct history_time *time;
	history_note_fn *note;
	void *arg;
	void (*read)(void *arg, struct reading *out);
	void *read_arg;
	struct timer *timer;
	struct errand *errand;
	uint64_t save; /* the number of the latest saving */
	uint64_t boot;
	int64_t saved; /* the second up to which it is saved */
	uint8_t (*newer)
		[LEAVES_OF_NODE]; /* for each place, which copy not to touch; NULL: as it is when `anew` */
	bool anew;                /* the file does not fit and is to be made anew */
	bool failing;
	struct job job;
};

static void tell(const struct history_file *file, enum severity severity, const char *text)
{
	file->note(file->arg, severity, text);
}

/* ---- time ---- */

static struct span booted(const struct reading *now)
{
	return span_add(span_ns(now->mono_after.ns), now->boot);
}

int64_t history_second(const struct history_time *time, const struct reading *now)
{
	return time->second + span_sub(booted(now), time->booted).ns / NS_PER_S;
}

/* The kernel draws an id at each boot. 0: not known. */
static uint64_t this_boot(void)
{
	char id[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return 0;
	if (!fgets(id, sizeof id, file))
		id[0] = '\0';
	fclose(file);
	return *id ? message_node_id(id) : 0;
}

/* How long nobody looked: exactly within one boot, else as far as the wall clock can be believed. */
static struct span gap_since(const struct leaf *last, uint64_t boot, const struct reading *now)
{
	struct span gap = boot && last->boot == boot ? span_sub(booted(now), span_ns(last->booted_ns))
						     : span_ns(ns_sub(now->wall.ns, last->wall_ns));

	return span_max(SPAN_ZERO, span_min(gap, GAP_MAX));
}

/* ---- reading ---- */

struct found {
	size_t good, damaged;
	struct leaf last; /* of those that are good, from the latest saving */
	off_t missing;    /* octets that the file should have, too */
	bool moved;       /* it was written for other nodes, or in another order */
};

/* Sees each leaf there is in turn; the last may be cut off. */
struct cursor {
	FILE *in;
	size_t index;
	union {
		struct leaf leaf;
		char octets[LEAF_SIZE];
	} now;
};

static bool cursor_next(struct cursor *cursor, enum leaf_check *check)
{
	size_t got = fread(cursor->now.octets, 1, LEAF_SIZE, cursor->in);

	if (got == 0)
		return false;
	cursor->index++;
	*check = got == LEAF_SIZE ? leaf_check(&cursor->now.leaf) : LEAF_DAMAGED;
	return true;
}

static void look_through(FILE *in, struct found *found)
{
	struct cursor cursor = { .in = in };
	enum leaf_check check;

	*found = (struct found){ .good = 0 };
	while (cursor_next(&cursor, &check)) {
		if (check == LEAF_DAMAGED)
			found->damaged++;
		if (check != LEAF_GOOD)
			continue;
		if (!found->good++ || cursor.now.leaf.save > found->last.save)
			found->last = cursor.now.leaf;
	}
}

static off_t size_for(size_t nodes)
{
	return (off_t)(nodes * LEAVES_OF_NODE * COPIES) * LEAF_SIZE;
}

/* The latest of every block wins, wherever in the file it is. */
struct takeover {
	struct history_file *file;
	uint64_t (*best)[LEAVES_OF_NODE];
	struct found *found;
};

static void take_leaf(const struct takeover *takeover, const struct leaf *leaf, size_t index)
{
	struct history_file *file = takeover->file;
	enum history_tier tier = (enum history_tier)leaf->tier;
	size_t node = history_find(file->history, leaf->name);
	size_t place = leaf_place(tier, leaf->block);

	if (leaf->block * LEAF_POINTS * history_shapes[tier].step > takeover->found->last.second)
		return;
	if (node == history_count(file->history) || index / COPIES != node * LEAVES_OF_NODE + place)
		takeover->found->moved = true;
	if (node == history_count(file->history) || leaf->save < takeover->best[node][place])
		return;
	takeover->best[node][place] = leaf->save;
	file->newer[node][place] = index % COPIES;
	leaf_apply(leaf, file->history, node);
}

static bool take_over(struct history_file *file, FILE *in, struct found *found)
{
	size_t nodes = history_count(file->history);
	struct takeover takeover = { .file = file, .found = found };
	struct cursor cursor = { .in = in };
	enum leaf_check check;

	takeover.best = calloc(nodes ? nodes : 1, sizeof *takeover.best);
	file->newer = calloc(nodes ? nodes : 1, sizeof *file->newer);
	if (!takeover.best || !file->newer) {
		free(takeover.best);
		return false;
	}
	found->moved = found->last.nodes != nodes;
	rewind(in);
	while (cursor_next(&cursor, &check))
		if (check == LEAF_GOOD)
			take_leaf(&takeover, &cursor.now.leaf, cursor.index - 1);
	free(takeover.best);
	return true;
}

static void tell_damage(const struct history_file *file, const struct found *found)
{
	char text[NOTE_SIZE];

	if (!found->good)
		snprintf(text, sizeof text, "there is nothing good in %s: the history begins anew",
			file->path);
	else if (found->damaged && found->missing)
		snprintf(text, sizeof text,
			"%s is damaged: %zu records are not good and %lld octets are missing; the rest goes "
			"on",
			file->path, found->damaged, (long long)found->missing);
	else if (found->damaged)
		snprintf(text, sizeof text,
			"%s is damaged: %zu of its %zu records are not good; the rest goes on", file->path,
			found->damaged, found->good + found->damaged);
	else if (found->missing)
		snprintf(text, sizeof text, "%s is cut off: %lld octets are missing; the rest goes on",
			file->path, (long long)found->missing);
	else
		return;
	tell(file, SEVERITY_WARNING, text);
}

static FILE *open_to_read(const struct history_file *file, off_t *size)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[NOTE_SIZE];
	struct stat st;
	FILE *in;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*size = st.st_size;
		in = fdopen(fd, "r");
		if (in)
			return in;
	}
	if (fd >= 0)
		errno = EINVAL;
	if (errno != ENOENT) {
		snprintf(text, sizeof text, "the history until now cannot be read: %s: %s", file->path,
			strerror(errno));
		tell(file, SEVERITY_WARNING, text);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* The file is left as it is, unless something in it does not fit. */
static void go_on(struct history_file *file, const struct reading *now)
{
	struct found found;
	off_t size = 0;
	FILE *in = open_to_read(file, &size);

	if (!in)
		return;
	look_through(in, &found);
	if (found.good && size < size_for(found.last.nodes))
		found.missing = size_for(found.last.nodes) - size;
	if (found.good && take_over(file, in, &found)) {
		file->save = found.last.save;
		file->time->second =
			found.last.second + gap_since(&found.last, file->boot, now).ns / NS_PER_S;
		file->saved = found.last.second;
		file->anew = found.damaged || found.missing || found.moved;
	}
	tell_damage(file, &found);
	fclose(in);
}

/* ---- writing, in the thread ---- */

static const char *new_path(const struct history_file *file, char out[PATH_SIZE + 8])
{
	snprintf(out, PATH_SIZE + 8, "%s.new", file->path);
	return out;
}

static int open_anew(const struct history_file *file)
{
	char path[PATH_SIZE + 8];
	int fd;

	unlink(new_path(file, path));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -1;
	/* All of its room at once: a disk that is full later harms nothing. */
	errno = posix_fallocate(fd, 0, file->job.size);
	if (!errno)
		return fd;
	close(fd);
	return -1;
}

static int open_as_it_is(struct history_file *file)
{
	int fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	file->job.lost =
		fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != file->job.size;
	return fd;
}

static bool write_all(int fd, const struct job *job)
{
	char octets[LEAF_SIZE] = { 0 };

	for (size_t i = 0; i < job->n; i++) {
		const struct target *to = &job->targets[i];
		size_t index = (to->node * LEAVES_OF_NODE + to->place) * COPIES + to->copy;
		ssize_t wrote;

		leaf_seal(&job->leaves[i]);
		memcpy(octets, &job->leaves[i], sizeof job->leaves[i]);
		wrote = pwrite(fd, octets, LEAF_SIZE, (off_t)index * LEAF_SIZE);
		if (wrote == LEAF_SIZE)
			continue;
		if (wrote >= 0)
			errno = ENOSPC;
		return false;
	}
	return fdatasync(fd) == 0;
}

/* False leaves errno. */
static bool save_anew(const struct history_file *file)
{
	char path[PATH_SIZE + 8];
	int fd = open_anew(file), error = 0;

	if (fd < 0 || !write_all(fd, &file->job))
		error = errno;
	if (fd >= 0 && close(fd) != 0 && !error)
		error = errno;
	if (!error && rename(new_path(file, path), file->path) == 0)
		return true;
	error = error ? error : errno;
	unlink(new_path(file, path));
	errno = error;
	return false;
}

static bool save_into(struct history_file *file)
{
	int fd = open_as_it_is(file), error = 0;

	if (!file->job.lost && !write_all(fd, &file->job))
		error = errno;
	if (fd >= 0 && close(fd) != 0 && !error)
		error = errno;
	errno = error;
	return !error;
}

static void work(void *arg)
{
	struct history_file *file = arg;

	file->job.error = (file->job.anew ? save_anew(file) : save_into(file)) ? 0 : errno;
}

/* ---- writing, in the loop ---- */

static void tell_outcome(struct history_file *file)
{
	char text[NOTE_SIZE];

	if ((file->job.error != 0) == file->failing)
		return;
	file->failing = file->job.error != 0;
	if (file->failing)
		snprintf(text, sizeof text,
			"the history is in memory only, and a restart would lose it: %s: %s", file->path,
			strerror(file->job.error));
	else
		snprintf(text, sizeof text, "the history is kept on disk again");
	tell(file, file->failing ? SEVERITY_WARNING : SEVERITY_NOTICE, text);
}

/* Into the file as it now is. */
static void take_note(struct history_file *file)
{
	const struct job *job = &file->job;

	for (size_t i = 0; i < job->n; i++)
		file->newer[job->targets[i].node][job->targets[i].place] = (uint8_t)job->targets[i].copy;
	file->saved = job->second;
	file->anew = false;
}

static void done(void *arg)
{
	struct history_file *file = arg;
	const struct job *job = &file->job;

	if (job->lost) {
		/* Somebody took it away, or cut it: at once, not in half a minute. */
		file->anew = true;
		if (file->timer)
			timer_set(file->timer, SPAN_ZERO);
	} else if (!job->error && !job->outdated) {
		take_note(file);
	}
	free(job->leaves);
	free(job->targets);
	tell_outcome(file);
}

static bool job_room(struct job *job)
{
	struct leaf *leaves;
	struct target *targets;
	size_t room = job->room ? job->room * 2 : 64;

	if (job->n < job->room)
		return true;
	leaves = realloc(job->leaves, room * sizeof *leaves);
	if (!leaves)
		return false;
	job->leaves = leaves;
	targets = realloc(job->targets, room * sizeof *targets);
	if (!targets)
		return false;
	job->targets = targets;
	job->room = room;
	return true;
}

static bool any_point(const struct leaf *leaf)
{
	for (int i = 0; i < LEAF_POINTS; i++)
		if (leaf->points[i].n)
			return true;
	return false;
}

static bool job_add(struct history_file *file, const struct leaf *head, size_t node, enum history_tier tier,
	int64_t block)
{
	struct job *job = &file->job;
	struct leaf *leaf;
	struct target *to;

	if (!job_room(job))
		return false;
	leaf = &job->leaves[job->n];
	to = &job->targets[job->n];
	*leaf = *head;
	leaf_fill(leaf, file->history, node, tier, block);
	to->node = node;
	to->place = leaf_place(tier, block);
	to->copy = job->anew || !file->newer[node][to->place];
	job->n += any_point(leaf);
	return true;
}

/* The blocks in which something came since the latest saving. */
static bool job_tier(struct history_file *file, const struct leaf *head, size_t node, enum history_tier tier)
{
	const struct history_shape *shape = &history_shapes[tier];
	int64_t newest = history_newest(file->history, node, tier);
	int64_t from = newest - shape->kept + 1;

	if (!file->job.anew && from < file->saved / shape->step)
		from = file->saved / shape->step;
	if (from < 0)
		from = 0;
	for (int64_t block = from / LEAF_POINTS; newest >= 0 && block <= newest / LEAF_POINTS; block++)
		if (!job_add(file, head, node, tier, block))
			return false;
	return true;
}

/* A file made anew has nothing in it that must not be touched. */
static bool job_fits(struct history_file *file)
{
	size_t nodes = history_count(file->history);

	if (!file->anew)
		return true;
	free(file->newer);
	file->newer = calloc(nodes ? nodes : 1, sizeof *file->newer);
	return file->newer;
}

static bool job_make(struct history_file *file)
{
	size_t nodes = history_count(file->history);
	struct leaf head = { .save = file->save + 1, .boot = file->boot, .nodes = (uint32_t)nodes };
	struct reading now;

	if (!job_fits(file))
		return false;
	file->read(file->read_arg, &now);
	head.second = history_second(file->time, &now);
	head.booted_ns = booted(&now).ns;
	head.wall_ns = now.wall.ns;
	file->job = (struct job){ .size = size_for(nodes), .anew = file->anew, .second = head.second };
	for (size_t node = 0; node < nodes; node++)
		for (enum history_tier tier = 0; tier < HISTORY_TIERS; tier++)
			if (!job_tier(file, &head, node, tier))
				goto fail;
	file->save++;
	return true;
fail:
	free(file->job.leaves);
	free(file->job.targets);
	return false;
}

void history_file_save(struct history_file *file)
{
	if (errand_busy(file->errand) || !job_make(file))
		return;
	if (errand_run(file->errand))
		return;
	file->job.error = EAGAIN;
	done(file);
}

static void on_timer(void *arg)
{
	struct history_file *file = arg;

	timer_set(file->timer, SAVE_EVERY);
	history_file_save(file);
}

/* ---- beginning and end ---- */

struct history_file *history_file_open(const char *dir, struct history *history, const struct reading *now,
	struct history_time *time, history_note_fn *note, void *arg)
{
	struct history_file *file = calloc(1, sizeof *file);

	if (!file)
		return NULL;
	*file = (struct history_file){
		.history = history, .time = time, .note = note, .arg = arg, .anew = true, .boot = this_boot()
	};
	snprintf(file->path, sizeof file->path, "%s/history", dir);
	*time = (struct history_time){ .second = HISTORY_BEGINNING, .booted = booted(now) };
	go_on(file, now);
	return file;
}

bool history_file_start(
	struct history_file *file, struct loop *loop, void (*read)(void *arg, struct reading *out), void *arg)
{
	file->read = read;
	file->read_arg = arg;
	file->timer = timer_new(loop, on_timer, file);
	file->errand = errand_new(loop, work, done, file);
	if (!file->timer || !file->errand)
		return false;
	timer_set(file->timer, SAVE_EVERY);
	return true;
}

void history_file_renew(struct history_file *file)
{
	file->anew = true;
	file->job.outdated = true;
}

void history_file_close(struct history_file *file)
{
	if (!file)
		return;
	if (file->errand && errand_busy(file->errand)) {
		errand_free(file->errand);
		file->errand = NULL;
		done(file);
	}
	/* A second time where the file turns out to be gone. */
	for (int i = 0; file->read && (i == 0 || (file->job.lost && i == 1)) && job_make(file); i++) {
		work(file);
		done(file);
	}
	errand_free(file->errand);
	timer_free(file->timer);
	free(file->newer);
	free(file);
}
