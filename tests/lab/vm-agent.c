/*
 * vm-agent: runs commands in the lab's virtual machines (tests/lab/vm) and tells what their clocks show.
 *
 *   vm-agent guest                in a guest, as its first process: serves whoever connects
 *   vm-agent step SECONDS         in a guest: steps its clock
 *   vm-agent rate PPM             in a guest: has its clock run so fast (adjtimex(2): the raw clock stays)
 *   vm-agent run ADDRESS COMMAND  from outside: runs it there, with this stdin; its output and exit status
 *   vm-agent clock ADDRESS [raw]  from outside: that clock minus this one, see below
 *   vm-agent tsc                  kHz of this machine's time stamp counter, by CLOCK_MONOTONIC
 *
 * `clock` asks many times and believes the quickest exchange: whatever the ways there and back took, the guest read its
 * clock between the question and its answer. It prints when that was by this machine's clock, the offset, and by how
 * much that may be wrong at most, in seconds. Nothing but a guest's clock is ever set. Trouble of its own exits 125.
 *
 * A connection begins with one octet, enum service. RUN: the command's length and the command, then its stdin; back come
 * parts. CLOCK: any number of octets, each the number of a clock, for each of which its nanoseconds come back. Both ends
 * are this program on one kind of processor, so numbers travel as they are.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define NS_PER_S INT64_C(1000000000)

enum { PORT = 7001, COMMAND_MAX = 65536, PART_MAX = 16384, TROUBLE = 125 };
enum { EXCHANGES_LEAST = 20, EXCHANGES_MOST = 100, QUICK_NS = 200000 };
enum service { SERVICE_RUN = 'r', SERVICE_CLOCK = 'c' };

/* What comes back of a command; of PART_STATUS, its exit status, there are no octets. */
enum part_kind { PART_OUTPUT = 1, PART_ERROR, PART_STATUS };
struct part {
	uint32_t kind, value; /* the number of octets that follow, or the status */
	char octets[PART_MAX];
};
enum { PART_HEAD = offsetof(struct part, octets) };

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
	va_list args;

	fputs("vm-agent: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(TROUBLE);
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static double number(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value))
		fail("'%s' is not a number", text);
	return value;
}

/* ---- streams ---- */

