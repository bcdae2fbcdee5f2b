#include "story.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../sentinel/host/errand.h"
#include "../../sentinel/status/http.h"
#include "scratch.h"

enum { CROWD = 900 };

/* A server in the loop, and a client in a thread that says its text and takes down what comes back. */
struct scene {
	struct loop *loop;
	struct http *http;
	struct conf *conf;
	char directory[SCRATCH_SIZE];
	struct {
		bool tcp;
		const char *text;
		size_t len;
		char answer[65536];
	} client;
};

static struct scene scene;

/* ---- the server ---- */

static void get_hello(void *arg, const struct http_request *request, struct http_reply *reply)
{
	const char *name = http_parameter(request, "name");

	(void)arg;
	http_reply_json(reply, 200, json_pack("{s:s}", "hello", name ? name : "nobody"));
}

static void post_echo(void *arg, const struct http_request *request, struct http_reply *reply)
{
	(void)arg;
	http_reply_json(reply, 200, json_pack("{s:s, s:i}", "body", request->body, "uid", (int)request->uid));
}

static void get_bye(void *arg, const struct http_request *request, struct http_reply *reply)
{
	(void)arg;
	(void)request;
	loop_stop(scene.loop);
	http_reply_json(reply, 200, json_pack("{s:s}", "bye", "bye"));
}

static const struct http_route routes[] = {
	{ "/hello", HTTP_READ, get_hello },
	{ "/echo", HTTP_COMMAND, post_echo },
	{ "/bye", HTTP_READ, get_bye },
};

static const struct http_handlers handlers = { routes, sizeof routes / sizeof routes[0], NULL };

static uint16_t free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static void start(void)
{
	char why[256];

	scene.http = http_new(scene.loop, scene.conf, &handlers, why, sizeof why);
	if (!scene.http)
		fail_msg("%s", why);
}

static int set_up(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof scene);
	if (scratch_make(scene.directory) != 0)
		return -1;
	scene.loop = loop_new();
	scene.conf = conf_defaults("db3");
	snprintf(scene.conf->status.socket, sizeof scene.conf->status.socket, "%s/run/status.sock",
		scene.directory);
	scene.conf->status.http_on = true;
	snprintf(scene.conf->status.http.host, sizeof scene.conf->status.http.host, "127.0.0.1");
	scene.conf->status.http.port = free_port();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	http_free(scene.http);
	conf_free(scene.conf);
	loop_free(scene.loop);
	return scratch_remove(scene.directory);
}

/* ---- the client ---- */

static struct sockaddr_un local_address(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(scene.conf->status.socket);

	assert_true(len < sizeof address.sun_path);
	memcpy(address.sun_path, scene.conf->status.socket, len + 1);
	return address;
}

static int connect_local(void)
{
	struct sockaddr_un address = local_address();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		abort();
	return fd;
}

static int connect_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_port = htons(scene.conf->status.http.port);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		abort();
	return fd;
}

static void converse(void *arg)
{
	int fd = scene.client.tcp ? connect_tcp() : connect_local();
	size_t got = 0;
	ssize_t now;

	(void)arg;
	send(fd, scene.client.text, scene.client.len, MSG_NOSIGNAL);
	while ((now = recv(fd, scene.client.answer + got, sizeof scene.client.answer - 1 - got, 0)) > 0)
		got += (size_t)now;
	scene.client.answer[got] = '\0';
	close(fd);
}

static void conversed(void *arg)
{
	(void)arg;
	loop_stop(scene.loop);
}

static const char *ask_raw(bool tcp, const char *text, size_t len)
{
	struct errand *errand = errand_new(scene.loop, converse, conversed, NULL);

	scene.client.tcp = tcp;
	scene.client.text = text;
	scene.client.len = len;
	assert_true(errand_run(errand));
	loop_run(scene.loop);
	errand_free(errand);
	return scene.client.answer;
}

static const char *ask(const char *text)
{
	return ask_raw(false, text, strlen(text));
}

static const char *ask_tcp(const char *text)
{
	return ask_raw(true, text, strlen(text));
}

static void assert_holds(const char *answer, const char *part)
{
	if (!strstr(answer, part))
		fail_msg("\"%s\" is not in:\n%s", part, answer);
}

/* ---- stories ---- */

static void a_question_is_answered(void **state)
{
	const char *answer;

	(void)state;
	start();
	answer = ask("GET /hello?name=db%201 HTTP/1.0\r\n\r\n");
	assert_int_equal(strncmp(answer, "HTTP/1.0 200 OK\r\n", 17), 0);
	assert_holds(answer, "Content-Type: application/json\r\n");
	assert_holds(answer, "Content-Length: 16\r\n");
	assert_holds(answer, "\r\n\r\n{\"hello\":\"db 1\"}");
	assert_null(strstr(answer, "Access-Control"));
}

