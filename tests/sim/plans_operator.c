/* What operators do. */
#include "plans_impl.h"

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

static const struct plan held = {
	.name = "held",
	.about = "An operator holds the actions on db3 before its clock goes wrong: it is called critical, "
		 "and stays at work until the hold is over.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(180),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_HOLD, .host = D3, .lasts = S(60) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(105), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan released = {
	.name = "released",
	.about = "An operator releases db3 while it is out of work through us: it is given back at once, and "
		 "leaves again when that is over.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(200),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(60), .kind = FAULT_RELEASE, .host = D3, .lasts = S(40) },
		{ .at = S(130), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan drilled = {
	.name = "drilled",
	.about = "A drill on db3: for 40 s it believes its clock 5 s further on than it is, and does all "
		 "that it would do.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(140),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_DRILL, .host = D3, .lasts = S(40), .amount = S(5) }),
};

const struct plan *const plans_operator[] = {
	&operator_first,
	&held,
	&released,
	&drilled,
	NULL,
};
