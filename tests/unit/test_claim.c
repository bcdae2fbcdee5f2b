/* A claim (claim.h) on a timer, a clock and a database of its own: what is sent, when, and what is said of it. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/galera/claim.h"
#include "../../sentinel/galera/privileges.h"
#include "../../sentinel/host/clock.h"

enum { DENIED = 1370, NO_SELECT = 1142, NO_TABLE = 1146, DEADLOCK = 1213 };

struct timer {
	timer_fn *fn;
	void *arg;
	bool set;
	struct span in;
};

struct db {
	db_fn *fn;
	void *arg;
	char sql[DB_SQL_SIZE]; /* that waits for an answer; "": it connects */
	bool asked;
};

/* The cluster, and all that a claim has. */
static struct world {
	struct conf *conf;
	struct claim *claim;
	struct action_env env;
	struct timer timer;
	struct db db;
	struct mono now;

	uint64_t version, own, hold; /* tokens; 0: none */
	unsigned members;            /* db1 and those behind it */
	unsigned refuse, refuse_ledger;
	bool out;
	unsigned calls;
	char call[DB_SQL_SIZE], notes[8192];
} world;

/* ---- loop.h, clock.h, db.h ---- */

struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg)
{
	(void)loop;
	world.timer = (struct timer){ .fn = fn, .arg = arg };
	return &world.timer;
}

void timer_set(struct timer *timer, struct span in)
{
	timer->set = true;
	timer->in = in;
}

void timer_stop(struct timer *timer)
{
	timer->set = false;
}

void timer_free(struct timer *timer)
{
	(void)timer;
}

struct mono clock_mono(void)
{
	return world.now;
}

void clock_read(struct reading *out)
{
	*out = (struct reading){ .mono_before = world.now, .mono_after = world.now };
}

struct db *db_open(
	struct loop *loop, const struct db_place *place, struct span deadline, db_fn *fn, void *arg)
{
	(void)loop, (void)place, (void)deadline;
	world.db = (struct db){ .fn = fn, .arg = arg, .asked = true };
	return &world.db;
}

void db_query(struct db *db, const char *sql, struct span deadline, db_fn *fn, void *arg)
{
	(void)deadline;
	assert_false(db->asked);
	*db = (struct db){ .fn = fn, .arg = arg, .asked = true };
	snprintf(db->sql, sizeof db->sql, "%s", sql);
}

void db_close(struct db *db)
{
	if (db)
		db->asked = false;
}

/* ---- the server ---- */

static void put(struct db_result *result, const char *name, const char *value)
{
	struct db_row *row = &result->rows[result->n++];

	snprintf(row->name, sizeof row->name, "%s", name);
	snprintf(row->value, sizeof row->value, "%s", value);
}

static void put_ledger(struct db_result *result)
{
	char text[32];

	snprintf(text, sizeof text, "%llu", (unsigned long long)world.version);
	put(result, "version", text);
	snprintf(text, sizeof text, "=%llu", (unsigned long long)world.own);
	if (world.own)
		put(result, text, "db1");
	snprintf(text, sizeof text, "%llu", (unsigned long long)world.hold);
	if (world.hold)
		put(result, "hold", text);
}

static uint64_t number_after(const char *sql, const char *mark)
{
	const char *at = strstr(sql, mark);

	return at ? strtoull(at + strlen(mark), NULL, 10) : 0;
}

static void carry_out(const char *sql)
{
	uint64_t unhold = number_after(sql, ".unhold(");

	world.version++;
	if (strstr(sql, ".claim("))
		world.own = number_after(sql, "', ");
	if (strstr(sql, ".give_back("))
		world.own = 0;
	if (strstr(sql, ".hold("))
		world.hold = number_after(sql, ".hold(");
	if (strstr(sql, ".unhold(") && (!unhold || unhold == world.hold))
		world.hold = 0;
}

static void refuse(struct db_result *result, unsigned code)
{
	result->end = DB_REFUSED;
	result->code = code;
	snprintf(result->error, sizeof result->error, "refused with %u", code);
}

static void call(struct db_result *result, const char *sql)
{
	world.calls++;
	snprintf(world.call, sizeof world.call, "%s", sql);
	if (world.refuse)
		refuse(result, world.refuse);
	else
		carry_out(sql);
}

