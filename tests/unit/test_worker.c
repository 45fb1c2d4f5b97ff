/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: one worker. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "fake_kernel.h"
#include "miner/worker.h"
#include "miner_fixture.h"
#include "suite_main.h"

static const struct miner_fixture_job easy = {
	.extranonce2_size = 2,
	.n_branches = 3,
	.coinbase_size = 250,
	.version_mask = 0x00006000,
	.difficulty = 1e-8,
};

static struct worker *worker_new_with(const struct kernel *kernel, unsigned index,
				      unsigned n_workers, int policy)
{
	struct worker *worker = aligned_alloc(_Alignof(struct worker), sizeof(*worker));

	ck_assert_ptr_nonnull(worker);
	memset(worker, 0, sizeof(*worker));
	worker->kernel = kernel;
	worker->sha256 = &sha256_scalar;
	worker->cpu = miner_fixture_cpu(0);
	worker->index = index;
	worker->n_workers = n_workers;
	worker->event_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(worker->event_fd, 0);
	ck_assert_int_eq(worker_start(worker, policy), 0);
	return worker;
}

/* Not idle: a test must not wait for whatever else runs on the machine. */
static struct worker *worker_new(const struct kernel *kernel, unsigned index, unsigned n_workers)
{
	return worker_new_with(kernel, index, n_workers, SCHED_OTHER);
}

static void worker_say(struct worker *worker, uintptr_t message)
{
	worker_post(worker, message);
	worker_wake(worker);
}

static void worker_give(struct worker *worker, struct job *job)
{
	worker_say(worker, (uintptr_t)job_ref(job));
}

static void worker_free(struct worker *worker)
{
	struct share share;

	worker_say(worker, WORKER_INBOX_EXIT);
	worker_join(worker);
	while (share_queue_pop(&worker->shares, &share))
		job_unref(share.job);
	close(worker->event_fd);
	free(worker);
}

/* The next share: waits as the io thread does, on the descriptor. */
static struct share next_share(struct worker *worker)
{
	struct share share;
	uint64_t n;

	while (!share_queue_pop(&worker->shares, &share))
		ck_assert_int_eq(read(worker->event_fd, &n, sizeof(n)), sizeof(n));
	return share;
}

static bool asleep(struct worker *worker)
{
	return atomic_load(&worker->asleep) && !atomic_load(&worker->inbox);
}

static void wait_asleep(struct worker *worker)
{
	while (!asleep(worker))
		miner_fixture_sleep_ms(1);
}

static const uint32_t masks[] = {0, 0x2000, 0x00006000, 0x1fffe000};

