/*
 * What the kinds of faults do: shared by fault.c, which has the table of them, and the files that have the
 * deeds.
 */
#ifndef SIM_FAULT_IMPL_H
#define SIM_FAULT_IMPL_H

#include "world.h"

/* The fault that begins or ends. */
struct act {
	struct world *world;
	const struct fault *fault;
	struct host *host; /* of fault->host; NULL: all */
	bool begins;
};

typedef void act_fn(struct act *act);

/* fault_clock.c */
act_fn act_step, act_mend, act_slew, act_drift, act_leap;
/* fault_machine.c */
act_fn act_stall, act_stop, act_migrate, act_suspend, act_crash, act_disk_full;
/* fault_wire.c */
act_fn act_cut_off, act_one_way, act_split, act_detour, act_loss, act_echo, act_bend;
/* fault_server.c */
act_fn act_db_hang, act_db_restart, act_db_donate, act_db_lock, act_db_operator;
/* fault_operator.c */
act_fn act_hold, act_release, act_drill;

#endif
