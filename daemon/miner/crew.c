/* SPDX-License-Identifier: MIT */
/*
 * What goes to the workers goes by worker_post(), what comes back is read from their queues and
 * counters: nothing here waits for a worker but crew_stop().
 */
#include "miner/crew.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"

static int crew_policy(enum crew_priority priority)
{
	switch (priority) {
	case CREW_PRIORITY_IDLE:
		return SCHED_IDLE;
	case CREW_PRIORITY_BATCH:
		return SCHED_BATCH;
	case CREW_PRIORITY_NORMAL:
		break;
	}
	return SCHED_OTHER;
}

static int crew_allocate(struct crew *crew, size_t n)
{
	void *workers;
	int error;

	error = posix_memalign(&workers, _Alignof(struct worker), n * sizeof(struct worker));
	if (error)
		return -error;
	memset(workers, 0, n * sizeof(struct worker));
	crew->workers = workers;
	return 0;
}

int crew_init(struct crew *crew, const struct crew_seat *seats, size_t n,
	      enum crew_priority priority, int event_fd)
{
	int result;

	*crew = CREW_NULL;
	if (n == 0 || n > CREW_WORKERS_MAX)
		return -EINVAL;
	crew->sha256 = sha256_best();
	result = crew_allocate(crew, n);
	for (size_t i = 0; i < n && !result; i++) {
		struct worker *worker = &crew->workers[i];

		worker->kernel = seats[i].kernel;
		worker->sha256 = crew->sha256;
		worker->cpu = seats[i].cpu;
		worker->pool = seats[i].pool;
		worker->index = (unsigned)i;
		worker->n_workers = (unsigned)n;
		worker->event_fd = event_fd;
		result = worker_start(worker, crew_policy(priority));
		if (!result)
			crew->n_workers++;
	}
	if (result)
		crew_deinit(crew);
	return result;
}

/* The message reaches all before the first one that sleeps is waked: a wake costs a system call. */
HOT static void crew_post(struct crew *crew, struct job *job, uintptr_t message)
{
	for (size_t i = 0; i < crew->n_workers; i++)
		worker_post(&crew->workers[i], job ? (uintptr_t)job_ref(job) : message);
	for (size_t i = 0; i < crew->n_workers; i++)
		worker_wake(&crew->workers[i]);
}

void crew_stop(struct crew *crew)
{
	const struct sched_param none = {};

	if (crew->stopped)
		return;
	crew->stopped = true;
	crew_post(crew, NULL, WORKER_INBOX_EXIT);
	/* At idle priority the end could take as long as others are busy. If not allowed, it does.
	 */
	for (size_t i = 0; i < crew->n_workers; i++)
		pthread_setschedparam(crew->workers[i].thread, SCHED_OTHER, &none);
	for (size_t i = 0; i < crew->n_workers; i++)
		worker_join(&crew->workers[i]);
}

void crew_deinit(struct crew *crew)
{
	struct share share;

	crew_stop(crew);
	while (crew_pop(crew, &share))
		job_unref(share.job);
	for (size_t i = 0; i < CREW_HELD_MAX; i++)
		job_unref(crew->held[i]);
	free(crew->workers);
	*crew = CREW_NULL;
}

HOT void crew_dispatch(struct crew *crew, struct job *job)
{
	crew->sequence = job->sequence;
	crew->dispatched_ns = clock_now();
	crew_post(crew, job, WORKER_INBOX_EMPTY);
	job_unref(crew->held[crew->n_dispatched % CREW_HELD_MAX]);
	crew->held[crew->n_dispatched++ % CREW_HELD_MAX] = job_ref(job);
}

void crew_idle(struct crew *crew)
{
	crew->sequence = 0;
	crew_post(crew, NULL, WORKER_INBOX_IDLE);
}

void crew_limit(struct crew *crew, unsigned pool, uint64_t hashrate, unsigned cpu)
{
	uint64_t n = 0, k = 0;

	for (size_t i = 0; i < crew->n_workers; i++)
		n += crew->workers[i].pool == pool;
	for (size_t i = 0; i < crew->n_workers; i++) {
		struct worker *worker = &crew->workers[i];
		/* The shares of the workers add up to the limit; each gets 1 H/s at least. */
		uint64_t share = hashrate * (k + 1) / MAX(n, UINT64_C(1)) -
				 hashrate * k / MAX(n, UINT64_C(1));

		if (worker->pool != pool)
			continue;
		k++;
		atomic_store_explicit(&worker->hashrate_limit,
				      hashrate ? MAX(share, UINT64_C(1)) : 0, memory_order_relaxed);
		atomic_store_explicit(&worker->cpu_limit, cpu, memory_order_relaxed);
		worker_wake(worker);
	}
}

bool crew_pop(struct crew *crew, struct share *ret)
{
	for (size_t i = 0; i < crew->n_workers; i++) {
		struct worker *worker = &crew->workers[crew->next_pop];

		crew->next_pop = (crew->next_pop + 1) % crew->n_workers;
		if (share_queue_pop(&worker->shares, ret))
			return true;
	}
	return false;
}

/* The same job may have been dispatched before: then a stamp is older, and none. */
static uint64_t crew_stamp(const struct crew *crew, const struct worker_stamp *stamp)
{
	uint64_t ns = worker_stamp_read(stamp, crew->sequence);

	return ns < crew->dispatched_ns ? 0 : ns;
}

void crew_stamps(const struct crew *crew, struct crew_stamps *ret)
{
	size_t n_taken = 0;

	*ret = (struct crew_stamps){.sequence = crew->sequence,
				    .dispatched_ns = crew->dispatched_ns};
	if (!crew->sequence)
		return;
	for (size_t i = 0; i < crew->n_workers; i++) {
		uint64_t first = crew_stamp(crew, &crew->workers[i].first_hash);
		uint64_t taken = crew_stamp(crew, &crew->workers[i].taken);

		if (first && (!ret->first_hash_ns || first < ret->first_hash_ns))
			ret->first_hash_ns = first;
		ret->last_taken_ns = MAX(ret->last_taken_ns, taken);
		n_taken += taken != 0;
	}
	if (n_taken < crew->n_workers)
		ret->last_taken_ns = 0;
}

uint64_t crew_hashes(const struct crew *crew)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < crew->n_workers; i++)
		sum += atomic_load_explicit(&crew->workers[i].hashes, memory_order_relaxed);
	return sum;
}

uint64_t crew_hardware_errors(const struct crew *crew)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < crew->n_workers; i++)
		sum += atomic_load_explicit(&crew->workers[i].hardware_errors,
					    memory_order_relaxed);
	return sum;
}

uint64_t crew_overflows(const struct crew *crew)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < crew->n_workers; i++)
		sum += atomic_load_explicit(&crew->workers[i].shares.overflows,
					    memory_order_relaxed);
	return sum;
}

bool crew_used_up(const struct crew *crew)
{
	for (size_t i = 0; crew->sequence && i < crew->n_workers; i++)
		if (atomic_load_explicit(&crew->workers[i].used_up, memory_order_acquire) ==
		    crew->sequence)
			return true;
	return false;
}

int crew_stuck(struct crew *crew)
{
	int stuck = -1;

	for (size_t i = 0; i < crew->n_workers; i++) {
		struct worker *worker = &crew->workers[i];
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
