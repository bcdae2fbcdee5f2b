#include "history_saving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../conf/conf.h"

enum { PATH_SIZE = CONF_PATH_SIZE + 32 };

/* ---- gathering ---- */

static bool make_room(struct history_saving *saving)
{
	struct leaf *leaves;
	struct leaf_target *targets;
	size_t room = saving->room ? saving->room * 2 : 64;

	if (saving->n < saving->room)
		return true;
	leaves = realloc(saving->leaves, room * sizeof *leaves);
	if (!leaves)
		return false;
	saving->leaves = leaves;
	targets = realloc(saving->targets, room * sizeof *targets);
	if (!targets)
		return false;
	saving->targets = targets;
	saving->room = room;
	return true;
}

static bool any_point(const struct leaf *leaf)
{
	for (int i = 0; i < LEAF_POINTS; i++)
		if (leaf->points[i].n)
			return true;
	return false;
}

/* What to gather from, and how. */
struct gathering {
	struct history_saving *saving;
	const struct history *history;
	const struct leaf *head;
	leaf_newer *newer;
	int64_t since;
};

static bool add(const struct gathering *from, size_t node, enum history_tier tier, int64_t block)
{
	struct history_saving *saving = from->saving;
	struct leaf *leaf;
	struct leaf_target *to;

	if (!make_room(saving))
		return false;
	leaf = &saving->leaves[saving->n];
	to = &saving->targets[saving->n];
	*leaf = *from->head;
	leaf_fill(leaf, from->history, node, tier, block);
	to->node = node;
	to->place = leaf_place(tier, block);
	to->copy = saving->anew || !from->newer[node][to->place];
	saving->n += any_point(leaf);
	return true;
}

static bool add_tier(const struct gathering *from, size_t node, enum history_tier tier)
{
	const struct history_shape *shape = &history_shapes[tier];
	int64_t newest = history_newest(from->history, node, tier);
	int64_t first = newest - shape->kept + 1;

	if (!from->saving->anew && first < from->since / shape->step)
		first = from->since / shape->step;
	if (first < 0)
		first = 0;
	for (int64_t block = first / LEAF_POINTS; newest >= 0 && block <= newest / LEAF_POINTS; block++)
		if (!add(from, node, tier, block))
			return false;
	return true;
}

bool history_saving_make(struct history_saving *saving, const struct history *history,
	const struct leaf *head, leaf_newer *newer, bool anew, int64_t since)
{
	const struct gathering from = { saving, history, head, newer, since };
	size_t nodes = history_count(history);

	*saving = (struct history_saving){ .anew = anew, .second = head->second };
	saving->size = (off_t)leaf_count(nodes) * LEAF_SIZE;
	for (size_t node = 0; node < nodes; node++)
		for (enum history_tier tier = 0; tier < HISTORY_TIERS; tier++)
			if (!add_tier(&from, node, tier)) {
				history_saving_end(saving);
				return false;
			}
	return true;
}

void history_saving_end(struct history_saving *saving)
{
	free(saving->leaves);
	free(saving->targets);
	saving->leaves = NULL;
	saving->targets = NULL;
}

/* ---- writing ---- */

static const char *new_path(const char *path, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, "%s.new", path);
	return out;
}

static int open_anew(const char *path, off_t size)
{
	char made[PATH_SIZE];
	int fd;

	unlink(new_path(path, made));
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return -1;
	/* All of its room at once: a disk that is full later harms nothing. */
	errno = posix_fallocate(fd, 0, size);
	if (!errno)
		return fd;
	close(fd);
	return -1;
}

static int open_as_it_is(struct history_saving *saving, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	saving->lost = fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != saving->size;
	return fd;
}

static bool write_all(int fd, const struct history_saving *saving)
{
	char octets[LEAF_SIZE] = { 0 };

	for (size_t i = 0; i < saving->n; i++) {
		const struct leaf_target *to = &saving->targets[i];
		size_t index = leaf_index(to->node, to->place) + to->copy;
		ssize_t wrote;

		leaf_seal(&saving->leaves[i]);
		memcpy(octets, &saving->leaves[i], sizeof saving->leaves[i]);
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
static bool save_anew(const struct history_saving *saving, const char *path)
{
	char made[PATH_SIZE];
	int fd = open_anew(path, saving->size), error = 0;

	if (fd < 0 || !write_all(fd, saving))
		error = errno;
	if (fd >= 0 && close(fd) != 0 && !error)
		error = errno;
	if (!error && rename(new_path(path, made), path) == 0)
		return true;
	error = error ? error : errno;
	unlink(new_path(path, made));
	errno = error;
	return false;
}

static bool save_into(struct history_saving *saving, const char *path)
{
	int fd = open_as_it_is(saving, path), error = 0;

	if (!saving->lost && !write_all(fd, saving))
		error = errno;
	if (fd >= 0 && close(fd) != 0 && !error)
		error = errno;
	errno = error;
	return !error;
}

void history_saving_write(struct history_saving *saving, const char *path)
{
	saving->error = (saving->anew ? save_anew(saving, path) : save_into(saving, path)) ? 0 : errno;
}
