/* What machines and processes do. */
#include "plans_impl.h"

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
	.about = "The virtual machine db2 stands still for 30 ms, which is less than the round trip: old "
		 "bounds do not contradict new ones, and are wrong.",
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

static const struct plan disk_full = {
	.name = "disk-full",
	.about = "The disk of db3 is full when it should leave: without a record of what is ours nothing is "
		 "set, until there is room.",
	.begins_s = NOVEMBER_2026,
	.lasts = S(200),
	FOUR,
	.near = LAN,
	.far = LAN,
	FAULTS({ .at = S(20), .kind = FAULT_DISK_FULL, .host = D3, .lasts = S(60) },
		{ .at = S(30), .kind = FAULT_STEP, .host = D3, .amount = S(1900) },
		{ .at = S(120), .kind = FAULT_MEND, .host = D3 }),
};

const struct plan *const plans_machine[] = {
	&vm_stopped,
	&migrated,
	&migrated_briefly,
	&slept,
	&stalled,
	&restart,
	&crash_storm,
	&disk_full,
	NULL,
};
