/* The named plans. Each has a golden story in stories/, which tells what is to be expected of it. */
#include <string.h>

#include "plan.h"

#define NOVEMBER_2026 1795392000
#define ERA_1 2085978496 /* 2036-02-07 06:28:16: 32 bits of seconds since 1900 begin again */

/* clang-format off */
#define S(s) { (s) * NS_PER_S }
#define MS(ms) { (ms) * NS_PER_MS }
#define US(us) { (us) * NS_PER_US }

/* Wires, each way. */
#define LAN { .delay = WIRE_EXPONENTIAL, .least = US(60), .spread = US(20) }
#define FAR(ms) { .delay = WIRE_UNIFORM, .least = MS(ms), .spread = MS(4) }
#define JUMPY { .delay = WIRE_EXPONENTIAL, .least = MS(15), .spread = MS(20) }

/* Three databases, a little off and on crystals of their own, and a witness. */
#define DB1 .name = "db1", .role = ROLE_DATABASE, .offset = US(300), .crystal_ppb = 12000
#define DB2 .name = "db2", .role = ROLE_DATABASE, .offset = US(-450), .crystal_ppb = -31000
#define DB3 .name = "db3", .role = ROLE_DATABASE, .offset = US(120), .crystal_ppb = 4500
#define MON1 .name = "mon1", .role = ROLE_WITNESS, .offset = US(-80), .crystal_ppb = -7800
#define THREE .hosts = { { DB1 }, { DB2 }, { DB3 } }, .n_hosts = 3
#define FOUR .hosts = { { DB1 }, { DB2 }, { DB3 }, { MON1 } }, .n_hosts = 4
#define NTP1 .name = "ntp1", .server = true, .keyed = true, .trusted = true, .offset = US(40), .crystal_ppb = 900
#define FOUR_AND_NTP .hosts = { { DB1 }, { DB2 }, { DB3 }, { MON1 }, { NTP1 } }, .n_hosts = 5
#define FOUR_ONE_SMEARS .hosts = { { DB1 }, { DB2 }, { DB3 }, { MON1, .smears = true } }, .n_hosts = 4
#define FOUR_HALF_SMEAR \
	.hosts = { { DB1 }, { DB2 }, { DB3, .smears = true }, { MON1, .smears = true } }, .n_hosts = 4
#define FOUR_SITES \
	.hosts = { { DB1, .site = 0 }, { DB2, .site = 1 }, { DB3, .site = 2 }, { MON1, .site = 3 } }, \
	.n_hosts = 4

#define FAULTS(...) \
	.faults = { __VA_ARGS__ }, .n_faults = sizeof((struct fault[]){ __VA_ARGS__ }) / sizeof(struct fault)
/* clang-format on */

enum { D1, D2, D3, M1 };

static const struct plan healthy = {
	.name = "healthy",
	.about = "Nothing is wrong, and nothing is said.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR,
	.near = LAN,
	.far = LAN,
};

