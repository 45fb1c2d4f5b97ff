/* SPDX-License-Identifier: MIT */
/*
 * The thread reads its inbox, by one exchange, when the kernel returned because of it. It holds a
 * reference to its job, and passes on one with each share. It takes no lock and allocates nothing,
 * so that a worker that is not scheduled for long delays nobody.
 */
#include "miner/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bitcoin/merkle.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "common/thread.h"

enum {
	WORKER_FIRST_SCAN = 1, /* hashes: one iteration of the kernel's loop */
	WORKER_MIN_SCAN = 64,  /* hashes */
	/* Of a new job: hashed before the midstates of all versions are computed. */
	WORKER_FIRST_VERSIONS = 12,
	WORKER_FIRST_NONCES = 64,
	WORKER_FETCH = 1024, /* bytes behind a job: its branches and the coinbase of most pools */
	/*
	 * Blocks that are no shares to report of a job; after them the worker looks for shares
	 * alone. On a chain as easy as regtest there would be millions, all of the same height.
	 */
	WORKER_BLOCKS_MAX = 4,
};

static const uint64_t worker_scan_ns = 4 * CLOCK_MS;
static const uint64_t worker_burst_ns = 20 * CLOCK_MS;
static const uint64_t worker_pause_ns = CLOCK_S; /* at once: the watchdog wants to see life */
static const uint64_t worker_max_scan = UINT64_C(1) << 40; /* hashes */

/* For counters that have one writer: no locked instruction. */
static void worker_add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

/* Sleeps until there is a message in the inbox, for timeout at most; may return early. */
static void worker_wait(struct worker *worker, const struct timespec *timeout)
{
	/*
	 * Either this thread sees the message or worker_wake() sees it asleep: both sides store
	 * first, then load, in the one order that seq_cst is.
	 */
	atomic_store(&worker->asleep, 1);
	if (atomic_load(&worker->inbox) == WORKER_INBOX_EMPTY)
		syscall(SYS_futex, &worker->asleep, FUTEX_WAIT_PRIVATE, 1, timeout, NULL, 0);
	atomic_store(&worker->asleep, 0);
}

/* Sleeps until there is work. */
static void worker_sleep(struct worker *worker)
{
	atomic_store_explicit(&worker->busy, false, memory_order_relaxed);
	worker->left_ns = 0;
	worker_wait(worker, NULL);
}

/* Whether the inbox is empty and the limits are unchanged. */
static bool worker_may_pause(const struct worker *worker, uint64_t rate, uint32_t percent)
{
	return atomic_load_explicit(&worker->inbox, memory_order_relaxed) == WORKER_INBOX_EMPTY &&
	       atomic_load_explicit(&worker->hashrate_limit, memory_order_relaxed) == rate &&
	       atomic_load_explicit(&worker->cpu_limit, memory_order_relaxed) == percent;
}

/*
 * Keeps the limits: each scan costs an amount of time, after which the next one is due. Time lost
 * to other programs is made up for, but at most worker_burst_ns, so that there are no bursts. A new
 * job ends the pause.
 */
static void worker_throttle(struct worker *worker, uint64_t begin, uint64_t hashes, uint64_t busy)
{
	uint64_t rate = atomic_load_explicit(&worker->hashrate_limit, memory_order_relaxed);
	uint32_t percent = atomic_load_explicit(&worker->cpu_limit, memory_order_relaxed);
	uint64_t cost = 0, now = clock_now();

	if (rate)
		cost = (uint64_t)((double)hashes * (double)CLOCK_S / (double)rate);
	if (percent < 100)
		cost = MAX(cost, busy * 100 / percent);
	worker->due_ns = MAX(worker->due_ns, begin - MIN(begin, worker_burst_ns)) + cost;
	/* No long pause remains from limits that were raised meanwhile. */
	worker->due_ns = MIN(worker->due_ns, now + cost);
	while (now < worker->due_ns && worker_may_pause(worker, rate, percent)) {
		uint64_t ns = MIN(worker->due_ns - now, worker_pause_ns);
		const struct timespec pause = {.tv_sec = (time_t)(ns / CLOCK_S),
					       .tv_nsec = (long)(ns % CLOCK_S)};

		worker->left_ns = 0;
		worker_wait(worker, &pause);
		worker_add(&worker->heartbeat, 1);
		now = clock_now();
	}
}

