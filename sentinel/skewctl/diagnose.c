#include "diagnose.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "reply.h"

static const char *const state_words[] = {
	[DIAGNOSIS_OK] = "ok",
	[DIAGNOSIS_NOTE] = "note",
	[DIAGNOSIS_WRONG] = "wrong",
};

void diagnosis_add(json_t *list, enum diagnosis state, const char *check, const char *format, ...)
{
	va_list args;
	char *text;
	json_t *plain;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	plain = json_string(text);
	json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "check", check, "state", state_words[state],
					    "text", plain ? plain : json_string("(no text)")));
	free(text);
}

/* ---- the electorate ---- */

void diagnose_listed(json_t *list, const struct conf *conf)
{
	if (!conf->listed)
		diagnosis_add(list, DIAGNOSIS_NOTE, "configuration",
			"this host, %s, is none of `peers`: where the list is to have it as well, `name` has "
			"to be "
			"its host name there, or set `node`",
			conf->node);
}

void diagnose_electorate(json_t *list, const struct conf *conf)
{
	unsigned majority = conf->electorate / 2 + 1;

	if (conf->electorate < 3)
		diagnosis_add(list, DIAGNOSIS_WRONG, "electorate",
			"%u vote: of two clocks that differ nobody can tell which is wrong; add a witness",
			conf->electorate);
	else if (conf->electorate == 3)
		diagnosis_add(list, DIAGNOSIS_NOTE, "electorate",
			"3 vote, and it takes the 2 others to prove that a clock is wrong: with one of them "
			"down nothing can be "
			"proved; a witness more helps");
	else
		diagnosis_add(list, DIAGNOSIS_OK, "electorate", "%u vote, %u make a majority",
			conf->electorate, majority);
}

/* ---- the daemon ---- */

/* A peer of the file that the daemon does not watch; NULL: there is none. */
static const char *unwatched(const json_t *peers, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_peers; i++)
		if (!reply_find(peers, "name", conf->peers[i].name))
			return conf->peers[i].name;
	return NULL;
}

static bool in_file(const struct conf *conf, const char *name)
{
	for (size_t i = 0; conf->peers && i < conf->n_peers; i++)
		if (strcmp(conf->peers[i].name, name) == 0)
			return true;
	return false;
}

/* A peer that the daemon watches and the file has not. References have names of their own. */
static const char *unlisted(const json_t *peers, const struct conf *conf)
{
	const json_t *peer;
	size_t i;

	json_array_foreach(peers, i, peer)
	{
		const char *name = reply_text(peer, "name");

		if (strcmp(reply_text(peer, "role"), "reference") != 0 && !in_file(conf, name))
			return name;
	}
	return NULL;
}

void diagnose_daemon(json_t *list, const json_t *status, const struct conf *conf)
{
	const json_t *peers = json_object_get(status, "peers");
	const char *version = reply_text(status, "version");
	const char *odd = conf ? unwatched(peers, conf) : NULL;
	struct span up = SPAN_ZERO;
	char uptime[REPLY_TEXT_SIZE] = "?";

	if (reply_span(status, "uptime_s", &up))
		reply_rough(up, uptime);
	if (conf && !odd)
		odd = unlisted(peers, conf);
	if (strcmp(version, SKEW_VERSION) != 0)
		diagnosis_add(list, DIAGNOSIS_WRONG, "daemon",
			"skew-sentinel %s runs, and this is %s: systemctl restart skew-sentinel (what is in "
			"force stays so)",
			version, SKEW_VERSION);
	else
		diagnosis_add(list, DIAGNOSIS_OK, "daemon", "skew-sentinel %s, up %s", version, uptime);
	if (odd)
		diagnosis_add(list, DIAGNOSIS_WRONG, "daemon",
			"the file and the daemon do not agree about %s: skewctl reload, or look whether it "
			"was refused "
			"(skewctl events)",
			odd);
}

/* ---- the verdict ---- */