static const struct plan ahead = {
	.name = "ahead",
	.about = "The clock of db3 is 1900 s ahead for two minutes: critical after 3 s, out of "
		 "work after 10 s, back 30 s after it is right again.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(150), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan behind = {
	.name = "behind",
	.about = "The same with a clock that is 1900 s behind.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(-1900) },
		{ .at = S(150), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan two_of_three = {
	.name = "two-of-three",
	.about = "Two of three are shifted together: to the third they are the majority, and it is "
		 "the one that is called wrong. Nobody can know better without a fourth.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	THREE,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D2, .amount = S(60) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(60) }),
};

static const struct plan two_at_once = {
	.name = "two-at-once",
	.about = "db2 and db3 go wrong in the same instant, each in its own way, and of three one may "
		 "leave: one does, and the other when that is back.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(260),
	.n_hosts = 5,
	.hosts = { { "db1", ROLE_DATABASE, .offset = { 300000 }, .crystal_ppb = 12000 },
		{ "db2", ROLE_DATABASE, .offset = { -450000 }, .crystal_ppb = -31000 },
		{ "db3", ROLE_DATABASE, .offset = { 120000 }, .crystal_ppb = 4500 },
		{ "mon1", ROLE_WITNESS, .offset = { -80000 }, .crystal_ppb = -7800 },
		{ "mon2", ROLE_WITNESS, .offset = { 90000 }, .crystal_ppb = 21000 } },
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D2, .amount = S(-600) },
		{ .at = S(90), .kind = FAULT_MEND, .host = D2 },
		{ .at = S(170), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan late_claim = {
	.name = "late-claim",
	.about =
		"The claim of db3 goes into a cluster that stands still, as db1 hangs, and is wanted no more "
		"when it comes out of it: it is found, not used and given back.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(39), .kind = FAULT_DB_HANG, .host = D1, .lasts = S(20) },
		{ .at = S(41), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan two_against_two = {
	.name = "two-against-two",
	.about = "The same with a witness: two against two, so everybody says that it cannot tell, "
		 "and nobody acts.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(180),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D2, .amount = S(60) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(60) },
		{ .at = S(120), .kind = FAULT_MEND, .host = D2 },
		{ .at = S(120), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan cut_off = {
	.name = "cut-off",
	.about = "db3 is cut off and its clock goes wrong: it cannot tell, and touches nothing "
		 "until it is back.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_CUT_OFF, .host = D3, .lasts = S(60) },
		{ .at = S(40), .kind = FAULT_STEP, .host = D3, .amount = S(300) },
		{ .at = S(130), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan one_sided = {
	.name = "one-sided",
	.about = "What db1 sends to db3 takes 800 ms longer, on clocks that agree: no alarm, ever.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(300),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30),
		.kind = FAULT_DETOUR,
		.host = D1,
		.peer = D3,
		.lasts = S(200),
		.amount = MS(800) }),
};

static const struct plan all_one_sided = {
	.name = "all-one-sided",
	.about = "What db3 hears takes 800 ms longer from everybody: it cannot tell, and no alarm "
		 "is raised, ever.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(300),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30),
		.kind = FAULT_DETOUR,
		.host = PLAN_ALL,
		.peer = D3,
		.lasts = S(200),
		.amount = MS(800) }),
};

static const struct plan all_far = {
	.name = "all-far",
	.about = "All round trips take 300 ms: fine, then critical for a clock that is 3 s off, "
		 "then fine.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(240),
	FOUR_SITES,
	.near = LAN,
	.far = FAR(148),
	FAULTS({ .at = S(60), .kind = FAULT_STEP, .host = D2, .amount = S(3) },
		{ .at = S(150), .kind = FAULT_MEND, .host = D2 }),
};

static const struct plan vm_stopped = {
	.name = "vm-stopped",
	.about = "The virtual machine db2 stands still for 20 s: nothing inside shows it, its "
		 "peers do.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(40), .kind = FAULT_STOP, .host = D2, .lasts = S(20) },
		{ .at = S(140), .kind = FAULT_MEND, .host = D2 }),
};

static const struct plan migrated = {
	.name = "migrated",
	.about = "db2 is migrated to another host: it stands still for 60 ms and has another "
		 "crystal then, over paths of 40 ms.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(200),
	FOUR_SITES,
	.near = LAN,
	.far = FAR(20),
	FAULTS({ .at = S(60), .kind = FAULT_MIGRATE, .host = D2, .lasts = MS(60), .amount = { 90000 } }),
};

static const struct plan migrated_briefly = {
	.name = "migrated-briefly",
	.about = "The same for 30 ms, which is less than the round trip: old bounds do not contradict new "
		 "ones, and are wrong.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(300),
	FOUR_SITES,
	.near = LAN,
	.far = FAR(20),
	FAULTS({ .at = S(100), .kind = FAULT_STOP, .host = D2, .lasts = MS(30) }),
};

static const struct plan slept = {
	.name = "slept",
	.about = "mon1 sleeps for 40 s, and its wall clock is right when it wakes while its raw "
		 "one has lost 40 s.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_SUSPEND, .host = M1, .lasts = S(40), .amount = MS(5) }),
};

static const struct plan all_wrong = {
	.name = "all-wrong-alike",
	.about = "All four are set 5 s ahead in the same instant: they agree, and only the trusted reference "
		 "tells. It alerts, and takes nobody out.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR_AND_NTP,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(40), .kind = FAULT_STEP, .host = D1, .amount = S(5) },
		{ .at = S(40), .kind = FAULT_STEP, .host = D2, .amount = S(5) },
		{ .at = S(40), .kind = FAULT_STEP, .host = D3, .amount = S(5) },
		{ .at = S(40), .kind = FAULT_STEP, .host = M1, .amount = S(5) },
		{ .at = S(120), .kind = FAULT_MEND, .host = D1 },
		{ .at = S(120), .kind = FAULT_MEND, .host = D2 },
		{ .at = S(120), .kind = FAULT_MEND, .host = D3 },
		{ .at = S(120), .kind = FAULT_MEND, .host = M1 }),
};

static const struct plan slewed = {
	.name = "slewed",
	.about = "A clock that is 4 s off is brought back by a slew of 8 %, over paths of 40 ms.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(200),
	FOUR_SITES,
	.near = LAN,
	.far = FAR(20),
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D1, .amount = S(4) },
		{ .at = S(70), .kind = FAULT_SLEW, .host = D1, .amount = S(-4) }),
};

static const struct plan stalled = {
	.name = "stalled-while-slewed",
	.about = "db1 is slewed by 8 % while its sentinel gets no processor for 20 s: the answers "
		 "that waited tell of long ago, and their intervals hold.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_SLEW, .host = D1, .amount = S(2) },
		{ .at = MS(33300), .kind = FAULT_STALL, .host = D1, .lasts = S(20) },
		{ .at = S(70), .kind = FAULT_SLEW, .host = D1, .amount = S(-2) }),
};