START_TEST(shares_are_good)
{
	struct worker *worker = worker_new(&fake_kernel_short, 1, 3);
	struct miner_fixture_job shape = easy;
	struct miner_fixture_shares shares = {};
	struct job *job;
	unsigned extranonces = 0;
	uint8_t last = 0;

	shape.version_mask = masks[_i];
	job = miner_fixture_job_new(&shape);
	worker_give(worker, job);
	for (unsigned i = 0; i < 400; i++) {
		struct share share = next_share(worker);

		ck_assert_ptr_eq(share.job, job);
		ck_assert_uint_eq((share.extranonce2[0] << 8 | share.extranonce2[1]) % 3, 1);
		miner_fixture_verify(&share);
		miner_fixture_collect(&shares, &share);
		extranonces += share.extranonce2[1] != last;
		last = share.extranonce2[1];
		job_unref(share.job);
	}
	miner_fixture_assert_unique(&shares);
	if (shape.version_mask != 0x1fffe000) /* of that, one extranonce2 is too much for a test */
		ck_assert_uint_gt(extranonces, 10);
	ck_assert_uint_eq(worker->hardware_errors, 0);
	worker_free(worker);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

/* Every share of a space comes, and with the last one the worker sleeps. */
START_TEST(used_up_is_asleep)
{
	struct worker *worker = worker_new(&fake_kernel_blind, 7, 256);
	struct miner_fixture_job shape = easy;
	struct job *job;

	shape.extranonce2_size = 1;
	for (unsigned round = 0; round < 2; round++) {
		job = miner_fixture_job_new(&shape);
		worker_give(worker, job);
		while (worker->hashes < (round + 1) * (JOB_NTIME_ROLL_MAX + 1))
			miner_fixture_sleep_ms(1);
		wait_asleep(worker);
		/* One step an ntime, from the job's own to the last one allowed. */
		ck_assert_uint_eq(worker->hashes, (round + 1) * (JOB_NTIME_ROLL_MAX + 1));
		ck_assert(!worker->busy);
		ck_assert_uint_eq(worker->used_up, job->sequence);
		ck_assert_uint_eq(job->references, 1);
		job_unref(job);
	}
	worker_free(worker);
}
END_TEST

/* A worker that has none of a job's few times sleeps: others hash the job, it is not used up. */
START_TEST(no_time_left_is_asleep)
{
	for (unsigned index = 7; index < 512; index += 256) {
		struct worker *worker = worker_new(&fake_kernel_blind, index, 512);
		struct miner_fixture_job shape = easy;
		struct job *job;

		shape.extranonce2_size = 1;
		job = miner_fixture_job_new(&shape);
		job->ntime_roll = 0;
		worker_give(worker, job);
		while (worker->heartbeat == 0)
			miner_fixture_sleep_ms(1);
		wait_asleep(worker);
		ck_assert_uint_eq(worker->hashes, index < 256);
		ck_assert_uint_eq(worker->used_up, index < 256 ? job->sequence : 0);
		ck_assert(!worker->busy);
		worker_free(worker);
		ck_assert_uint_eq(job->references, 1);
		job_unref(job);
	}
}
END_TEST

START_TEST(wrong_candidates_are_counted)
{
	struct worker *worker = worker_new(&fake_kernel_wrong, 0, 1);
	struct miner_fixture_job shape = easy;
	struct job *job;

	shape.difficulty = 1e12;
	job = miner_fixture_job_new(&shape);
	worker_give(worker, job);
	while (worker->hardware_errors < 1000)
		miner_fixture_sleep_ms(1);
	worker_say(worker, WORKER_INBOX_IDLE);
	wait_asleep(worker);
	ck_assert_uint_eq(worker->hardware_errors - worker->failed_checks, worker->hashes);
	job_unref(job);

	/* Where the mask is empty, nothing is an error, and what misses the target is no share. */
	shape.difficulty = 3e-10;
	job = miner_fixture_job_new(&shape);
	ck_assert_uint_eq(target_top_mask(&job->target), 0);
	worker_give(worker, job);
	miner_fixture_sleep_ms(20);
	worker_say(worker, WORKER_INBOX_IDLE);
	wait_asleep(worker);
	ck_assert_uint_ge(worker->hardware_errors, 1000);
	for (struct share share; share_queue_pop(&worker->shares, &share); job_unref(job))
		miner_fixture_verify(&share);
	worker_free(worker);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(full_queue_is_counted)
{
	struct worker *worker = worker_new(&fake_kernel_whole, 0, 1);
	struct miner_fixture_job shape = easy;
	struct share share;
	unsigned n = 0;
	struct job *job;

	shape.difficulty = 1e-12;
	job = miner_fixture_job_new(&shape);
	worker_give(worker, job);
	while (worker->shares.overflows < 1000)
		miner_fixture_sleep_ms(1);
	worker_say(worker, WORKER_INBOX_IDLE);
	wait_asleep(worker);
	ck_assert_uint_eq(job->references, 1 + SHARE_QUEUE_SIZE);
	ck_assert_uint_eq(worker->hashes, SHARE_QUEUE_SIZE + worker->shares.overflows);
	while (n < 10 && share_queue_pop(&worker->shares, &share)) {
		miner_fixture_verify(&share);
		job_unref(share.job);
		n++;
	}
	ck_assert_uint_eq(n, 10);
	/* The rest goes with the worker. */
	worker_free(worker);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(paused_job_goes_on)
{
	struct worker *worker = worker_new(&fake_kernel_short, 0, 1);
	struct job *job = miner_fixture_job_new(&easy);
	struct miner_fixture_shares shares = {};
	struct share share;

	/* Each time in another part of extranonce2. */
	for (unsigned round = 0; round < 20; round++) {
		struct job *again = job_copy(job);

		again->round = round;
		worker_give(worker, again);
		job_unref(again);
		for (unsigned i = 0; i < 20; i++) {
			share = next_share(worker);
			miner_fixture_collect(&shares, &share);
			job_unref(share.job);
		}
		worker_say(worker, WORKER_INBOX_IDLE);
		wait_asleep(worker);
		for (; share_queue_pop(&worker->shares, &share); job_unref(share.job))
			miner_fixture_collect(&shares, &share);
	}
	ck_assert_uint_ge(shares.n, 400);
	miner_fixture_assert_unique(&shares);
	worker_free(worker);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

START_TEST(first_hash_has_a_timestamp)
{
	struct worker *worker = worker_new(&fake_kernel_short, 0, 1);
	uint64_t last = 0;

	for (unsigned round = 0; round < 50; round++) {
		struct job *job = miner_fixture_job_new(&easy);

		worker_give(worker, job);
		while (atomic_load(&worker->first_hash.sequence) != job->sequence)
			sched_yield();
		ck_assert_uint_gt(worker->first_hash.ns, job->packet_ns);
		ck_assert_uint_gt(worker->first_hash.ns, last);
		ck_assert_uint_le(worker->first_hash.ns, clock_now());
		last = worker->first_hash.ns;
		job_unref(job);
	}
	worker_free(worker);
}
END_TEST

/* Reads "Key:\tvalue" of a status file of proc(5). */
static unsigned long long status_hex(const char *path, const char *key)
{
	unsigned long long value = 0;
	char line[256];
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtoull(line + strlen(key) + 1, NULL, 16);
	fclose(file);
	return value;
}

static pid_t find_thread(const char *name)
{
	char path[300], comm[32];
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	pid_t tid = -1;

	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file) && strncmp(comm, name, strlen(name)) == 0 &&
		    comm[strlen(name)] == '\n')
			tid = atoi(entry->d_name);
		fclose(file);
	}
	closedir(tasks);
	return tid;
}

START_TEST(thread_is_as_it_should_be)
{
	struct worker *worker = worker_new_with(&fake_kernel_short, 42, 43, SCHED_IDLE);
	char path[64];
	cpu_set_t cpus;
	pid_t tid;

	wait_asleep(worker);
	tid = find_thread("minerd/42");
	ck_assert_int_gt(tid, 0);
	ck_assert_int_eq(sched_getscheduler(tid), SCHED_IDLE);
	ck_assert_int_eq(sched_getaffinity(tid, sizeof(cpus), &cpus), 0);
	ck_assert_int_eq(CPU_COUNT(&cpus), 1);
	ck_assert(CPU_ISSET(worker->cpu, &cpus));
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	/* All but SIGKILL, SIGSTOP and the two that the C library keeps for itself. */
	ck_assert_uint_eq(status_hex(path, "SigBlk:") | 0x180040100ULL, 0xffffffffffffffffULL);
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", getpid());
	ck_assert_uint_eq(status_hex(path, "SigBlk:"), 0);
	worker_free(worker);
}
END_TEST

START_TEST(no_thread_on_a_cpu_that_is_not_there)
{
	struct worker *worker = aligned_alloc(_Alignof(struct worker), sizeof(*worker));

	memset(worker, 0, sizeof(*worker));
	worker->kernel = &fake_kernel_short;
	worker->n_workers = 1;
	worker->cpu = CPU_SETSIZE - 1;
	ck_assert_int_eq(worker_start(worker, SCHED_OTHER), -EINVAL);
	worker->cpu = CPU_SETSIZE;
	ck_assert_int_eq(worker_start(worker, SCHED_OTHER), -EINVAL);
	free(worker);
}
END_TEST

START_TEST(asleep_costs_nothing)
{
	struct worker *worker = worker_new(&fake_kernel_short, 0, 1);
	struct job *job = miner_fixture_job_new(&easy);
	uint64_t hashes, time;

	worker_give(worker, job);
	miner_fixture_sleep_ms(20);
	worker_say(worker, WORKER_INBOX_IDLE);
	wait_asleep(worker);
	hashes = worker->hashes;
	ck_assert_uint_gt(hashes, 0);
	time = miner_fixture_cpu_time();
	miner_fixture_sleep_ms(300);
	/* Awake it would take all of it. */
	ck_assert_uint_lt(miner_fixture_cpu_time() - time, 30 * CLOCK_MS);
	ck_assert_uint_eq(worker->hashes, hashes);
	worker_free(worker);
	ck_assert_uint_eq(job->references, 1);
	job_unref(job);
}
END_TEST

/* The counters move every few ms, whatever the kernel's rate is. */
START_TEST(heartbeat_is_steady)
{
	struct worker *worker = worker_new(&fake_kernel_whole, 0, 1);
	struct miner_fixture_job shape = easy;
	uint64_t first, begin;
	struct job *job;

	shape.difficulty = 1e9;
	job = miner_fixture_job_new(&shape);
	worker_give(worker, job);
	miner_fixture_sleep_ms(200);
	begin = miner_fixture_cpu_time();
	first = worker->heartbeat;
	while (miner_fixture_cpu_time() - begin < 200 * CLOCK_MS)
		miner_fixture_sleep_ms(10);
	ck_assert_uint_gt(worker->heartbeat - first, 10);
	ck_assert_uint_lt(worker->heartbeat - first, 1000);
	/* What is accounted for is the time since it began, and next to none of it is around. */
	ck_assert_uint_gt(worker->inside_ns, 200 * CLOCK_MS);
	ck_assert_uint_gt(worker->outside_ns, 0);
	ck_assert_uint_lt(worker->outside_ns, worker->inside_ns);
	worker_free(worker);
	job_unref(job);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker");
	TCase *worker = tcase_create("worker");

	tcase_set_timeout(worker, 60);
	tcase_add_loop_test(worker, shares_are_good, 0, ARRAY_SIZE(masks));
	tcase_add_test(worker, used_up_is_asleep);
	tcase_add_test(worker, no_time_left_is_asleep);
	tcase_add_test(worker, wrong_candidates_are_counted);
	tcase_add_test(worker, full_queue_is_counted);
	tcase_add_test(worker, paused_job_goes_on);
	tcase_add_test(worker, first_hash_has_a_timestamp);
	tcase_add_test(worker, thread_is_as_it_should_be);
	tcase_add_test(worker, no_thread_on_a_cpu_that_is_not_there);
	tcase_add_test(worker, asleep_costs_nothing);
	tcase_add_test(worker, heartbeat_is_steady);
	suite_add_tcase(suite, worker);
	return suite_main(suite);
}
