/* SPDX-License-Identifier: MIT */
/*
 * By the clock on the wall, as threads that the scheduler runs one after the other must not look as
 * if they ran at once. Whatever else runs makes a slice slower and never faster, so the best
 * counts.
 */
#include "miner/smt.h"

#include <sched.h>
#include <stdbool.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/thread.h"
#include "miner/calibrate.h"

enum {
	SMT_STEP = 2048,	/* hashes between two looks at the clock */
	SMT_WAIT_NS = 20000000, /* how long the threads of a slice wait for each other */
	SMT_START_NS = 20000,	/* from when all are there until they begin */
};

static const double smt_margin = 1.03;

struct smt_thread {
	struct smt_slice *slice;
	pthread_t id;
	uint64_t hashes;
	uint64_t end_ns;
};

/* One measurement: n threads from one beginning to one end. */
struct smt_slice {
	const struct kernel *kernel;
	unsigned n;
	_Atomic unsigned n_ready;
	_Atomic bool broken; /* they did not all come */
	_Atomic uint64_t begin_ns;
	_Atomic uintptr_t stop; /* stays 0 */
	struct smt_thread thread[SMT_THREADS_MAX];
};

/* When the slice begins; 0: never. Yields, as who starts the others may need this very CPU. */
static uint64_t smt_wait(struct smt_slice *slice)
{
	uint64_t begin, now = clock_now(), deadline = now + SMT_WAIT_NS;

	if (atomic_fetch_add(&slice->n_ready, 1) + 1 == slice->n)
		atomic_store(&slice->begin_ns, now + SMT_START_NS);
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

static void *smt_run(void *argument)
{
	struct smt_thread *thread = argument;
	struct smt_slice *slice = thread->slice;
	struct kernel_state state;
	struct kernel_scan scan;
	uint64_t begin;

	calibrate_prepare(&state, slice->kernel, KERNEL_VERSIONS_MAX);
	/* Warm, all alike: who waits for others would be so anyway. */
	slice->kernel->scan(&state, SMT_STEP, &slice->stop, &scan);
	begin = smt_wait(slice);
	while (begin && (thread->end_ns = clock_now()) < begin + SMT_SLICE_NS) {
		slice->kernel->scan(&state, SMT_STEP, &slice->stop, &scan);
		thread->hashes += scan.hashes;
	}
	return NULL;
}

/* H/s, all since the common beginning: a thread that came late has less. */
static double smt_hashrate(const struct smt_slice *slice)
{
	uint64_t begin = atomic_load(&slice->begin_ns);
	double sum = 0;

	for (unsigned i = 0; i < slice->n; i++) {
		const struct smt_thread *thread = &slice->thread[i];

		sum += (double)thread->hashes * CLOCK_S / (double)(thread->end_ns - begin);
	}
	return sum;
}

/*
 * H/s of threads at once on n of the core's CPUs, from one on that changes with the turn: one of
 * them may be busier than the others. 0: they could not be brought to run at once.
 */
static int smt_slice(double *ret, const struct kernel *kernel, const unsigned *cpus, unsigned all,
		     unsigned n, unsigned turn)
{
	struct smt_slice slice = {.kernel = kernel, .n = n};
	unsigned started = 0;
	int r = 0;

	while (started < n && r == 0) {
		struct smt_thread *thread = &slice.thread[started];

		thread->slice = &slice;
		r = thread_start_on(&thread->id, cpus[(turn + started) % all], smt_run, thread);
		if (r == 0)
			started++;
	}
	if (r < 0)
		atomic_store(&slice.broken, true);
	for (unsigned i = 0; i < started; i++)
		pthread_join(slice.thread[i].id, NULL);
	if (r < 0)
		return r;
	*ret = atomic_load(&slice.broken) ? 0 : smt_hashrate(&slice);
	return 0;
}

int smt_measure(struct smt *ret, const struct kernel *kernel, const unsigned *cpus, size_t n)
{
	struct smt smt = {};
	unsigned all = (unsigned)n;

	for (unsigned turn = 0; turn < SMT_TURNS; turn++)
		for (unsigned count = 1;; count = MIN(2 * count, all)) {
			double hashrate, *best = &smt.hashrate[count - 1];
			int r = smt_slice(&hashrate, kernel, cpus, all, count, turn);

			if (r < 0)
				return r;
			*best = MAX(*best, hashrate);
			if (count == all)
				break;
		}
	*ret = smt;
	return 0;
}

unsigned smt_threads(const struct smt *smt)
{
	unsigned best = 0;

	if (smt->hashrate[0] <= 0)
		return 1;
	for (unsigned i = 1; i < SMT_THREADS_MAX; i++)
		if (smt->hashrate[i] > smt->hashrate[best] * smt_margin)
			best = i;
	return best + 1;
}