static void answer(struct db *db)
{
	static const char *const names[] = { "db1", "db2", "db3" };
	static struct db_result result;

	result = (struct db_result){ .end = DB_DONE };
	if (strcmp(db->sql, ledger_sql) == 0) {
		if (world.refuse_ledger)
			refuse(&result, world.refuse_ledger);
		else
			put_ledger(&result);
	}
	for (unsigned i = 0; strcmp(db->sql, members_sql) == 0 && i < world.members && i < 3; i++)
		put(&result, names[i], "AUTO");
	if (strncmp(db->sql, "CALL ", 5) == 0)
		call(&result, db->sql);
	db->asked = false;
	db->fn(db->arg, &result);
}

/* The timer is over, and all is answered that is asked then. */
static void turn(void)
{
	assert_true(world.timer.set);
	world.timer.set = false;
	world.now = mono_add(world.now, world.timer.in);
	world.timer.fn(world.timer.arg);
	while (world.db.asked)
		answer(&world.db);
}

/* ---- those around it ---- */

static void on_note(void *arg, enum severity severity, const char *text)
{
	size_t len = strlen(world.notes);

	(void)arg, (void)severity;
	snprintf(world.notes + len, sizeof world.notes - len, "%s\n", text);
}

static unsigned said(const char *text)
{
	unsigned count = 0;

	for (const char *at = world.notes; (at = strstr(at, text)) != NULL; at += strlen(text))
		count++;
	return count;
}

static void on_claim(void *arg, bool held)
{
	(void)arg, (void)held;
}

static void on_changed(void *arg)
{
	(void)arg;
}

static bool is_out(void *arg)
{
	(void)arg;
	return world.out;
}

static void look(const char *status, enum wsrep_local_state local_state, const char *reject)
{
	struct wsrep server = { .ready = true, .local_state = local_state };

	snprintf(server.cluster_status, sizeof server.cluster_status, "%s", status);
	snprintf(server.reject_queries, sizeof server.reject_queries, "%s", reject);
	snprintf(server.node_name, sizeof server.node_name, "db1");
	claim_looked(world.claim, &server);
}

/* This host is db1 of db1, db2 and db3; its server is up, and all is at work. */
static void begin(const char *galera)
{
	static const struct db_place place = { .socket = "/s", .user = "skew-sentinel" };
	static const struct claim_owner owner = { .changed = on_changed, .out = is_out };
	const struct conf_host host = { .name = "db1" };
	struct conf_error error = { "" };
	char text[512];

	snprintf(text, sizeof text,
		"peers: [{name: db1, address: 10.0.0.1}, {name: db2, address: 10.0.0.2}, "
		"{name: db3, address: 10.0.0.3}]\ngalera: {%s}\n",
		galera);
	world = (struct world){ .version = 1, .members = 3 };
	world.conf = conf_parse("s.yaml", text, strlen(text), &host, &error);
	assert_string_equal(error.text, "");
	world.env = (struct action_env){ .conf = world.conf, .note = on_note, .claim = on_claim };
	world.claim = claim_new(&world.env, &place, &owner);
	assert_non_null(world.claim);
	look("Primary", WSREP_SYNCED, "NONE");
}

static void end(void)
{
	claim_free(world.claim);
	conf_free(world.conf);
}

/* ---- a claim that is refused ---- */

static void a_refusal_is_told_once_and_tried_again_at_leisure(void **state)
{
	(void)state;
	begin("min_synced: majority");
	turn();
	world.refuse = DENIED;
	claim_want(world.claim, WANT_ON, "it is wrong");
	for (unsigned i = 0; i < 12; i++)
		turn();
	assert_int_equal(world.calls, 12);
	assert_int_equal(said("no node can be taken out of work: refused with 1370"), 1);
	assert_int_equal(world.timer.in.ns, span_s(5).ns);
	assert_non_null(strstr(claim_waits(world.claim), "refused with 1370"));
	world.refuse = 0;
	turn();
	assert_true(claim_held(world.claim));
	assert_string_equal(claim_waits(world.claim), "");
	end();
}