static bool worker_limited(const struct worker *worker)
{
	return atomic_load_explicit(&worker->hashrate_limit, memory_order_relaxed) ||
	       atomic_load_explicit(&worker->cpu_limit, memory_order_relaxed) < 100;
}

/* The length of a scan under limits, in hashes: so short that pauses are short, too. */
static uint64_t worker_limited_scan(const struct worker *worker)
{
	uint64_t rate = atomic_load_explicit(&worker->hashrate_limit, memory_order_relaxed);
	uint64_t hashes = rate ? rate * (worker_scan_ns / CLOCK_MS) / 1000 : worker->max_hashes;

	return MAX(MIN(hashes, worker->max_hashes), (uint64_t)WORKER_FIRST_SCAN);
}

HOT_WORKER static void worker_timestamp_set(struct worker_timestamp *timestamp, uint64_t sequence)
{
	/* A reader that sees the new time also sees that the old sequence is gone. */
	atomic_store_explicit(&timestamp->sequence, 0, memory_order_relaxed);
	atomic_store_explicit(&timestamp->ns, clock_now(), memory_order_release);
	atomic_store_explicit(&timestamp->sequence, sequence, memory_order_release);
}

HOT uint64_t worker_timestamp_read(const struct worker_timestamp *timestamp, uint64_t sequence)
{
	uint64_t before = atomic_load_explicit(&timestamp->sequence, memory_order_acquire);
	uint64_t ns = atomic_load_explicit(&timestamp->ns, memory_order_acquire);
	uint64_t after = atomic_load_explicit(&timestamp->sequence, memory_order_relaxed);

	return before == sequence && after == before ? ns : 0;
}

/* Adapts max_hashes, so that a scan takes about worker_scan_ns. */
static void worker_pace(struct worker *worker, uint64_t hashes, uint64_t ns)
{
	double wanted = (double)hashes * (double)worker_scan_ns / (double)MAX(ns, UINT64_C(1));
	double old = (double)worker->max_hashes;
	/* One scan may have been interrupted for long: limit its influence. */
	double next = MIN(MAX(wanted, old / 2), old * 4);

	worker->max_hashes =
		(uint64_t)MIN(MAX(next, (double)WORKER_MIN_SCAN), (double)worker_max_scan);
}

/* Whether the hash goes to the pool: as a share, or as a block where that is easier. */
static bool worker_wants(struct worker *worker, const struct target *hash)
{
	const struct job *job = worker->job;

	if (target_met(&job->target, hash))
		return true;
	if (!worker->blocks_left || !target_met(&job->network_target, hash))
		return false;
	worker->blocks_left--;
	return true;
}

/* Confirms a candidate with the oracle and queues the share. Returns whether it queued one. */
static bool worker_check(struct worker *worker, const struct search_step *step,
			 const struct kernel_hit *hit)
{
	struct share share = {
		.ntime = step->ntime,
		.nonce = hit->nonce,
		.version = hit->version,
	};

	worker->header.version = hit->version;
	worker->header.nonce = hit->nonce;
	header_hash(sha256_compress_scalar, &worker->header, &share.hash);
	if (!worker_wants(worker, &share.hash)) {
		/* The last state word of the hash is its top word in reversed byte order. */
		if (__builtin_bswap32(share.hash.word[7]) & worker->top_mask) {
			worker_add(&worker->hardware_errors, 1);
			kernel_check_suspect(&worker->check);
		}
		return false;
	}
	memcpy(share.extranonce2, step->extranonce2, sizeof(share.extranonce2));
	share.job = job_ref(worker->job);
	if (share_queue_push(&worker->shares, &share))
		return true;
	job_unref(share.job);
	return false;
}

static void worker_report(struct worker *worker, const struct search_step *step)
{
	bool pushed = false;

	for (unsigned i = 0; i < worker->found.n_hits; i++)
		pushed |= worker_check(worker, step, &worker->found.hit[i]);
	/* It would only block at 2^64 - 1 unread shares. */
	if (pushed)
		(void)eventfd_write(worker->event_fd, 1);
}

