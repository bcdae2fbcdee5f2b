/*
 * Two hosts that ask each other see the path twice, and each leg of an exchange says as much to the one as to the other. The
 * answerer has T2 and T3; the asker tells it T1 and T4 when the exchange is over, with its next request. So each host has twice
 * as many points for its estimate, and both its bounds rest on answers, too: these leave at once, from caches that the request
 * has warmed, where a request is slowed down by all that its sender has slept through.
 *
 * What the other host says of its own clock here is believed as T2 and T3 are in its answers: it is its clock.
 */
#include "core_impl.h"

void round_write(const struct node *node, struct writer *w)
{
	struct exchange latest;
	struct round_report round;

	if (!estimate_latest(&node->watch->estimate, &latest))
		return;
	round = (struct round_report){
		.nonce = latest.id,
		.sent = raw_add(latest.low_at, latest.low),
		.departed = latest.high_at,
		.arrived = latest.low_at,
	};
	message_write_round(w, &round);
}

/* T3, no later than the truth: the kernel's word where there is one. */
static struct raw answer_left(const struct node *node)
{
	if (node->has_departure && node->departure.nonce == node->answer.nonce &&
		node->departure.sent.ns == node->answer.sent.ns &&
		node->departure.left.ns > node->answer.sent.ns)
		return node->departure.left;
	return node->answer.sent;
}

/* The latest answer alone is remembered, so what is told a second time, or by a replay, says nothing. */
void round_heard(struct node *node, const struct message *message)
{
	const struct round_report *round = &message->round;
	struct raw left = answer_left(node);
	struct exchange theirs = {
		.id = round->nonce,
		.theirs = true,
		.high_at = left,
		.high = raw_sub(round->arrived, left),
		.low_at = node->request_at,
		.low = raw_sub(round->departed, node->request_at),
	};

	if (!message->has_round || !node->watch || !node->answered ||
		node->instance != message->hello.instance)
		return;
	if (round->nonce == node->answer.nonce && round->sent.ns == node->answer.sent.ns)
		estimate_add_theirs(&node->watch->estimate, &theirs);
}
