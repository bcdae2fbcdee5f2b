#include "core_impl.h"

/* Spread over the interval by the golden ratio, so that any number of nodes is asked evenly. */
static struct span phase_of(const struct node *node)
{
	return span_scale(node->interval, (int64_t)node->place * 618034 % 1000000, 1000000);
}

static struct span burst_spacing(const struct node *node)
{
	if (node->kind == NODE_REFERENCE)
		return span_min(REFERENCE_BURST_SPACING, node->interval);
	return span_min(BURST_SPACING, node->interval);
}

/*
 * The next probe: soon within a burst, then at the node's own place in the interval, and from there on an interval on,
 * give or take 3 % so that hosts do not fall into step.
 */
static void plan_next(struct core *core, struct node *node)
{
	struct mono now = core->own.now.mono_after;
	int64_t jitter = (int64_t)(prng_u64(core->prng) % 60001) - 30000;

	if (node->burst > 0) {
		node->burst--;
		node->next_probe = mono_add(now, node->burst > 0 ? burst_spacing(node) : phase_of(node));
		return;
	}
	node->next_probe = mono_add(node->next_probe, span_scale(node->interval, 1000000 + jitter, 1000000));
	if (mono_before(node->next_probe, now)) /* after a stall */
		node->next_probe = mono_add(now, phase_of(node));
}

static void write_request(struct core *core, struct node *node, uint64_t nonce, struct writer *w)
{
	struct ntp_header header = { .version = NTP_VERSION,
		.mode = NTP_MODE_CLIENT,
		.poll = 0,
		.precision = 0,
		.transmit = { nonce } };

	message_write_header(w, &header);
	if (node->kind == NODE_PEER) {
		size_t others;

		message_write_hello(w, &core->hello);
		round_write(node, w);
		others = w->len + MAC_SIZE;
		if (others + FIELD_MIN_SIZE <= core->request_size)
			field_pad(w, FIELD_PAD, core->request_size - others);
	}
	if (node->key)
		mac_append(w, node->key, node->wire_key);
}

static struct probe *probe_slot(struct watch *watch)
{
	struct probe *probe = &watch->probes[watch->next_slot];

	watch->next_slot = (watch->next_slot + 1) % PROBES_MAX;
	return probe;
}

/* False where this step has sent all it can: the rest is due at once again. */
static bool ask(struct core *core, struct node *node)
{
	struct outgoing *out = core_send(core);
	struct probe *probe;
	struct writer w;

	if (!out)
		return false;
	probe = probe_slot(node->watch);
	*probe = (struct probe){
		.outstanding = true,
		.nonce = prng_u64(core->prng) | 1, /* zero means "no stamp" to some servers */
		.sent = core->own.now.raw_before,
		.sent_mono = core->own.now.mono_before,
		.to = node->endpoint,
	};
	w = (struct writer){ .bytes = out->bytes, .room = sizeof out->bytes };
	write_request(core, node, probe->nonce, &w);
	out->side = SIDE_ASK;
	out->stamped = node->key != NULL;
	out->token = probe->nonce;
	out->to = node->endpoint;
	out->len = w.len;
	node->sent++;
	node->reach = (uint8_t)(node->reach << 1);
	return true;
}

/* Without its key in the file a peer cannot be asked, and a reference that is said to have one must not be. */
static bool may_ask(const struct node *node)
{
	bool needs_key = node->kind == NODE_PEER || node->reference->key != 0;

	return node->has_endpoint && (node->key || !needs_key);
}

/* One step sends only so much: the next one goes on where it stopped, so that in a large cluster all get their turn. */
void ask_due(struct core *core)
{
	size_t others = core->roster.n_asked;

	for (size_t k = 0; k < others; k++) {
		size_t index = (core->ask_from + k) % others;
		struct node *node = node_asked(core, index);

		if (mono_before(core->own.now.mono_after, node->next_probe))
			continue;
		if (may_ask(node) && !ask(core, node)) {
			core->ask_from = index;
			return;
		}
		plan_next(core, node);
	}
}

struct mono ask_deadline(const struct core *core)
{
	struct mono least = { INT64_MAX };

	for (size_t i = 0; i < core->roster.n_asked; i++)
		least = mono_earlier(least, node_asked(core, i)->next_probe);
	return least;
}

struct probe *ask_probe(struct watch *watch, uint64_t nonce)
{
	for (size_t i = 0; i < PROBES_MAX; i++)
		if (watch->probes[i].outstanding && watch->probes[i].nonce == nonce)
			return &watch->probes[i];
	return NULL;
}

/*
 * The stamp is taken just before the datagram is given to the device, later than our own look at the clock before
 * sending it, so T1 moves up and the upper bound down. It may come before the answer or after it, or never.
 */
void ask_departed(struct core *core, uint64_t nonce, struct wall stamp)
{
	struct raw left;

	if (!own_stamp_before(&core->own, stamp, &left))
		return;
	for (size_t i = 0; i < core->roster.n_asked; i++) {
		struct node *node = node_asked(core, i);
		struct probe *probe = ask_probe(node->watch, nonce);

		if (probe && left.ns > probe->sent.ns)
			probe->sent = left;
		else if (!probe)
			estimate_request_left(&node->watch->estimate, nonce, left);
	}
}