/* Checks the kernel with the header of the step. */
static void worker_check_kernel(struct worker *worker, const struct search_step *step, uint64_t now)
{
	struct kernel_work work = {.n_versions = step->n_versions};

	header_encode(&worker->header, work.header);
	memcpy(work.version, step->version, step->n_versions * sizeof(work.version[0]));
	if (kernel_check_run(&worker->check, worker->kernel, &work, &worker->inbox, now) !=
	    KERNEL_TEST_FAILED)
		return;
	worker_add(&worker->hardware_errors, 1);
	atomic_fetch_add_explicit(&worker->failed_checks, 1, memory_order_release);
}

/* Accounts for the time inside the kernel and the time between its calls. */
static void worker_account(struct worker *worker, uint64_t entered, uint64_t left)
{
	worker_add(&worker->inside_ns, left - entered);
	if (worker->left_ns)
		worker_add(&worker->outside_ns, entered - worker->left_ns);
	worker->left_ns = left;
}

/* Calls the kernel once and handles the result. */
static enum kernel_result worker_iterate(struct worker *worker, const struct search_step *step,
					 bool first)
{
	bool limited = worker_limited(worker);
	uint64_t busy = limited ? clock_thread() : 0, begin = clock_now();
	uint64_t max_hashes = first	? WORKER_FIRST_SCAN
			      : limited ? worker_limited_scan(worker)
					: worker->max_hashes;
	enum kernel_result result =
		worker->kernel->scan(&worker->state, max_hashes, &worker->inbox, &worker->found);
	uint64_t left = clock_now();

	worker_account(worker, begin, left);
	if (first && worker->found.hashes)
		worker_timestamp_set(&worker->first_hash, worker->job->sequence);
	else if (result == KERNEL_MORE)
		worker_pace(worker, worker->found.hashes, left - begin);
	worker_add(&worker->hashes, worker->found.hashes);
	worker_add(&worker->heartbeat, 1);
	if (result == KERNEL_HITS)
		worker_report(worker, step);
	if (!first && result != KERNEL_STOPPED && kernel_check_due(&worker->check, left))
		worker_check_kernel(worker, step, left);
	if (limited)
		worker_throttle(worker, begin, worker->found.hashes, clock_thread() - busy);
	return result;
}

/* Advances to the next header of the job. false: there is none. */
HOT_WORKER static bool worker_next(struct worker *worker, struct search_step *ret)
{
	const struct job *job = worker->job;
	uint64_t now = clock_now();
	uint64_t elapsed = now > job->packet_ns ? (now - job->packet_ns) / CLOCK_S : 0;

	if (!search_space_next(&worker->search_space,
			       (uint32_t)MIN(elapsed, (uint64_t)job->ntime_roll), ret))
		return false;
	if (ret->new_extranonce2)
		merkle_root(job, &worker->prefix, ret->extranonce2, worker->sha256,
			    worker->header.merkle_root);
	worker->header.ntime = ret->ntime;
	return true;
}

/* Prepares the kernel for the first n_versions of a step and the nonces from nonce to end. */
HOT_WORKER static void worker_prepare(struct worker *worker, const struct search_step *step,
				      unsigned n_versions, uint32_t nonce, uint64_t end)
{
	struct kernel_work work = {
		.n_versions = n_versions,
		.top_mask = worker->top_mask,
		.nonce = nonce,
		.n_nonces = end - nonce,
	};

	header_encode(&worker->header, work.header);
	memcpy(work.version, step->version, n_versions * sizeof(work.version[0]));
	worker->kernel->prepare(&worker->state, &work);
}

/* The job in a message; NULL: the message is none. */
HOT_WORKER static struct job *worker_job(uintptr_t message)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the stop word of a kernel is an integer. */
	return message > WORKER_INBOX_EXIT ? (struct job *)message : NULL;
}

/* Takes over a job with its reference. */
HOT_WORKER static void worker_begin(struct worker *worker, struct job *job)
{
	/* Another core has just written it: fetch all of it before reading any. */
	hot_fetch(job, (const char *)(job + 1) + WORKER_FETCH);
	worker_timestamp_set(&worker->taken, job->sequence);
	hot_fetch(hot_worker_begin, hot_worker_end);
	hot_fetch(worker->kernel->prepare_begin, worker->kernel->prepare_end);
	worker->job = job;
	worker->blocks_left = WORKER_BLOCKS_MAX;
	worker->top_mask = target_top_mask(target_met(&job->target, &job->network_target)
						   ? &job->target
						   : &job->network_target);
	worker->header.nbits = job->nbits;
	memcpy(worker->header.prevhash, job->prevhash, sizeof(job->prevhash));
	search_space_init(&worker->search_space, job, worker->index, worker->n_workers);
	merkle_prefix_init(&worker->prefix, job, worker->sha256);
	atomic_store_explicit(&worker->busy, true, memory_order_relaxed);
}

