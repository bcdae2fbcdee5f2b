#include "history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host/errand.h"
#include "history_reading.h"
#include "history_saving.h"

#define SAVE_EVERY span_s(30)

enum { PATH_SIZE = CONF_PATH_SIZE + 16, NOTE_SIZE = PATH_SIZE + 256 };

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
	int64_t saved;     /* the second up to which it is saved */
	leaf_newer *newer; /* which copies not to touch; NULL: as it is when `anew` */
	bool anew;         /* the file does not fit and is to be made anew */
	bool outdated;     /* there are other nodes than when the saving under way was made */
	bool failing;
	struct history_saving saving; /* the thread's alone while it is busy */
};

static void tell(const struct history_file *file, enum severity severity, const char *text)
{
	file->note(file->arg, severity, text);
}

/* ---- reading ---- */

static void tell_damage(const struct history_file *file, const struct history_found *found)
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
	struct history_found found;
	off_t size = 0;
	FILE *in = open_to_read(file, &size);

	if (!in)
		return;
	if (history_read(in, size, file->history, &file->newer, &found)) {
		file->save = found.last.save;
		file->time->second = found.last.second + history_gap(&found.last, file->boot, now);
		file->saved = found.last.second;
		file->anew = found.damaged || found.missing || found.moved;
	}
	tell_damage(file, &found);
	fclose(in);
}

/* ---- writing ---- */

/* In a thread. */
static void work(void *arg)
{
	struct history_file *file = arg;

	history_saving_write(&file->saving, file->path);
}

static void tell_outcome(struct history_file *file)
{
	char text[NOTE_SIZE];

	if ((file->saving.error != 0) == file->failing)
		return;
	file->failing = file->saving.error != 0;
	if (file->failing)
		snprintf(text, sizeof text,
			"the history is in memory only, and a restart would lose it: %s: %s", file->path,
			strerror(file->saving.error));
	else
		snprintf(text, sizeof text, "the history is kept on disk again");
	tell(file, file->failing ? SEVERITY_WARNING : SEVERITY_NOTICE, text);
}

/* Into the file as it now is. */
static void take_note(struct history_file *file)
{
	const struct history_saving *saving = &file->saving;

	for (size_t i = 0; i < saving->n; i++)
		file->newer[saving->targets[i].node][saving->targets[i].place] =
			(uint8_t)saving->targets[i].copy;
	file->saved = saving->second;
	file->anew = false;
}

static void done(void *arg)
{
	struct history_file *file = arg;
	struct history_saving *saving = &file->saving;

	if (saving->lost) {
		/* Somebody took it away, or cut it: at once, not in half a minute. */
		file->anew = true;
		if (file->timer)
			timer_set(file->timer, SPAN_ZERO);
	} else if (!saving->error && !file->outdated) {
		take_note(file);
	}
	history_saving_end(saving);
	tell_outcome(file);
}

/* A file made anew has nothing in it that must not be touched. */
static bool fits(struct history_file *file)
{
	size_t nodes = history_count(file->history);

	if (!file->anew)
		return true;
	free(file->newer);
	file->newer = calloc(nodes ? nodes : 1, sizeof *file->newer);
	return file->newer;
}

static bool make_saving(struct history_file *file)
{
	struct leaf head = {
		.save = file->save + 1,
		.boot = file->boot,
		.nodes = (uint32_t)history_count(file->history),
	};
	struct reading now;

	if (!fits(file))
		return false;
	file->read(file->read_arg, &now);
	head.second = history_second(file->time, &now);
	head.booted_ns = history_booted(&now).ns;
	head.wall_ns = now.wall.ns;
	file->outdated = false;
	if (!history_saving_make(&file->saving, file->history, &head, file->newer, file->anew, file->saved))
		return false;
	file->save++;
	return true;
}

void history_file_save(struct history_file *file)
{
	if (errand_busy(file->errand) || !make_saving(file))
		return;
	if (errand_run(file->errand))
		return;
	file->saving.error = EAGAIN;
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
	*file = (struct history_file){ .history = history,
		.time = time,
		.note = note,
		.arg = arg,
		.anew = true,
		.boot = history_boot() };
	snprintf(file->path, sizeof file->path, "%s/history", dir);
	*time = (struct history_time){ .second = HISTORY_BEGINNING, .booted = history_booted(now) };
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
	file->outdated = true;
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
	for (int i = 0; file->read && (i == 0 || (file->saving.lost && i == 1)) && make_saving(file); i++) {
		work(file);
		done(file);
	}
	errand_free(file->errand);
	timer_free(file->timer);
	free(file->newer);
	free(file);
}
