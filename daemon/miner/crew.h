/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The crew is all workers, from the io thread's side: it starts them, gives them jobs without ever
 * waiting, and collects what they found and counted. Only the io thread calls these functions.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "miner/worker.h"

enum {
	CREW_WORKERS_MAX = 1024,
	CREW_HELD_MAX = 8, /* jobs */
};
_Static_assert(CREW_WORKERS_MAX <= 256 * JOB_NTIME_STRIPES_MAX, "for extranonce2 of one byte");
_Static_assert((int)CREW_WORKERS_MAX <= (int)SPACE_PART_MIN, "a value for each worker");

/* One worker to be: which CPU it is pinned to, and what it hashes with. */
struct crew_seat {
	unsigned cpu;
	unsigned pool; /* the worker pool it belongs to, from 0 on */
	const struct kernel *kernel;
};

enum crew_priority { CREW_PRIORITY_IDLE, CREW_PRIORITY_BATCH, CREW_PRIORITY_NORMAL };

/* Stamps of the last dispatched job, all clock_now(). */
struct crew_stamps {
	uint64_t sequence;	/* 0: nothing is dispatched */
	uint64_t dispatched_ns; /* when crew_dispatch() laid it out */
	uint64_t first_hash_ns; /* 0 until a worker is there; not before dispatched_ns */
	uint64_t last_taken_ns; /* 0 until the last worker has left older work for it */
};

struct crew {
	const struct sha256_code *sha256;
	struct worker *workers; /* array of n_workers */
	size_t n_workers;
	bool stopped;	   /* their threads have ended */
	uint64_t sequence; /* of the job on the workers, 0 for none */
	uint64_t dispatched_ns;
	size_t next_pop; /* worker whose queue crew_pop() looks into next, for fairness */
	/*
	 * References to the jobs dispatched last, longer than workers have them. It makes this
	 * thread the one that drops a job's last reference: a worker in free(3) that is not
	 * scheduled would hold the heap's lock.
	 */
	struct job *held[CREW_HELD_MAX];
	size_t n_dispatched;
};

#define CREW_NULL ((struct crew){})

/*
 * Starts a thread a seat, all asleep; n is 1 .. CREW_WORKERS_MAX. event_fd is an eventfd(2) of the
 * caller's that is written to when a share was pushed or a job is used up. Negative errno: what was
 * started is stopped again (-EINVAL also for a CPU that this process may not use).
 */
int crew_init(struct crew *crew, const struct crew_seat *seats, size_t n,
	      enum crew_priority priority, int event_fd);

/* Ends and joins all threads; crew_pop() and the counters still tell what they left. Idempotent. */
void crew_stop(struct crew *crew);

/* After crew_stop(), or it does that. Shares still queued are dropped. Idempotent. */
void crew_deinit(struct crew *crew);

/* Puts job on every worker in place of what they do; takes no reference of the caller's. */
void crew_dispatch(struct crew *crew, struct job *job);

/* Takes the work from every worker: they sleep until the next dispatch. */
void crew_idle(struct crew *crew);

/*
 * Limits a worker pool, at once: hashrate in H/s of all its workers together, 0 for none; cpu in
 * percent of each one's CPU, 1 .. 100.
 */
void crew_limit(struct crew *crew, unsigned pool, uint64_t hashrate, unsigned cpu);

/*
 * The next share found by any worker, in turns; its job's reference goes to the caller. false when
 * there is none. Read the event descriptor before, not after.
 */
bool crew_pop(struct crew *crew, struct share *ret);

/* When the job dispatched last was first hashed on, by whichever worker was first. */
void crew_stamps(const struct crew *crew, struct crew_stamps *ret);

/* Of all workers since they started: hashes, candidates that were wrong, shares lost. */
uint64_t crew_hashes(const struct crew *crew);
uint64_t crew_hardware_errors(const struct crew *crew);
uint64_t crew_overflows(const struct crew *crew);

/* Whether a worker has no headers left of the job on the workers, and sleeps. */
bool crew_used_up(const struct crew *crew);

/*
 * CPU of a worker that had work at the last call, has work now and did not advance between; -1 when
 * there is none. For the watchdog: call it some seconds apart.
 */
int crew_stuck(struct crew *crew);
