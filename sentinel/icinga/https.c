#include "https.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_MAX = 16384, HEADERS_MAX = 8192 };

struct https_tls {
	SSL_CTX *context;
};

struct https {
	struct loop *loop;
	https_fn *fn;
	void *arg;
	struct timer *deadline, *later;
	struct evhttp_connection *connection; /* NULL: idle */
	struct bufferevent *bev;              /* the connection's */
	struct https_answer answer;
	int connect_error;
	enum evhttp_request_error broke; /* how the answer did, where evhttp says so */
	char body[ANSWER_MAX + 1];
};

/* ---- TLS ---- */

/* The oldest error in OpenSSL's queue, which is the one that tells; the queue is empty afterwards. */
static const char *tls_reason(unsigned long code)
{
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return reason ? reason : "an error without a name";
}

static struct https *https_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

/*
 * The handshake begins when the socket can be written to: it is connected, or it cannot be. Head and body of a request
 * are two writes, and the second is not to wait for the first one's acknowledgement.
 */
static void begin_handshake(struct https *https, int fd)
{
	socklen_t len = sizeof https->connect_error;
	int on = 1;

	if (https->answer.stage != HTTPS_CONNECTING ||
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &https->connect_error, &len) != 0 ||
		https->connect_error)
		return;
	https->answer.stage = HTTPS_SECURING;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void on_handshake(const SSL *ssl, int where, int value)
{
	struct https *https = https_of(ssl);

	(void)value;
	if (where & SSL_CB_HANDSHAKE_START)
		begin_handshake(https, SSL_get_fd(ssl));
	if ((where & SSL_CB_HANDSHAKE_DONE) && https->answer.stage == HTTPS_SECURING)
		https->answer.stage = HTTPS_ASKING;
}

/* Of a key that is encrypted: OpenSSL's own would ask at the terminal, and everything would wait for the answer. */
static int no_password(char *out, int room, int writing, void *arg)
{
	(void)writing;
	(void)arg;
	if (room > 0)
		*out = '\0';
	return 0;
}

static bool refuse(char *error, size_t room, const char *what, const char *path)
{
	snprintf(error, room, "%s %s cannot be used: %s", what, path, tls_reason(ERR_peek_error()));
	return false;
}

static bool load(
	SSL_CTX *context, const char *ca, const char *certificate, const char *key, char *error, size_t room)
{
	ERR_clear_error();
	if (SSL_CTX_load_verify_file(context, ca) != 1)
		return refuse(error, room, "the CA's certificate", ca);
	if (!*certificate)
		return true;
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return refuse(error, room, "the certificate", certificate);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return refuse(error, room, "the private key", key);
	return SSL_CTX_check_private_key(context) == 1 || refuse(error, room, "the private key", key);
}

struct https_tls *https_tls_new(
	const char *ca, const char *certificate, const char *key, char *error, size_t room)
{
	struct https_tls *tls = calloc(1, sizeof *tls);

	if (tls)
		tls->context = SSL_CTX_new(TLS_client_method());
	if (!tls || !tls->context) {
		snprintf(error, room, "out of memory");
		goto fail;
	}
	SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_info_callback(tls->context, on_handshake);
	SSL_CTX_set_default_passwd_cb(tls->context, no_password);
	if (load(tls->context, ca, certificate, key, error, room))
		return tls;
fail:
	https_tls_free(tls);
	return NULL;
}

