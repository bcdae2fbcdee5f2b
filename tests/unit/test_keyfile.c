#include "../../sentinel/host/keyfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "story.h"

static const char one_key[] = "1 AES128 HEX:000102030405060708090A0B0C0D0E0F\n";

/* A directory with room for one key file, and a configuration that names it. */
struct place {
	char dir[SCRATCH_SIZE], path[48];
	struct conf *conf;
	char error[512];
};

static int make_place(void **state)
{
	static struct place only;
	struct place *place = &only;

	if (scratch_make(place->dir) != 0)
		return -1;
	snprintf(place->path, sizeof place->path, "%.31s/keys", place->dir);
	place->conf = conf_defaults("db1");
	snprintf(place->conf->keys, sizeof place->conf->keys, "%.47s", place->path);
	*state = place;
	/* A file that is waited for would be waited for without end. */
	alarm(20);
	return 0;
}

static int remove_place(void **state)
{
	struct place *place = *state;

	alarm(0);
	conf_free(place->conf);
	return scratch_remove(place->dir);
}

static void put_file(const struct place *place, const char *text, mode_t mode)
{
	FILE *file = fopen(place->path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(place->path, mode), 0);
}

static void assert_refused(struct place *place, const char *sentence)
{
	assert_null(keyfile_load(place->conf, place->error, sizeof place->error));
	assert_string_equal(place->error + strlen(place->path), sentence);
}

static void a_file_for_the_owner_and_the_group_is_taken(void **state)
{
	struct place *place = *state;
	struct keyring *ring;

	put_file(place, one_key, 0640);
	ring = keyfile_load(place->conf, place->error, sizeof place->error);
	assert_int_equal(keyring_count(ring), 1);
	keyring_free(ring);
}

static void a_file_that_others_can_read_or_write_is_not(void **state)
{
	struct place *place = *state;
	char sentence[128];

	put_file(place, one_key, 0644);
	snprintf(sentence, sizeof sentence, ": everybody can read it; do: chmod 0640 %s", place->path);
	assert_refused(place, sentence);
	put_file(place, one_key, 0642);
	snprintf(sentence, sizeof sentence, ": everybody can write it; do: chmod 0640 %s", place->path);
	assert_refused(place, sentence);
}

/* The mistake that is made most: root's own file, and a daemon that is not root. */
static void a_file_of_another_users_is_told_with_what_to_do(void **state)
{
	struct place *place = *state;
	char sentence[256];
	struct keyring *ring;
	bool root = geteuid() == 0;

	put_file(place, one_key, 0);
	snprintf(sentence, sizeof sentence,
		": this user cannot read it: be root; if it is the daemon's user, do as root: chown "
		"root:skew-sentinel %s && chmod 0640 %s",
		place->path, place->path);
	assert_true(!root || seteuid(65534) == 0);
	ring = keyfile_load(place->conf, place->error, sizeof place->error);
	assert_true(!root || seteuid(0) == 0);
	assert_null(ring);
	assert_string_equal(place->error + strlen(place->path), sentence);
}

static void what_is_no_file_is_named_as_such_and_not_waited_for(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir(place->path, 0700), 0);
	assert_refused(place, ": cannot be read: it is no regular file");
	rmdir(place->path);
	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_refused(place, ": cannot be read: it is no regular file");
}

static void a_key_that_the_configuration_needs_is_missed(void **state)
{
	struct place *place = *state;
	struct conf_reference *reference = &place->conf->references[place->conf->n_references++];

	reference->key = 7;
	snprintf(reference->address.host, sizeof reference->address.host, "ntp1.example.net");
	put_file(place, one_key, 0600);
	place->conf->listed = true;
	assert_refused(place, ": there is no key 7, which the configuration uses for ntp1.example.net; this "
			      "host is db1: is "
			      "this its own file, and has `peers` the numbers that skewctl keygen printed?");
	place->conf->listed = false;
	assert_refused(place,
		": there is no key 7, which the configuration uses for ntp1.example.net; this host is db1, "
		"which is none of `peers`: is this its own file, and has `peers` the numbers that skewctl "
		"keygen printed?");
}

static void an_error_tells_line_and_column_and_no_piece_of_a_key(void **state)
{
	struct place *place = *state;

	put_file(place, "# of db1\n1 AES128 HEX:0001020304050607\n", 0600);
	assert_refused(place, ":2:14: a key of type AES128 has 32 hexadecimal digits, this one has 16");
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		STORY(a_file_for_the_owner_and_the_group_is_taken),
		STORY(a_file_that_others_can_read_or_write_is_not),
		STORY(a_file_of_another_users_is_told_with_what_to_do),
		STORY(what_is_no_file_is_named_as_such_and_not_waited_for),
		STORY(a_key_that_the_configuration_needs_is_missed),
		STORY(an_error_tells_line_and_column_and_no_piece_of_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