static void several_questions_go_over_one_connection(void **state)
{
	const char *answer;

	(void)state;
	start();
	answer = ask("GET /hello?name=a HTTP/1.1\r\nHost: x\r\n\r\n"
		     "GET /hello?name=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_holds(answer, "{\"hello\":\"a\"}");
	assert_holds(answer, "{\"hello\":\"b\"}");
}

static void head_is_get_without_the_body(void **state)
{
	const char *answer;

	(void)state;
	start();
	answer = ask("HEAD /hello HTTP/1.0\r\n\r\n");
	assert_holds(answer, "200 OK");
	assert_null(strstr(answer, "hello"));
}

static void what_is_not_there_is_said_in_json(void **state)
{
	(void)state;
	start();
	assert_holds(ask("GET / HTTP/1.0\r\n\r\n"), "404 Not Found");
	assert_holds(ask("GET / HTTP/1.0\r\n\r\n"), "{\"error\":\"nothing of that name is here\"}");
	assert_holds(ask("GET /echo HTTP/1.0\r\n\r\n"), "405");
	assert_holds(
		ask("GET /echo HTTP/1.0\r\n\r\n"), "{\"error\":\"GET is not how to ask this: use POST\"}");
}

static void a_command_of_our_own_user_is_taken(void **state)
{
	char wanted[64];

	(void)state;
	start();
	snprintf(wanted, sizeof wanted, "{\"body\":\"now\",\"uid\":%d}", (int)getuid());
	assert_holds(ask("POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\nnow"), wanted);
}

static void over_tcp_there_are_no_commands(void **state)
{
	(void)state;
	start();
	assert_holds(ask_tcp("POST /echo HTTP/1.0\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nnow"),
		"{\"error\":\"commands are taken at the unix socket alone\"}");
}

static void over_tcp_only_our_own_names_are_answered(void **state)
{
	static const char *const good[] = { "localhost", "localhost:9124", "127.0.0.1", "127.0.0.1:80",
		"[::1]:9124", "db3", "DB3:9124", "10.1.2.3" };
	static const char *const bad[] = { "evil.example", "evil.example:9124", "127.0.0.1.evil.example",
		"db3.evil.example", "localhost.evil.example", "", ":9124", "[::1", "[evil]", "localhost:x",
		"localhost:80@evil" };
	char request[256];

	(void)state;
	start();
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		snprintf(request, sizeof request, "GET /hello HTTP/1.0\r\nHost: %s\r\n\r\n", good[i]);
		assert_holds(ask_tcp(request), "nobody");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(request, sizeof request, "GET /hello HTTP/1.0\r\nHost: %s\r\n\r\n", bad[i]);
		assert_holds(ask_tcp(request), "403 Forbidden");
	}
}

static void over_tcp_a_health_check_need_not_name_the_host(void **state)
{
	(void)state;
	start();
	assert_holds(ask_tcp("GET /hello HTTP/1.0\r\n\r\n"), "nobody");
	assert_holds(ask_tcp("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n"), "403 Forbidden");
}

static void what_is_too_big_is_refused(void **state)
{
	static char request[40000];
	int head;

	(void)state;
	start();
	head = snprintf(request, sizeof request, "GET /hello HTTP/1.0\r\nX: ");
	memset(request + head, 'a', 9000);
	memcpy(request + head + 9000, "\r\n\r\n", 5);
	assert_holds(ask(request), "400 Bad Request");
	head = snprintf(request, sizeof request, "POST /echo HTTP/1.0\r\nContent-Length: 20000\r\n\r\n");
	memset(request + head, 'a', 20000);
	request[head + 20000] = '\0';
	assert_holds(ask(request), "413");
}

static void nonsense_does_no_harm(void **state)
{
	static const char *const nonsense[] = { "\r\n\r\n\r\n\r\n", "GET\r\n\r\n", "GET /hello\r\n\r\n",
		"\x16\x03\x01\x02\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n", "GET http:// HTTP/1.0\r\n\r\n",
		"POST /echo HTTP/1.0\r\nContent-Length: -1\r\n\r\n",
		"POST /echo HTTP/1.0\r\nContent-Length: x\r\n\r\n", "GET /hello?%zz=%1 HTTP/1.0\r\n\r\n",
		"GET * HTTP/1.0\r\n\r\n" };

	(void)state;
	start();
	for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++)
		ask(nonsense[i]);
	assert_holds(ask("GET /hello HTTP/1.0\r\n\r\n"), "nobody");
}

static void a_client_that_is_gone_takes_nobody_with_it(void **state)
{
	static const char twice[] =
		"GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

	(void)state;
	start();
	for (int i = 0; i < 20; i++) {
		int fd = connect_local();

		send(fd, twice, sizeof twice - 1, MSG_NOSIGNAL);
		close(fd);
	}
	assert_holds(ask("GET /hello HTTP/1.0\r\n\r\n"), "nobody");
}

static void idlers_keep_nobody_out(void **state)
{
	struct rlimit files = { 4096, 4096 };
	int *crowd = calloc(CROWD, sizeof *crowd);

	(void)state;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		skip();
	start();
	for (int i = 0; i < CROWD; i++)
		crowd[i] = connect_local();
	assert_holds(ask("GET /hello HTTP/1.0\r\n\r\n"), "nobody");
	for (int i = 0; i < CROWD; i++)
		close(crowd[i]);
	free(crowd);
}

