#include "network.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../core/verdict.h"
#include "../host/clock.h"
#include "../host/keyfile.h"
#include "../host/loop.h"
#include "../host/resolve.h"
#include "../host/udp.h"
#include "../skewctl/reply.h"

/* The next question comes soon after an answer, and later where there is none. */
#define NEXT_ANSWERED span_ms(50)
#define NEXT_SILENT span_s(1)

struct network {
	const struct options *options;
	struct result *result;
	struct conf *conf; /* as much of one as udp and resolve want */
	struct keyring *ring;
	struct key *key;
	struct loop *loop;
	struct udp *udp;
	struct resolve *resolve;
	struct timer *next, *end;
	bool begun;
	struct prober prober;
};

/* ---- words ---- */

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void say_rejected(const struct prober *prober, struct result *result)
{
	for (enum prober_reject i = 0; i < PROBER_REJECTS; i++)
		if (prober->rejected[i])
			result_say(result, "; %u answer%s %s not believed", prober->rejected[i],
				plural(prober->rejected[i]), prober_reject_name(i));
}

/* Nothing came that can be believed: what to look at. */
static void say_silence(const struct options *options, const struct prober *prober, struct result *result)
{
	const struct conf_address *to = &options->address;

	result_say(result, "no answer to be believed from %s port %u, asked %u time%s", to->host,
		(unsigned)to->port, prober->asked, plural(prober->asked));
	say_rejected(prober, result);
	if (options->keyfile && prober->rejected[PROBER_MAC] + prober->rejected[PROBER_KEY] > 0)
		result_say(
			result, ": compare key %u in %s with the one there", options->key, options->keyfile);
	else if (options->keyfile)
		result_say(result,
			": does it run, does it have key %u of %s, and does a firewall let UDP through?",
			options->key, options->keyfile);
	else
		result_say(result,
			": does it run, does it answer without a key, and does a firewall let UDP "
			"through?%s",
			to->port == CONF_PORT ? " (-p 123 for an NTP server)" : "");
}

static void say_offset(
	const struct options *options, const struct prober *prober, const char *here, struct result *result)
{
	char size[REPLY_TEXT_SIZE], bound[REPLY_TEXT_SIZE];

	result_say(result, "%s%s is %s (%s) of %s", prober->drill ? "DRILL: " : "", options->host,
		reply_offset(prober->offset, size), reply_bound(prober->offset, bound), here);
	result_say(result, "; %u of %u answers%s", prober->heard, prober->asked,
		prober->key ? " with the key" : ", not authenticated");
}

/* A sentinel's word on its own clock, which it has from a majority. */
static void say_told(const struct prober *prober, struct result *result)
{
	const struct state_report *told = &prober->state;
	char size[REPLY_TEXT_SIZE], bound[REPLY_TEXT_SIZE];

	result_say(result, "; of itself it says: %s", verdict_state_name(told->state));
	if (told->offset.low.ns != INT64_MIN && told->offset.high.ns != INT64_MAX)
		result_say(result, ", %s (%s) of its cluster", reply_offset(told->offset, size),
			reply_bound(told->offset, bound));
	result_say(result, "; %u of %u agree", told->agree, told->electorate);
}

/* Two clocks that differ: which one is wrong is not to be seen from the two. */
static void say_cure(const struct prober *prober, struct result *result)
{
	if (prober->told)
		say_told(prober, result);
	else if (result->state == VERDICT_WARNING || result->state == VERDICT_CRITICAL)
		result_say(result,
			"; which of the two is wrong takes a third to tell: see `skewctl why`, or check "
			"against another server");
	if (prober->unsynchronised && result->state == VERDICT_OK)
		result->state = VERDICT_UNKNOWN;
	if (prober->unsynchronised && !prober->told)
		result_say(result,
			"; it says itself that it does not know the time (see `chronyc tracking` there)");
}

static void say_verbose(const struct options *options, const struct prober *prober, struct result *result)
{
	char text[SPAN_TEXT_SIZE];

	if (options->verbose >= 1)
		result_say(result, "; stratum %u, round trip %s", prober->stratum,
			span_format(prober->delay, text, sizeof text));
	if (options->verbose >= 1)
		say_rejected(prober, result);
}

void network_judge(
	const struct options *options, const struct prober *prober, const char *here, struct result *result)
{
	if (prober->kiss[0]) {
		result_say(result, "%s asks to be left alone (kiss-o'-death %s): check less often",
			options->host, prober->kiss);
		return;
	}
	if (!prober->heard) {
		say_silence(options, prober, result);
		return;
	}
	say_offset(options, prober, here, result);
	result->perfdata.known = true;
	result->perfdata.offset = prober->offset;
	result->perfdata.have_delay = true;
	result->perfdata.delay = prober->delay;
	result_judge(result, options);
	say_cure(prober, result);
	say_verbose(options, prober, result);
}

