#include "story.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../sentinel/galera/db.h"
#include "scratch.h"

/*
 * Servers that are none, or worse; the real ones are in tests/lab. The server is this process itself: were a
 * call of the client to wait for it, the story would never end.
 */
static struct loop *loop;
static char dir[SCRATCH_SIZE], path[96];
static int listener;
static struct db *db;
static struct db_result results[4];
static size_t n_results;

static int begin(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	if (scratch_make(dir) != 0)
		return -1;
	snprintf(path, sizeof path, "%s/socket", dir);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	n_results = 0;
	db = NULL;
	loop = loop_new();
	return loop && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
			       listen(listener, 1) == 0
		       ? 0
		       : -1;
}

static int end(void **state)
{
	(void)state;
	db_close(db);
	loop_free(loop);
	close(listener);
	return scratch_remove(dir);
}

static void on_result(void *arg, const struct db_result *result)
{
	(void)arg;
	assert_true(n_results < sizeof results / sizeof results[0]);
	results[n_results++] = *result;
	loop_stop(loop);
}

static void connect_to(const char *socket, struct span deadline)
{
	const struct db_place place = { .socket = socket, .user = "skew-sentinel" };

	db = db_open(loop, &place, deadline, on_result, NULL);
	assert_non_null(db);
	/* Not before the loop runs. */
	assert_int_equal(n_results, 0);
}

static int take(void)
{
	int client = accept(listener, NULL, NULL);

	assert_true(client >= 0);
	return client;
}

static void answer(int client, const void *bytes, size_t len)
{
	assert_int_equal(write(client, bytes, len), len);
}

static void assert_ended(size_t which, enum db_end end, const char *error)
{
	assert_true(which < n_results);
	assert_string_equal(results[which].error, error);
	assert_int_equal(results[which].end, end);
	assert_int_equal(results[which].n, 0);
}

static void a_socket_that_is_not_there(void **state)
{
	(void)state;
	connect_to("/no/such/socket", span_s(60));
	loop_run(loop);
	assert_ended(0, DB_LOST, "Can't connect to local server through socket '/no/such/socket' (2)");
	assert_int_equal(results[0].code, 2002);
}

static void a_server_that_is_gone_before_it_says_anything(void **state)
{
	(void)state;
	connect_to(path, span_s(60));
	close(take());
	loop_run(loop);
	assert_ended(0, DB_SHUT, "it does not accept connections");
}

static void a_server_that_never_says_anything_is_late_once(void **state)
{
	int client;

	(void)state;
	connect_to(path, span_ms(20));
	client = take();
	loop_run(loop);
	assert_ended(0, DB_LATE, "no answer in time");
	/* The owner waits on: what becomes of it is told too. */
	close(client);
	loop_run(loop);
	assert_ended(1, DB_SHUT, "it does not accept connections");
}

static void a_server_that_takes_nobody_is_late_too(void **state)
{
	(void)state;
	connect_to(path, span_ms(20));
	loop_run(loop);
	assert_ended(0, DB_LATE, "no answer in time");
}

static void a_server_that_is_closed_in_the_midst(void **state)
{
	(void)state;
	connect_to(path, span_s(60));
	db_close(db);
	db = NULL;
	assert_int_equal(n_results, 0);
}

/* An error instead of a greeting, as with too many connections: a header, 0xff, the number, the text. */
static void a_server_that_refuses(void **state)
{
	static const char refusal[] = "\x17\0\0\0\xff\x10\x04Too many\nconnections";
	int client;

	(void)state;
	connect_to(path, span_s(60));
	client = take();
	answer(client, refusal, sizeof refusal - 1);
	loop_run(loop);
	assert_ended(0, DB_LOST, "Too many?connections");
	assert_int_equal(results[0].code, 1040);
	close(client);
}

/* The queue of those who want to connect is full. */
static void a_server_that_has_no_place_in_its_queue(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int waiting[16];
	size_t n = 0;

	(void)state;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	do {
		assert_true(n < sizeof waiting / sizeof waiting[0]);
		waiting[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	} while (connect(waiting[n++], (struct sockaddr *)&address, sizeof address) == 0);
	connect_to(path, span_s(60));
	loop_run(loop);
	assert_ended(0, DB_SHUT, "it does not accept connections");
	while (n-- > 0)
		close(waiting[n]);
}

static void what_is_no_mariadb_at_all(void **state)
{
	static const char greetings[][5] = {
		{ 'H', 'T', 'T', 'P', '/' },
		{ 1, 0, 0, 0, 10 },
		{ 0x7f, 0x7f, 0x7f, 0x7f, 0x7f },
		{ 5, 0, 0, 0, 9 },
		{ 1, 0, 0, 7, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
		int client;

		n_results = 0;
		connect_to(path, span_s(60));
		client = take();
		answer(client, greetings[i], sizeof greetings[i]);
		close(client);
		loop_run(loop);
		assert_int_equal(n_results, 1);
		assert_true(results[0].end == DB_LOST || results[0].end == DB_SHUT);
		db_close(db);
		db = NULL;
	}
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest stories[] = {
		STORY(a_socket_that_is_not_there),
		STORY(a_server_that_is_gone_before_it_says_anything),
		STORY(a_server_that_never_says_anything_is_late_once),
		STORY(a_server_that_takes_nobody_is_late_too),
		STORY(a_server_that_is_closed_in_the_midst),
		STORY(a_server_that_refuses),
		STORY(a_server_that_has_no_place_in_its_queue),
		STORY(what_is_no_mariadb_at_all),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(stories, NULL, NULL);
}
