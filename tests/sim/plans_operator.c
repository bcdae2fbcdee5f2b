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

const struct plan *const plans_operator[] = {
	&operator_first,
	NULL,
};