static void the_socket_is_for_its_group_and_nobody_else(void **state)
{
	struct stat st;

	(void)state;
	start();
	assert_int_equal(stat(scene.conf->status.socket, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void the_socket_goes_with_the_daemon(void **state)
{
	struct stat st;

	(void)state;
	start();
	http_free(scene.http);
	scene.http = NULL;
	assert_int_not_equal(stat(scene.conf->status.socket, &st), 0);
}

/* "" in front, or the socket's path. */
static void assert_refused(const char *path, const char *sentence)
{
	char why[512] = "";
	char wanted[512];

	snprintf(wanted, sizeof wanted, "%s%s", path, sentence);
	assert_null(http_new(scene.loop, scene.conf, &handlers, why, sizeof why));
	assert_string_equal(why, wanted);
}

static void a_socket_that_nobody_listens_at_is_replaced(void **state)
{
	struct sockaddr_un address = local_address();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char directory[96];

	(void)state;
	snprintf(directory, sizeof directory, "%s/run", scene.directory);
	assert_int_equal(mkdir(directory, 0755), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	start();
	assert_holds(ask("GET /hello HTTP/1.0\r\n\r\n"), "nobody");
}

static void a_daemon_that_runs_is_not_pushed_aside(void **state)
{
	(void)state;
	start();
	assert_refused(scene.conf->status.socket, ": another skew-sentinel listens there");
	assert_holds(ask("GET /hello HTTP/1.0\r\n\r\n"), "nobody");
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	FILE *file;

	(void)state;
	snprintf(scene.conf->status.socket, sizeof scene.conf->status.socket, "%s/precious", scene.directory);
	file = fopen(scene.conf->status.socket, "w");
	assert_non_null(file);
	fclose(file);
	assert_refused(scene.conf->status.socket, " is there and no socket: remove it or set status.socket");
	assert_int_equal(access(scene.conf->status.socket, F_OK), 0);
}

static void a_path_that_is_too_long_is_named(void **state)
{
	(void)state;
	memset(scene.conf->status.socket, 'a', 120);
	scene.conf->status.socket[0] = '/';
	scene.conf->status.socket[120] = '\0';
	assert_refused(scene.conf->status.socket, ": a socket's path may have 107 octets");
}

static void an_address_that_is_a_name_is_not_looked_up(void **state)
{
	(void)state;
	snprintf(scene.conf->status.http.host, sizeof scene.conf->status.http.host, "db3.example");
	assert_refused(
		"", "status.http: db3.example is no address: give an IP address of this host, or localhost");
}

static void the_last_answer_still_leaves(void **state)
{
	struct errand *errand = errand_new(scene.loop, converse, conversed, NULL);

	(void)state;
	start();
	scene.client.text = "GET /bye HTTP/1.0\r\n\r\n";
	scene.client.len = strlen(scene.client.text);
	assert_true(errand_run(errand));
	loop_run(scene.loop);
	http_free(scene.http);
	scene.http = NULL;
	loop_run(scene.loop);
	errand_free(errand);
	assert_holds(scene.client.answer, "{\"bye\":\"bye\"}");
}

static void it_knows_what_it_was_opened_for(void **state)
{
	(void)state;
	start();
	assert_true(http_serves(scene.http, scene.conf));
	scene.conf->status.http.port++;
	assert_false(http_serves(scene.http, scene.conf));
	scene.conf->status.http.port--;
	scene.conf->status.http_on = false;
	assert_false(http_serves(scene.http, scene.conf));
	scene.conf->status.http_on = true;
	scene.conf->status.socket[1] = 'x';
	assert_false(http_serves(scene.http, scene.conf));
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_question_is_answered),
		STORY(several_questions_go_over_one_connection),
		STORY(head_is_get_without_the_body),
		STORY(what_is_not_there_is_said_in_json),
		STORY(a_command_of_our_own_user_is_taken),
		STORY(over_tcp_there_are_no_commands),
		STORY(over_tcp_only_our_own_names_are_answered),
		STORY(over_tcp_a_health_check_need_not_name_the_host),
		STORY(what_is_too_big_is_refused),
		STORY(nonsense_does_no_harm),
		STORY(a_client_that_is_gone_takes_nobody_with_it),
		STORY(idlers_keep_nobody_out),
		STORY(the_socket_is_for_its_group_and_nobody_else),
		STORY(the_socket_goes_with_the_daemon),
		STORY(a_socket_that_nobody_listens_at_is_replaced),
		STORY(a_daemon_that_runs_is_not_pushed_aside),
		STORY(a_file_that_is_no_socket_is_left_alone),
		STORY(a_path_that_is_too_long_is_named),
		STORY(an_address_that_is_a_name_is_not_looked_up),
		STORY(the_last_answer_still_leaves),
		STORY(it_knows_what_it_was_opened_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
