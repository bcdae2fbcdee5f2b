#include "stepwatch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct stepwatch {
	int fd;
	struct watch *watch;
	timer_fn *stepped;
	void *arg;
};

/* Far enough away never to fire, near enough for every kernel: the end of 32 bits of seconds since 1970 twice over. */
static bool arm(const struct stepwatch *stepwatch)
{
	static const struct itimerspec never = { .it_value = { .tv_sec = INT64_C(1) << 33 } };

	return timerfd_settime(stepwatch->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0;
}

static void on_readable(void *arg, unsigned what)
{
	struct stepwatch *stepwatch = arg;
	uint64_t count;
	bool cancelled = read(stepwatch->fd, &count, sizeof count) < 0 && errno == ECANCELED;

	(void)what;
	/* Armed again before anybody looks at the clock: no step can fall in between. */
	if (!arm(stepwatch))
		watch_set(stepwatch->watch, 0);
	if (cancelled)
		stepwatch->stepped(stepwatch->arg);
}

struct stepwatch *stepwatch_new(struct loop *loop, timer_fn *stepped, void *arg)
{
	struct stepwatch *stepwatch = calloc(1, sizeof *stepwatch);

	if (!stepwatch)
		return NULL;
	stepwatch->stepped = stepped;
	stepwatch->arg = arg;
	stepwatch->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (stepwatch->fd < 0 || !arm(stepwatch))
		goto fail;
	stepwatch->watch = watch_new(loop, stepwatch->fd, WATCH_READ, on_readable, stepwatch);
	if (stepwatch->watch)
		return stepwatch;
fail:
	stepwatch_free(stepwatch);
	return NULL;
}

void stepwatch_free(struct stepwatch *stepwatch)
{
	if (!stepwatch)
		return;
	watch_free(stepwatch->watch);
	if (stepwatch->fd >= 0)
		close(stepwatch->fd);
	free(stepwatch);
}