static bool write_all(int fd, const void *from, size_t len)
{
	const char *at = from;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool read_all(int fd, void *into, size_t len)
{
	char *at = into;

	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* Small messages go at once. */
static void no_delay(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
}

/* ---- in a guest: commands ---- */

struct job {
	pid_t pid;
	int process, output, error; /* a descriptor of the process, the read ends of its pipes */
};

static void __attribute__((noreturn)) job_become(int input, int output, int error, const char *command)
{
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	setsid();
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(TROUBLE);
}

static bool job_start(struct job *job, int input, const char *command)
{
	int output[2], error[2];

	if (pipe2(output, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
		return false;
	job->pid = fork();
	if (job->pid == 0)
		job_become(input, output[1], error[1], command);
	close(output[1]);
	close(error[1]);
	job->output = output[0];
	job->error = error[0];
	job->process = job->pid > 0 ? pidfd_open(job->pid, 0) : -1;
	return job->process >= 0;
}

/* Passes on some of what the job wrote; false where there is nothing. */
static bool job_pass(int fd, struct pollfd *from, enum part_kind kind)
{
	struct part part = { .kind = kind };
	ssize_t n;

	if (from->fd < 0 || !from->revents)
		return false;
	n = read(from->fd, part.octets, sizeof part.octets);
	if (n <= 0) {
		from->fd = -1;
		return false;
	}
	part.value = (uint32_t)n;
	return write_all(fd, &part, PART_HEAD + (size_t)n);
}

/*
 * Until it has ended and all that it wrote is passed on. poll(2) looks at the descriptors in their order, so with the
 * process first what it wrote before it ended is seen too. What it leaves running in the background is not waited for.
 */
static void job_follow(struct job *job, int fd)
{
	struct pollfd watch[] = { { .fd = job->process, .events = POLLIN },
		{ .fd = job->output, .events = POLLIN }, { .fd = job->error, .events = POLLIN } };
	bool passed;

	do {
		if (poll(watch, 3, -1) < 0)
			return;
		passed = job_pass(fd, &watch[1], PART_OUTPUT);
		passed |= job_pass(fd, &watch[2], PART_ERROR);
	} while (passed || !watch[0].revents);
}

static void serve_run(int fd)
{
	static char command[COMMAND_MAX + 1];
	struct part part = { .kind = PART_STATUS };
	struct job job;
	uint32_t len;
	int status;

	if (!read_all(fd, &len, sizeof len) || len > COMMAND_MAX || !read_all(fd, command, len))
		return;
	if (!job_start(&job, fd, command))
		return;
	job_follow(&job, fd);
	if (waitpid(job.pid, &status, 0) != job.pid)
		return;
	part.value = (uint32_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	write_all(fd, &part, PART_HEAD);
	/* Closed with stdin unread, the connection would be reset, and the status lost. */
	shutdown(fd, SHUT_WR);
	while (read(fd, part.octets, sizeof part.octets) > 0)
		;
}

static void serve_clock(int fd)
{
	uint8_t id;

	while (read_all(fd, &id, sizeof id)) {
		int64_t ns = clock_ns(id);

		write_all(fd, &ns, sizeof ns);
	}
}

static void serve(int fd)
{
	uint8_t service;

	no_delay(fd);
	if (!read_all(fd, &service, sizeof service))
		return;
	if (service == SERVICE_RUN)
		serve_run(fd);
	else if (service == SERVICE_CLOCK)
		serve_clock(fd);
}

static int open_listener(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) || listen(fd, SOMAXCONN))
		fail("cannot listen: %s", strerror(errno));
	return fd;
}

static int do_guest(char **args)
{
	int listener;

	(void)args;
	if (getpid() != 1)
		fail("only a guest's first process serves");
	/* So orphans, the first process's to bury, are buried by the kernel. */
	signal(SIGCHLD, SIG_IGN);
	listener = open_listener();
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 && fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			serve(fd);
			_exit(0);
		}
		close(fd);
	}
}

/* ---- in a guest: its clock ---- */

/* Whoever calls this by mistake on the machine that the lab runs on shall not set that machine's clock. */
static void must_be_guest(void)
{
	char first[256] = "", self[256] = "";

	if (readlink("/proc/1/exe", first, sizeof first - 1) < 0 ||
		readlink("/proc/self/exe", self, sizeof self - 1) < 0 || strcmp(first, self) != 0)
		fail("not in a guest: no clock is set here");
}

static void adjust(struct timex *change)
{
	must_be_guest();
	if (adjtimex(change) < 0)
		fail("adjtimex: %s", strerror(errno));
}

static int do_step(char **args)
{
	int64_t ns = llround(number(args[0]) * (double)NS_PER_S), s = ns / NS_PER_S;
	struct timex change = { .modes = ADJ_SETOFFSET | ADJ_NANO };

	ns %= NS_PER_S;
	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	change.time.tv_sec = s;
	change.time.tv_usec = ns;
	adjust(&change);
	return 0;
}

/* A tick of 10 ms is changed by whole microseconds, 100 ppm each; the frequency, 2^-16 ppm, makes up the rest. */
static int do_rate(char **args)
{
	double ppm = number(args[0]);
	long ticks = lround(ppm / 100);
	struct timex change = { .modes = ADJ_TICK | ADJ_FREQUENCY,
		.tick = 10000 + ticks,
		.freq = lround((ppm - 100 * (double)ticks) * 65536) };

	adjust(&change);
	return 0;
}

/* ---- from outside ---- */

static int open_guest(const char *address, enum service service)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t octet = (uint8_t)service;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		fail("'%s' is not an IPv4 address", address);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to))
		fail("cannot reach the guest at %s: %s", address, strerror(errno));
	no_delay(fd);
	if (!write_all(fd, &octet, sizeof octet))
		fail("the guest at %s does not listen", address);
	return fd;
}

