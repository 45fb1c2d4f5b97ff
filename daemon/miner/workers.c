/* SPDX-License-Identifier: MIT */
/*
 * Jobs go to the workers by worker_post(); shares and counters come back by their queues and atomic
 * counters. Only workers_stop() waits for a worker.
 */
#include "miner/workers.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"

static int workers_policy(enum workers_priority priority)
{
	switch (priority) {
	case WORKERS_PRIORITY_IDLE:
		return SCHED_IDLE;
	case WORKERS_PRIORITY_BATCH:
		return SCHED_BATCH;
	case WORKERS_PRIORITY_NORMAL:
		break;
	}
	return SCHED_OTHER;
}

static int workers_allocate(struct workers *workers, size_t n)
{
	void *list;
	int error;

	error = posix_memalign(&list, _Alignof(struct worker), n * sizeof(struct worker));
	if (error)
		return -error;
	memset(list, 0, n * sizeof(struct worker));
	workers->list = list;
	return 0;
}

int workers_init(struct workers *workers, const struct worker_spec *specs, size_t n,
		 enum workers_priority priority, int event_fd)
{
	const struct sha256_code *sha256 = sha256_best();
	int result;

	*workers = WORKERS_NULL;
	assert(n > 0 && n <= WORKER_SPEC_MAX);
	result = head_start_init(&workers->head);
	if (!result)
		result = workers_allocate(workers, n);
	for (size_t i = 0; i < n && !result; i++) {
		struct worker *worker = &workers->list[i];

		worker->kernel = specs[i].kernel;
		worker->sha256 = sha256;
		worker->cpu = specs[i].cpu;
		worker->group = specs[i].group;
		worker->index = (unsigned)i;
		worker->n_workers = (unsigned)n;
		worker->event_fd = event_fd;
		result = worker_start(worker, workers_policy(priority));
		if (!result)
			workers->n++;
	}
	if (result)
		workers_deinit(workers);
	return result;
}

/*
 * A worker that is taken out gets the message to end, and no other. As long as none is, nothing of
 * a worker is read here before its inbox is written.
 */
static bool workers_listens(const struct workers *workers, size_t i, uintptr_t message)
{
	return !workers->n_taken_out || !workers->list[i].taken_out || message == WORKER_INBOX_EXIT;
}

/* Posts to all workers before it wakes the first: a wake-up costs a system call. */
HOT static void workers_post(struct workers *workers, struct job *job, uintptr_t message)
{
	for (size_t i = 0; i < workers->n; i++)
		if (workers_listens(workers, i, message))
			worker_post(&workers->list[i], job ? (uintptr_t)job_ref(job) : message);
	for (size_t i = 0; i < workers->n; i++)
		if (workers_listens(workers, i, message))
			worker_wake(&workers->list[i]);
}

void workers_stop(struct workers *workers)
{
	const struct sched_param none = {};

	if (workers->stopped)
		return;
	workers->stopped = true;
	workers_post(workers, NULL, WORKER_INBOX_EXIT);
	/* At idle priority they might not run while others are busy. Best effort. */
	for (size_t i = 0; i < workers->n; i++)
		pthread_setschedparam(workers->list[i].thread, SCHED_OTHER, &none);
	for (size_t i = 0; i < workers->n; i++)
		worker_join(&workers->list[i]);
}

void workers_deinit(struct workers *workers)
{
	struct share share;

	workers_stop(workers);
	while (workers_pop(workers, &share))
		job_unref(share.job);
	for (size_t i = 0; i < WORKERS_HELD_MAX; i++)
		job_unref(workers->held[i]);
	free(workers->list);
	head_start_deinit(&workers->head);
	*workers = WORKERS_NULL;
}

HOT void workers_dispatch(struct workers *workers, struct job *job)
{
	const struct kernel *kernel = workers->list[0].kernel;

	assert(!workers->stopped);
	/* For a head start. */
	hot_fetch(kernel->prepare_begin, kernel->prepare_end);
	workers->sequence = job->sequence;
	workers->dispatched_ns = clock_now();
	workers->head_ns = 0;
	workers_post(workers, job, WORKER_INBOX_EMPTY);
	job_unref(workers->held[workers->n_dispatched % WORKERS_HELD_MAX]);
	workers->held[workers->n_dispatched++ % WORKERS_HELD_MAX] = job_ref(job);
}

HOT bool workers_head_start(struct workers *workers, struct job *job)
{
	struct head_start *head = &workers->head;

	if (workers->limited || workers->n_taken_out)
		return false;
	head_start_run(head, workers->list[0].kernel, job);
	workers->head_ns = head->first_hash_ns;
	return head->n_shares != 0;
}

void workers_idle(struct workers *workers)
{
	assert(!workers->stopped);
	workers->sequence = 0;
	workers_post(workers, NULL, WORKER_INBOX_IDLE);
}