void diagnose_verdict(json_t *list, const json_t *status)
{
	const json_t *verdict = json_object_get(status, "verdict");
	bool ok = strcmp(reply_text(verdict, "state"), "ok") == 0;
	const json_t *hold = json_object_get(status, "hold");

	diagnosis_add(
		list, ok ? DIAGNOSIS_OK : DIAGNOSIS_WRONG, "verdict", "%s", reply_text(verdict, "summary"));
	if (json_is_object(json_object_get(status, "drill")))
		diagnosis_add(
			list, DIAGNOSIS_NOTE, "drill", "a drill is under way: skewctl drill --stop ends it");
	if (json_is_object(hold))
		diagnosis_add(list, DIAGNOSIS_NOTE, "hold",
			"actions are held (%s): skewctl unhold%s lifts it", reply_text(hold, "reason"),
			reply_hold_is_clusters(status) ? " --cluster" : "");
}

/* ---- peers ---- */

/* What somebody measured so long ago says nothing of the path today; a row is told in slices, so it may be a while. */
#define STALE span_s(30)

static bool is_young(const json_t *cell)
{
	struct span age;

	return reply_span(cell, "age_s", &age) && span_less(age, STALE);
}

/* What `from` measured of `to` itself, lately. */
static const json_t *find_cell(const json_t *matrix, const char *from, const char *to)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(matrix, "cells"), i, cell)
	{
		if (strcmp(reply_text(cell, "from"), from) == 0 && strcmp(reply_text(cell, "to"), to) == 0 &&
			!reply_true(cell, "implied") && is_young(cell))
			return cell;
	}
	return NULL;
}

/* Somebody else who says that he measures it; NULL: nobody does. */
static const char *reached_by(const json_t *matrix, const char *self, const char *peer)
{
	const json_t *node;
	size_t i;

	json_array_foreach(json_object_get(matrix, "nodes"), i, node)
	{
		const char *name = reply_text(node, "name");

		if (strcmp(name, self) != 0 && strcmp(name, peer) != 0 && find_cell(matrix, name, peer))
			return name;
	}
	return NULL;
}

static void diagnose_silent(json_t *list, const json_t *matrix, const char *self, const json_t *peer)
{
	const char *name = reply_text(peer, "name");
	const char *address = reply_text(peer, "address");
	const char *other = reached_by(matrix, self, name);
	const json_t *why = json_object_get(peer, "not_believed");

	if (json_is_string(why))
		diagnosis_add(list, DIAGNOSIS_WRONG, "peers", "%s (%s) is heard, and not believed: %s", name,
			address, reply_text(peer, "not_believed"));
	else if (other)
		diagnosis_add(list, DIAGNOSIS_WRONG, "peers",
			"%s (%s) does not answer this host, but %s reaches it: another address or port "
			"there, or a firewall on the way from here, or back?",
			name, address, other);
	else
		diagnosis_add(list, DIAGNOSIS_WRONG, "peers",
			"%s (%s) answers nobody: is its sentinel running, and does UDP to that port get "
			"there?",
			name, address);
}

static bool is_watched(const json_t *peer)
{
	return !json_is_false(json_object_get(peer, "watched"));
}

static size_t count_unwatched(const json_t *peers)
{
	const json_t *peer;
	size_t i, n = 0;

	json_array_foreach(peers, i, peer) n += !is_watched(peer);
	return n;
}

/*
 * Is that peer to measure this host, and could we know? In a large cluster everybody asks those that vote and few others,
 * and the matrix has not everybody's row.
 */
static bool shall_hear(const json_t *matrix, const char *self, const json_t *peer, bool large)
{
	const json_t *nodes = json_object_get(matrix, "nodes");

	if (strcmp(reply_text(peer, "role"), "reference") == 0 ||
		json_is_null(json_object_get(peer, "version")))
		return false;
	return !large || (reply_true(reply_find(nodes, "name", self), "voter") &&
				 reply_find(nodes, "name", reply_text(peer, "name")));
}