static const struct plan leap_second = {
	.name = "leap-second",
	.about = "A leap second: all clocks are set back by a second in the same instant, and "
		 "nobody is called wrong for it.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_LEAP, .host = PLAN_ALL, .lasts = S(40) }),
};

static const struct plan smeared = {
	.name = "smeared",
	.about = "Of four, mon1 spreads the leap second over the 200 s before it, while the others "
		 "step.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(300),
	FOUR_ONE_SMEARS,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_LEAP, .host = PLAN_ALL, .lasts = S(200) }),
};

static const struct plan half_smeared = {
	.name = "half-smeared",
	.about = "Two of four spread the leap second over the 200 s before it and two step: in the end two "
		 "camps, each half a second from the middle, and everybody says what explains it.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(300),
	FOUR_HALF_SMEAR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_LEAP, .host = PLAN_ALL, .lasts = S(200) }),
};

static const struct plan restart = {
	.name = "restart-while-desynced",
	.about = "The sentinel is killed while its node is out of work through it: it still knows, "
		 "and gives back.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(200),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(70), .kind = FAULT_CRASH, .host = D3, .lasts = S(15) },
		{ .at = S(110), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan operator_first = {
	.name = "operator-first",
	.about = "An operator has desynced db3 before it goes wrong: that is still there at the "
		 "end.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(200),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(10), .kind = FAULT_DB_OPERATOR, .host = D3, .lasts = S(500) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(90), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan era = {
	.name = "era",
	.about = "NTP's 32 bits of seconds begin again in 2036, with db3 3 s ahead across the "
		 "border.",
	.begins_s = ERA_1 - 60,
	.lasts = S(180),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(3) },
		{ .at = S(100), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan crash_storm = {
	.name = "crash-storm",
	.about = "Sentinels are killed over and over while db3 is 1900 s ahead and after it is "
		 "right again.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(240),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = MS(31200), .kind = FAULT_CRASH, .host = D3, .lasts = S(1) },
		{ .at = S(40), .kind = FAULT_CRASH, .host = D1, .lasts = S(2) },
		{ .at = MS(45002), .kind = FAULT_CRASH, .host = D3, .lasts = S(1) },
		{ .at = S(48), .kind = FAULT_CRASH, .host = M1, .lasts = S(3) },
		{ .at = S(60), .kind = FAULT_CRASH, .host = D3, .lasts = S(1) },
		{ .at = S(65), .kind = FAULT_CRASH, .host = D2, .lasts = S(1) },
		{ .at = S(90), .kind = FAULT_MEND, .host = D3 },
		{ .at = S(100), .kind = FAULT_CRASH, .host = D3, .lasts = S(1) },
		{ .at = S(115), .kind = FAULT_CRASH, .host = D1, .lasts = S(1) },
		{ .at = MS(132500), .kind = FAULT_CRASH, .host = D3, .lasts = S(1) }),
};

static const struct plan one_way = {
	.name = "one-way",
	.about = "A firewall drops what db3 sends to db1: the two cannot measure each other, the "
		 "others can.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(180),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_ONE_WAY, .host = D3, .peer = D1, .lasts = S(100) },
		{ .at = S(40), .kind = FAULT_STEP, .host = D3, .amount = S(5) },
		{ .at = S(100), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan parted = {
	.name = "parted",
	.about = "db3 is desynced by its sentinel when a partition comes; after it the group has "
		 "forgotten the desync, and the variable has not.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(50), .kind = FAULT_CUT_OFF, .host = D3, .lasts = S(20) },
		{ .at = S(120), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan hung = {
	.name = "hung",
	.about = "mariadbd hangs when db3 is to be taken out, and again when it is to be given "
		 "back.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(260),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(38), .kind = FAULT_DB_HANG, .host = D3, .lasts = S(30) },
		{ .at = S(120), .kind = FAULT_MEND, .host = D3 },
		{ .at = S(148), .kind = FAULT_DB_HANG, .host = D3, .lasts = S(30) }),
};

static const struct plan echoes = {
	.name = "echoes",
	.about = "Half of all datagrams come twice, and some much later: a duplicated request is "
		 "answered twice, and nobody is misled.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR_SITES,
	.near = LAN,
	.far = JUMPY,
	FAULTS({ .at = S(5),
		.kind = FAULT_ECHO,
		.host = PLAN_ALL,
		.peer = PLAN_ALL,
		.lasts = S(100),
		.amount = MS(500) }),
};

static const struct plan *const plans[] = {
	&healthy,
	&ahead,
	&behind,
	&two_of_three,
	&two_at_once,
	&late_claim,
	&two_against_two,
	&cut_off,
	&one_sided,
	&all_one_sided,
	&all_far,
	&vm_stopped,
	&migrated,
	&migrated_briefly,
	&slept,
	&all_wrong,
	&slewed,
	&stalled,
	&leap_second,
	&smeared,
	&half_smeared,
	&restart,
	&operator_first,
	&era,
	&crash_storm,
	&one_way,
	&parted,
	&hung,
	&echoes,
};

const struct plan *plan_nth(unsigned n)
{
	return n < sizeof plans / sizeof plans[0] ? plans[n] : NULL;
}

const struct plan *plan_named(const char *name)
{
	for (unsigned n = 0; plan_nth(n); n++)
		if (strcmp(plan_nth(n)->name, name) == 0)
			return plan_nth(n);
	return NULL;
}

unsigned plan_sentinels(const struct plan *plan)
{
	unsigned count = 0;

	while (count < plan->n_hosts && !plan->hosts[count].server)
		count++;
	return count;
}

bool plan_votes(const struct plan_host *host)
{
	return host->server ? host->keyed : conf_role_votes(host->role);
}
