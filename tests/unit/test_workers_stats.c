/* SPDX-License-Identifier: MIT */
/* Counters across workers that replace each other, and calls that the headers forbid. */
#include <check.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "fake_kernel.h"
#include "miner/workers_stats.h"
#include "miner_fixture.h"
#include "suite_main.h"

static struct workers_stats stats;
static struct workers workers;
static int event_fd;

static void start(void)
{
	const struct worker_spec spec = {.cpu = miner_fixture_cpu(0), .kernel = &fake_kernel_whole};

	ck_assert_int_eq(workers_init(&workers, &spec, 1, WORKERS_PRIORITY_NORMAL, event_fd), 0);
}

static void setup(void)
{
	stats = (struct workers_stats){};
	event_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(event_fd, 0);
	start();
}

static void teardown(void)
{
	workers_deinit(&workers);
	close(event_fd);
}

/* What no thread counts while the test looks. */
static void counted(uint64_t hashes, uint64_t errors, uint64_t overflows)
{
	atomic_store(&workers.list[0].hashes, hashes);
	atomic_store(&workers.list[0].hardware_errors, errors);
	atomic_store(&workers.list[0].shares.overflows, overflows);
}

static void sums_are(uint64_t hashes, uint64_t errors, uint64_t overflows)
{
	ck_assert_uint_eq(workers_stats_hashes(&stats, &workers), hashes);
	ck_assert_uint_eq(workers_stats_hardware_errors(&stats, &workers), errors);
	ck_assert_uint_eq(workers_stats_overflows(&stats, &workers), overflows);
}

START_TEST(sums_outlive_workers)
{
	workers_stats_sample(&stats, &workers, clock_now());
	counted(1000, 3, 2);
	sums_are(1000, 3, 2);
	workers_stop(&workers);
	workers_stats_replace(&stats, &workers);
	workers_deinit(&workers);
	sums_are(1000, 3, 2);
	start();
	sums_are(1000, 3, 2);
	counted(500, 1, 1);
	sums_are(1500, 4, 3);
}
END_TEST

/* New workers count from 0: the rate goes on, and is not negative. */
START_TEST(rates_outlive_workers)
{
	uint64_t begin = clock_now();

	workers_stats_sample(&stats, &workers, begin);
	counted(1000, 0, 0);
	workers_stats_sample(&stats, &workers, begin + CLOCK_S);
	ck_assert_double_eq(rate_session(&stats.rate), 1000);
	ck_assert_double_gt(rate_short_window(&stats.worker_rate[0]), 0);
	workers_stop(&workers);
	workers_stats_replace(&stats, &workers);
	ck_assert_double_eq(rate_short_window(&stats.worker_rate[0]), 0);
	workers_deinit(&workers);
	start();
	counted(1000, 0, 0);
	workers_stats_sample(&stats, &workers, begin + 2 * CLOCK_S);
	ck_assert_double_eq(rate_session(&stats.rate), 1000);
}
END_TEST

START_TEST(replaced_while_they_run)
{
	workers_stats_replace(&stats, &workers);
}
END_TEST

START_TEST(no_workers)
{
	const struct worker_spec spec = {.cpu = miner_fixture_cpu(0), .kernel = &fake_kernel_whole};
	struct workers none = WORKERS_NULL;

	workers_init(&none, &spec, 0, WORKERS_PRIORITY_IDLE, event_fd);
}
END_TEST

START_TEST(too_many_workers)
{
	const struct worker_spec spec = {.cpu = miner_fixture_cpu(0), .kernel = &fake_kernel_whole};
	struct workers many = WORKERS_NULL;

	workers_init(&many, &spec, WORKER_SPEC_MAX + 1, WORKERS_PRIORITY_IDLE, event_fd);
}
END_TEST

START_TEST(stopped_workers_get_no_work)
{
	workers_stop(&workers);
	workers_idle(&workers);
}
END_TEST

START_TEST(a_limit_of_nothing)
{
	workers_limit(&workers, 0, 0, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("workers_stats");
	TCase *tests = tcase_create("workers_stats");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, sums_outlive_workers);
	tcase_add_test(tests, rates_outlive_workers);
	tcase_add_test_raise_signal(tests, replaced_while_they_run, SIGABRT);
	tcase_add_test_raise_signal(tests, no_workers, SIGABRT);
	tcase_add_test_raise_signal(tests, too_many_workers, SIGABRT);
	tcase_add_test_raise_signal(tests, stopped_workers_get_no_work, SIGABRT);
	tcase_add_test_raise_signal(tests, a_limit_of_nothing, SIGABRT);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
