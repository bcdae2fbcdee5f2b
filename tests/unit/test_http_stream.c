#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../sentinel/status/http.h"
#include "../../sentinel/status/http_stream.h"
#include "scratch.h"

enum { BIG = 64 << 10, CROWD = STREAM_READERS_MAX, QUIET = 3, PATIENCE = 1000 };

/* A server, and clients beside it: whatever they send and read never waits. */
static struct scene {
	struct loop *loop;
	struct timer *timer;
	int bell_fd;
	struct watch *bell;
	struct http *http;
	struct conf *conf;
	char directory[SCRATCH_SIZE];
	char got[16 << 20];
} scene;

static void get_stream(void *arg, const struct http_request *request, struct http_reply *reply)
{
	char text[64];

	(void)arg;
	snprintf(text, sizeof text, "first after %s\n\n",
		request->last_event_id ? request->last_event_id : "-");
	reply->status = 200;
	reply->type = "text/event-stream";
	reply->stream = true;
	reply->body = strdup(text);
}

static const struct http_route routes[] = { { "/stream", HTTP_READ, get_stream } };
static const struct http_handlers handlers = { routes, 1, NULL };

/* A timer goes before what else is to be done; the bell, which always rings, is served in its turn. */
static void on_time(void *arg)
{
	(void)arg;
	watch_set(scene.bell, WATCH_READ);
}

static void on_bell(void *arg, unsigned what)
{
	(void)arg;
	(void)what;
	watch_set(scene.bell, 0);
	loop_stop(scene.loop);
}

static int set_up(void **state)
{
	char why[256];

	(void)state;
	if (scratch_make(scene.directory) != 0)
		return -1;
	scene.loop = loop_new();
	scene.timer = timer_new(scene.loop, on_time, NULL);
	scene.bell_fd = eventfd(1, EFD_CLOEXEC);
	scene.bell = watch_new(scene.loop, scene.bell_fd, 0, on_bell, NULL);
	scene.conf = conf_defaults("db3");
	snprintf(scene.conf->status.socket, sizeof scene.conf->status.socket, "%s/status.sock",
		scene.directory);
	scene.http = http_new(scene.loop, scene.conf, &handlers, why, sizeof why);
	return scene.http ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	http_free(scene.http);
	conf_free(scene.conf);
	timer_free(scene.timer);
	watch_free(scene.bell);
	close(scene.bell_fd);
	loop_free(scene.loop);
	return scratch_remove(scene.directory);
}

/* The server does what it has to do. */
static void turn(void)
{
	timer_set(scene.timer, span_ms(5));
	loop_run(scene.loop);
}

/* So many read along, as soon as the server has had the time for it. */
static void assert_readers(size_t n)
{
	for (int i = 0; i < PATIENCE && http_stream_readers(scene.http) != n; i++)
		turn();
	assert_int_equal(http_stream_readers(scene.http), n);
}

static int ask(const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, scene.conf->status.socket, strlen(scene.conf->status.socket) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	turn();
	return fd;
}

static int read_along(void)
{
	return ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
}

/* All that comes for this client until nothing has come for a while. `over`: the server ended it. */
static const char *got(int fd, bool *over)
{
	size_t len = 0;

	*over = false;
	for (int quiet = 0; quiet < QUIET && !*over; quiet++) {
		ssize_t now;

		turn();
		while ((now = recv(fd, scene.got + len, sizeof scene.got - 1 - len, 0)) > 0) {
			len += (size_t)now;
			quiet = 0;
		}
		*over = now == 0 || (errno != EAGAIN && errno != EINTR);
	}
	scene.got[len] = '\0';
	return scene.got;
}

static void assert_got(int fd, const char *part)
{
	bool over;
	const char *all = got(fd, &over);

	if (!strstr(all, part))
		fail_msg("\"%s\" is not in:\n%s", part, all);
	assert_false(over);
}

static size_t letters(const char *text, char letter)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == letter;
	return n;
}

