/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: the workers, with real threads and real kernels. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "fake_kernel.h"
#include "miner/kernel.h"
#include "miner/workers.h"
#include "miner_fixture.h"
#include "suite_main.h"

static const struct miner_fixture_job easy = {
	.extranonce2_size = 4,
	.n_branches = 2,
	.coinbase_size = 250,
	.version_mask = 0x1fffe000,
	.difficulty = 1e-6,
};

static int event_fd; /* of the shares of the workers */

static void setup(void)
{
	event_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(event_fd, 0);
}

static void teardown(void)
{
	close(event_fd);
}

static void workers_start(struct workers *workers, const struct kernel *kernel, unsigned n)
{
	struct worker_spec specs[WORKER_SPEC_MAX];

	for (unsigned i = 0; i < n; i++)
		specs[i] = (struct worker_spec){.cpu = miner_fixture_cpu(i), .kernel = kernel};
	/* Not idle: a test must not wait for whatever else runs on the machine. */
	ck_assert_int_eq(workers_init(workers, specs, n, WORKERS_PRIORITY_NORMAL, event_fd), 0);
	ck_assert_uint_eq(workers->n, n);
}

/* Waits on the descriptor and takes the next share; its reference is dropped at once. */
static struct share next_share(struct workers *workers)
{
	struct pollfd poll_fd = {.fd = event_fd, .events = POLLIN};
	struct share share;
	eventfd_t n;

	while (!workers_pop(workers, &share)) {
		ck_assert_int_eq(poll(&poll_fd, 1, 10000), 1);
		ck_assert_int_eq(eventfd_read(event_fd, &n), 0);
	}
	job_unref(share.job);
	return share;
}

/* Older jobs must still be there. */
static void take_and_verify(struct workers *workers, struct job *job, unsigned n)
{
	struct miner_fixture_shares shares = {};

	while (shares.n < n) {
		struct share share = next_share(workers);

		miner_fixture_verify(&share);
		/* A slower worker's share of the job before may come late. */
		if (share.job == job)
			miner_fixture_collect(&shares, &share);
	}
	miner_fixture_assert_unique(&shares);
}

static const size_t extranonce2_sizes[] = {1, 2, 4, 8, 16};

/* Every kernel that this machine can run. */
START_TEST(shares_are_good)
{
	for (const struct kernel *const *kernel = kernel_table(); *kernel; kernel++) {
		struct miner_fixture_job spec = easy;
		struct workers workers = WORKERS_NULL;
		struct job *jobs[4];

		if (!kernel_supported(*kernel))
			continue;
		workers_start(&workers, *kernel, 3);
		spec.extranonce2_size = extranonce2_sizes[_i];
		for (unsigned round = 0; round < 4; round++) {
			spec.version_mask = round % 2 ? 0 : 0x1fffe000;
			spec.n_branches = round * 5;
			spec.coinbase_size = round == 3 ? 20000 : 100 + round * 60;
			jobs[round] = miner_fixture_job_new(&spec);
			workers_dispatch(&workers, jobs[round]);
			take_and_verify(&workers, jobs[round], 150);
		}
		ck_assert_uint_eq(workers_hardware_errors(&workers), 0);
		workers_deinit(&workers);
		for (unsigned round = 0; round < 4; round++) {
			ck_assert_uint_eq(jobs[round]->references, 1);
			job_unref(jobs[round]);
		}
	}
}
END_TEST