/* It answers us: does it get answers from us? */
static void diagnose_heard(
	json_t *list, const json_t *matrix, const char *self, const json_t *peer, bool large)
{
	const char *name = reply_text(peer, "name");
	bool mutual = shall_hear(matrix, self, peer, large);

	if (mutual && !find_cell(matrix, name, self))
		diagnosis_add(list, DIAGNOSIS_WRONG, "peers",
			"%s is heard, but does not hear %s: does UDP from %s to port 9123 get in here "
			"(firewall), and is this host "
			"in its configuration?",
			name, self, reply_text(peer, "address"));
	else
		diagnosis_add(list, DIAGNOSIS_OK, "peers", "%s (%s): %s", name, reply_text(peer, "address"),
			mutual ? "each hears the other" : "it answers");
}

/* Those that count as many, and yet others. */
static void diagnose_members(json_t *list, const json_t *peer, const json_t *matrix, json_int_t own)
{
	const char *name = reply_text(peer, "name");
	const json_t *told = reply_find(json_object_get(matrix, "verdicts"), "node", name);

	if (reply_true(peer, "other_list") && (!told || reply_count(told, "electorate") == own))
		diagnosis_add(list, DIAGNOSIS_WRONG, "peers",
			"%s has another list of members than this host: compare the names in `peers` on "
			"both, then skewctl reload",
			name);
}

/*
 * Whoever counts another electorate has another list: he and this host may each find a majority of their own. Each node tells of
 * its own in the matrix.
 */
static void diagnose_lists(json_t *list, const json_t *status, const json_t *matrix)
{
	json_int_t own = reply_count(json_object_get(status, "verdict"), "electorate");
	const json_t *told, *peer;
	size_t i;

	json_array_foreach(json_object_get(status, "peers"), i, peer)
		diagnose_members(list, peer, matrix, own);
	json_array_foreach(json_object_get(matrix, "verdicts"), i, told)
	{
		json_int_t theirs = reply_count(told, "electorate");

		if (own && theirs && theirs != own)
			diagnosis_add(list, DIAGNOSIS_WRONG, "peers",
				"%s counts %lld that vote, this host %lld: compare `peers` (and "
				"`electorate`) on "
				"both, then skewctl reload",
				reply_text(told, "node"), (long long)theirs, (long long)own);
	}
}

void diagnose_peers(json_t *list, const json_t *status, const json_t *matrix)
{
	const char *self = reply_text(status, "node");
	const json_t *peers = json_object_get(status, "peers");
	size_t elsewhere = count_unwatched(peers);
	const json_t *peer;
	size_t i;

	json_array_foreach(peers, i, peer)
	{
		if (!is_watched(peer))
			continue;
		if (strcmp(reply_text(peer, "state"), "unreachable") == 0)
			diagnose_silent(list, matrix, self, peer);
		else
			diagnose_heard(list, matrix, self, peer, elsewhere > 0);
	}
	if (elsewhere)
		diagnosis_add(list, DIAGNOSIS_NOTE, "peers",
			"%zu %s not measured from here: in a cluster this large each host asks those that "
			"vote and a few others; `skewctl doctor` there tells more",
			elsewhere, elsewhere == 1 ? "more is" : "more are");
	diagnose_lists(list, status, matrix);
}

/* ---- this host's time service ---- */

void diagnose_timesync(json_t *list, const json_t *status)
{
	const json_t *timesync = json_object_get(status, "timesync");
	const char *service = reply_text(timesync, "service");

	if (!json_is_object(timesync) || (!*service && !reply_true(timesync, "whole_host")))
		diagnosis_add(list, DIAGNOSIS_NOTE, "time",
			"which time service runs cannot be seen from here (another container, hidepid?)");
	else if (!*service)
		diagnosis_add(list, DIAGNOSIS_WRONG, "time", "no time service runs: enable one (chronyd)");
	else if (!reply_true(timesync, "synchronised"))
		diagnosis_add(list, DIAGNOSIS_WRONG, "time",
			"%s runs, but the kernel says: not synchronised; look at its sources", service);
	else
		diagnosis_add(list, DIAGNOSIS_OK, "time", "%s runs; the kernel says: synchronised", service);
}

/* ---- the database ---- */