static void a_conflict_is_tried_again_soon(void **state)
{
	(void)state;
	begin("min_synced: majority");
	turn();
	world.refuse = DEADLOCK;
	claim_want(world.claim, WANT_ON, "it is wrong");
	for (unsigned i = 0; i < 6; i++)
		turn();
	assert_int_equal(world.calls, 6);
	assert_int_equal(world.timer.in.ns, span_ms(200).ns);
	assert_int_equal(said("no node can be taken out of work"), 0);
	end();
}

static void none_is_asked_for_where_queries_are_rejected(void **state)
{
	(void)state;
	begin("min_synced: majority");
	turn();
	look("Primary", WSREP_SYNCED, "ALL");
	claim_want(world.claim, WANT_ON, "it is wrong");
	turn();
	assert_int_equal(world.calls, 0);
	assert_string_equal(
		claim_waits(world.claim), "a claim to leave work has to wait: wsrep_reject_queries is ALL");
	look("Primary", WSREP_SYNCED, "NONE");
	turn();
	assert_true(claim_held(world.claim));
	end();
}

/*
 * Killed between the fence and the desync, or between giving the one and the other back: fenced, the claim cannot be made
 * anew, and need not be. It is never given back while anything of ours is in force, so nothing that was sent then can still
 * take it away.
 */
static void from_before_a_restart_it_is_held_where_our_fence_is_in_force(void **state)
{
	(void)state;
	begin("min_synced: majority");
	world.own = 7;
	world.out = true;
	look("Primary", WSREP_SYNCED, "ALL_KILL");
	claim_want(world.claim, WANT_ON, "it is wrong");
	turn();
	assert_true(claim_held(world.claim));
	assert_string_equal(claim_waits(world.claim), "");
	assert_int_equal(world.calls, 0);
	world.own = 0;
	turn();
	assert_false(claim_held(world.claim));
	assert_int_equal(said("was ended by somebody else"), 1);
	end();
}

static void from_before_a_restart_it_is_made_anew_in_any_other_case(void **state)
{
	(void)state;
	begin("min_synced: majority");
	world.own = 7;
	look("Primary", WSREP_SYNCED, "ALL"); /* somebody else's fence: it may be on its way back */
	claim_want(world.claim, WANT_ON, "it is wrong");
	turn();
	assert_false(claim_held(world.claim));
	world.out = true;
	look("Primary", WSREP_DONOR_DESYNCED, "NONE");
	turn();
	assert_int_equal(world.calls, 1);
	assert_true(claim_held(world.claim));
	assert_true(world.own != 7);
	end();
}

/* ---- given back ---- */

static void a_claim_is_given_back_once_the_node_has_caught_up(void **state)
{
	(void)state;
	begin("min_synced: majority");
	world.own = 7;
	claim_want(world.claim, WANT_OFF, "");
	look("Primary", WSREP_JOINED, "NONE");
	turn();
	turn();
	assert_int_equal(world.own, 7);
	world.out = true;
	look("Primary", WSREP_SYNCED, "NONE");
	turn();
	assert_int_equal(world.own, 7);
	world.out = false;
	turn();
	assert_int_equal(world.own, 0);
	assert_true(claim_free_of(world.claim));
	end();
}

static void one_that_cannot_be_used_is_given_back(void **state)
{
	(void)state;
	begin("min_synced: majority");
	world.own = 7;
	world.members = 2;
	claim_want(world.claim, WANT_ON, "it is wrong");
	turn();
	assert_int_equal(world.own, 0);
	assert_false(claim_held(world.claim));
	end();
}

static void a_configuration_that_leaves_nothing_gives_it_back(void **state)
{
	static const char *const configured[] = { "dry_run: true", "measures: [block_joins]" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(configured[i]);
		world.own = 7;
		turn();
		assert_int_equal(world.own, 0);
		assert_int_equal(world.calls, 1);
		/* Whatever is wanted, none is made. */
		claim_want(world.claim, WANT_ON, "it is wrong");
		turn();
		assert_int_equal(world.calls, 1);
		assert_string_equal(claim_waits(world.claim), "");
		end();
	}
}