void workers_take_out(struct workers *workers, struct worker *worker)
{
	assert(!workers->stopped && !worker->taken_out);
	worker_post(worker, WORKER_INBOX_IDLE);
	worker_wake(worker);
	worker->taken_out = true;
	workers->n_taken_out++;
}

size_t workers_left(const struct workers *workers)
{
	return workers->n - workers->n_taken_out;
}

static bool workers_any_limit(const struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++)
		if (workers->list[i].hashrate_limit || workers->list[i].cpu_limit < 100)
			return true;
	return false;
}

void workers_limit(struct workers *workers, unsigned group, uint64_t hashrate, unsigned cpu)
{
	uint64_t n = 0, k = 0;

	assert(cpu >= 1 && cpu <= 100);
	for (size_t i = 0; i < workers->n; i++)
		n += workers->list[i].group == group;
	for (size_t i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->list[i];
		/* The parts of the workers add up to the limit; each is at least 1 H/s. */
		uint64_t part = hashrate * (k + 1) / MAX(n, UINT64_C(1)) -
				hashrate * k / MAX(n, UINT64_C(1));

		if (worker->group != group)
			continue;
		k++;
		atomic_store_explicit(&worker->hashrate_limit,
				      hashrate ? MAX(part, UINT64_C(1)) : 0, memory_order_relaxed);
		atomic_store_explicit(&worker->cpu_limit, cpu, memory_order_relaxed);
		worker_wake(worker);
	}
	workers->limited = workers_any_limit(workers);
}

HOT_SHARE bool workers_pop(struct workers *workers, struct share *ret)
{
	if (head_start_pop(&workers->head, ret))
		return true;
	for (size_t i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->list[workers->next_pop];

		workers->next_pop = (workers->next_pop + 1) % workers->n;
		if (share_queue_pop(&worker->shares, ret))
			return true;
	}
	return false;
}

/* 0 also for a timestamp of an earlier dispatch of the same job. */
HOT static uint64_t workers_timestamp(const struct workers *workers,
				      const struct worker_timestamp *timestamp)
{
	uint64_t ns = worker_timestamp_read(timestamp, workers->sequence);

	return ns < workers->dispatched_ns ? 0 : ns;
}

HOT void workers_timestamps(const struct workers *workers, struct workers_timestamps *ret)
{
	size_t n_taken = 0;

	*ret = (struct workers_timestamps){};
	if (!workers->sequence)
		return;
	ret->dispatched_ns = workers->dispatched_ns;
	ret->first_hash_ns = workers->head_ns;
	for (size_t i = 0; i < workers->n; i++) {
		uint64_t first, taken;

		if (workers->list[i].taken_out)
			continue;
		first = workers_timestamp(workers, &workers->list[i].first_hash);
		taken = workers_timestamp(workers, &workers->list[i].taken);
		if (first && (!ret->first_hash_ns || first < ret->first_hash_ns))
			ret->first_hash_ns = first;
		ret->last_taken_ns = MAX(ret->last_taken_ns, taken);
		n_taken += taken != 0;
	}
	if (n_taken < workers_left(workers))
		ret->last_taken_ns = 0;
}

uint64_t workers_hashes(const struct workers *workers)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < workers->n; i++)
		sum += atomic_load_explicit(&workers->list[i].hashes, memory_order_relaxed);
	return sum;
}

uint64_t workers_hardware_errors(const struct workers *workers)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < workers->n; i++)
		sum += atomic_load_explicit(&workers->list[i].hardware_errors,
					    memory_order_relaxed);
	return sum;
}

uint64_t workers_overflows(const struct workers *workers)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < workers->n; i++)
		sum += atomic_load_explicit(&workers->list[i].shares.overflows,
					    memory_order_relaxed);
	return sum;
}

bool workers_used_up(const struct workers *workers)
{
	for (size_t i = 0; workers->sequence && i < workers->n; i++)
		if (atomic_load_explicit(&workers->list[i].used_up, memory_order_acquire) ==
		    workers->sequence)
			return true;
	return false;
}

int workers_stuck(struct workers *workers)
{
	int stuck = -1;

	for (size_t i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->list[i];
		uint64_t heartbeat = atomic_load_explicit(&worker->heartbeat, memory_order_relaxed);
		bool busy = atomic_load_explicit(&worker->busy, memory_order_relaxed) ||
			    atomic_load_explicit(&worker->inbox, memory_order_relaxed) !=
				    WORKER_INBOX_EMPTY;

		if (busy && worker->seen_busy && heartbeat == worker->seen_heartbeat)
			stuck = (int)worker->cpu;
		worker->seen_busy = busy;
		worker->seen_heartbeat = heartbeat;
	}
	return stuck;
}
