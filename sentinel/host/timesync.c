#include "timesync.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "../../proto/ntp.h"

/* Of several that run, the first one here is named. The kernel keeps 15 characters of a process's name. */
static const struct service {
	const char *comm, *name;
	const char *ask; /* the command that tells how it is doing */
} services[] = {
	{ "chronyd", "chronyd", "chronyc sources" },
	{ "ntpd", "ntpd", "ntpq -p" },
	{ "openntpd", "openntpd", "ntpctl -s all" },
	{ "systemd-timesyn", "systemd-timesyncd", "timedatectl timesync-status" },
	{ "phc2sys", "phc2sys", "journalctl -u phc2sys" },
	{ "ptp4l", "ptp4l", "journalctl -u ptp4l" },
};
enum { SERVICES = sizeof services / sizeof services[0] };

enum { SLICE = 32 }; /* processes a slice: some 5 us each */
#define BETWEEN_SLICES span_ms(20)
#define BETWEEN_LOOKS span_s(10)

/* One look through /proc, possibly in slices. */
struct scan {
	DIR *proc;
	unsigned best; /* index into services; SERVICES: none so far */
};

struct timesync_watch {
	struct timer *timer;
	struct scan scan;
	struct timesync found;
};

static bool is_process(const char *name)
{
	return isdigit((unsigned char)name[0]);
}

/* A process may be gone by the time it is looked at: that is no error. */
static bool read_comm(int proc, const char *pid, char comm[32])
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof path, "%.20s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	len = read(fd, comm, 31);
	close(fd);
	if (len <= 0)
		return false;
	comm[len] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	return true;
}

static void consider(struct scan *scan, const char *comm)
{
	for (unsigned i = 0; i < scan->best; i++)
		if (strcmp(comm, services[i].comm) == 0)
			scan->best = i;
}

static bool scan_begin(struct scan *scan, const char *proc)
{
	scan->best = SERVICES;
	scan->proc = opendir(proc);
	return scan->proc;
}

/* True when all were seen. */
static bool scan_slice(struct scan *scan, unsigned processes)
{
	char comm[32];

	while (processes > 0) {
		const struct dirent *entry = readdir(scan->proc);

		if (!entry)
			return true;
		if (!is_process(entry->d_name))
			continue;
		if (read_comm(dirfd(scan->proc), entry->d_name, comm))
			consider(scan, comm);
		processes--;
	}
	return false;
}

/*
 * In a process namespace of our own (a container), or where /proc hides the processes of others (hidepid, ProtectProc),
 * that none was found says nothing. The first namespace has a fixed inode (PROC_PID_INIT_INO in the kernel).
 */
static bool sees_whole_host(int proc)
{
	static const ino_t first_namespace = 0xEFFFFFFCU;
	struct stat namespace;
	char comm[32];

	return fstatat(proc, "self/ns/pid", &namespace, 0) == 0 && namespace.st_ino == first_namespace &&
	       read_comm(proc, "1", comm);
}

static void scan_end(struct scan *scan, struct timesync *out)
{
	out->looked = true;
	out->running = scan->best < SERVICES;
	snprintf(out->service, sizeof out->service, "%s", out->running ? services[scan->best].name : "");
	out->whole_host = sees_whole_host(dirfd(scan->proc));
	closedir(scan->proc);
	scan->proc = NULL;
}

bool timesync_scan(const char *proc, struct timesync *out)
{
	struct scan scan;

	if (!scan_begin(&scan, proc))
		return false;
	while (!scan_slice(&scan, SLICE))
		;
	scan_end(&scan, out);
	return true;
}

static uint8_t leap_of(int state, unsigned status)
{
	if (state == TIME_ERROR || (status & STA_UNSYNC))
		return NTP_LEAP_UNSYNCHRONISED;
	if (status & STA_INS)
		return NTP_LEAP_INSERT;
	return (status & STA_DEL) ? NTP_LEAP_DELETE : NTP_LEAP_NONE;
}

static void look_at_kernel(struct timesync *out)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);

	out->leap = leap_of(state, (unsigned)timex.status);
	out->synchronised = out->leap != NTP_LEAP_UNSYNCHRONISED;
	out->max_error = state < 0 ? SPAN_MAX : span_us(timex.maxerror);
}

static void on_timer(void *arg)
{
	struct timesync_watch *watch = arg;

	if (!watch->scan.proc && !scan_begin(&watch->scan, "/proc")) {
		timer_set(watch->timer, BETWEEN_LOOKS);
		return;
	}
	if (!scan_slice(&watch->scan, SLICE)) {
		timer_set(watch->timer, BETWEEN_SLICES);
		return;
	}
	scan_end(&watch->scan, &watch->found);
	look_at_kernel(&watch->found);
	timer_set(watch->timer, BETWEEN_LOOKS);
}

struct timesync_watch *timesync_watch_new(struct loop *loop)
{
	struct timesync_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	watch->timer = timer_new(loop, on_timer, watch);
	if (!watch->timer) {
		free(watch);
		return NULL;
	}
	look_at_kernel(&watch->found);
	timer_set(watch->timer, SPAN_ZERO);
	return watch;
}

void timesync_watch_free(struct timesync_watch *watch)
{
	if (!watch)
		return;
	timer_free(watch->timer);
	if (watch->scan.proc)
		closedir(watch->scan.proc);
	free(watch);
}

const struct timesync *timesync_get(const struct timesync_watch *watch)
{
	return &watch->found;
}

static const char *command_for(const char *service)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (strcmp(services[i].name, service) == 0)
			return services[i].ask;
	return "timedatectl";
}

char *timesync_cure(const struct timesync *timesync, const char *node, char *out, size_t room)
{
	if (!timesync->looked)
		snprintf(out, room, "%s", "");
	else if (!timesync->running && !timesync->whole_host)
		snprintf(out, room,
			"no time service is seen from here: look on the host of %s (`timedatectl`)", node);
	else if (!timesync->running)
		snprintf(out, room, "no time service runs on %s: enable one (chronyd)", node);
	else if (!timesync->synchronised)
		snprintf(out, room, "%s runs on %s and has not set its clock right: see `%s`",
			timesync->service, node, command_for(timesync->service));
	else
		snprintf(out, room, "%s runs on %s, and yet its clock is off: see `%s`", timesync->service,
			node, command_for(timesync->service));
	return out;
}
