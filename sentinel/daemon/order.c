#include "daemon_impl.h"

#include <stdio.h>
#include <string.h>

#include "../host/clock.h"

bool order_hold(struct daemon *d, const struct hold_request *request, uid_t uid, char *text, size_t room)
{
	struct action_order order = {
		.kind = request->on ? ORDER_HOLD_ALL : ORDER_UNHOLD_ALL,
		.for_span = request->for_span,
		.reason = request->reason,
	};

	command_asked(d, request->on ? "a hold on all nodes" : "the end of the hold on all nodes", uid);
	if (!drivers_order(d, &order, text, room))
		return false;
	snprintf(text, room,
		request->on ? "actions on all nodes are being held; lift it with: skewctl unhold --cluster"
			    : "the hold on all nodes is being lifted");
	return true;
}

/* A sentinel that answers gives its claim back by itself, and may be using it. */
static bool is_alive(const struct daemon *d, const char *name)
{
	struct node_view node;
	struct reading now;

	clock_read(&now);
	for (size_t i = 0; i < core_nodes(d->core); i++) {
		core_node(d->core, i, &now, &node);
		if (strcmp(node.name, name) == 0)
			return i == 0 || (node.kind == NODE_PEER && node.reachable);
	}
	return false;
}

bool order_end_claim(struct daemon *d, const char *node, uid_t uid, char *text, size_t room)
{
	struct action_order order = { .kind = ORDER_END_A_CLAIM, .node = node };
	char what[96];

	snprintf(what, sizeof what, "the end of the claim of %.63s", node);
	command_asked(d, what, uid);
	if (is_alive(d, node)) {
		snprintf(text, room,
			"the sentinel of %s answers, and gives its claim back when its node is at work "
			"again; to have that now, there: skewctl release",
			node);
		return false;
	}
	if (!drivers_order(d, &order, text, room))
		return false;
	snprintf(text, room, "the claim of %s is being ended", node);
	return true;
}
