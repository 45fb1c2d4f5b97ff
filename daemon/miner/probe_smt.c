/* SPDX-License-Identifier: MIT */
/*
 * Measures real time, not CPU time: threads that the scheduler runs one after the other must not
 * look as if they ran at once. Other load only makes a slice slower, so the best one counts.
 */
#include "miner/probe_smt.h"

#include <sched.h>
#include <stdbool.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/thread.h"
#include "miner/probe_kernels.h"

enum {
	PROBE_SMT_STEP = 2048,	      /* hashes between two looks at the clock */
	PROBE_SMT_WAIT_NS = 20000000, /* how long the threads of a slice wait for each other */
	PROBE_SMT_START_NS = 20000,   /* from when all are there until they begin */
};

static const double probe_smt_margin = 1.03;

struct probe_smt_thread {
	struct probe_smt_slice *slice;
	pthread_t id;
	uint64_t hashes;
	uint64_t end_ns;
};

/* One measurement: n threads from one beginning to one end. */
struct probe_smt_slice {
	const struct kernel *kernel;
	unsigned n;
	_Atomic unsigned n_ready;
	_Atomic bool broken; /* they did not all come */
	_Atomic uint64_t begin_ns;
	_Atomic uintptr_t stop; /* stays 0 */
	struct probe_smt_thread thread[PROBE_SMT_THREADS_MAX];
};

/* When the slice begins; 0: never. Yields, as who starts the others may need this very CPU. */
static uint64_t probe_smt_wait(struct probe_smt_slice *slice)
{
	uint64_t begin, now = clock_now(), deadline = now + PROBE_SMT_WAIT_NS;

	if (atomic_fetch_add(&slice->n_ready, 1) + 1 == slice->n)
		atomic_store(&slice->begin_ns, now + PROBE_SMT_START_NS);
	while (!(begin = atomic_load(&slice->begin_ns))) {
		if (clock_now() > deadline)
			atomic_store(&slice->broken, true);
		if (atomic_load(&slice->broken))
			return 0;
		sched_yield();
	}
	while (clock_now() < begin)
		;
	return begin;
}

static void *probe_smt_run(void *argument)
{
	struct probe_smt_thread *thread = argument;
	struct probe_smt_slice *slice = thread->slice;
	struct kernel_state state;
	struct kernel_scan scan;
	uint64_t begin;

	probe_kernels_prepare(&state, slice->kernel, KERNEL_VERSIONS_MAX);
	/* Warm, all alike: who waits for others would be so anyway. */
	slice->kernel->scan(&state, PROBE_SMT_STEP, &slice->stop, &scan);
	begin = probe_smt_wait(slice);
	while (begin && (thread->end_ns = clock_now()) < begin + PROBE_SMT_SLICE_NS) {
		slice->kernel->scan(&state, PROBE_SMT_STEP, &slice->stop, &scan);
		thread->hashes += scan.hashes;
	}
	return NULL;
}

/* H/s, all since the common beginning: a thread that came late has less. */
static double probe_smt_hashrate(const struct probe_smt_slice *slice)
{
	uint64_t begin = atomic_load(&slice->begin_ns);
	double sum = 0;

	for (unsigned i = 0; i < slice->n; i++) {
		const struct probe_smt_thread *thread = &slice->thread[i];

		sum += (double)thread->hashes * CLOCK_S / (double)(thread->end_ns - begin);
	}
	return sum;
}

/*
 * H/s of threads at once on n of the core's CPUs, from one on that changes with the round: one of
 * them may be busier than the others. 0: they could not be brought to run at once.
 */
static int probe_smt_slice(double *ret, const struct kernel *kernel, const unsigned *cpus,
			   unsigned all, unsigned n, unsigned round)
{
	struct probe_smt_slice slice = {.kernel = kernel, .n = n};
	unsigned started = 0;
	int r = 0;

	while (started < n && r == 0) {
		struct probe_smt_thread *thread = &slice.thread[started];

		thread->slice = &slice;
		r = thread_start_on(&thread->id, cpus[(round + started) % all], probe_smt_run,
				    thread);
		if (r == 0)
			started++;
	}
	if (r < 0)
		atomic_store(&slice.broken, true);
	for (unsigned i = 0; i < started; i++)
		pthread_join(slice.thread[i].id, NULL);
	if (r < 0)
		return r;
	*ret = atomic_load(&slice.broken) ? 0 : probe_smt_hashrate(&slice);
	return 0;
}

int probe_smt_measure(struct probe_smt *ret, const struct kernel *kernel, const unsigned *cpus,
		      size_t n)
{
	struct probe_smt smt = {};
	unsigned all = (unsigned)n;

	assert(n >= 1 && n <= PROBE_SMT_THREADS_MAX);
	for (unsigned round = 0; round < PROBE_SMT_ROUNDS; round++)
		for (unsigned count = 1;; count = MIN(2 * count, all)) {
			double hashrate, *best = &smt.hashrate[count - 1];
			int r = probe_smt_slice(&hashrate, kernel, cpus, all, count, round);

			if (r < 0)
				return r;
			*best = MAX(*best, hashrate);
			if (count == all)
				break;
		}
	*ret = smt;
	return 0;
}

unsigned probe_smt_threads(const struct probe_smt *smt)
{
	unsigned best = 0;

	if (smt->hashrate[0] <= 0)
		return 1;
	for (unsigned i = 1; i < PROBE_SMT_THREADS_MAX; i++)
		if (smt->hashrate[i] > smt->hashrate[best] * probe_smt_margin)
			best = i;
	return best + 1;
}
