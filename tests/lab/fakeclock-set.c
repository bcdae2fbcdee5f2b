/*
 * fakeclock-set FILE OFFSET [PPM]: sets the clock of every process that runs under fakeclock.so with FILE.
 *
 * OFFSET is what REALTIME is off from now on, in seconds (-1900, 0.25): a step, unless it is "+0", which leaves
 * the clock where it is and changes the drift alone. PPM is the drift from now on, 0 where none is given.
 */
#include "fakeclock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* The true clock, also where this runs under fakeclock.so itself. */
static int64_t clock_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	syscall(SYS_clock_gettime, id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static bool parse(const char *text, long double unit, int64_t *out)
{
	char *end;
	long double value = strtold(text, &end);

	if (end == text || *end || !isfinite(value) || fabsl(value) > 9e18L / unit)
		return false;
	*out = llroundl(value * unit);
	return true;
}

static struct fakeclock *open_page(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *page = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, FAKECLOCK_SIZE) == 0)
		page = mmap(NULL, FAKECLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return page == MAP_FAILED ? NULL : page;
}

/* What drift has added so far becomes part of the past; of the offset asked for it is a part. */
static void change(struct fakeclock *page, bool step, int64_t offset, int64_t drift)
{
	int64_t now = clock_ns(CLOCK_MONOTONIC);
	int64_t bent = page->bent + fakeclock_drift(now - page->since, page->drift);

	page->sequence++;
	page->bent = bent;
	page->since = now;
	page->drift = drift;
	if (step) {
		page->previous = page->offset;
		page->offset = offset - bent;
		page->stepped_at = clock_ns(CLOCK_REALTIME);
	}
	page->sequence++;
}

int main(int argc, char **argv)
{
	int64_t offset = 0, drift = 0;
	bool good = argc == 3 || argc == 4;
	struct fakeclock *page;

	good = good && parse(argv[2], 1e9L, &offset) && (argc == 3 || parse(argv[3], 1e3L, &drift));
	if (!good) {
		fprintf(stderr, "usage: fakeclock-set FILE OFFSET-IN-SECONDS [PPM]\n");
		return 2;
	}
	page = open_page(argv[1]);
	if (!page) {
		fprintf(stderr, "fakeclock-set: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	change(page, strcmp(argv[2], "+0") != 0, offset, drift);
	return 0;
}