/* `skewctl release --claim` of another node's leaves this one's alone. */
static void who_asks_for_no_claims_gives_none_back(void **state)
{
	(void)state;
	begin("dry_run: true");
	world.env.claim = NULL;
	world.own = 7;
	turn();
	assert_int_equal(world.own, 7);
	end();
}

/* ---- what is known ---- */

static void a_ledger_that_was_not_read_says_nothing(void **state)
{
	(void)state;
	begin("min_synced: majority");
	assert_false(claim_current(world.claim));
	world.refuse_ledger = NO_SELECT;
	turn();
	assert_true(claim_known(world.claim));
	assert_false(claim_current(world.claim));
	world.refuse_ledger = NO_TABLE;
	turn();
	assert_true(claim_current(world.claim));
	world.refuse_ledger = 0;
	turn();
	assert_true(claim_current(world.claim));
	look("non-Primary", WSREP_INITIALIZED, "NONE");
	assert_false(claim_current(world.claim));
	end();
}

/* ---- orders ---- */

static void order(bool on)
{
	const struct ledger_hold hold = { .on = on };
	char text[256] = "";

	assert_true(claim_set_hold(world.claim, &hold, text, sizeof text));
}

static void the_hold_that_ends_is_the_one_that_was_seen(void **state)
{
	(void)state;
	begin("min_synced: majority");
	world.hold = 5;
	turn();
	order(false);
	turn();
	assert_string_equal(world.call, "CALL skew_sentinel.unhold(5)");
	assert_int_equal(said("the hold on all nodes is over\n"), 1);
	world.hold = 6;
	turn();
	order(false);
	world.hold = 9;
	turn();
	assert_int_equal(world.hold, 9);
	assert_int_equal(said("the hold on all nodes is over; another one has taken its place\n"), 1);
	end();
}

static void an_order_ends_where_the_node_falls_out_of_primary(void **state)
{
	(void)state;
	begin("min_synced: majority");
	world.hold = 5;
	turn();
	order(false);
	look("non-Primary", WSREP_INITIALIZED, "NONE");
	assert_int_equal(said("not done, as far as is known: the end of the hold on all nodes: "), 1);
	turn();
	look("Primary", WSREP_SYNCED, "NONE");
	turn();
	turn();
	assert_int_equal(world.calls, 0);
	assert_int_equal(world.hold, 5);
	order(true);
	claim_looked(world.claim, NULL);
	assert_int_equal(said("not done, as far as is known: the hold on all nodes: "), 1);
	look("Primary", WSREP_SYNCED, "NONE");
	order(false);
	end();
	assert_int_equal(said("not done, as far as is known: "), 3);
	assert_int_equal(said("before the end"), 1);
}

static void an_order_that_is_refused_is_told_each_time(void **state)
{
	(void)state;
	begin("min_synced: majority");
	turn();
	world.refuse = DENIED;
	order(true);
	turn();
	turn();
	assert_int_equal(world.calls, 1);
	order(true);
	turn();
	assert_int_equal(world.calls, 2);
	assert_int_equal(said("not done, as far as is known: the hold on all nodes: refused with 1370"), 2);
	end();
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(a_refusal_is_told_once_and_tried_again_at_leisure),
		cmocka_unit_test(a_conflict_is_tried_again_soon),
		cmocka_unit_test(none_is_asked_for_where_queries_are_rejected),
		cmocka_unit_test(from_before_a_restart_it_is_held_where_our_fence_is_in_force),
		cmocka_unit_test(from_before_a_restart_it_is_made_anew_in_any_other_case),
		cmocka_unit_test(a_claim_is_given_back_once_the_node_has_caught_up),
		cmocka_unit_test(one_that_cannot_be_used_is_given_back),
		cmocka_unit_test(a_configuration_that_leaves_nothing_gives_it_back),
		cmocka_unit_test(who_asks_for_no_claims_gives_none_back),
		cmocka_unit_test(a_ledger_that_was_not_read_says_nothing),
		cmocka_unit_test(the_hold_that_ends_is_the_one_that_was_seen),
		cmocka_unit_test(an_order_ends_where_the_node_falls_out_of_primary),
		cmocka_unit_test(an_order_that_is_refused_is_told_each_time),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