/* ---- the exchanges ---- */

static void ask_again(void *arg)
{
	struct network *network = arg;
	struct outgoing out = { .side = SIDE_ASK };
	struct reading now;
	uint64_t nonce;

	if (prober_done(&network->prober) || getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce) {
		loop_stop(network->loop);
		return;
	}
	clock_read(&now);
	if (!prober_ask(&network->prober, nonce | 1, &now, &out)) {
		loop_stop(network->loop);
		return;
	}
	udp_send(network->udp, &out);
	timer_set(network->next, NEXT_SILENT);
}

static void say_exchange(struct network *network, bool believed)
{
	const struct prober *p = &network->prober;
	char middle[REPLY_TEXT_SIZE], bound[REPLY_TEXT_SIZE];

	if (believed)
		result_more(network->result, "answer %u: %s (%s)", p->heard,
			reply_signed(interval_middle(p->latest), middle), reply_bound(p->latest, bound));
	else if (network->options->verbose >= 3)
		result_more(network->result, "a datagram that was not believed");
}

static void on_datagram(void *arg, const struct incoming *in)
{
	struct network *network = arg;
	struct reading now;
	bool believed;

	if (!network->begun)
		return;
	clock_read(&now);
	believed = prober_hear(&network->prober, in, &now);
	say_exchange(network, believed);
	if (prober_done(&network->prober))
		loop_stop(network->loop);
	else if (believed)
		timer_set(network->next, NEXT_ANSWERED);
}

static void on_departed(void *arg, enum side side, uint64_t token, struct wall stamp)
{
	struct network *network = arg;
	struct reading now;

	(void)side;
	clock_read(&now);
	prober_departed(&network->prober, token, stamp, &now);
}

static void on_address(void *arg, size_t node, const struct endpoint *endpoint)
{
	struct network *network = arg;
	struct reading now;

	(void)node;
	if (network->begun)
		return;
	network->begun = true;
	clock_read(&now);
	prober_init(&network->prober, endpoint, network->key, network->options->cluster, &now);
	timer_set(network->next, SPAN_ZERO);
}

static void on_note(void *arg, enum severity severity, const char *text)
{
	struct network *network = arg;

	(void)severity;
	if (!network->begun)
		result_say(network->result, "%s", text);
	loop_stop(network->loop);
}

static void on_end(void *arg)
{
	struct network *network = arg;

	loop_stop(network->loop);
}

/* ---- opening ---- */

static bool take_key(struct network *network)
{
	const struct options *options = network->options;
	char error[512];

	if (!options->keyfile)
		return true;
	network->ring = keyfile_read(options->keyfile, error, sizeof error);
	if (!network->ring) {
		result_say(network->result, "%s", error);
		return false;
	}
	network->key = keyring_find(network->ring, options->key);
	if (!network->key)
		result_say(network->result, "%s: there is no key %u", options->keyfile, options->key);
	return network->key != NULL;
}

/* A configuration that listens nowhere, with one server to ask. */
static bool make_conf(struct network *network)
{
	network->conf = conf_defaults("check_skew");
	if (!network->conf)
		return false;
	network->conf->n_listen = 0;
	network->conf->n_references = 1;
	network->conf->references[0].address = network->options->address;
	return true;
}

static bool open_all(struct network *network, struct span within)
{
	char error[256] = "memory is short";

	if (!take_key(network))
		return false;
	network->loop = make_conf(network) ? loop_new() : NULL;
	if (network->loop) {
		network->next = timer_new(network->loop, ask_again, network);
		network->end = timer_new(network->loop, on_end, network);
	}
	if (network->next && network->end)
		network->udp = udp_new(
			network->loop, network->conf, on_datagram, on_departed, network, error, sizeof error);
	if (network->udp)
		network->resolve = resolve_new(network->loop, network->conf, on_address, on_note, network);
	if (!network->resolve) {
		result_say(network->result, "%s", error);
		return false;
	}
	timer_set(network->end, within);
	return true;
}

static void close_all(struct network *network)
{
	resolve_free(network->resolve);
	if (network->udp)
		udp_free(network->udp);
	timer_free(network->next);
	timer_free(network->end);
	loop_free(network->loop);
	conf_free(network->conf);
	keyring_free(network->ring);
}

void network_check(const struct options *options, struct span within, struct result *result)
{
	struct network network = { .options = options, .result = result };
	char here[256] = "this host";

	gethostname(here, sizeof here - 1);
	if (open_all(&network, within)) {
		loop_run(network.loop);
		if (network.begun)
			network_judge(options, &network.prober, here, result);
		else if (!result->text[0])
			result_say(result, "%s was not resolved in time: give an address, or a longer -t",
				options->host);
	}
	close_all(&network);
}
