/* Who is believed: majorities, and references. */
#include "plans_impl.h"

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

static const struct plan vetoed = {
	.name = "vetoed",
	.about = "All but db3 are set 5 s ahead: the majority says that db3 is wrong, and a trusted "
		 "reference that it is not. It cannot tell, and stays at work.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(160),
	FOUR_AND_NTP,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D1, .amount = S(5) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D2, .amount = S(5) },
		{ .at = S(30), .kind = FAULT_STEP, .host = M1, .amount = S(5) },
		{ .at = S(90), .kind = FAULT_MEND, .host = D1 },
		{ .at = S(90), .kind = FAULT_MEND, .host = D2 },
		{ .at = S(90), .kind = FAULT_MEND, .host = M1 }),
};

static const struct plan doubted = {
	.name = "doubted",
	.about = "All four are set 5 s ahead, and a reference that is not trusted stays where it was: it "
		 "raises doubt, and no alarm.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(120),
	FOUR_AND_UNTRUSTED,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D1, .amount = S(5) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D2, .amount = S(5) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(5) },
		{ .at = S(30), .kind = FAULT_STEP, .host = M1, .amount = S(5) }),
};

const struct plan *const plans_vote[] = {
	&two_of_three,
	&two_against_two,
	&all_wrong,
	&vetoed,
	&doubted,
	NULL,
};