/* Two share each extranonce2, or a hundred have one of their own each. */
START_TEST(more_workers_than_extranonce2)
{
	unsigned n_workers = 300;
	struct miner_fixture_job spec = easy;
	struct workers workers = WORKERS_NULL;
	bool seen[300] = {};
	unsigned n_seen = 0;
	struct job *job;

	spec.extranonce2_size = 1;
	spec.difficulty = 1e-7;
	spec.version_mask = 0;
	job = miner_fixture_job_new(&spec);
	workers_start(&workers, &fake_kernel_short, n_workers);
	workers_dispatch(&workers, job);
	while (n_seen < n_workers)
		for (unsigned i = n_seen = 0; i < n_workers; i++)
			n_seen += seen[i] |= workers.list[i].hashes > FAKE_KERNEL_NONCES;
	workers_idle(&workers);
	take_and_verify(&workers, job, 100);
	workers_deinit(&workers);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(all_workers_are_heard)
{
	struct workers workers = WORKERS_NULL;
	struct miner_fixture_job spec = easy;
	bool heard[4] = {};
	unsigned n = 0;
	struct job *job;

	spec.difficulty = 1e-8;
	job = miner_fixture_job_new(&spec);
	workers_start(&workers, &fake_kernel_short, 4);
	workers_dispatch(&workers, job);
	while (n < 4) {
		struct share share = next_share(&workers);
		/* Worker k of 4 has the extranonce2 values k, k + 4 .. */
		unsigned worker = share.extranonce2[3] % 4;

		n += !heard[worker];
		heard[worker] = true;
	}
	job_unref(job);
	workers_deinit(&workers);
}
END_TEST

START_TEST(replaced_thousands_of_times)
{
	enum { JOBS = 20000 };
	struct job **jobs = calloc(JOBS, sizeof(*jobs));
	struct workers workers = WORKERS_NULL;
	uint64_t slowest = 0, popped = 0;

	workers_start(&workers, &fake_kernel_whole, 4);
	for (unsigned i = 0; i < JOBS; i++) {
		struct miner_fixture_job shape = easy;
		uint64_t begin;

		shape.version_mask = i & 1 ? 0x2000 : 0;
		shape.difficulty = 1e-8;
		jobs[i] = miner_fixture_job_new(&shape);
		begin = clock_now();
		workers_dispatch(&workers, jobs[i]);
		slowest = clock_now() - begin > slowest ? clock_now() - begin : slowest;
		if (i % 7 == 0)
			workers_idle(&workers);
		if (i % 100 == 0)
			miner_fixture_sleep_ms(1);
		for (struct share share; workers_pop(&workers, &share); popped++) {
			if (popped % 16 == 0)
				miner_fixture_verify(&share);
			job_unref(share.job);
		}
	}
	ck_assert_uint_gt(popped, 0);
	workers_deinit(&workers);
	for (unsigned i = 0; i < JOBS; i++) {
		if (jobs[i]->references != 1)
			ck_abort_msg("job %u has %u references", i, jobs[i]->references);
		job_unref(jobs[i]);
	}
	free(jobs);
	/* It waits for nobody; a busy machine may still take the CPU from it. */
	ck_assert_uint_lt(slowest, 5 * CLOCK_S);
}
END_TEST

/* The io thread is the one that drops a job's last reference. */
START_TEST(jobs_are_not_kept)
{
	struct workers workers = WORKERS_NULL;
	struct miner_fixture_job spec = easy;
	struct job *jobs[64];

	spec.difficulty = 1e9;
	workers_start(&workers, &fake_kernel_whole, 2);
	for (unsigned i = 0; i < 64; i++) {
		jobs[i] = miner_fixture_job_new(&spec);
		workers_dispatch(&workers, jobs[i]);
		if (i % 3 == 0)
			workers_dispatch(&workers, jobs[i]);
		for (unsigned worker = 0; worker < 2; worker++)
			while (atomic_load(&workers.list[worker].first_hash.sequence) !=
			       jobs[i]->sequence)
				sched_yield();
		if (i >= WORKERS_HELD_MAX)
			ck_assert_uint_eq(jobs[i - WORKERS_HELD_MAX]->references, 1);
	}
	workers_deinit(&workers);
	for (unsigned i = 0; i < 64; i++) {
		ck_assert_uint_eq(jobs[i]->references, 1);
		job_unref(jobs[i]);
	}
}
END_TEST

START_TEST(timestamps_are_of_the_last_job)
{
	struct workers workers = WORKERS_NULL;
	struct workers_timestamps timestamps;
	struct job *job = NULL;

	workers_start(&workers, &fake_kernel_whole, 2);
	workers_timestamps(&workers, &timestamps);
	ck_assert_uint_eq(timestamps.dispatched_ns, 0);
	ck_assert_uint_eq(timestamps.first_hash_ns, 0);
	for (unsigned round = 0; round < 200; round++) {
		uint64_t before;

		/* Every third job comes twice. */
		if (round % 3) {
			job_unref(job);
			job = miner_fixture_job_new(&easy);
		}
		if (!job)
			continue;
		before = clock_now();
		workers_dispatch(&workers, job);
		do {
			sched_yield();
			workers_timestamps(&workers, &timestamps);
			ck_assert_uint_ge(timestamps.dispatched_ns, before);
		} while (!timestamps.first_hash_ns);
		ck_assert_uint_ge(timestamps.first_hash_ns, timestamps.dispatched_ns);
		ck_assert_uint_le(timestamps.first_hash_ns, clock_now());
	}
	workers_idle(&workers);
	workers_timestamps(&workers, &timestamps);
	ck_assert_uint_eq(timestamps.dispatched_ns, 0);
	workers_deinit(&workers);
	job_unref(job);
}
END_TEST

static void wait_asleep(struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++)
		while (!atomic_load(&workers->list[i].asleep) ||
		       atomic_load(&workers->list[i].inbox))
			miner_fixture_sleep_ms(1);
}

