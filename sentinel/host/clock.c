#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

/* A reading that was interrupted for longer is taken again, a few times. */
enum { TRIES = 3 };
#define BRACKET_GOOD span_us(5)

static int64_t ns_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

struct mono clock_mono(void)
{
	return (struct mono){ ns_of(CLOCK_MONOTONIC) };
}

struct span clock_cpu(void)
{
	return span_ns(ns_of(CLOCK_THREAD_CPUTIME_ID));
}

static void read_once(struct reading *out)
{
	out->raw_before.ns = ns_of(CLOCK_MONOTONIC_RAW);
	out->mono_before.ns = ns_of(CLOCK_MONOTONIC);
	out->wall.ns = ns_of(CLOCK_REALTIME);
	out->mono_after.ns = ns_of(CLOCK_MONOTONIC);
	out->raw_after.ns = ns_of(CLOCK_MONOTONIC_RAW);
}

/* What the kernel thinks of its own clock changes slowly, and asking is a system call: once a second is enough. */
static void read_status(struct reading *out)
{
	static struct mono asked = { INT64_MIN };
	static uint8_t leap;
	static bool synchronised;
	struct timex timex = { .modes = 0 };
	int state;

	if (span_less(span_s(1), mono_sub(out->mono_after, asked))) {
		asked = out->mono_after;
		state = adjtimex(&timex);
		synchronised = state >= 0 && !(timex.status & STA_UNSYNC);
		leap = timex.status & STA_INS   ? NTP_LEAP_INSERT
		       : timex.status & STA_DEL ? NTP_LEAP_DELETE
						: NTP_LEAP_NONE;
	}
	out->leap = leap;
	out->synchronised = synchronised;
}

void clock_read(struct reading *out)
{
	for (int i = 0; i < TRIES; i++) {
		read_once(out);
		if (!span_less(BRACKET_GOOD, raw_sub(out->raw_after, out->raw_before)))
			break;
	}
	out->boot = span_ns(ns_sub(ns_of(CLOCK_BOOTTIME), out->mono_after.ns));
	read_status(out);
}

void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	out[0] = '\0';
	if (!file)
		return;
	if (fgets(out, CLOCK_BOOT_ID_SIZE, file))
		out[strcspn(out, "\n")] = '\0';
	fclose(file);
}
