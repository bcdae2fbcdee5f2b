/*
 * Who watches the watchmen: for each invariant the fault that it guards against is planted between what the
 * sentinels say and those who judge it, and is seen. And without a lie nothing is seen. Of what they do:
 * test_invariants_deeds.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "planted.h"

/* ---- no lie ---- */

static void an_honest_run_is_not_complained_of(void **state)
{
	struct world *world = planted_run("ahead", NULL);

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
	planted_expect("healthy", shift_by_its_width, INVARIANT_INTERVAL, "outside by");
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
	planted_expect("healthy", accuse, INVARIANT_ACCUSATION,
		"db2: called beyond 500 ms (critical), though truly only 0 of 4");
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
	planted_expect("ahead", acquit, INVARIANT_ACCUSATION, "db3: called fine, though truly only 1 of 4");
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
	planted_expect("ahead", look_away, INVARIANT_LIVENESS,
		"db3: has long been provably beyond 100 ms (warning)");
}

static void forgive(void *arg, struct host *host)
{
	(void)arg;
	if (host->sight.state == VERDICT_CRITICAL)
		host->sight.state = VERDICT_WARNING;
}

static void a_verdict_that_is_too_mild_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", forgive, INVARIANT_LIVENESS,
		"db3: has long been provably beyond 500 ms, and its verdict is warning");
}

/* ---- remains ---- */

static void never_clear(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 100))
		host->sight.raised[LEVEL_CRITICAL] = true;
}

static void a_level_that_never_clears_is_seen(void **state)
{
	(void)state;
	planted_expect("ahead", never_clear, INVARIANT_REMAINS,
		"db3: has long been provably fine, and critical is still raised");
}

static void know_nothing(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB2, 40))
		host->sight.state = VERDICT_UNKNOWN;
}

static void ignorance_where_all_is_told_is_seen(void **state)
{
	(void)state;
	planted_expect("healthy", know_nothing, INVARIANT_REMAINS,
		"db2: has long been provably fine, and its verdict is unknown");
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
	planted_expect("healthy", set_in_secret, INVARIANT_IMPLIED, "off db2, and it is -999");
}

/* ---- carried ---- */

static void what_is_carried_on_wrongly_is_seen(void **state)
{
	(void)state;
	planted_expect("healthy", set_in_secret, INVARIANT_CARRIED, "takes db2 to be from");
}

/* ---- others ---- */

static void a_wrong_word_about_another_host_is_seen(void **state)
{
	(void)state;
	planted_expect("healthy", set_in_secret, INVARIANT_OTHERS, "calls db2 fine, which it truly is not");
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
	planted_expect("two-against-two", raise_on_ignorance, INVARIANT_UNKNOWN,
		"db2: the verdict is unknown, and critical was raised");
}

static void clear_on_ignorance(void *arg, struct host *host)
{
	(void)arg;
	if (is_at(host, DB3, 50) && host->sight.state == VERDICT_UNKNOWN)
		host->sight.raised[LEVEL_CRITICAL] = false;
}

static void a_level_that_is_cleared_on_ignorance_is_seen(void **state)
{
	(void)state;
	planted_expect("parted", clear_on_ignorance, INVARIANT_UNKNOWN,
		"db3: the verdict is unknown, and critical was cleared");
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
	planted_expect(
		"ahead", raise_twice, INVARIANT_UNKNOWN, "db3: critical was raised twice in one excursion");
}

/* ---- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_run_is_not_complained_of),
		cmocka_unit_test(an_interval_that_is_off_is_seen),
		cmocka_unit_test(an_accusation_of_the_innocent_is_seen),
		cmocka_unit_test(an_acquittal_of_the_guilty_is_seen),
		cmocka_unit_test(silence_about_the_guilty_is_seen),
		cmocka_unit_test(a_verdict_that_is_too_mild_is_seen),
		cmocka_unit_test(a_level_that_never_clears_is_seen),
		cmocka_unit_test(ignorance_where_all_is_told_is_seen),
		cmocka_unit_test(hearsay_that_is_wrong_is_seen),
		cmocka_unit_test(what_is_carried_on_wrongly_is_seen),
		cmocka_unit_test(a_wrong_word_about_another_host_is_seen),
		cmocka_unit_test(an_alarm_on_ignorance_is_seen),
		cmocka_unit_test(a_level_that_is_cleared_on_ignorance_is_seen),
		cmocka_unit_test(two_alarms_for_one_excursion_are_seen),
	};

	return cmocka_run_group_tests_name("invariants", tests, NULL, NULL);
}
