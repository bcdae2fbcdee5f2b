/*
 * The same as test_invariants.c, of what sentinels do: what they ask for, send and give back, and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "planted.h"

/* ---- accusation ---- */

static void flip_wanted(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 40))
		host->sight.want = host->sight.claim = WANT_ON;
}

static void taking_out_the_innocent_is_seen(void **state)
{
	(void)state;
	planted_expect("healthy", flip_wanted, INVARIANT_ACCUSATION,
		"db2: wsrep_desync=ON is sent, though truly only 0 of 4");
}

/* ---- liveness ---- */

static void never_ask(void *arg, struct host *host)
{
	(void)arg;
	if (host->sight.claim == WANT_ON)
		host->sight.claim = WANT_KEEP;
}

static void asking_for_no_claim_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", never_ask, INVARIANT_LIVENESS,
		"db3: has long been provably beyond 2 s, and asks for no claim");
}

static void never_act(void *arg, struct host *host)
{
	(void)arg;
	if (host->sight.want == WANT_ON)
		host->sight.want = WANT_KEEP;
}

static void idleness_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", never_act, INVARIANT_LIVENESS,
		"db3: has long been provably beyond 2 s, and is not to be taken out");
}

/* As if a driver believed that it had taken its node out, and had not. */
static void own_its_desync(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 50))
		host->world->cluster.servers[DB3].owner = OWNER_OPERATOR;
}

static void a_node_that_stays_at_work_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", own_its_desync, INVARIANT_LIVENESS,
		"db3: has long been to be taken out, holds a claim, and is at work");
}

/* ---- remains ---- */

static void never_give_back(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 100) && host->sight.want == WANT_OFF)
		host->sight.want = WANT_KEEP;
}

static void what_is_kept_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", never_give_back, INVARIANT_REMAINS,
		"db3: has long been provably fine, and nothing is wanted");
}

/* As a driver would that does not ask whose the desync is. */
static void give_back_what_is_not_ours(void *arg, struct host *host)
{
	struct server *server = &host->world->cluster.servers[DB3];

	(void)arg;
	if (is_at(host, DB3, 20) && server->variable && server->sets[OWNER_SENTINEL].end != SET_WAITS)
		server_set(server, OWNER_SENTINEL, false, 2, host->world->now);
	if (is_at(host, DB3, 20))
		world_stir(host->world);
}

static void giving_back_an_operators_desync_is_seen(void **state)
{
	(void)state;
	planted_expect("operator-first", give_back_what_is_not_ours, INVARIANT_REMAINS,
		"db3: gave back a desync that was an operator's");
}

/* As it would be if the lock did not tell that what an earlier sentinel sent is still on its way. */
static void hide_a_set(void *arg, struct host *host)
{
	struct server *server = &host->world->cluster.servers[DB3];

	(void)arg;
	if (is_at(host, DB3, 35) && !is_at(host, DB3, 36))
		server_set(server, OWNER_SENTINEL, true, 0, truth_add(host->world->now, span_s(60)));
}

static void a_set_on_top_of_another_is_seen(void **state)
{
	(void)state;
	planted_expect(
		"ahead", hide_a_set, INVARIANT_REMAINS, "db3: sent a SET while another one was under way");
}

/* As a driver would that is back, and thinks no more of its claim. */
static void keep_the_claim(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 100) && host->sight.claim == WANT_OFF)
		host->sight.claim = WANT_KEEP;
}

static void a_claim_that_stays_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", keep_the_claim, INVARIANT_REMAINS,
		"db3: has long been provably fine, and still holds a claim");
}

/* As it would be if a SET that nobody waits for any more were carried out after what gave it back. */
static void set_late(void *arg, struct host *host)
{
	struct server *server = &host->world->cluster.servers[DB3];

	(void)arg;
	if (!is_at(host, DB3, 190) || is_at(host, DB3, 191) || server->variable)
		return;
	server_set(server, OWNER_SENTINEL, true, 3, host->world->now);
	world_stir(host->world);
}

static void a_desync_that_stays_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", set_late, INVARIANT_REMAINS,
		"db3: has long been provably fine, and is still desynced by us");
}

/* ---- budget ---- */

/* As it would be if a claim could end while its holder is out. */
static void end_a_claim(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 60) && !is_at(host, DB3, 61)) {
		host->world->authority.table.tokens[DB3] = 0;
		world_stir(host->world);
	}
}

static void leaving_without_a_claim_is_seen(void **state)
{
	(void)state;
	planted_expect(
		"ahead", end_a_claim, INVARIANT_BUDGET, "db3: is out of work through us, and holds no claim");
}

/* As it would be if two requests that were built on one version both went through. */
static void ignore_versions(void *arg, struct host *host)
{
	(void)arg;
	host->world->authority.ignores_versions = true;
}

static void two_claims_where_one_may_leave_are_seen(void **state)
{
	(void)state;
	planted_expect("two-at-once", ignore_versions, INVARIANT_BUDGET,
		"holds a claim, and so do others: 2 in all, and 1 may");
}

/* ---- unknown ---- */

static void act_on_ignorance(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 60) && host->sight.state == VERDICT_UNKNOWN)
		host->sight.want = WANT_ON;
}

static void an_act_on_ignorance_is_seen(void **state)
{
	(void)state;
	planted_expect("two-against-two", act_on_ignorance, INVARIANT_UNKNOWN,
		"db2: the verdict is unknown, and desync comes to be wanted");
}

static void give_back_on_ignorance(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 50) && host->sight.state == VERDICT_UNKNOWN)
		host->sight.want = WANT_OFF;
}

static void giving_back_on_ignorance_is_seen(void **state)
{
	(void)state;
	planted_expect("parted", give_back_on_ignorance, INVARIANT_UNKNOWN,
		"db3: the verdict is unknown, and desync is to be given back");
}

/* ---- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taking_out_the_innocent_is_seen),
		cmocka_unit_test(asking_for_no_claim_is_seen),
		cmocka_unit_test(idleness_is_seen),
		cmocka_unit_test(a_node_that_stays_at_work_is_seen),
		cmocka_unit_test(what_is_kept_is_seen),
		cmocka_unit_test(giving_back_an_operators_desync_is_seen),
		cmocka_unit_test(a_set_on_top_of_another_is_seen),
		cmocka_unit_test(a_claim_that_stays_is_seen),
		cmocka_unit_test(a_desync_that_stays_is_seen),
		cmocka_unit_test(leaving_without_a_claim_is_seen),
		cmocka_unit_test(two_claims_where_one_may_leave_are_seen),
		cmocka_unit_test(an_act_on_ignorance_is_seen),
		cmocka_unit_test(giving_back_on_ignorance_is_seen),
	};

	return cmocka_run_group_tests_name("invariants of deeds", tests, NULL, NULL);
}
