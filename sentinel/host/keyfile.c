#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYFILE_MAX = 256 * 1024 };

/* The length read, or -1 with a sentence. */
static ssize_t read_file(const char *path, char *text, char *error, size_t room)
{
	/* Without waiting for what is no file to have something to read. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t len = -1;

	if (fd < 0 && errno == EACCES) {
		snprintf(error, room,
			"%s: this user cannot read it: be root; if it is the daemon's user, do as root: "
			"chown "
			"root:skew-sentinel %s && chmod 0640 %s",
			path, path, path);
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(error, room, "%s: cannot be read: %s; make keys with: skewctl keygen", path,
			strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(error, room, "%s: cannot be read: it is no regular file", path);
	} else if (st.st_mode & (S_IROTH | S_IWOTH)) {
		snprintf(error, room, "%s: everybody can %s it; do: chmod 0640 %s", path,
			st.st_mode & S_IROTH ? "read" : "write", path);
	} else if (st.st_size > KEYFILE_MAX) {
		snprintf(error, room, "%s: larger than %d octets", path, KEYFILE_MAX);
	} else {
		len = read(fd, text, KEYFILE_MAX);
		if (len < 0)
			snprintf(error, room, "%s: cannot be read: %s", path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return len;
}

static bool has_key(const struct conf *conf, const struct keyring *ring, uint32_t id, const char *whose,
	char *error, size_t room)
{
	if (keyring_find(ring, id))
		return true;
	snprintf(error, room,
		"%s: there is no key %u, which the configuration uses for %s; this host is %s%s: is this its "
		"own "
		"file, and has `peers` the numbers that skewctl keygen printed?",
		conf->keys, id, whose, conf->node, conf->listed ? "" : ", which is none of `peers`");
	return false;
}

static bool has_all_keys(const struct conf *conf, const struct keyring *ring, char *error, size_t room)
{
	for (size_t i = 0; i < conf->n_peers; i++)
		if (!has_key(conf, ring, conf->peers[i].key, conf->peers[i].name, error, room))
			return false;
	for (size_t i = 0; i < conf->n_references; i++) {
		const struct conf_reference *reference = &conf->references[i];

		if (reference->key &&
			!has_key(conf, ring, reference->key, reference->address.host, error, room))
			return false;
	}
	return true;
}

struct keyring *keyfile_read(const char *path, char *error, size_t room)
{
	static char text[KEYFILE_MAX];
	struct keys_error bad;
	struct keyring *ring;
	ssize_t len = read_file(path, text, error, room);

	if (len < 0)
		return NULL;
	ring = keyring_parse(text, (size_t)len, &bad);
	explicit_bzero(text, sizeof text);
	if (!ring)
		snprintf(error, room, "%s:%u:%u: %s", path, bad.line, bad.column, bad.text);
	return ring;
}

struct keyring *keyfile_load(const struct conf *conf, char *error, size_t room)
{
	struct keyring *ring = keyfile_read(conf->keys, error, room);

	if (!ring || has_all_keys(conf, ring, error, room))
		return ring;
	keyring_free(ring);
	return NULL;
}