void https_tls_free(struct https_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

static SSL *session(struct https *https, const struct https_request *request)
{
	SSL *ssl = SSL_new(request->tls->context);

	if (!ssl)
		return NULL;
	SSL_set_app_data(ssl, https);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, request->name) == 1 && SSL_set_tlsext_host_name(ssl, request->name) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

char *https_basic(const char *user, const char *password)
{
	static const char scheme[] = "Basic ";
	size_t len = strlen(user) + 1 + strlen(password), coded = (len + 2) / 3 * 4;
	char *plain = malloc(len + 1), *out = malloc(sizeof scheme + coded);

	if (!plain || !out) {
		free(out);
		out = NULL;
	} else {
		snprintf(plain, len + 1, "%s:%s", user, password);
		memcpy(out, scheme, sizeof scheme);
		EVP_EncodeBlock(
			(unsigned char *)out + sizeof scheme - 1, (const unsigned char *)plain, (int)len);
	}
	if (plain)
		explicit_bzero(plain, len);
	free(plain);
	return out;
}

/* ---- what came of it ---- */

static void __attribute__((format(printf, 2, 3))) fail(struct https *https, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(https->answer.error, sizeof https->answer.error, format, args);
	va_end(args);
}

static void explain_handshake(struct https *https)
{
	long verdict = SSL_get_verify_result(bufferevent_openssl_get_ssl(https->bev));
	unsigned long code = bufferevent_get_openssl_error(https->bev);

	https->answer.wrong_name = verdict == X509_V_ERR_HOSTNAME_MISMATCH;
	https->answer.wrong_time =
		verdict == X509_V_ERR_CERT_NOT_YET_VALID || verdict == X509_V_ERR_CERT_HAS_EXPIRED;
	if (verdict != X509_V_OK)
		fail(https, "its certificate is not accepted: %s", X509_verify_cert_error_string(verdict));
	else if (code)
		fail(https, "TLS failed: %s", tls_reason(code));
	else
		fail(https, "it closed the connection during TLS");
}

static void explain_answer(struct https *https)
{
	static const char compare[] = "compare icinga.endpoints[].url with its ApiListener";

	if (https->broke == EVREQ_HTTP_DATA_TOO_LONG)
		fail(https, "its answer is longer than any of Icinga's: %s", compare);
	else if (https->broke == EVREQ_HTTP_INVALID_HEADER)
		fail(https, "its answer is none of HTTP: %s", compare);
	else
		fail(https, "its answer broke off, or none came: the connection was closed; does icinga2 "
			    "restart?");
}

static void explain(struct https *https)
{
	switch (https->answer.stage) {
	case HTTPS_CONNECTING:
		fail(https, "no connection: %s",
			strerror(https->connect_error ? https->connect_error : errno));
		break;
	case HTTPS_SECURING:
		explain_handshake(https);
		break;
	case HTTPS_ASKING:
		explain_answer(https);
		break;
	case HTTPS_ANSWERED:
		break;
	}
	ERR_clear_error();
}

static void close_connection(struct https *https)
{
	timer_stop(https->deadline);
	timer_stop(https->later);
	if (https->connection)
		evhttp_connection_free(https->connection);
	https->connection = NULL;
	https->bev = NULL;
}

/* The caller may begin the next one at once. */
static void finish(struct https *https)
{
	struct https_answer answer = https->answer;

	close_connection(https);
	answer.body = https->body;
	https->fn(https->arg, &answer);
}

static void on_deadline(void *arg)
{
	struct https *https = arg;
	static const char *const stages[] = {
		[HTTPS_CONNECTING] = "no connection in time",
		[HTTPS_SECURING] = "it accepts connections and then says nothing in time: it hangs?",
		[HTTPS_ASKING] = "no answer to the request in time: it hangs?",
		[HTTPS_ANSWERED] = "no end of its answer in time",
	};

	https->answer.in_time = false;
	fail(https, "%s", stages[https->answer.stage]);
	finish(https);
}

static void on_later(void *arg)
{
	finish(arg);
}

/* Before on_answer, where there is no answer. */
static void on_broken(enum evhttp_request_error how, void *arg)
{
	struct https *https = arg;

	https->broke = how;
}

/* Not from in here: evhttp still works with the connection when this returns. */
static void on_answer(struct evhttp_request *request, void *arg)
{
	struct https *https = arg;
	int status = request ? evhttp_request_get_response_code(request) : 0;
	ev_ssize_t len;

	/* What came in time is not to be called late by a deadline that is due in the same round of the loop. */
	timer_stop(https->deadline);
	timer_set(https->later, SPAN_ZERO);
	if (status <= 0) {
		explain(https);
		return;
	}
	len = evbuffer_copyout(evhttp_request_get_input_buffer(request), https->body, ANSWER_MAX);
	https->body[len > 0 ? len : 0] = '\0';
	https->answer.stage = HTTPS_ANSWERED;
	https->answer.status = status;
}

/* ---- asking ---- */

bool https_encode(const char *text, char out[HTTPS_ENCODED_SIZE])
{
	char *encoded = evhttp_uriencode(text, -1, 0);
	int len = encoded ? snprintf(out, HTTPS_ENCODED_SIZE, "%s", encoded) : HTTPS_ENCODED_SIZE;

	free(encoded);
	return len < HTTPS_ENCODED_SIZE;
}

static void address_text(const struct endpoint *endpoint, char out[INET6_ADDRSTRLEN])
{
	struct in6_addr ip;

	memcpy(&ip, endpoint->ip, sizeof ip);
	if (IN6_IS_ADDR_V4MAPPED(&ip))
		inet_ntop(AF_INET, endpoint->ip + 12, out, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &ip, out, INET6_ADDRSTRLEN);
}

static bool open_connection(struct https *https, const struct https_request *request)
{
	char address[INET6_ADDRSTRLEN];
	SSL *ssl = session(https, request);

	if (!ssl)
		return false;
	https->bev = bufferevent_openssl_socket_new(loop_base(https->loop), -1, ssl,
		BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!https->bev) {
		SSL_free(ssl);
		return false;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(https->bev, 1);
	address_text(&request->to, address);
	/* An address, so nothing is looked up. */
	https->connection = evhttp_connection_base_bufferevent_new(
		loop_base(https->loop), NULL, https->bev, address, request->to.port);
	if (!https->connection) {
		bufferevent_free(https->bev);
		https->bev = NULL;
		return false;
	}
	evhttp_connection_set_max_body_size(https->connection, ANSWER_MAX);
	evhttp_connection_set_max_headers_size(https->connection, HEADERS_MAX);
	return true;
}

static bool write_head(struct evhttp_request *out, const struct https_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(out);
	struct evbuffer *body = evhttp_request_get_output_buffer(out);

	return evhttp_add_header(headers, "Host", request->name) == 0 &&
	       evhttp_add_header(headers, "Accept", "application/json") == 0 &&
	       evhttp_add_header(headers, "Content-Type", "application/json") == 0 &&
	       evhttp_add_header(headers, "Connection", "close") == 0 &&
	       (!request->authorization ||
		       evhttp_add_header(headers, "Authorization", request->authorization) == 0) &&
	       evbuffer_add(body, request->body, strlen(request->body)) == 0;
}

bool https_post(struct https *https, const struct https_request *request)
{
	struct evhttp_request *out;

	https->answer = (struct https_answer){ .stage = HTTPS_CONNECTING, .in_time = true };
	https->body[0] = '\0';
	https->connect_error = 0;
	https->broke = EVREQ_HTTP_EOF;
	if (!open_connection(https, request))
		return false;
	out = evhttp_request_new(on_answer, https);
	if (!out || !write_head(out, request)) {
		if (out)
			evhttp_request_free(out);
		close_connection(https);
		return false;
	}
	evhttp_request_set_error_cb(out, on_broken);
	timer_set(https->deadline, request->timeout);
	/* Where this fails, it is the connection's to free the request, and on_answer may have been called. */
	if (evhttp_make_request(https->connection, out, EVHTTP_REQ_POST, request->target) != 0) {
		fail(https, "no connection: %s", strerror(errno));
		timer_set(https->later, SPAN_ZERO);
	}
	return true;
}

bool https_busy(const struct https *https)
{
	return https->connection;
}

void https_cancel(struct https *https)
{
	close_connection(https);
}

struct https *https_new(struct loop *loop, https_fn *fn, void *arg)
{
	struct https *https = calloc(1, sizeof *https);

	if (!https)
		return NULL;
	*https = (struct https){ .loop = loop, .fn = fn, .arg = arg };
	https->deadline = timer_new(loop, on_deadline, https);
	https->later = timer_new(loop, on_later, https);
	if (https->deadline && https->later)
		return https;
	https_free(https);
	return NULL;
}

void https_free(struct https *https)
{
	if (!https)
		return;
	if (https->deadline && https->later)
		close_connection(https);
	timer_free(https->deadline);
	timer_free(https->later);
	free(https);
}
