#include "resolve.h"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"

#define AGAIN_GOOD span_s(60)
#define AGAIN_BAD span_s(5)

enum { SOCKETS_MAX = 64 };

struct name {
	struct resolve *resolve;
	size_t node;
	const struct conf_address *address;
	struct timer *again;
	bool has_endpoint;
	struct endpoint endpoint;
	bool failing;
};

/* A socket of c-ares that the loop watches for it. */
struct ares_watch {
	struct resolve *resolve;
	struct watch *watch;
	ares_socket_t fd;
};

struct resolve {
	struct loop *loop;
	ares_channel channel;
	bool open;
	struct timer *timeout;
	struct ares_watch watches[SOCKETS_MAX];
	resolve_fn *fn;
	resolve_note_fn *note;
	void *arg;
	struct name *names;
	size_t n_names;
};

/* ---- c-ares on the loop ---- */

/* c-ares keeps its own timeouts; the loop wakes it for the next one. */
static void plan_timeout(struct resolve *resolve)
{
	struct timeval most = { .tv_sec = 5 }, wait, *next;

	next = ares_timeout(resolve->channel, &most, &wait);
	timer_set(resolve->timeout, span_add(span_s(next->tv_sec), span_us(next->tv_usec)));
}

static void on_timeout(void *arg)
{
	struct resolve *resolve = arg;

	ares_process_fd(resolve->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	plan_timeout(resolve);
}

static void on_socket(void *arg, unsigned what)
{
	struct ares_watch *w = arg;
	struct resolve *resolve = w->resolve;
	ares_socket_t fd = w->fd;

	ares_process_fd(resolve->channel, what & WATCH_READ ? fd : ARES_SOCKET_BAD,
		what & WATCH_WRITE ? fd : ARES_SOCKET_BAD);
	plan_timeout(resolve);
}

static struct ares_watch *find_watch(struct resolve *resolve, ares_socket_t fd)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (resolve->watches[i].watch && resolve->watches[i].fd == fd)
			return &resolve->watches[i];
	return NULL;
}

static struct ares_watch *free_watch(struct resolve *resolve)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (!resolve->watches[i].watch)
			return &resolve->watches[i];
	return NULL;
}

static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolve *resolve = arg;
	struct ares_watch *w = find_watch(resolve, fd);
	unsigned what = (readable ? WATCH_READ : 0U) | (writable ? WATCH_WRITE : 0U);

	if (!what) {
		if (w) {
			watch_free(w->watch);
			w->watch = NULL;
		}
		return;
	}
	if (!w) {
		w = free_watch(resolve);
		if (!w)
			return; /* its timeout ends the query */
		*w = (struct ares_watch){ .resolve = resolve, .fd = fd };
		w->watch = watch_new(resolve->loop, fd, what, on_socket, w);
		return;
	}
	watch_set(w->watch, what);
}

/* ---- names ---- */