static char *big(char letter)
{
	static char text[BIG + 1];

	memset(text, letter, BIG);
	return text;
}

/* ---- stories ---- */

static void a_reader_gets_what_comes_until_it_leaves(void **state)
{
	int fd = read_along();

	(void)state;
	assert_readers(1);
	assert_got(fd, "Content-Type: text/event-stream\r\n");
	http_stream_send(scene.http, HTTP_FRAME_KEPT, "data: one\n\n");
	http_stream_send(scene.http, HTTP_FRAME_KEPT, "data: two\n\n");
	assert_got(fd, "data: two\n\n");
	close(fd);
	turn();
	assert_readers(0);
	http_stream_send(scene.http, HTTP_FRAME_KEPT, "data: three\n\n");
}

static void who_comes_again_says_what_it_had(void **state)
{
	int fd = ask("GET /stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 17\r\n\r\n");

	(void)state;
	assert_got(fd, "first after 17\n");
	close(fd);
}

static void head_begins_nothing(void **state)
{
	int fd = ask("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");

	(void)state;
	assert_got(fd, "200 OK");
	assert_readers(0);
	close(fd);
}

static void a_slow_reader_goes_without_what_passes(void **state)
{
	int slow = read_along(), quick = read_along();
	size_t seen = 0;
	bool over;

	(void)state;
	for (int i = 0; i < 64; i++) {
		http_stream_send(scene.http, HTTP_FRAME_PASSING, big('Q'));
		seen += letters(got(quick, &over), 'Q') / BIG;
		assert_false(over);
	}
	assert_int_equal(seen, 64);
	/* What the kernel holds for it, and one piece that waits here. */
	seen = letters(got(slow, &over), 'Q');
	assert_false(over);
	assert_int_equal(seen % BIG, 0);
	assert_true(seen > 0 && seen < 32 * (size_t)BIG);
	http_stream_send(scene.http, HTTP_FRAME_PASSING, "data: again\n\n");
	assert_got(slow, "data: again");
	close(slow);
	close(quick);
}

static void a_reader_too_slow_for_what_is_kept_is_let_go(void **state)
{
	int slow = read_along(), quick = read_along();
	size_t seen = 0;
	bool over;

	(void)state;
	for (int i = 0; i < 64; i++) {
		http_stream_send(scene.http, HTTP_FRAME_KEPT, big('Z'));
		seen += letters(got(quick, &over), 'Z') / BIG;
		assert_false(over);
	}
	assert_int_equal(seen, 64);
	assert_readers(1);
	seen = letters(got(slow, &over), 'Z');
	assert_true(over);
	assert_true(seen < 32 * (size_t)BIG);
	close(slow);
	close(quick);
}

static void so_many_may_read_along_and_no_more(void **state)
{
	int crowd[CROWD], more;

	(void)state;
	for (int i = 0; i < CROWD; i++)
		crowd[i] = read_along();
	assert_readers(CROWD);
	more = read_along();
	assert_got(more, "{\"error\":\"64 read along already, and no more may\"}");
	http_stream_send(scene.http, HTTP_FRAME_KEPT, "data: all\n\n");
	for (int i = 0; i < CROWD; i += 9)
		assert_got(crowd[i], "data: all");
	for (int i = 0; i < CROWD; i++)
		close(crowd[i]);
	close(more);
	turn();
	assert_readers(0);
}

static void the_daemon_ends_with_readers_on_the_line(void **state)
{
	int fd = read_along();
	bool over;

	(void)state;
	http_free(scene.http);
	scene.http = NULL;
	got(fd, &over);
	assert_true(over);
	close(fd);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_reader_gets_what_comes_until_it_leaves),
		STORY(who_comes_again_says_what_it_had),
		STORY(head_begins_nothing),
		STORY(a_slow_reader_goes_without_what_passes),
		STORY(a_reader_too_slow_for_what_is_kept_is_let_go),
		STORY(so_many_may_read_along_and_no_more),
		STORY(the_daemon_ends_with_readers_on_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
