/* What databases and claims do when a node is to leave or to come back. */
#include "plans_impl.h"

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

static const struct plan fenced = {
	.name = "fenced",
	.about = "The fence is configured beside the desync: db3 is taken out of work and refuses its "
		 "clients, and both are given back.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(150),
	FOUR,
	.near = LAN,
	.far = LAN,
	.fence = true,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(80), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan locked = {
	.name = "locked",
	.about = "A backup holds FLUSH TABLES WITH READ LOCK when db3 should leave: it waits for the backup, "
		 "and leaves then.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(160),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(35), .kind = FAULT_DB_LOCK, .host = D3, .lasts = S(30) },
		{ .at = S(100), .kind = FAULT_MEND, .host = D3 }),
};

static const struct plan donating = {
	.name = "donating",
	.about = "db3 donates a state transfer when it should leave: it is out of work already, and leaves "
		 "by our hand when the transfer is over.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(160),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(35), .kind = FAULT_DB_DONATE, .host = D3, .lasts = S(30) },
		{ .at = S(100), .kind = FAULT_MEND, .host = D3 }),
};

const struct plan *const plans_database[] = {
	&two_at_once,
	&late_claim,
	&parted,
	&hung,
	&fenced,
	&locked,
	&donating,
	NULL,
};
