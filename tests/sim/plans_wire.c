/* What the network does. */
#include "plans_impl.h"

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

static const struct plan damaged = {
	.name = "damaged",
	.about = "Half of what db1 sends to db3 is damaged on its way: it is dropped, and the clock of db3 "
		 "is judged all the same.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(160),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(10),
		       .kind = FAULT_BEND,
		       .host = D1,
		       .peer = D3,
		       .lasts = S(120),
		       .amount = MS(500) },
		{ .at = S(40), .kind = FAULT_STEP, .host = D3, .amount = S(5) },
		{ .at = S(80), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan lossy = {
	.name = "lossy",
	.about = "Three in ten of all datagrams are lost, and the clock of db3 goes wrong: that takes "
		 "longer to be proved, and no longer than it has to.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(10),
		       .kind = FAULT_LOSS,
		       .host = PLAN_ALL,
		       .peer = PLAN_ALL,
		       .lasts = S(70),
		       .amount = MS(300) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(5) },
		{ .at = S(60), .kind = FAULT_MEND, .host = D3 }),
};

const struct plan *const plans_wire[] = {
	&cut_off,
	&one_sided,
	&all_one_sided,
	&all_far,
	&one_way,
	&echoes,
	&damaged,
	&lossy,
	NULL,
};
