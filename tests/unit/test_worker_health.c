/* SPDX-License-Identifier: MIT */
/*
 * Hardware that computes wrongly: the rule by which a worker is taken out, and workers with kernels
 * that lie in every way.
 */
#include <check.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "fake_kernel.h"
#include "jump_clock.h"
#include "miner/kernel_check.h"
#include "miner/workers.h"
#include "miner_fixture.h"
#include "status/workers_watch.h"
#include "suite_main.h"
#include "systemd/ids.h"

/* Errors at intervals of so many seconds: the number of the one that takes the worker out. */
static unsigned out_after(unsigned interval_s, unsigned max)
{
	struct worker_health health = {};
	uint64_t now = 1000 * CLOCK_S;

	for (unsigned n = 1; n <= max; n++, now += interval_s * CLOCK_S)
		if (worker_health_update(&health, n, now))
			return n;
	return 0;
}

START_TEST(out_when_errors_go_on)
{
	struct worker_health health = {};
	const unsigned longest = WORKER_HEALTH_WINDOW_S / (WORKER_HEALTH_ERRORS - 1);

	ck_assert_uint_eq(out_after(1, 1000), WORKER_HEALTH_ERRORS);
	ck_assert_uint_eq(out_after(longest, 1000), WORKER_HEALTH_ERRORS);
	ck_assert_uint_eq(out_after(longest + 1, 1000), 0);
	/* A storm within a second is one disturbance. */
	ck_assert(!worker_health_update(&health, 1000000, CLOCK_S));
	/* Without new errors nothing follows from it, ever. */
	for (uint64_t now = CLOCK_S; now < 100000 * CLOCK_S; now += CLOCK_S)
		ck_assert(!worker_health_update(&health, 1000000, now));
}
END_TEST

START_TEST(errors_do_not_become_fewer)
{
	struct worker_health health = {};

	worker_health_update(&health, 2, 0);
	worker_health_update(&health, 1, 0);
}
END_TEST

/* Three workers, of which the second lies. */
enum { LIAR = 1, WORKERS = 3, HEARTBEATS = 8 };

static const struct miner_fixture_job easy = {
	.extranonce2_size = 4,
	.n_branches = 1,
	.coinbase_size = 120,
	.version_mask = 0x6000,
	.difficulty = 1e-7,
};

/* No share is found on it. */
static const struct miner_fixture_job hard = {
	.extranonce2_size = 4,
	.coinbase_size = 120,
	.version_mask = 0x6000,
	.difficulty = 1e12,
};

static struct workers workers;
static struct workers_watch watch;
static struct notify notify;
static int event_fd;
static unsigned n_errors, n_taken_out, n_none_left; /* messages */

static bool field_is(const struct log_field *fields, const char *name, const char *value)
{
	for (; fields->name; fields++)
		if (strcmp(fields->name, name) == 0 && (!value || !strcmp(fields->value, value)))
			return true;
	return false;
}

static void count_messages(enum log_level level, const char *text, const struct log_field *fields)
{
	char cpu[16];

	snprintf(cpu, sizeof(cpu), "%u", workers.list[LIAR].cpu);
	n_errors += field_is(fields, "MESSAGE_ID", ID_HARDWARE_ERROR);
	n_taken_out += field_is(fields, "MESSAGE_ID", ID_WORKER_TAKEN_OUT) &&
		       field_is(fields, "MINERD_CPU", cpu) &&
		       field_is(fields, "MINERD_REASON", NULL);
	n_none_left += field_is(fields, "MESSAGE_ID", ID_NO_WORKERS_LEFT);
}

static void start(const struct kernel *const *kernels, unsigned n)
{
	struct worker_spec specs[WORKERS];

	for (unsigned i = 0; i < n; i++)
		specs[i] = (struct worker_spec){.cpu = miner_fixture_cpu(i), .kernel = kernels[i]};
	ck_assert_int_eq(workers_init(&workers, specs, n, WORKERS_PRIORITY_NORMAL, event_fd), 0);
}

