/* What clocks do: steps, slews, leap seconds, and the end of an era. */
#include "plans_impl.h"

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

static const struct plan drifting = {
	.name = "drifting",
	.about =
		"The clock of db2 gains 5 ms a second: each level is called 3 s after it is reached, and db2 "
		"stays at work, as it never comes so far as to be taken out.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(220),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_DRIFT, .host = D2, .lasts = S(120), .amount = MS(5) },
		{ .at = S(160), .kind = FAULT_MEND, .host = D2 }),
};

static const struct plan forgotten = {
	.name = "hardware-clock-forgotten",
	.about = "The hardware clock of db3 has forgotten the time, and the machine comes up in 1970: it "
		 "leaves work until somebody sets it right.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(140),
	FOUR_ONE_IN_1970,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(70), .kind = FAULT_MEND, .host = D3 }),
};

const struct plan *const plans_clock[] = {
	&healthy,
	&ahead,
	&behind,
	&slewed,
	&leap_second,
	&smeared,
	&half_smeared,
	&era,
	&drifting,
	&forgotten,
	NULL,
};
