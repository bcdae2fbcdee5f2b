/*
 * fakeclock.so: gives a process a wall clock of its own, the kernel's packet stamps included.
 *
 *     FAKECLOCK=FILE LD_PRELOAD=fakeclock.so PROGRAM ...
 *     fakeclock-set FILE OFFSET [PPM]              at any time: a step, or a new drift
 *
 * For tests of what a wrong clock does, without touching the machine's own. A step reads as ECANCELED from a
 * timerfd armed with TFD_TIMER_CANCEL_ON_SET, as from the kernel, unless FAKECLOCK_UNTOLD is set. Not faked: adjtimex(2), the times of files,
 * sleeps until an instant. A program with AddressSanitizer has interceptors of its own in the way: use another
 * build.
 */
#include "fakeclock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)
#define FAR_FUTURE_S (INT64_MAX / NS_PER_S / 2)

enum {
	WATCH_FDS = 1024,
	WATCH_PAUSE_NS = 2000000,
	STAMP_CONTROL_TYPES_NEW = 63, /* SO_TIMESTAMP_NEW; 64 and 65 are ..NS_NEW and ..ING_NEW */
};

static struct fakeclock right;
static const struct fakeclock *fake = &right;

/* What the page said at one moment. */
struct shape {
	int64_t offset, bent, drift, since, stepped_at, previous;
};

static int64_t to_ns(const struct timespec *ts)
{
	return (int64_t)ts->tv_sec * NS_PER_S + ts->tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	if (ts.tv_nsec < 0) {
		ts.tv_nsec += NS_PER_S;
		ts.tv_sec--;
	}
	return ts;
}

static void shift(struct timespec *ts, int64_t ns)
{
	*ts = to_timespec(to_ns(ts) + ns);
}

static int64_t true_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	syscall(SYS_clock_gettime, id, &ts);
	return to_ns(&ts);
}

static struct shape shape_read(void)
{
	struct shape shape;
	uint64_t before;

	do {
		before = fake->sequence;
		shape = (struct shape){
			.offset = fake->offset,
			.bent = fake->bent,
			.drift = fake->drift,
			.since = fake->since,
			.stepped_at = fake->stepped_at,
			.previous = fake->previous,
		};
	} while (before != fake->sequence || (before & 1));
	return shape;
}

static int64_t shape_bend(const struct shape *shape)
{
	if (!shape->drift)
		return shape->bent;
	return shape->bent + fakeclock_drift(true_clock(CLOCK_MONOTONIC) - shape->since, shape->drift);
}

static int64_t wall_shift(void)
{
	struct shape shape = shape_read();

	return shape.offset + shape_bend(&shape);
}

/* A packet that came before the step carries the clock of before, even when it is read afterwards. */
static void shift_stamp(struct timespec *stamp)
{
	struct shape shape = shape_read();
	int64_t offset = to_ns(stamp) < shape.stepped_at ? shape.previous : shape.offset;

	shift(stamp, offset + shape_bend(&shape));
}

/* The functions that are replaced have parameters of their own names in the headers. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int clock_gettime(clockid_t id, struct timespec *ts)
{
	struct shape shape = shape_read();
	int64_t bend = shape_bend(&shape);

	if (syscall(SYS_clock_gettime, id, ts) < 0)
		return -1;
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		shift(ts, shape.offset + bend);
		break;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		shift(ts, bend);
		break;
	default:
		break;
	}
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	struct timespec ts = to_timespec(true_clock(CLOCK_REALTIME) + wall_shift());

	(void)tz;
	*tv = (struct timeval){ .tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *out)
{
	struct timespec ts = to_timespec(true_clock(CLOCK_REALTIME) + wall_shift());

	if (out)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

int timespec_get(struct timespec *ts, int base)
{
	*ts = to_timespec(true_clock(CLOCK_REALTIME) + wall_shift());
	return base;
}

/* A stamp of zeros says that there is none. */
static void fix_timespec(unsigned char *data)
{
	struct timespec stamp;

	memcpy(&stamp, data, sizeof stamp);
	if (!stamp.tv_sec && !stamp.tv_nsec)
		return;
	shift_stamp(&stamp);
	memcpy(data, &stamp, sizeof stamp);
}

static void fix_timeval(unsigned char *data)
{
	struct timeval tv;
	struct timespec stamp;

	memcpy(&tv, data, sizeof tv);
	stamp = (struct timespec){ .tv_sec = tv.tv_sec, .tv_nsec = tv.tv_usec * 1000 };
	shift_stamp(&stamp);
	tv = (struct timeval){ .tv_sec = stamp.tv_sec, .tv_usec = stamp.tv_nsec / 1000 };
	memcpy(data, &tv, sizeof tv);
}

