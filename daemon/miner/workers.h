/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * All workers, as the io thread sees them: it starts them, gives them jobs without ever waiting,
 * and collects what they found and counted. Only the io thread calls these functions.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "miner/head_start.h"
#include "miner/worker.h"
#include "miner/worker_spec.h"

enum { WORKERS_HELD_MAX = 8 /* jobs */ };
_Static_assert((int)WORKER_SPEC_MAX <= 256 * (int)JOB_NTIME_STRIPES_MAX,
	       "enough headers with an extranonce2 of one byte");
_Static_assert((int)WORKER_SPEC_MAX <= (int)SEARCH_SPACE_PART_MIN,
	       "one extranonce2 value for each worker, or two workers that share one");

enum workers_priority { WORKERS_PRIORITY_IDLE, WORKERS_PRIORITY_BATCH, WORKERS_PRIORITY_NORMAL };

/* Timestamps of the last dispatched job, all clock_now(); all 0 if no job is dispatched. */
struct workers_timestamps {
	uint64_t dispatched_ns; /* when workers_dispatch() began to post it */
	uint64_t first_hash_ns; /* 0 until a worker has hashed on it; not before dispatched_ns */
	uint64_t last_taken_ns; /* 0 until the last worker has dropped older work for it */
};

struct workers {
	struct worker *list; /* array of n */
	size_t n;
	size_t n_taken_out;
	bool stopped;	   /* their threads have ended */
	uint64_t sequence; /* of the job on the workers, 0 for none */
	uint64_t dispatched_ns;
	struct head_start head;
	uint64_t head_ns; /* when this thread had made the first hashes of that job; 0: never */
	bool limited;	  /* some worker has a limit */
	size_t next_pop;  /* worker whose queue workers_pop() reads next, for fairness */
	/*
	 * References to the last dispatched jobs, held for longer than any worker holds them. So
	 * this thread is the one that drops the last reference of a job: a worker that is preempted
	 * in free(3) would hold the lock of the heap.
	 */
	struct job *held[WORKERS_HELD_MAX];
	size_t n_dispatched;
};

#define WORKERS_NULL ((struct workers){})

/*
 * Starts one thread for each of the n specs, all asleep; n is 1 .. WORKER_SPEC_MAX. event_fd is an
 * eventfd(2) of the caller's; a worker writes to it after it pushed a share or used up a job.
 * Negative errno: the threads that were started are stopped again (-EINVAL also for a CPU that this
 * process may not use).
 */
int workers_init(struct workers *workers, const struct worker_spec *specs, size_t n,
		 enum workers_priority priority, int event_fd);

/* Ends and joins all threads; workers_pop() and the counters still work after it. Idempotent. */
void workers_stop(struct workers *workers);

/* Stops the workers and drops the shares that are still queued. Idempotent. */
void workers_deinit(struct workers *workers);

/*
 * Puts job on every worker in place of its current work; takes no reference of the caller's. Only
 * before workers_stop().
 */
void workers_dispatch(struct workers *workers, struct job *job);

/*
 * The head start of the job that was just dispatched. None where limits are set, which hold for all
 * that hashes, or where a kernel has lied. Its hashes are counted nowhere: they are too few.
 * Whether it found shares, for workers_pop().
 */
bool workers_head_start(struct workers *workers, struct job *job);

/* Takes the work from every worker: they sleep until the next dispatch. Not after workers_stop().
 */
void workers_idle(struct workers *workers);

/*
 * Takes the work from one worker, which computes wrongly, for as long as it lives: it sleeps, and
 * its part of the search space is left out. Its counters and shares, which are confirmed, stay.
 * Once for each worker, and not after workers_stop().
 */
void workers_take_out(struct workers *workers, struct worker *worker);

/* How many workers are not taken out. */
size_t workers_left(const struct workers *workers);

/*
 * Limits a worker group, at once: hashrate in H/s of all its workers together, 0 for no limit; cpu
 * in percent of each worker's CPU, 1 .. 100.
 */
void workers_limit(struct workers *workers, unsigned group, uint64_t hashrate, unsigned cpu);

/*
 * Takes the next share of the head start, or of any worker, each in turn; the reference to its job
 * goes to the caller. false: there is none. Read the event descriptor before this call, not after
 * it.
 */
bool workers_pop(struct workers *workers, struct share *ret);

/* When the last dispatched job was first hashed on, by whichever worker was the first. */
void workers_timestamps(const struct workers *workers, struct workers_timestamps *ret);

/* Sums over all workers since they started: hashes, hardware errors, shares lost to full queues. */
uint64_t workers_hashes(const struct workers *workers);
uint64_t workers_hardware_errors(const struct workers *workers);
uint64_t workers_overflows(const struct workers *workers);

/* Whether a worker sleeps because it has no headers of the dispatched job left. */
bool workers_used_up(const struct workers *workers);

/*
 * CPU of a worker that had work at the last call, has work now and did not advance in between; -1:
 * there is none. For the watchdog: call it at intervals of seconds.
 */
int workers_stuck(struct workers *workers);