static void setup(void)
{
	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ck_assert_int_ge(event_fd, 0);
	workers_watch_init(&watch);
	n_errors = n_taken_out = n_none_left = 0;
	log_set_sink(count_messages);
}

static void teardown(void)
{
	workers_deinit(&workers);
	close(event_fd);
}

static uint64_t heartbeat(unsigned i)
{
	return atomic_load(&workers.list[i].heartbeat);
}

/*
 * Until every worker that has work has begun the job and made the check that is due: after the end
 * of the older job (two heartbeats), the message, the first scan and another, all that comes next.
 */
static void wait_for_all(void)
{
	for (unsigned i = 0; i < workers.n; i++) {
		uint64_t begin = heartbeat(i);

		while (!workers.list[i].taken_out && heartbeat(i) < begin + HEARTBEATS)
			miner_fixture_sleep_ms(1);
	}
}

/* Gives out what was found: the shares must be good, whoever found them. */
static unsigned take_shares(void)
{
	unsigned n = 0;

	for (struct share share; workers_pop(&workers, &share); n++) {
		miner_fixture_verify(&share);
		job_unref(share.job);
	}
	return n;
}

/* What happens in a second. Returns whether a worker is left. */
static bool second(struct job *job)
{
	workers_dispatch(&workers, job);
	wait_for_all();
	take_shares();
	jump_clock(CLOCK_S);
	return workers_watch_tick(&watch, &workers, &notify, clock_now());
}

static void wait_asleep(const struct worker *worker)
{
	while (!atomic_load(&worker->asleep) || atomic_load(&worker->inbox))
		miner_fixture_sleep_ms(1);
}

/* The liar gets no job any more, and the others get and begin each. */
static void the_rest_goes_on(struct job *job)
{
	const struct worker *liar = &workers.list[LIAR];
	struct workers_timestamps timestamps;
	uint64_t hashes;
	unsigned shares = 0;

	wait_asleep(liar);
	hashes = atomic_load(&liar->hashes);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert(second(job));
		workers_timestamps(&workers, &timestamps);
		ck_assert_uint_gt(timestamps.first_hash_ns, 0);
		ck_assert_uint_gt(timestamps.last_taken_ns, 0);
	}
	while (shares < 50) {
		shares += take_shares();
		sched_yield();
	}
	ck_assert_uint_eq(atomic_load(&liar->hashes), hashes);
	ck_assert(atomic_load(&liar->asleep));
	for (unsigned i = 0; i < WORKERS; i++) {
		ck_assert(workers.list[i].taken_out == (i == LIAR));
		ck_assert(i == LIAR || atomic_load(&workers.list[i].hardware_errors) == 0);
	}
}

