/*
 * Who watches the watchmen: for each invariant the fault that it guards against is planted between what the
 * sentinels say and those who judge it, and is seen. And without a lie nothing is seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "invariant.h"

enum { DB1, DB2, DB3 };

typedef void lie_fn(void *arg, struct host *host);

/* The plan, while that lie is told. The world is the caller's to free. */
/* For longer than the story is told: hosts are disturbed at random, and after that it takes time to prove anything. */
static struct world *run(const char *name, lie_fn *lie)
{
	static struct plan plan;
	struct world *world;

	plan = *plan_named(name);
	plan.lasts = span_scale(plan.lasts, 2, 1);
	world = world_new(&plan, 1, NULL);

	assert_non_null(world);
	world->tamper = lie;
	world_run(world);
	return world;
}

static void expect(const char *plan, lie_fn *lie, enum invariant_name name, const char *sentence)
{
	struct world *world = run(plan, lie);

	if (!strstr(world->violations[name], sentence))
		fail_msg("\"%s\" says nothing of \"%s\"", world->violations[name], sentence);
	world_free(world);
}

static bool is_at(const struct host *host, unsigned index, int64_t from_s)
{
	return host->index == index && host->world->now.ns >= from_s * NS_PER_S;
}

/* ---- no lie ---- */

static void an_honest_run_is_not_complained_of(void **state)
{
	struct world *world = run("ahead", NULL);

	(void)state;
	for (int i = 0; i < INVARIANT_COUNT; i++) {
		assert_true(world->totals.proofs[i] > 0);
		assert_string_equal(world->violations[i], "");
	}
	world_free(world);
}

/* ---- interval ---- */

static void shift_by_its_width(void *arg, struct host *host)
{
	struct pair *pair;

	(void)arg;
	if (!is_at(host, DB1, 30) || host->sight.fresh < 0)
		return;
	pair = &host->pairs[host->sight.fresh];
	pair->offset = interval_shift(pair->offset, span_add(interval_width(pair->offset), span_ns(1)));
}

static void an_interval_that_is_off_is_seen(void **state)
{
	(void)state;
	expect("healthy", shift_by_its_width, INVARIANT_INTERVAL, "outside by");
}

/* ---- accusation ---- */

static void accuse(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 40)) {
		host->sight.raised[LEVEL_CRITICAL] = true;
		host->sight.state = VERDICT_CRITICAL;
	}
}

static void an_accusation_of_the_innocent_is_seen(void **state)
{
	(void)state;
	expect("healthy", accuse, INVARIANT_ACCUSATION,
		"db2: called beyond 500 ms (critical), though truly only 0 of 4");
}

static void flip_wanted(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 40))
		host->sight.want = host->sight.claim = WANT_ON;
}

static void taking_out_the_innocent_is_seen(void **state)
{
	(void)state;
	expect("healthy", flip_wanted, INVARIANT_ACCUSATION,
		"db2: wsrep_desync=ON is sent, though truly only 0 of 4");
}

static void acquit(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 60))
		host->sight.state = VERDICT_OK;
}

static void an_acquittal_of_the_guilty_is_seen(void **state)
{
	(void)state;
	expect("ahead", acquit, INVARIANT_ACCUSATION, "db3: called fine, though truly only 1 of 4");
}

/* ---- liveness ---- */

static void look_away(void *arg, struct host *host)
{
	(void)arg;
	host->sight.raised[LEVEL_WARNING] = host->sight.raised[LEVEL_CRITICAL] = false;
}

static void silence_about_the_guilty_is_seen(void **state)
{
	(void)state;
	expect("ahead", look_away, INVARIANT_LIVENESS, "db3: has long been provably beyond 100 ms (warning)");
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
	expect("ahead", never_act, INVARIANT_LIVENESS,
		"db3: has long been provably beyond 2 s, and is not to be taken out");
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
	expect("ahead", never_give_back, INVARIANT_REMAINS,
		"db3: has long been provably fine, and nothing is wanted");
}

static void never_clear(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 100))
		host->sight.raised[LEVEL_CRITICAL] = true;
}

