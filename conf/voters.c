#include "voters.h"

static size_t insert_sorted(uint64_t *sorted, size_t n, size_t most, uint64_t id)
{
	if (n < most)
		n++;
	else if (id >= sorted[n - 1])
		return n;
	sorted[n - 1] = id;
	for (size_t at = n - 1; at > 0 && sorted[at - 1] > sorted[at]; at--) {
		uint64_t less = sorted[at];

		sorted[at] = sorted[at - 1];
		sorted[at - 1] = less;
	}
	return n;
}

/* The greatest id that still votes. */
static uint64_t last_voter(const struct conf *conf)
{
	uint64_t least[CONF_MEMBERS_VOTE_MAX];
	size_t n = 0;

	if (!conf->listed && conf_role_votes(conf->self.role))
		n = insert_sorted(least, n, CONF_MEMBERS_VOTE_MAX, message_node_id(conf->self.name));
	for (size_t i = 0; i < conf->n_peers; i++)
		if (conf_role_votes(conf->peers[i].role))
			n = insert_sorted(
				least, n, CONF_MEMBERS_VOTE_MAX, message_node_id(conf->peers[i].name));
	return n == CONF_MEMBERS_VOTE_MAX ? least[n - 1] : UINT64_MAX;
}

static void choose(struct conf_peer *member, uint64_t last)
{
	member->votes = conf_role_votes(member->role) && message_node_id(member->name) <= last;
}

void voters_choose(struct conf *conf)
{
	uint64_t last = last_voter(conf);

	choose(&conf->self, last);
	for (size_t i = 0; i < conf->n_peers; i++)
		choose(&conf->peers[i], last);
}