/* Of SO_TIMESTAMPING's three stamps the first is the system clock's, the third a network card's own. */
static void fix_control(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		switch (c->cmsg_type) {
		case SO_TIMESTAMP:
		case STAMP_CONTROL_TYPES_NEW:
			fix_timeval(CMSG_DATA(c));
			break;
		case SO_TIMESTAMPNS:
		case SO_TIMESTAMPING:
		case STAMP_CONTROL_TYPES_NEW + 1:
		case STAMP_CONTROL_TYPES_NEW + 2:
			fix_timespec(CMSG_DATA(c));
			break;
		default:
			break;
		}
	}
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t got = syscall(SYS_recvmsg, fd, message, flags);

	if (got >= 0 && message->msg_control)
		fix_control(message);
	return got;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout)
{
	int got = (int)syscall(SYS_recvmmsg, fd, messages, n, flags, timeout);

	for (int i = 0; i < got; i++) {
		if (messages[i].msg_hdr.msg_control)
			fix_control(&messages[i].msg_hdr);
	}
	return got;
}

/* Timers on the wall clock whose owners want to know of steps; and those that are to read ECANCELED next. */
static _Atomic bool watched[WATCH_FDS], cancelled[WATCH_FDS];

int timerfd_settime(int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)
{
	struct itimerspec value = *new_value;
	bool armed = value.it_value.tv_sec || value.it_value.tv_nsec;
	bool on_set = flags & TFD_TIMER_CANCEL_ON_SET;

	if (fd >= 0 && fd < WATCH_FDS) {
		watched[fd] = on_set && armed;
		cancelled[fd] = false;
	}
	/* Only a timer on the wall clock can ask for this; one set for the end of time stays there. */
	if (on_set && armed && (flags & TFD_TIMER_ABSTIME) && value.it_value.tv_sec < FAR_FUTURE_S) {
		shift(&value.it_value, -wall_shift());
		if (value.it_value.tv_sec < 0)
			value.it_value = (struct timespec){ .tv_nsec = 1 };
	}
	return (int)syscall(SYS_timerfd_settime, fd, flags, &value, old_value);
}

ssize_t read(int fd, void *bytes, size_t len)
{
	uint64_t gone;

	if (fd < 0 || fd >= WATCH_FDS || !cancelled[fd])
		return syscall(SYS_read, fd, bytes, len);
	cancelled[fd] = false;
	syscall(SYS_read, fd, &gone, sizeof gone);
	errno = ECANCELED;
	return -1;
}

/* What read() becomes where the compiler knows the buffer but not the length (_FORTIFY_SOURCE). */
ssize_t __read_chk(int fd, void *bytes, size_t len, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t len, size_t room)
{
	if (len > room)
		abort();
	return read(fd, bytes, len);
}

int close(int fd)
{
	if (fd >= 0 && fd < WATCH_FDS) {
		watched[fd] = false;
		cancelled[fd] = false;
	}
	return (int)syscall(SYS_close, fd);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

static void cancel_timers(void)
{
	const struct itimerspec at_once = { .it_value.tv_nsec = 1 };

	for (int fd = 0; fd < WATCH_FDS; fd++) {
		if (!watched[fd])
			continue;
		watched[fd] = false;
		cancelled[fd] = true;
		syscall(SYS_timerfd_settime, fd, 0, &at_once, NULL);
	}
}

static void *step_watch(void *unused)
{
	const struct timespec pause = { .tv_nsec = WATCH_PAUSE_NS };
	int64_t last = fake->stepped_at;

	for (;;) {
		int64_t now;

		syscall(SYS_nanosleep, &pause, NULL);
		now = fake->stepped_at;
		if (now != last)
			cancel_timers();
		last = now;
	}
	return unused;
}

static const struct fakeclock *map_page(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *page;

	if (fd < 0)
		return NULL;
	page = mmap(NULL, FAKECLOCK_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	return page == MAP_FAILED ? NULL : page;
}

/* The program's signals are for its own threads. */
static bool start_watch(void)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, step_watch, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 && pthread_detach(thread) == 0;
}

/* A test must not go on with the right clock because its fake one could not be had. */
static void __attribute__((constructor)) fakeclock_start(void)
{
	const char *path = getenv("FAKECLOCK");

	if (!path)
		return;
	fake = map_page(path);
	if (fake && (getenv("FAKECLOCK_UNTOLD") || start_watch()))
		return;
	fprintf(stderr, "fakeclock: %s: %s\n", path, strerror(errno));
	_exit(127);
}
