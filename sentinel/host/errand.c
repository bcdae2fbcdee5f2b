#include "errand.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct errand {
	errand_fn *work, *done;
	void *arg;
	int over; /* an eventfd: the thread writes to it when it has done its work */
	struct watch *watch;
	pthread_t thread;
	bool busy;
};

static void *thread_main(void *arg)
{
	struct errand *errand = arg;

	errand->work(errand->arg);
	eventfd_write(errand->over, 1);
	return NULL;
}

static void on_over(void *arg, unsigned what)
{
	struct errand *errand = arg;
	eventfd_t count;

	(void)what;
	if (eventfd_read(errand->over, &count) != 0)
		return;
	pthread_join(errand->thread, NULL);
	errand->busy = false;
	errand->done(errand->arg);
}

struct errand *errand_new(struct loop *loop, errand_fn *work, errand_fn *done, void *arg)
{
	struct errand *errand = calloc(1, sizeof *errand);

	if (!errand)
		return NULL;
	*errand = (struct errand){ .work = work, .done = done, .arg = arg };
	errand->over = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (errand->over >= 0)
		errand->watch = watch_new(loop, errand->over, WATCH_READ, on_over, errand);
	if (errand->watch)
		return errand;
	if (errand->over >= 0)
		close(errand->over);
	free(errand);
	return NULL;
}

bool errand_run(struct errand *errand)
{
	sigset_t all, before;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errand->busy = pthread_create(&errand->thread, NULL, thread_main, errand) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return errand->busy;
}

bool errand_busy(const struct errand *errand)
{
	return errand->busy;
}

void errand_free(struct errand *errand)
{
	if (!errand)
		return;
	if (errand->busy)
		pthread_join(errand->thread, NULL);
	watch_free(errand->watch);
	close(errand->over);
	free(errand);
}