HOT_WORKER static void worker_drop(struct worker *worker)
{
	if (!worker->job)
		return;
	job_unref(worker->job);
	worker->job = NULL;
}

/*
 * Looks for shares alone after enough blocks. true: that is a different filter than the kernel has;
 * the rest of this header is not worth another preparation.
 */
static bool worker_narrow(struct worker *worker)
{
	uint32_t mask = target_top_mask(&worker->job->target);

	if (worker->blocks_left || mask == worker->top_mask)
		return false;
	worker->top_mask = mask;
	return true;
}

/* Scans the prepared work. Returns KERNEL_DONE or KERNEL_STOPPED. */
static enum kernel_result worker_scan(struct worker *worker, const struct search_step *step,
				      bool *first)
{
	enum kernel_result result;

	do {
		result = worker_iterate(worker, step, *first);
		*first = false;
		if (result == KERNEL_HITS && worker_narrow(worker))
			return KERNEL_DONE;
	} while (result == KERNEL_MORE || result == KERNEL_HITS);
	return result;
}

/* Hashes until there is a message in the inbox, or until the job is used up and dropped. */
HOT_WORKER static void worker_hash(struct worker *worker)
{
	struct search_step step;
	bool first = true;

	while (worker_next(worker, &step)) {
		uint32_t nonce = 0;

		/* The first hashes of a job do not wait for the midstates of all versions. */
		if (first && step.n_versions > WORKER_FIRST_VERSIONS) {
			nonce = WORKER_FIRST_NONCES;
			worker_prepare(worker, &step, WORKER_FIRST_VERSIONS, 0, nonce);
			if (worker_scan(worker, &step, &first) == KERNEL_STOPPED)
				return;
		}
		worker_prepare(worker, &step, step.n_versions, nonce, UINT64_C(1) << 32);
		if (worker_scan(worker, &step, &first) == KERNEL_STOPPED)
			return;
	}
	if (!search_space_is_empty(&worker->search_space))
		atomic_store_explicit(&worker->used_up, worker->job->sequence,
				      memory_order_release);
	worker_drop(worker);
	(void)eventfd_write(worker->event_fd, 1);
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	char name[16];
	uintptr_t message;

	snprintf(name, sizeof(name), "minerd/%u", worker->index % 100000);
	pthread_setname_np(pthread_self(), name);
	for (;;) {
		message = atomic_exchange_explicit(&worker->inbox, WORKER_INBOX_EMPTY,
						   memory_order_acquire);
		if (message != WORKER_INBOX_EMPTY) {
			worker_drop(worker);
			worker_add(&worker->heartbeat, 1);
		}
		if (message == WORKER_INBOX_EXIT)
			break;
		if (worker_job(message))
			worker_begin(worker, worker_job(message));
		if (worker->job)
			worker_hash(worker);
		else
			worker_sleep(worker);
	}
	return NULL;
}

int worker_start(struct worker *worker, int policy)
{
	const struct sched_param no_priority = {};
	int result;

	worker->max_hashes = WORKER_MIN_SCAN;
	atomic_store_explicit(&worker->cpu_limit, 100, memory_order_relaxed);
	result = thread_start_on(&worker->thread, worker->cpu, worker_main, worker);
	if (result)
		return result;
	/* Not in the attributes: glibc has no SCHED_IDLE there. Failure is no reason not to mine.
	 */
	result = pthread_setschedparam(worker->thread, policy, &no_priority);
	if (result)
		log_warning("worker %u: keeps the normal priority: %s", worker->index,
			    strerror(result));
	return 0;
}

HOT void worker_post(struct worker *worker, uintptr_t message)
{
	job_unref(worker_job(atomic_exchange(&worker->inbox, message)));
}

HOT void worker_wake(struct worker *worker)
{
	if (atomic_load(&worker->asleep) && atomic_exchange(&worker->asleep, 0))
		syscall(SYS_futex, &worker->asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void worker_join(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
}
