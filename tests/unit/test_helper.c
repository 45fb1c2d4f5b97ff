/* SPDX-License-Identifier: MIT */
/* io/helper: tasks in a thread, their end on the loop, and tasks that outlive it. */
#include <check.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/container.h"
#include "io/helper.h"
#include "iterate_fixture.h"
#include "suite_main.h"

struct work {
	struct helper_task task;
	unsigned number, square;
};

static struct ring ring;
static struct helper helper;
static sem_t go;	    /* for tasks that wait for it */
static _Atomic int dropped; /* tasks */
static unsigned sum, ended;

static void run(struct helper_task *task)
{
	struct work *work = container_of(task, struct work, task);

	work->square = work->number * work->number;
}

static void run_after_go(struct helper_task *task)
{
	sem_wait(&go);
	run(task);
}

static void done(struct helper_task *task)
{
	struct work *work = container_of(task, struct work, task);

	ck_assert(!helper_busy(&helper));
	sum += work->square;
	ended++;
	free(work);
}

static void drop(struct helper_task *task)
{
	free(container_of(task, struct work, task));
	atomic_fetch_add(&dropped, 1);
}

static void start(void (*fn)(struct helper_task *task), unsigned number)
{
	struct work *work = calloc(1, sizeof(*work));

	work->task = (struct helper_task){.run = fn, .done = done, .drop = drop};
	work->number = number;
	ck_assert_int_eq(helper_start(&helper, &work->task), 0);
	ck_assert(helper_busy(&helper));
}

static void setup(void)
{
	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(helper_init(&helper, &ring), 0);
	ck_assert_int_eq(sem_init(&go, 0, 0), 0);
	sum = ended = 0;
	atomic_store(&dropped, 0);
}

static void teardown(void)
{
	ring_deinit(&ring);
	helper_deinit(&helper);
	helper_deinit(&helper);
	sem_destroy(&go);
}

START_TEST(one_task_after_the_other)
{
	for (unsigned i = 1; i <= 100; i++) {
		start(run, i);
		ITERATE_UNTIL(&ring, ended == i);
	}
	ck_assert_uint_eq(sum, 338350);
	ck_assert_int_eq(atomic_load(&dropped), 0);
}
END_TEST

START_TEST(the_loop_goes_on_meanwhile)
{
	start(run_after_go, 7);
	iterate_for(&ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(ended, 0);
	sem_post(&go);
	ITERATE_UNTIL(&ring, ended == 1);
	ck_assert_uint_eq(sum, 49);
}
END_TEST

/* Nobody waits for it at the end, and whoever is the last frees it. */
START_TEST(a_task_that_outlives_the_helper)
{
	start(run_after_go, 7);
	ring_deinit(&ring);
	helper_deinit(&helper);
	ck_assert_int_eq(atomic_load(&dropped), 0);
	sem_post(&go);
	while (!atomic_load(&dropped))
		sched_yield();
	ck_assert_uint_eq(ended, 0);
	ck_assert_int_eq(ring_init(&ring), 0);
}
END_TEST

/* It has run, but the loop has not iterated since. */
START_TEST(a_task_that_nobody_heard_of)
{
	start(run, 7);
	while (atomic_load(&helper.task->parts) > 1)
		sched_yield();
	ring_deinit(&ring);
	helper_deinit(&helper);
	ck_assert_int_eq(atomic_load(&dropped), 1);
	ck_assert_int_eq(ring_init(&ring), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("helper");
	TCase *tests = tcase_create("helper");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, one_task_after_the_other);
	tcase_add_test(tests, the_loop_goes_on_meanwhile);
	tcase_add_test(tests, a_task_that_outlives_the_helper);
	tcase_add_test(tests, a_task_that_nobody_heard_of);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
