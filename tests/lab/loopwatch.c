/*
 * loopwatch.so: how long an event loop is away from epoll_wait, and whether it waits for anything there.
 *
 *     LOOPWATCH=FILE LD_PRELOAD=loopwatch.so PROGRAM ...
 *
 * FILE, of at least 4096 octets and writable, gets these numbers as int64 in the machine's order, each the most
 * since somebody last wrote zeros there: nanoseconds of CPU in one turn of the loop, which is an upper bound for
 * each callback in it; nanoseconds by the clock in a turn in which the thread gave up the CPU of its own accord
 * (it blocked: a turn that was merely interrupted does not count); and the number of turns since then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

enum { PAGE_SIZE = 4096 };

struct loopwatch {
	_Atomic int64_t most_cpu, most_blocked, turns;
};

/* Where the loop's thread stood when it last came back from waiting. */
struct moment {
	int64_t cpu, wall;
	long switches;
};

static struct loopwatch *watch;
static _Thread_local struct moment back;
static _Thread_local bool turning;

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	syscall(SYS_clock_gettime, id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static struct moment moment_now(void)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_THREAD, &usage);
	return (struct moment){
		.cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID),
		.wall = clock_ns(CLOCK_MONOTONIC),
		.switches = usage.ru_nvcsw,
	};
}

static void keep_most(_Atomic int64_t *most, int64_t value)
{
	if (value > *most)
		*most = value;
}

static void turn_end(void)
{
	struct moment now = moment_now();

	keep_most(&watch->most_cpu, now.cpu - back.cpu);
	if (now.switches > back.switches)
		keep_most(&watch->most_blocked, now.wall - back.wall);
	watch->turns++;
}

/* The functions that are replaced have parameters of their own names in the headers. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int epoll_wait(int fd, struct epoll_event *events, int room, int timeout)
{
	int got;

	if (watch && turning)
		turn_end();
	got = (int)syscall(SYS_epoll_pwait, fd, events, room, timeout, NULL, 0);
	turning = true;
	back = moment_now();
	return got;
}

static struct loopwatch *map_page(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *page;

	if (fd < 0)
		return NULL;
	page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return page == MAP_FAILED ? NULL : page;
}

static void __attribute__((constructor)) loopwatch_start(void)
{
	const char *path = getenv("LOOPWATCH");

	if (!path)
		return;
	watch = map_page(path);
	if (watch)
		return;
	fprintf(stderr, "loopwatch: %s: %s\n", path, strerror(errno));
	_exit(127);
}
