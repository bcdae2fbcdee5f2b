#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../conf/conf.h"
#include "../../proto/keygen.h"
#include "ask.h"
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

/* Of an old host what is to be added to its file. */
static bool write_mesh(const struct skewctl *ctl, const struct keygen_mesh *mesh)
{
	for (size_t i = 0; i < mesh->count; i++) {
		char *name = NULL;
		bool written =
			asprintf(&name, "%s.%s", mesh->names[i], i < mesh->old ? "add" : "keys") >= 0 &&
			write_keys(ctl, name, keygen_mesh_file(mesh, i));

		free(name);
		if (!written)
			return false;
	}
	return true;
}

static bool make_mesh(const struct skewctl *ctl, struct keygen_mesh *mesh)
{
	size_t size = keygen_mesh_random_size(mesh->count, mesh->old, mesh->type);
	uint8_t *random = take_random(size);
	bool written;

	mesh->random = random;
	written = random && write_mesh(ctl, mesh);
	free_random(random, size);
	return written;
}

static int print_peers(const struct keygen_mesh *mesh)
{
	char *peers = keygen_mesh_peers(mesh);

	fputs(peers ? peers : "", stdout);
	keygen_free(peers);
	return EXIT_DONE;
}

static int run_mesh(const struct skewctl *ctl, enum key_type type)
{
	struct keygen_mesh mesh = {
		.names = (const char *const *)ctl->names, .count = (size_t)ctl->n_names, .type = type
	};
	char error[KEYGEN_ERROR_SIZE];

	if (!keygen_names_valid(mesh.names, mesh.count, error))
		return usage_error(ctl, "%s", error);
	puts("# Each file below is one host's: copy it there as " INSTALLED
	     " (mode 0640, group skew-sentinel),");
	puts("# and delete it here.");
	if (!make_mesh(ctl, &mesh))
		return EXIT_REFUSED;
	puts("# This goes into sentinel.yaml.");
	return print_peers(&mesh);
}

/* ---- more hosts ---- */

/* Names and numbers: those of the configuration, then the new ones. */
struct grown {
	const char *names[KEYGEN_HOSTS_MAX];
	uint32_t ids[KEYGEN_HOSTS_MAX];
	size_t count, old;
};

/* False, and said, where they have no keys of their own. */
static bool take_old(struct grown *grown, const struct conf_peer *peer)
{
	if (!peer->own_key) {
		fprintf(stderr,
			"skewctl: %s has no key of its own in `peers`: where all hosts share one there is "
			"none "
			"to make, "
			"copy the key file to the new one\n",
			peer->name);
		return false;
	}
	grown->names[grown->old] = peer->name;
	grown->ids[grown->old++] = peer->key;
	return true;
}

/* Numbers beyond all that are in use; false, and said, where there are none. */
static bool number_new(const struct conf *conf, struct grown *grown)
{
	uint32_t most = KEYGEN_FIRST_ID - 1;

	for (size_t i = 0; i < grown->old; i++)
		most = grown->ids[i] > most ? grown->ids[i] : most;
	for (size_t i = 0; i < conf->n_references; i++)
		most = conf->references[i].key > most ? conf->references[i].key : most;
	if (most > UINT32_MAX - KEYGEN_HOSTS_MAX) {
		fprintf(stderr, "skewctl: key %u is in use, and there are no numbers beyond it\n", most);
		return false;
	}
	for (size_t i = grown->old; i < grown->count; i++)
		grown->ids[i] = ++most;
	return true;
}

static bool take_hosts(const struct skewctl *ctl, const struct conf *conf, struct grown *grown)
{
	if (!conf->listed) {
		fprintf(stderr, "skewctl: %s is none of `peers` in %s: run it on a host that is\n",
			conf->node, ask_file(ctl));
		return false;
	}
	if (1 + conf->n_peers + (size_t)ctl->n_names > KEYGEN_HOSTS_MAX) {
		fprintf(stderr, "skewctl: a mesh has at most %d hosts\n", KEYGEN_HOSTS_MAX);
		return false;
	}
	if (!take_old(grown, &conf->self))
		return false;
	for (size_t i = 0; i < conf->n_peers; i++)
		if (!take_old(grown, &conf->peers[i]))
			return false;
	grown->count = grown->old;
	for (int i = 0; i < ctl->n_names; i++)
		grown->names[grown->count++] = ctl->names[i];
	return number_new(conf, grown);
}

static int add_hosts(const struct skewctl *ctl, const struct conf *conf, enum key_type type)
{
	struct grown grown = { .count = 0 };
	struct keygen_mesh mesh = { .names = grown.names, .ids = grown.ids, .type = type };
	char error[KEYGEN_ERROR_SIZE];

	if (!take_hosts(ctl, conf, &grown))
		return EXIT_REFUSED;
	mesh.count = grown.count;
	mesh.old = grown.old;
	if (!keygen_names_valid(mesh.names, mesh.count, error))
		return usage_error(ctl, "%s", error);
	puts("# First the keys, then delete them here. A new host's NAME.keys is copied there as " INSTALLED);
	puts("# (mode 0640, group skew-sentinel); NAME.add is added to that host's, once:");
	puts("#   cat NAME.add >>" INSTALLED " && skewctl reload");
	if (!make_mesh(ctl, &mesh))
		return EXIT_REFUSED;
	puts("# When all have them, this is added to `peers` in sentinel.yaml on all hosts; then: skewctl "
	     "reload");
	return print_peers(&mesh);
}

static int run_add(const struct skewctl *ctl, enum key_type type)
{
	struct conf *conf;
	int status;

	if (ctl->n_names == 0)
		return usage_error(ctl, "give the names of the new hosts");
	conf = ask_configuration(ctl);
	if (!conf)
		return EXIT_USAGE;
	status = add_hosts(ctl, conf, type);
	conf_free(conf);
	return status;
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
	bool add = ctl->given & OPTION_ADD;

	if (mesh + shared + add != 1)
		return usage_error(
			ctl, "give --mesh with the hosts' names, --add with those of more, or --shared");
	if (add)
		return run_add(ctl, type);
	if (shared && ctl->n_names)
		return usage_error(ctl, "--shared takes no names: the file is the same for all");
	return mesh ? run_mesh(ctl, type) : run_shared(ctl, type);
}
