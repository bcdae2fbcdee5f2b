#include "leak.h"

#include <stdio.h>
#include <string.h>

#include "decide.h"

/* Longer than a read lock takes to stop what is being applied; and how long what was seen then stands. */
#define PROVED_AFTER span_s(5)
#define PROVED_FOR span_s(60)

/* ---- does it apply? ---- */

void leak_looked(struct leak_watch *watch, const struct wsrep *seen, struct mono now)
{
	if (!seen) {
		*watch = (struct leak_watch){ .seen = false };
		return;
	}
	if (!watch->seen || !wsrep_same(&watch->latest, seen)) {
		watch->since = watch->applied = now;
	} else if (seen->committed > watch->latest.committed) {
		watch->applied = now;
	}
	watch->seen = true;
	watch->latest = *seen;
}

bool leak_applies(const struct leak_watch *watch, struct mono now)
{
	return watch->seen && !span_less(mono_sub(watch->applied, watch->since), PROVED_AFTER) &&
	       !span_less(PROVED_FOR, mono_sub(now, watch->applied));
}

/* ---- telling ---- */

enum { MOST_TOLD = 2 }; /* of so many at once: the text has no room for more */

/*
 * All the assignments of one SET are looked at before the first one changes the variable, so each OFF counts; in
 * statements of their own those after the first would do nothing. An ON beside them leaves the variable as it is.
 */
static void ending(const struct measure_facts *f, uint64_t leaked, char *out, size_t room)
{
	static const char *const off[] = { "OFF", "OFF, wsrep_desync=OFF",
		"OFF, wsrep_desync=OFF, wsrep_desync=OFF" };
	const char *offs = off[leaked < MOST_TOLD ? leaked : MOST_TOLD];

	if (f->server->desync_variable)
		snprintf(out, room, "SET GLOBAL wsrep_desync=%s; SET GLOBAL wsrep_desync=ON", offs);
	else
		snprintf(out, room, "SET GLOBAL wsrep_desync=ON; SET GLOBAL wsrep_desync=%s", offs);
}

bool leak_told(const struct measure_facts *f, enum measure_act act, enum action_state state,
	struct measure_choice *out)
{
	const struct wsrep *server = f->server;
	bool ours = server->desync_variable && f->desync_is_ours;
	char sql[128];

	if (!f->applies || server->desync_count <= ours || (server->desync_variable && !ours))
		return false;
	ending(f, server->desync_count - ours, sql, sizeof sql);
	*out = decide_choose(act, state,
		"wsrep_desync_count is %llu without a read lock: unless a state transfer runs it has leaked; "
		"run: %s",
		(unsigned long long)server->desync_count, sql);
	return true;
}
