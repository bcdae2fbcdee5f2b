#include "story.h"

#include <pthread.h>

#include "../../sentinel/host/errand.h"

struct trip {
	struct loop *loop;
	struct errand *errand;
	pthread_t worker;
	unsigned worked, done;
	unsigned often;
};

static void work(void *arg)
{
	struct trip *trip = arg;

	trip->worker = pthread_self();
	trip->worked++;
}

static void done(void *arg)
{
	struct trip *trip = arg;

	assert_false(errand_busy(trip->errand));
	assert_false(pthread_equal(trip->worker, pthread_self()));
	trip->done++;
	assert_int_equal(trip->worked, trip->done);
	if (trip->done < trip->often)
		assert_true(errand_run(trip->errand));
	else
		loop_stop(trip->loop);
}

static void begin(struct trip *trip)
{
	trip->loop = loop_new();
	assert_non_null(trip->loop);
	trip->errand = errand_new(trip->loop, work, done, trip);
	assert_non_null(trip->errand);
}

static void the_work_is_done_elsewhere_and_told_here(void **state)
{
	struct trip trip = { .often = 100 };

	(void)state;
	begin(&trip);
	assert_false(errand_busy(trip.errand));
	assert_true(errand_run(trip.errand));
	assert_true(errand_busy(trip.errand));
	loop_run(trip.loop);
	assert_int_equal(trip.done, 100);
	errand_free(trip.errand);
	loop_free(trip.loop);
}

static void freed_in_between_the_work_is_done_and_not_told(void **state)
{
	struct trip trip = { .often = 1 };

	(void)state;
	begin(&trip);
	assert_true(errand_run(trip.errand));
	errand_free(trip.errand);
	assert_int_equal(trip.worked, 1);
	assert_int_equal(trip.done, 0);
	loop_free(trip.loop);
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(the_work_is_done_elsewhere_and_told_here),
		cmocka_unit_test(freed_in_between_the_work_is_done_and_not_told),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