static bool endpoint_of(const struct ares_addrinfo_node *node, uint16_t port, struct endpoint *out)
{
	char text[INET6_ADDRSTRLEN];
	const void *address;

	if (node->ai_family == AF_INET)
		address = &((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr;
	else if (node->ai_family == AF_INET6)
		address = &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr;
	else
		return false;
	return ares_inet_ntop(node->ai_family, address, text, sizeof text) && endpoint_parse(text, port, out);
}

/* The address in use where it is still among them, else the first. */
static bool choose(const struct name *name, const struct ares_addrinfo *result, struct endpoint *out)
{
	struct endpoint endpoint;
	bool any = false;

	for (const struct ares_addrinfo_node *n = result->nodes; n; n = n->ai_next) {
		if (!endpoint_of(n, name->address->port, &endpoint))
			continue;
		if (!any || (name->has_endpoint && endpoint_equal(&endpoint, &name->endpoint)))
			*out = endpoint;
		any = true;
	}
	return any;
}

static void use(struct name *name, const struct endpoint *endpoint)
{
	struct resolve *resolve = name->resolve;

	if (name->has_endpoint && endpoint_equal(&name->endpoint, endpoint))
		return;
	name->has_endpoint = true;
	name->endpoint = *endpoint;
	resolve->fn(resolve->arg, name->node, endpoint);
}

static void tell_failure(struct name *name, const char *why)
{
	char text[512];

	if (name->failing)
		return;
	name->failing = true;
	snprintf(text, sizeof text, "cannot resolve %s: %s%s", name->address->host, why,
		name->has_endpoint ? "; its last address is still used" : "");
	name->resolve->note(name->resolve->arg, SEVERITY_WARNING, text);
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *result)
{
	struct name *name = arg;
	struct endpoint endpoint;
	bool good = status == ARES_SUCCESS && choose(name, result, &endpoint);

	(void)timeouts;
	if (result)
		ares_freeaddrinfo(result);
	if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
		return;
	timer_set(name->again, good ? AGAIN_GOOD : AGAIN_BAD);
	if (!good) {
		tell_failure(name, status == ARES_SUCCESS ? "it has no address" : ares_strerror(status));
		return;
	}
	name->failing = false;
	use(name, &endpoint);
}

static void look_up(void *arg)
{
	struct name *name = arg;
	struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };

	ares_getaddrinfo(name->resolve->channel, name->address->host, NULL, &hints, on_answer, name);
	plan_timeout(name->resolve);
}

static bool name_start(
	struct resolve *resolve, struct name *name, size_t node, const struct conf_address *address)
{
	struct endpoint endpoint;

	*name = (struct name){ .resolve = resolve, .node = node, .address = address };
	name->again = timer_new(resolve->loop, look_up, name);
	if (!name->again)
		return false;
	if (endpoint_parse(address->host, address->port, &endpoint))
		use(name, &endpoint);
	else
		timer_set(name->again, SPAN_ZERO);
	return true;
}

static bool names_start(
	struct resolve *resolve, const struct conf_address *const *addresses, size_t n, size_t first)
{
	for (size_t i = 0; i < n; i++, resolve->n_names++)
		if (!name_start(resolve, &resolve->names[i], first + i, addresses[i]))
			return false;
	return true;
}

static bool channel_open(struct resolve *resolve)
{
	struct ares_options options = {
		.sock_state_cb = on_socket_state, .sock_state_cb_data = resolve, .timeout = 1000, .tries = 2
	};

	resolve->open = ares_init_options(&resolve->channel, &options,
				ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS;
	return resolve->open;
}

static struct resolve *resolve_start(struct loop *loop, const struct conf_address *const *addresses, size_t n,
	size_t first, const struct resolve_calls *calls)
{
	struct resolve *resolve = calloc(1, sizeof *resolve);

	if (!resolve)
		return NULL;
	*resolve = (struct resolve){ .loop = loop, .fn = calls->fn, .note = calls->note, .arg = calls->arg };
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		goto fail;
	resolve->timeout = timer_new(loop, on_timeout, resolve);
	resolve->names = calloc(n + 1, sizeof *resolve->names);
	if (resolve->timeout && resolve->names && channel_open(resolve) &&
		names_start(resolve, addresses, n, first))
		return resolve;
fail:
	resolve_free(resolve);
	return NULL;
}

struct resolve *resolve_list(struct loop *loop, const struct conf_address *const *addresses, size_t n,
	const struct resolve_calls *calls)
{
	return resolve_start(loop, addresses, n, 0, calls);
}

struct resolve *resolve_new(
	struct loop *loop, const struct conf *conf, resolve_fn *fn, resolve_note_fn *note, void *arg)
{
	const struct conf_address *addresses[CONF_PEERS_MAX + CONF_REFERENCES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < conf->n_peers; i++)
		addresses[n++] = &conf->peers[i].address;
	for (size_t i = 0; i < conf->n_references; i++)
		addresses[n++] = &conf->references[i].address;
	return resolve_start(loop, addresses, n, 1, &(struct resolve_calls){ fn, note, arg });
}

void resolve_free(struct resolve *resolve)
{
	if (!resolve)
		return;
	if (resolve->open)
		ares_destroy(resolve->channel);
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		watch_free(resolve->watches[i].watch);
	for (size_t i = 0; i < resolve->n_names; i++)
		timer_free(resolve->names[i].again);
	timer_free(resolve->timeout);
	free(resolve->names);
	free(resolve);
	ares_library_cleanup();
}
