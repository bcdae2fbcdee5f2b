/* The sockets as they are, on the loopback interface. */
#include "story.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../sentinel/host/udp.h"

enum {
	LEN = 200,
	TOKEN_AT = 40,
	MANY = 2000
}; /* the token stands for the transmit stamp: no two are the same */

static struct {
	struct loop *loop;
	struct udp *udp;
	struct timer *end;
	struct endpoint at; /* where it listens */
	uint64_t awaited, answered, departed;
	bool stamped; /* the latest answer */
	struct wall left;
} host;

/* To itself, and it answers with what it was asked with. */
static void on_datagram(void *arg, const struct incoming *in)
{
	struct outgoing out = { .side = SIDE_ANSWER, .to = in->from, .from = in->to, .len = LEN };

	(void)arg;
	assert_int_equal(in->len, LEN);
	if (in->side == SIDE_ANSWER) {
		memcpy(out.bytes, in->bytes, LEN);
		udp_send(host.udp, &out);
		return;
	}
	memcpy(&host.answered, in->bytes + TOKEN_AT, sizeof host.answered);
	host.stamped = in->stamped;
	if (host.answered == host.awaited)
		loop_stop(host.loop);
}

static void on_departed(void *arg, enum side side, uint64_t token, struct wall stamp)
{
	(void)arg;
	assert_int_equal(side, SIDE_ASK);
	host.departed = token;
	host.left = stamp;
}

static void on_end(void *arg)
{
	(void)arg;
	loop_stop(host.loop);
}

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof any;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &len), 0);
	close(fd);
	return ntohs(any.sin_port);
}

static void open_host(void)
{
	static struct conf conf;
	char error[256] = "";

	memset(&host, 0, sizeof host);
	host.at = (struct endpoint){ .ip = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 },
		.port = free_port() };
	conf = (struct conf){ .listen = { { "127.0.0.1", host.at.port } }, .n_listen = 1 };
	host.loop = loop_new();
	host.udp = udp_new(host.loop, &conf, on_datagram, on_departed, NULL, error, sizeof error);
	assert_string_equal(error, "");
	assert_null(udp_no_stamps(host.udp));
	host.end = timer_new(host.loop, on_end, NULL);
}

static void close_host(void)
{
	timer_free(host.end);
	udp_free(host.udp);
	loop_free(host.loop);
}

static void ask(uint64_t token)
{
	struct outgoing out = {
		.side = SIDE_ASK, .to = host.at, .stamped = true, .token = token, .len = LEN
	};

	memcpy(out.bytes + TOKEN_AT, &token, sizeof token);
	udp_send(host.udp, &out);
}

static void run(struct span span)
{
	timer_set(host.end, span);
	loop_run(host.loop);
}

/* Asks, and waits so long for the answer at most. */
static bool is_answered(uint64_t token, struct span within)
{
	host.awaited = token;
	ask(token);
	run(within);
	return host.answered == token;
}

/* The kernel begins to stamp what is received a moment after it is asked to. */
static void a_request_is_answered_and_its_departure_told(void **state)
{
	(void)state;
	open_host();
	for (uint64_t token = 1; !host.stamped; token++) {
		assert_true(token <= 100);
		assert_true(is_answered(token, span_s(10)));
		assert_int_equal(host.departed, token);
		assert_true(host.left.ns > INT64_C(1700000000) * NS_PER_S);
		run(span_ms((int64_t)token));
	}
	close_host();
}

/*
 * The kernel puts departures where it puts what is received, until there is no room. So many that nobody looked at fill it;
 * once somebody does, requests are answered again, and their departures told.
 */
static void departures_that_nobody_looked_at_do_not_stop_reception(void **state)
{
	uint64_t token = 0;
	int tries = 0;

	(void)state;
	open_host();
	while (token < MANY)
		ask(++token);
	/* The first may find the sockets full. */
	while (!is_answered(++token, span_ms(500)))
		assert_true(++tries < 10);
	for (int i = 0; i < 5; i++) {
		assert_true(is_answered(++token, span_s(10)));
		assert_int_equal(host.departed, token);
	}
	close_host();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_answered_and_its_departure_told),
		cmocka_unit_test(departures_that_nobody_looked_at_do_not_stop_reception),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
