/*
 * What the files of named plans share: the words that they are written in, and a list of each, NULL behind the
 * last.
 */
#ifndef SIM_PLANS_IMPL_H
#define SIM_PLANS_IMPL_H

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
#define DB3_IN_1970 .name = "db3", .role = ROLE_DATABASE, .offset = S(-NOVEMBER_2026), .crystal_ppb = 4500
#define MON1 .name = "mon1", .role = ROLE_WITNESS, .offset = US(-80), .crystal_ppb = -7800
#define THREE .hosts = { { DB1 }, { DB2 }, { DB3 } }, .n_hosts = 3
#define FOUR .hosts = { { DB1 }, { DB2 }, { DB3 }, { MON1 } }, .n_hosts = 4
#define NTP1 .name = "ntp1", .server = true, .keyed = true, .trusted = true, .offset = US(40), .crystal_ppb = 900
#define FOUR_AND_NTP .hosts = { { DB1 }, { DB2 }, { DB3 }, { MON1 }, { NTP1 } }, .n_hosts = 5
#define UNTRUSTED .name = "ntp1", .server = true, .keyed = true, .offset = US(40), .crystal_ppb = 900
#define FOUR_AND_UNTRUSTED .hosts = { { DB1 }, { DB2 }, { DB3 }, { MON1 }, { UNTRUSTED } }, .n_hosts = 5
#define FOUR_ONE_IN_1970 \
	.hosts = { { DB1 }, { DB2 }, { DB3_IN_1970 }, { MON1 } }, .n_hosts = 4
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

extern const struct plan *const plans_clock[];
extern const struct plan *const plans_vote[];
extern const struct plan *const plans_wire[];
extern const struct plan *const plans_machine[];
extern const struct plan *const plans_database[];
extern const struct plan *const plans_operator[];

#endif