static void diagnose_actions(json_t *list, const json_t *actions)
{
	const json_t *action;
	size_t i;

	json_array_foreach(actions, i, action)
	{
		const char *state = reply_text(action, "state");
		bool bad = strcmp(state, "failed") == 0 || strcmp(state, "latched") == 0;
		const char *detail = reply_text(action, "detail");

		diagnosis_add(list, bad ? DIAGNOSIS_WRONG : DIAGNOSIS_OK, "actions", "%s is %s%s%s%s",
			reply_text(action, "measure"), state, *detail ? ": " : "", detail,
			strcmp(state, "latched") == 0 && !strstr(detail, "skewctl unhold")
				? "; skewctl unhold ends that"
				: "");
	}
}

static void diagnose_spare(json_t *list, const json_t *galera)
{
	json_int_t nodes = reply_count(galera, "data_nodes"), stay = reply_count(galera, "min_synced");

	if (nodes && stay >= nodes)
		diagnosis_add(list, DIAGNOSIS_WRONG, "database",
			"no node is ever taken out of work: of %lld data node%s %lld ha%s to stay at work "
			"(galera.min_synced%s)",
			(long long)nodes, nodes == 1 ? "" : "s", (long long)stay, stay == 1 ? "s" : "ve",
			nodes == 2 ? "; of two, 1 lets one leave" : "");
}

void diagnose_galera(json_t *list, const json_t *status, const struct conf *conf)
{
	const json_t *galera = json_object_get(status, "galera");
	const char *connection = reply_text(galera, "connection");

	if (!json_is_object(galera)) {
		diagnosis_add(list, DIAGNOSIS_NOTE, "database", "%s",
			conf && conf->self.role != ROLE_DATABASE
				? "this host has none: it only watches"
				: "no action is configured: without a `galera:` block a clock that is wrong "
				  "is told of, and no more");
		return;
	}
	if (strcmp(connection, "up") != 0)
		diagnosis_add(list, DIAGNOSIS_WRONG, "database", "the server at %s is %s%s",
			reply_text(galera, "socket"), connection,
			strstr(connection, "(run: ")
				? ""
				: ": is it running, and is that its socket (galera.socket)?");
	else
		diagnosis_add(list, DIAGNOSIS_OK, "database", "%s, %s; user %s is let in",
			reply_text(galera, "local_state_comment"), reply_text(galera, "cluster_status"),
			reply_text(galera, "user"));
	if (*reply_text(galera, "missing"))
		diagnosis_add(list, DIAGNOSIS_WRONG, "database", "%s", reply_text(galera, "missing"));
	diagnose_spare(list, galera);
	if (reply_true(galera, "dry_run"))
		diagnosis_add(list, DIAGNOSIS_NOTE, "database",
			"galera.dry_run: what would be done is told, and not done");
	diagnose_actions(list, json_object_get(status, "actions"));
}

/* ---- all of it ---- */

unsigned diagnosis_wrong(const json_t *list)
{
	unsigned wrong = 0;
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) wrong += strcmp(reply_text(item, "state"), "wrong") == 0;
	return wrong;
}

void diagnosis_show(const json_t *list, const struct page *page)
{
	static const enum tone tones[] = { TONE_GOOD, TONE_WARN, TONE_BAD };
	unsigned wrong = diagnosis_wrong(list);
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *state = reply_text(item, "state");
		enum diagnosis which = DIAGNOSIS_OK;
		char label[64];

		while (which < DIAGNOSIS_WRONG && strcmp(state_words[which], state) != 0)
			which++;
		snprintf(label, sizeof label, "%-14.14s%-6s", reply_text(item, "check"),
			which == DIAGNOSIS_WRONG ? "WRONG" : state);
		page_line(page, label, tones[which], "%s", reply_text(item, "text"));
	}
	page_gap(page);
	if (wrong == 0)
		page_line(page, NULL, TONE_GOOD, "Nothing is wrong.");
	else
		page_line(
			page, NULL, TONE_BAD, "%u %s wrong.", wrong, wrong == 1 ? "thing is" : "things are");
}
