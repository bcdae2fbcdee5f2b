/* Reads this host's clocks. The one file of the daemon that does. */
#ifndef SENTINEL_CLOCK_H
#define SENTINEL_CLOCK_H

#include "../core/core.h"

/* One bracketed look at all clocks: some 200 ns. */
void clock_read(struct reading *out);

/* CPU time of this thread, for measuring what callbacks cost. */
struct span clock_cpu(void);

struct mono clock_mono(void);

/* The kernel draws it at each boot: the monotonic clocks of two boots have nothing to do with each other. "": unknown. */
enum { CLOCK_BOOT_ID_SIZE = 64 };
void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE]);

#endif