static void a_level_that_never_clears_is_seen(void **state)
{
	(void)state;
	expect("ahead", never_clear, INVARIANT_REMAINS,
		"db3: has long been provably fine, and critical is still raised");
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
	expect("operator-first", give_back_what_is_not_ours, INVARIANT_REMAINS,
		"db3: gave back a desync that was an operator's");
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
	expect("ahead", own_its_desync, INVARIANT_LIVENESS,
		"db3: has long been to be taken out, holds a claim, and is at work");
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
	expect("ahead", end_a_claim, INVARIANT_BUDGET, "db3: is out of work through us, and holds no claim");
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
	expect("two-at-once", ignore_versions, INVARIANT_BUDGET,
		"holds a claim, and so do others: 2 in all, and 1 may");
}

/* ---- implied ---- */

/* Every second, and the judges are not told: what others say of it is wrong until they have measured anew. */
static void set_in_secret(void *arg, struct host *host)
{
	struct wall now = clockwork_wall(&host->clock, host->world->now);
	struct wall right = { host->world->plan.begins_s * NS_PER_S + host->world->now.ns };
	int64_t seconds = host->world->now.ns / NS_PER_S - 60;

	(void)arg;
	if (is_at(host, DB2, 60) && wall_sub(now, right).ns < seconds * NS_PER_S)
		host->clock.wall = wall_add(host->clock.wall, span_s(1));
}

static void hearsay_that_is_wrong_is_seen(void **state)
{
	(void)state;
	expect("healthy", set_in_secret, INVARIANT_IMPLIED, "off db2, and it is -999");
}

/* ---- carried ---- */

static void what_is_carried_on_wrongly_is_seen(void **state)
{
	(void)state;
	expect("healthy", set_in_secret, INVARIANT_CARRIED, "takes db2 to be from");
}

/* ---- others ---- */

static void a_wrong_word_about_another_host_is_seen(void **state)
{
	(void)state;
	expect("healthy", set_in_secret, INVARIANT_OTHERS, "calls db2 fine, which it truly is not");
}

/* ---- unknown ---- */

static void raise_on_ignorance(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 60) && host->sight.state == VERDICT_UNKNOWN)
		host->sight.raised[LEVEL_CRITICAL] = true;
}

static void an_alarm_on_ignorance_is_seen(void **state)
{
	(void)state;
	expect("two-against-two", raise_on_ignorance, INVARIANT_UNKNOWN,
		"db2: the verdict is unknown, and critical was raised");
}

static void act_on_ignorance(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 60) && host->sight.state == VERDICT_UNKNOWN)
		host->sight.want = WANT_ON;
}

static void an_act_on_ignorance_is_seen(void **state)
{
	(void)state;
	expect("two-against-two", act_on_ignorance, INVARIANT_UNKNOWN,
		"db2: the verdict is unknown, and desync comes to be wanted");
}

/* It drops the level for a second in the midst of it. */
static void raise_twice(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 80) && !is_at(host, DB3, 81))
		host->sight.raised[LEVEL_CRITICAL] = false;
}

static void two_alarms_for_one_excursion_are_seen(void **state)
{
	(void)state;
	expect("ahead", raise_twice, INVARIANT_UNKNOWN, "db3: critical was raised twice in one excursion");
}

/* ---- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_run_is_not_complained_of),
		cmocka_unit_test(an_interval_that_is_off_is_seen),
		cmocka_unit_test(an_accusation_of_the_innocent_is_seen),
		cmocka_unit_test(taking_out_the_innocent_is_seen),
		cmocka_unit_test(an_acquittal_of_the_guilty_is_seen),
		cmocka_unit_test(silence_about_the_guilty_is_seen),
		cmocka_unit_test(idleness_is_seen),
		cmocka_unit_test(what_is_kept_is_seen),
		cmocka_unit_test(a_level_that_never_clears_is_seen),
		cmocka_unit_test(giving_back_an_operators_desync_is_seen),
		cmocka_unit_test(leaving_without_a_claim_is_seen),
		cmocka_unit_test(two_claims_where_one_may_leave_are_seen),
		cmocka_unit_test(hearsay_that_is_wrong_is_seen),
		cmocka_unit_test(a_node_that_stays_at_work_is_seen),
		cmocka_unit_test(what_is_carried_on_wrongly_is_seen),
		cmocka_unit_test(a_wrong_word_about_another_host_is_seen),
		cmocka_unit_test(an_alarm_on_ignorance_is_seen),
		cmocka_unit_test(an_act_on_ignorance_is_seen),
		cmocka_unit_test(two_alarms_for_one_excursion_are_seen),
	};

	return cmocka_run_group_tests_name("invariants", tests, NULL, NULL);
}
