#include "story.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../sentinel/skewctl/client.h"
#include "scratch.h"

/* A server that hears one request, says its text and hangs up; or (NULL) says nothing. */
struct server {
	int fd;
	const char *text;
	char heard[1024];
	pthread_t thread;
};

static char directory[SCRATCH_SIZE];
static char path[64];
static struct server server;

static struct client_answer answer;
static char why[256];

static int set_up(void **state)
{
	(void)state;
	if (scratch_make(directory) != 0)
		return -1;
	snprintf(path, sizeof path, "%s/status.sock", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return scratch_remove(directory);
}

static void *serve(void *arg)
{
	int fd = accept(server.fd, NULL, NULL);
	ssize_t got;

	(void)arg;
	got = recv(fd, server.heard, sizeof server.heard - 1, 0);
	server.heard[got > 0 ? got : 0] = '\0';
	if (server.text)
		send(fd, server.text, strlen(server.text), MSG_NOSIGNAL);
	else
		recv(fd, &(char){ 0 }, 1, 0); /* until the other one gives up */
	close(fd);
	return NULL;
}

static void listen_there(const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, path, strlen(path) + 1);
	server = (struct server){ .fd = socket(AF_UNIX, SOCK_STREAM, 0), .text = text };
	assert_int_equal(bind(server.fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(server.fd, 1), 0);
}

static enum client_result ask_for(const char *method, const char *body, struct span within)
{
	return client_ask(path, method, "/v1/hold", body, within, &answer, why, sizeof why);
}

/* What becomes of the request when this is said in return. */
static enum client_result told(const char *text, struct span within)
{
	enum client_result result;

	listen_there(text);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
	result = ask_for("POST", "{\"for\":\"1h\"}", within);
	assert_int_equal(pthread_join(server.thread, NULL), 0);
	close(server.fd);
	unlink(path);
	return result;
}

static void an_answer_is_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(
		told("HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\n{\"done\":true}", span_s(10)), CLIENT_OK);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.len, 13);
	assert_string_equal(answer.body, "{\"done\":true}");
	free(answer.body);
}

static void the_request_carries_its_body(void **state)
{
	(void)state;
	assert_int_equal(told("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", span_s(10)), CLIENT_OK);
	free(answer.body);
	assert_int_equal(strncmp(server.heard, "POST /v1/hold HTTP/1.0\r\n", 24), 0);
	assert_non_null(strstr(server.heard, "\r\nContent-Length: 12\r\n"));
	assert_non_null(strstr(server.heard, "\r\n\r\n{\"for\":\"1h\"}"));
}

static void a_refusal_is_an_answer_too(void **state)
{
	(void)state;
	assert_int_equal(
		told("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\n{}", span_s(10)), CLIENT_OK);
	assert_int_equal(answer.status, 403);
	free(answer.body);
}

static void an_answer_that_was_cut_off_is_none(void **state)
{
	static const char *const cut[] = { "", "HTTP/1.0 200 OK\r\n",
		"HTTP/1.0 200 OK\r\nContent-Length: 14\r\n\r\n",
		"HTTP/1.0 200 OK\r\nContent-Length: 14\r\n\r\n{\"done\":true}" };

	(void)state;
	for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
		assert_int_equal(told(cut[i], span_s(10)), CLIENT_BROKEN);
		assert_string_equal(why, "the answer makes no sense");
	}
}

static void what_does_not_speak_http_is_not_understood(void **state)
{
	static const char *const strange[] = { "SSH-2.0-OpenSSH_9.2\r\n",
		"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 abc\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\nContent-Length: 19\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
		assert_int_equal(told(strange[i], span_s(10)), CLIENT_BROKEN);
}

static void a_daemon_that_does_not_answer_is_not_waited_for_without_end(void **state)
{
	(void)state;
	assert_int_equal(told(NULL, span_ms(50)), CLIENT_BROKEN);
	assert_string_equal(why, "no answer in time");
}

static void nobody_there_is_said(void **state)
{
	(void)state;
	assert_int_equal(ask_for("GET", NULL, span_s(1)), CLIENT_ABSENT);
	assert_string_equal(why, "No such file or directory");
	listen_there(NULL);
	close(server.fd);
	assert_int_equal(ask_for("GET", NULL, span_s(1)), CLIENT_ABSENT);
	assert_string_equal(why, "Connection refused");
	unlink(path);
}

static void a_path_that_cannot_be_a_sockets_is_said(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(
		client_ask(longest, "GET", "/", NULL, span_s(1), &answer, why, sizeof why), CLIENT_ABSENT);
	assert_string_equal(why, "File name too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_taken_apart),
		cmocka_unit_test(the_request_carries_its_body),
		cmocka_unit_test(a_refusal_is_an_answer_too),
		cmocka_unit_test(an_answer_that_was_cut_off_is_none),
		cmocka_unit_test(what_does_not_speak_http_is_not_understood),
		cmocka_unit_test(a_daemon_that_does_not_answer_is_not_waited_for_without_end),
		cmocka_unit_test(nobody_there_is_said),
		cmocka_unit_test(a_path_that_cannot_be_a_sockets_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