/* A process of its own: neither way of the conversation may wait for the other. */
static void feed(int fd)
{
	char octets[PART_MAX];
	ssize_t n;

	if (fork() != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((n = read(STDIN_FILENO, octets, sizeof octets)) > 0 && write_all(fd, octets, (size_t)n))
		;
	shutdown(fd, SHUT_WR);
	_exit(0);
}

static void receive(int fd, struct part *part)
{
	if (!read_all(fd, part, PART_HEAD) ||
		(part->kind != PART_STATUS &&
			(part->value > PART_MAX || !read_all(fd, part->octets, part->value))))
		fail("the guest went away");
}

static int do_run(char **args)
{
	int fd = open_guest(args[0], SERVICE_RUN);
	uint32_t len = (uint32_t)strlen(args[1]);
	static struct part part;

	if (len > COMMAND_MAX)
		fail("a command of more than %d octets", COMMAND_MAX);
	if (!write_all(fd, &len, sizeof len) || !write_all(fd, args[1], len))
		fail("the guest went away");
	feed(fd);
	for (receive(fd, &part); part.kind != PART_STATUS; receive(fd, &part))
		if (!write_all(part.kind == PART_OUTPUT ? STDOUT_FILENO : STDERR_FILENO, part.octets,
			    part.value))
			return TROUBLE;
	return (int)part.value;
}

/* One question: when it was asked and answered by our clock, and what theirs showed in between. */
struct glance {
	int64_t asked, answered, theirs;
};

static struct glance look(int fd, clockid_t id)
{
	uint8_t octet = (uint8_t)id;
	struct glance glance = { .asked = clock_ns(id) };

	if (!write_all(fd, &octet, sizeof octet) || !read_all(fd, &glance.theirs, sizeof glance.theirs))
		fail("the guest went away");
	glance.answered = clock_ns(id);
	return glance;
}

static int64_t took(const struct glance *glance)
{
	return glance->answered - glance->asked;
}

/* The quickest of enough of them. */
static struct glance look_well(int fd, clockid_t id)
{
	struct glance best = look(fd, id);

	for (int n = 1; n < EXCHANGES_MOST && (n < EXCHANGES_LEAST || took(&best) > QUICK_NS); n++) {
		struct glance glance = look(fd, id);

		if (took(&glance) < took(&best))
			best = glance;
	}
	return best;
}

static void print_seconds(int64_t ns, char after)
{
	printf("%s%lld.%09lld%c", ns < 0 ? "-" : "", llabs(ns / NS_PER_S), llabs(ns % NS_PER_S), after);
}

static int do_clock(char **args)
{
	bool raw = args[1] && strcmp(args[1], "raw") == 0;
	struct glance glance;
	int64_t middle;

	if (args[1] && !raw)
		fail("clock ADDRESS [raw]");
	glance = look_well(open_guest(args[0], SERVICE_CLOCK), raw ? CLOCK_MONOTONIC_RAW : CLOCK_REALTIME);
	middle = glance.asked + took(&glance) / 2;
	print_seconds(middle, ' ');
	print_seconds(glance.theirs - middle, ' ');
	print_seconds(took(&glance) / 2 + 1, '\n');
	return 0;
}

/* ---- what a guest's crystal is made of ---- */

struct reading {
	int64_t ns;
	uint64_t ticks;
};

/* The tightest of some. */
static struct reading read_counter(void)
{
	struct reading best = { 0 };
	int64_t least = INT64_MAX;

	for (int n = 0; n < 1000; n++) {
		int64_t before = clock_ns(CLOCK_MONOTONIC);
		uint64_t ticks = __rdtsc();
		int64_t apart = clock_ns(CLOCK_MONOTONIC) - before;

		if (apart < least) {
			least = apart;
			best = (struct reading){ .ns = before + apart / 2, .ticks = ticks };
		}
	}
	return best;
}

static int do_tsc(char **args)
{
	struct reading first = read_counter(), second;

	(void)args;
	nanosleep(&(struct timespec){ .tv_nsec = 500000000 }, NULL);
	second = read_counter();
	printf("%.3f\n", (double)(second.ticks - first.ticks) * 1e6 / (double)(second.ns - first.ns));
	return 0;
}

static const struct verb {
	const char *name;
	int least, most; /* arguments */
	int (*run)(char **args);
} verbs[] = {
	{ "guest", 0, 0, do_guest },
	{ "step", 1, 1, do_step },
	{ "rate", 1, 1, do_rate },
	{ "run", 2, 2, do_run },
	{ "clock", 1, 2, do_clock },
	{ "tsc", 0, 0, do_tsc },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 >= verbs[i].least &&
			argc - 2 <= verbs[i].most)
			return verbs[i].run(argv + 2);
	fail("guest | step SECONDS | rate PPM | run ADDRESS COMMAND | clock ADDRESS [raw] | tsc");
}
