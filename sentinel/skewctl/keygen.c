#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proto/keygen.h"
#include "skewctl.h"

#define INSTALLED "/etc/skew-sentinel/keys"

/* Secret octets, wiped by free_random. NULL: said on standard error. */
static uint8_t *take_random(size_t size)
{
	uint8_t *random = malloc(size);
	size_t got = 0;

	while (random && got < size) {
		ssize_t now = getrandom(random + got, size - got, 0);

		if (now < 0 && errno != EINTR) {
			free(random);
			random = NULL;
		} else if (now > 0) {
			got += (size_t)now;
		}
	}
	if (!random)
		fputs("skewctl: no random numbers can be had\n", stderr);
	return random;
}

static void free_random(uint8_t *random, size_t size)
{
	if (random)
		explicit_bzero(random, size);
	free(random);
}

static bool write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t written = write(fd, text, len);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			text += written;
			len -= (size_t)written;
		}
	}
	return fsync(fd) == 0;
}

/* Never over a file that is there: it may hold the keys in use. */
static bool write_secret(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool written;

	if (fd < 0) {
		fprintf(stderr, "skewctl: %s: %s%s\n", path, strerror(errno),
			errno == EEXIST ? ": it is left as it is; give another --out" : "");
		return false;
	}
	written = write_all(fd, text);
	if (!written) {
		fprintf(stderr, "skewctl: %s: %s\n", path, strerror(errno));
		unlink(path);
	}
	close(fd);
	return written;
}

/* Takes the text, which may be NULL where memory is short. */
static bool write_keys(const struct skewctl *ctl, const char *name, char *text)
{
	const char *out = option_value(ctl, OPTION_OUT);
	char *path = NULL;
	bool written = false;

	/* Where it cannot be made, the file cannot either, and that says why. */
	if (out)
		mkdir(out, 0700);
	if (text && asprintf(&path, "%s/%s", out ? out : ".", name) >= 0) {
		written = write_secret(path, text);
		if (written)
			printf("# %s\n", path);
		free(path);
	} else {
		fputs("skewctl: memory is short\n", stderr);
	}
	keygen_free(text);
	return written;
}

static bool write_mesh(const struct skewctl *ctl, const struct keygen_mesh *mesh)
{
	for (size_t i = 0; i < mesh->count; i++) {
		char *name = NULL;
		bool written = asprintf(&name, "%s.keys", mesh->names[i]) >= 0 &&
			       write_keys(ctl, name, keygen_mesh_file(mesh, i));

		free(name);
		if (!written)
			return false;
	}
	return true;
}

static int run_mesh(const struct skewctl *ctl, enum key_type type)
{
	size_t count = (size_t)ctl->n_names;
	struct keygen_mesh mesh = { .names = (const char *const *)ctl->names, .count = count, .type = type };
	size_t size;
	char error[KEYGEN_ERROR_SIZE];
	uint8_t *random;
	char *peers;
	bool written;

	if (!keygen_names_valid(mesh.names, count, error))
		return usage_error(ctl, "%s", error);
	size = keygen_mesh_random_size(count, type);
	random = take_random(size);
	if (!random)
		return EXIT_REFUSED;
	mesh.random = random;
	puts("# Each file below is one host's: copy it there as " INSTALLED
	     " (mode 0640, group skew-sentinel),");
	puts("# and delete it here.");
	written = write_mesh(ctl, &mesh);
	free_random(random, size);
	if (!written)
		return EXIT_REFUSED;
	puts("# This goes into sentinel.yaml.");
	peers = keygen_mesh_peers(mesh.names, count);
	fputs(peers ? peers : "", stdout);
	keygen_free(peers);
	return EXIT_DONE;
}

static int run_shared(const struct skewctl *ctl, enum key_type type)
{
	size_t size = keygen_shared_random_size(type);
	uint8_t *random = take_random(size);
	bool written;

	if (!random)
		return EXIT_REFUSED;
	puts("# One key for all hosts: whoever has it can speak for each of them. `keygen --mesh` is safe "
	     "against that.");
	puts("# Copy the file to all of them as " INSTALLED " (mode 0640, group skew-sentinel):");
	written = write_keys(ctl, "keys", keygen_shared_file(type, random));
	free_random(random, size);
	if (!written)
		return EXIT_REFUSED;
	printf("# This goes into sentinel.yaml:\nkey: %d\n", KEYGEN_SHARED_ID);
	return EXIT_DONE;
}

int run_keygen(const struct skewctl *ctl)
{
	enum key_type type = ctl->given & OPTION_AES256 ? KEY_AES256 : KEY_AES128;
	bool mesh = ctl->given & OPTION_MESH;
	bool shared = ctl->given & OPTION_SHARED;

	if (mesh == shared)
		return usage_error(ctl, "give --mesh with the hosts' names, or --shared");
	if (shared && ctl->n_names)
		return usage_error(ctl, "--shared takes no names: the file is the same for all");
	return mesh ? run_mesh(ctl, type) : run_shared(ctl, type);
}