START_TEST(a_liar_is_taken_out)
{
	const struct kernel *kernels[WORKERS] = {&fake_kernel_whole, fake_kernel_liars[_i],
						 &fake_kernel_whole};
	struct job *job = miner_fixture_job_new(&easy);
	char reason[WORKERS_WATCH_REASON_MAX];
	unsigned seconds = 1;

	start(kernels, WORKERS);
	for (; second(job) && workers_left(&workers) == WORKERS; seconds++)
		ck_assert_uint_lt(seconds, 10);
	ck_assert_uint_ge(seconds, WORKER_HEALTH_ERRORS);
	ck_assert_uint_eq(workers_left(&workers), WORKERS - 1);
	ck_assert_uint_eq(n_errors, WORKER_HEALTH_ERRORS);
	ck_assert_uint_eq(n_taken_out, 1);
	workers_watch_reason(reason, &workers.list[LIAR]);
	ck_assert_ptr_null(strstr(reason, "kernel: 0,"));
	the_rest_goes_on(job);
	ck_assert_uint_eq(n_errors, WORKER_HEALTH_ERRORS);
	ck_assert_uint_eq(n_taken_out, 1);
	ck_assert_uint_eq(n_none_left, 0);
	workers_deinit(&workers);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

static atomic_bool broken;

static enum kernel_result scan_breaks(struct kernel_state *state, uint64_t max_hashes,
				      const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	const struct kernel *kernel =
		atomic_load(&broken) ? &fake_kernel_lost_lane : &fake_kernel_whole;

	return kernel->scan(state, max_hashes, stop, ret);
}

/* At a difficulty at which no share is found, a lane that begins to lose is known in a minute. */
START_TEST(breaks_after_a_while)
{
	const struct kernel breaks = {"breaks", "C", 0, fake_kernel_whole.prepare, scan_breaks};
	const struct kernel *kernels[WORKERS] = {&fake_kernel_whole, &breaks, &fake_kernel_whole};
	struct job *job = miner_fixture_job_new(&hard);
	unsigned seconds;

	atomic_store(&broken, false);
	start(kernels, WORKERS);
	for (seconds = 0; seconds < 1200; seconds += KERNEL_CHECK_INTERVAL_S) {
		ck_assert(second(job));
		jump_clock(KERNEL_CHECK_INTERVAL_S * CLOCK_S);
	}
	ck_assert_uint_eq(n_errors, 0);
	atomic_store(&broken, true);
	for (seconds = 0; second(job) && workers_left(&workers) == WORKERS; seconds++)
		ck_assert_uint_le(seconds, KERNEL_CHECK_INTERVAL_S + WORKER_HEALTH_ERRORS);
	ck_assert_uint_eq(n_taken_out, 1);
	/* The workers use the kernel, which is of this function. */
	workers_deinit(&workers);
	job_unref(job);
}
END_TEST

/* A disturbance of a second is logged, and that is all. */
START_TEST(one_error_is_no_reason)
{
	const struct kernel breaks = {"breaks", "C", 0, fake_kernel_whole.prepare, scan_breaks};
	const struct kernel *kernels[WORKERS] = {&fake_kernel_whole, &breaks, &fake_kernel_whole};
	struct job *job = miner_fixture_job_new(&hard);

	atomic_store(&broken, true);
	start(kernels, WORKERS);
	ck_assert(second(job));
	atomic_store(&broken, false);
	wait_for_all();
	for (unsigned i = 0; i < 2 * KERNEL_CHECK_AGAIN; i++)
		ck_assert(second(job));
	ck_assert_uint_ge(n_errors, 1);
	ck_assert_uint_le(n_errors, 2);
	ck_assert_uint_eq(workers_left(&workers), WORKERS);
	workers_deinit(&workers);
	job_unref(job);
}
END_TEST

START_TEST(none_is_left)
{
	const struct kernel *kernels[] = {&fake_kernel_lost_lane, &fake_kernel_swapped_lanes};
	struct job *job = miner_fixture_job_new(&easy);
	unsigned seconds = 0;

	start(kernels, 2);
	while (second(job))
		ck_assert_uint_lt(seconds++, 10);
	ck_assert_uint_eq(workers_left(&workers), 0);
	ck_assert_uint_eq(n_none_left, 1);
	for (unsigned i = 0; i < 2; i++)
		wait_asleep(&workers.list[i]);
	/* Said once. */
	ck_assert(workers_watch_tick(&watch, &workers, &notify, clock_now()));
	workers_deinit(&workers);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(taken_out_twice)
{
	const struct kernel *kernels[] = {&fake_kernel_whole};

	start(kernels, 1);
	workers_take_out(&workers, &workers.list[0]);
	workers_take_out(&workers, &workers.list[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker_health");
	TCase *rule = tcase_create("rule"), *tests = tcase_create("workers");

	tcase_add_test(rule, out_when_errors_go_on);
	tcase_add_test_raise_signal(rule, errors_do_not_become_fewer, SIGABRT);
	suite_add_tcase(suite, rule);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_liar_is_taken_out, 0, FAKE_KERNEL_LIARS);
	tcase_add_test(tests, breaks_after_a_while);
	tcase_add_test(tests, one_error_is_no_reason);
	tcase_add_test(tests, none_is_left);
	tcase_add_test_raise_signal(tests, taken_out_twice, SIGABRT);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