START_TEST(idle_costs_nothing)
{
	struct job *job = miner_fixture_job_new(&easy);
	struct workers workers = WORKERS_NULL;
	uint64_t hashes, time;

	workers_start(&workers, &fake_kernel_whole, 4);
	wait_asleep(&workers);
	for (unsigned round = 0; round < 2; round++) {
		hashes = workers_hashes(&workers);
		time = miner_fixture_cpu_time();
		miner_fixture_sleep_ms(200);
		/* One that is awake would take all of it. */
		ck_assert_uint_lt(miner_fixture_cpu_time() - time, 20 * CLOCK_MS);
		ck_assert_uint_eq(workers_hashes(&workers), hashes);
		ck_assert_int_eq(workers_stuck(&workers), -1);
		workers_dispatch(&workers, job);
		while (workers_hashes(&workers) < hashes + 1000)
			miner_fixture_sleep_ms(1);
		workers_idle(&workers);
		wait_asleep(&workers);
	}
	workers_deinit(&workers);
	job_unref(job);
}
END_TEST

START_TEST(end_is_quick)
{
	uint64_t slowest = 0;

	for (unsigned round = 0; round < 20; round++) {
		struct job *job = miner_fixture_job_new(&easy);
		struct workers workers = WORKERS_NULL;
		uint64_t begin;

		workers_start(&workers, kernel_find("generic"), 4);
		if (round % 4)
			workers_dispatch(&workers, job);
		miner_fixture_sleep_ms(round);
		begin = clock_now();
		workers_deinit(&workers);
		slowest = clock_now() - begin > slowest ? clock_now() - begin : slowest;
		workers_deinit(&workers);
		ck_assert_uint_eq(job->references, 1);
		job_unref(job);
	}
	/* At idle priority it would take as long as others are busy. */
	ck_assert_uint_lt(slowest, 5 * CLOCK_S);
}
END_TEST

START_TEST(priority_is_obeyed)
{
	static const struct {
		enum workers_priority priority;
		int policy;
	} cases[] = {
		{WORKERS_PRIORITY_IDLE, SCHED_IDLE},
		{WORKERS_PRIORITY_BATCH, SCHED_BATCH},
		{WORKERS_PRIORITY_NORMAL, SCHED_OTHER},
	};
	struct worker_spec specs[2] = {
		{.cpu = miner_fixture_cpu(0), .kernel = &fake_kernel_whole},
		{.cpu = miner_fixture_cpu(1), .kernel = &fake_kernel_whole},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct workers workers = WORKERS_NULL;

		ck_assert_int_eq(workers_init(&workers, specs, 2, cases[i].priority, event_fd), 0);
		for (size_t n = 0; n < 2; n++) {
			struct sched_param parameters;
			int policy = -1;

			ck_assert_int_eq(
				pthread_getschedparam(workers.list[n].thread, &policy, &parameters),
				0);
			ck_assert_int_eq(policy, cases[i].policy);
		}
		workers_deinit(&workers);
	}
}
END_TEST

START_TEST(stuck_is_seen)
{
	struct worker_spec specs[] = {
		{.cpu = miner_fixture_cpu(0), .kernel = &fake_kernel_whole},
		{.cpu = miner_fixture_cpu(1), .kernel = &fake_kernel_stuck},
	};
	struct job *job = miner_fixture_job_new(&easy);
	struct workers workers = WORKERS_NULL;

	ck_assert_int_eq(workers_init(&workers, specs, 2, WORKERS_PRIORITY_NORMAL, event_fd), 0);
	wait_asleep(&workers);
	ck_assert_int_eq(workers_stuck(&workers), -1);
	workers_dispatch(&workers, job);
	miner_fixture_sleep_ms(300);
	/* It has work since a moment ago; only the next look can tell. */
	ck_assert_int_eq(workers_stuck(&workers), -1);
	miner_fixture_sleep_ms(300);
	ck_assert_int_eq(workers_stuck(&workers), (int)specs[1].cpu);
	workers_idle(&workers);
	wait_asleep(&workers);
	ck_assert_int_eq(workers_stuck(&workers), -1);
	workers_deinit(&workers);
	job_unref(job);
}
END_TEST

