#include "statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the checksum ---- */

enum { CHECK_SIZE = sizeof "check 01234567\n" };

/* CRC-32 as in Ethernet and zip (ISO 3309): any damage within 32 bits in a row is seen. */
static uint32_t checksum(const char *text, size_t len)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		sum ^= (uint8_t)text[i];
		for (int bit = 0; bit < 8; bit++)
			sum = (sum >> 1) ^ ((sum & 1) ? UINT32_C(0xEDB88320) : 0);
	}
	return ~sum;
}

static void check_line(const char *text, size_t len, char out[CHECK_SIZE])
{
	snprintf(out, CHECK_SIZE, "check %08" PRIx32 "\n", checksum(text, len));
}

/* Takes the last line off, if it is what it should be. */
static bool unseal(char *text, size_t len)
{
	char check[CHECK_SIZE];
	size_t body = len - (CHECK_SIZE - 1);

	if (len < CHECK_SIZE - 1)
		return false;
	check_line(text, body, check);
	if (memcmp(text + body, check, CHECK_SIZE - 1) != 0)
		return false;
	text[body] = '\0';
	return strlen(text) == body;
}

/* ---- the file ---- */

/* What there is to do about it. */
static const char *advice(int reason)
{
	switch (reason) {
	case ENOSPC:
	case EDQUOT:
		return "; make room there (df, df -i)";
	case EROFS:
		return "; mount it read-write again";
	case EACCES:
	case EPERM:
		return "; let the daemon's user write there";
	case EIO:
		return "; see the kernel's log (dmesg)";
	default:
		return "";
	}
}

static bool complain(
	const struct statefile *file, const char *what, int reason, char error[STATEFILE_ERROR_SIZE])
{
	snprintf(error, STATEFILE_ERROR_SIZE, "the record %s/%s cannot be %s: %s%s", file->dir, file->name,
		what, strerror(reason), advice(reason));
	return false;
}

static void unreadable(const struct statefile *file, int reason, char error[STATEFILE_ERROR_SIZE])
{
	snprintf(error, STATEFILE_ERROR_SIZE, "the record %s/%s cannot be read: %s", file->dir, file->name,
		strerror(reason));
}

void statefile_damaged(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
{
	snprintf(error, STATEFILE_ERROR_SIZE, "the record %s/%s is damaged", file->dir, file->name);
}

static int open_dir(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum statefile_found statefile_read(
	const struct statefile *file, char text[STATEFILE_SIZE], char error[STATEFILE_ERROR_SIZE])
{
	enum statefile_found found = STATEFILE_DAMAGED;
	int dir = open_dir(file->dir);
	int fd = -1;
	ssize_t len;

	if (dir >= 0)
		fd = openat(dir, file->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		found = errno == ENOENT ? STATEFILE_NONE : STATEFILE_DAMAGED;
		unreadable(file, errno, error);
		goto out;
	}
	len = read(fd, text, STATEFILE_SIZE - 1);
	if (len < 0) {
		unreadable(file, errno, error);
		goto out;
	}
	text[len] = '\0';
	if (unseal(text, (size_t)len))
		found = STATEFILE_FOUND;
	else
		statefile_damaged(file, error);
out:
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return found;
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, text, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		text += done;
		len -= (size_t)done;
	}
	return true;
}

/* Root writes (skewctl release) what the daemon must be able to read and replace. */
static bool give_to_owner(int dir, int fd)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	return fstat(dir, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0;
}

/* A new file, whatever somebody who was killed in the midst has left under its name, and whoever that was. */
static bool write_new(int dir, const char *name, const char *text)
{
	char check[CHECK_SIZE];
	int reason;
	int fd;

	unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	check_line(text, strlen(text), check);
	if (write_all(fd, text, strlen(text)) && write_all(fd, check, CHECK_SIZE - 1) &&
		give_to_owner(dir, fd) && fsync(fd) == 0)
		return close(fd) == 0;
	reason = errno;
	close(fd);
	errno = reason;
	return false;
}

/* Where there was none there is to be none if that fails: who was told so may never look at it again. */
static bool replace(int dir, const char *fresh, const char *name)
{
	bool first = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
	int reason;

	if (renameat(dir, fresh, dir, name) != 0)
		return false;
	if (fsync(dir) == 0)
		return true;
	reason = errno;
	if (first)
		unlinkat(dir, name, 0);
	errno = reason;
	return false;
}

bool statefile_write(const struct statefile *file, const char *text, char error[STATEFILE_ERROR_SIZE])
{
	char fresh[64];
	int dir = open_dir(file->dir);
	int reason;
	bool good = false;

	if (dir < 0)
		return complain(file, "written", errno, error);
	snprintf(fresh, sizeof fresh, "%s.new", file->name);
	good = write_new(dir, fresh, text) && replace(dir, fresh, file->name);
	if (!good) {
		reason = errno;
		unlinkat(dir, fresh, 0);
		complain(file, "written", reason, error);
	}
	close(dir);
	return good;
}

bool statefile_remove(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
{
	int dir = open_dir(file->dir);
	bool good;

	if (dir < 0)
		return errno == ENOENT || complain(file, "removed", errno, error);
	good = (unlinkat(dir, file->name, 0) == 0 || errno == ENOENT) && fsync(dir) == 0;
	if (!good)
		complain(file, "removed", errno, error);
	close(dir);
	return good;
}