static unsigned open_files(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Hashes done until the count is reached, and the time that took. */
static uint64_t hash_until(struct workers *workers, uint64_t wanted)
{
	uint64_t begin = clock_now(), start = workers_hashes(workers);

	while (workers_hashes(workers) - start < wanted)
		miner_fixture_sleep_ms(5);
	return clock_now() - begin;
}

/* A limit may be undershot on a busy machine, never exceeded by more than its burst. */
START_TEST(limits_are_kept)
{
	const struct miner_fixture_job hard = {
		.extranonce2_size = 4, .coinbase_size = 100, .difficulty = 1e9};
	const uint64_t limit = 200000, burst = limit / 10;
	struct workers workers = WORKERS_NULL;
	struct job *job = miner_fixture_job_new(&hard);
	uint64_t ns, cpu;
	unsigned looks;

	workers_start(&workers, kernel_find("generic"), 2);
	workers_limit(&workers, 0, limit, 100);
	workers_dispatch(&workers, job);
	ns = hash_until(&workers, limit);
	ck_assert_uint_ge(ns, (limit - burst) * CLOCK_S / limit);
	/* One H/s: nothing moves but the heartbeat. */
	workers_limit(&workers, 0, 1, 100);
	miner_fixture_sleep_ms(50);
	cpu = miner_fixture_cpu_time();
	looks = miner_fixture_advance(&workers);
	ck_assert_uint_lt(miner_fixture_cpu_time() - cpu, looks * 100 * CLOCK_MS);
	/* A new job is begun all the same. */
	workers_dispatch(&workers, job);
	hash_until(&workers, 1);
	/* Lifted: at once. */
	workers_limit(&workers, 0, 0, 100);
	hash_until(&workers, 4 * limit);
	/* A tenth of the time. */
	workers_limit(&workers, 0, 0, 10);
	miner_fixture_sleep_ms(50);
	cpu = miner_fixture_cpu_time();
	ns = clock_now();
	miner_fixture_sleep_ms(500);
	ck_assert_uint_le(miner_fixture_cpu_time() - cpu,
			  2 * (clock_now() - ns) / 10 + 60 * CLOCK_MS);
	workers_deinit(&workers);
	job_unref(job);
}
END_TEST

START_TEST(refused)
{
	struct worker_spec specs[2] = {
		{.cpu = miner_fixture_cpu(0), .kernel = &fake_kernel_whole},
		{.cpu = CPU_SETSIZE - 1, .kernel = &fake_kernel_whole},
	};
	struct workers workers = WORKERS_NULL;
	unsigned before = open_files();

	ck_assert_int_eq(workers_init(&workers, specs, 2, WORKERS_PRIORITY_IDLE, event_fd),
			 -EINVAL);
	ck_assert_uint_eq(workers.n, 0);
	workers_deinit(&workers);
	ck_assert_uint_eq(open_files(), before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("workers");
	TCase *workers = tcase_create("workers");

	tcase_add_checked_fixture(workers, setup, teardown);
	tcase_set_timeout(workers, 60);
	tcase_add_loop_test(workers, shares_are_good, 0, ARRAY_SIZE(extranonce2_sizes));
	tcase_add_test(workers, more_workers_than_extranonce2);
	tcase_add_test(workers, all_workers_are_heard);
	tcase_add_test(workers, replaced_thousands_of_times);
	tcase_add_test(workers, jobs_are_not_kept);
	tcase_add_test(workers, timestamps_are_of_the_last_job);
	tcase_add_test(workers, idle_costs_nothing);
	tcase_add_test(workers, end_is_quick);
	tcase_add_test(workers, priority_is_obeyed);
	tcase_add_test(workers, stuck_is_seen);
	tcase_add_test(workers, limits_are_kept);
	tcase_add_test(workers, refused);
	suite_add_tcase(suite, workers);
	return suite_main(suite);
}
