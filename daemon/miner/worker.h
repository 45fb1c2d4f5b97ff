/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One worker: a thread pinned to one CPU that hashes the job in its inbox. It touches its own
 * memory, the inbox and the job; it waits for nobody, and sleeps on a futex only without work or in
 * a pause of its limits. Members are grouped by the thread that writes them. The io thread calls
 * the functions.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/merkle.h"
#include "miner/kernel.h"
#include "miner/kernel_check.h"
#include "miner/search_space.h"
#include "miner/share.h"
#include "miner/worker_health.h"

/* Values of the inbox that are no job. */
enum {
	WORKER_INBOX_EMPTY = 0, /* nothing new */
	WORKER_INBOX_IDLE = 1,	/* drop the work and sleep */
	WORKER_INBOX_EXIT = 2,	/* end the thread */
};

/* When the worker reached a step with a job: written by the worker, read by the io thread. */
struct worker_timestamp {
	_Atomic uint64_t sequence; /* job->sequence */
	_Atomic uint64_t ns;	   /* clock_now() */
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): each group has its cache lines. */
struct worker {
	/* Set before the thread starts, then read only. */
	const struct kernel *kernel;
	const struct sha256_code *sha256; /* for work beside the kernel */
	unsigned cpu;
	unsigned group; /* worker group */
	unsigned index; /* this is worker `index` of `n_workers` */
	unsigned n_workers;
	int event_fd; /* struct workers' */
	pthread_t thread;

	/* Written by the io thread: the worker's kernel reads it as its stop word. */
	_Alignas(64) _Atomic uintptr_t inbox; /* a job with its reference, or a WORKER_INBOX_* */
	_Atomic uint32_t asleep;	      /* futex: 1 while the worker sleeps or is about to */
	_Atomic uint64_t hashrate_limit;      /* H/s of this worker, 0: none */
	_Atomic uint32_t cpu_limit;	      /* percent of this CPU's time, 100: no limit */
	bool taken_out;			      /* it gets no work: the io thread's own */

	/* Written by the worker, read relaxed by the io thread. */
	_Alignas(64) _Atomic uint64_t hashes;
	_Atomic uint64_t inside_ns;	    /* time in the kernel */
	_Atomic uint64_t outside_ns;	    /* time between its calls; pauses count in neither */
	_Atomic uint64_t heartbeat;	    /* rises with each scan and message */
	_Atomic uint64_t hardware_errors;   /* wrong candidates and failed checks of the kernel */
	_Atomic uint64_t failed_checks;	    /* of these; counted after them, with release */
	struct worker_timestamp taken;	    /* when it dropped older work for a job */
	struct worker_timestamp first_hash; /* when the first iteration of its first scan ended */
	_Atomic bool busy;		    /* it has work */
	_Atomic uint64_t used_up; /* sequence of the last job whose headers it has used up */

	/* The worker's own. */
	struct job *job; /* its reference, or NULL */
	struct search_space search_space;
	struct merkle_prefix prefix;
	struct header header;	  /* of the current step, without version and nonce */
	uint32_t top_mask;	  /* of the easier of both targets */
	unsigned blocks_left;	  /* how many blocks that are no shares may still be sent */
	uint64_t max_hashes;	  /* a scan of about 4 ms */
	uint64_t left_ns;	  /* when the last scan ended; 0: it slept or paused since */
	uint64_t due_ns;	  /* when the limits allow the next scan */
	struct kernel_scan found; /* by the last scan */
	struct kernel_state state;
	struct kernel_check check;

	/* From worker to io thread. */
	struct share_queue shares;

	/* The io thread's own: for workers_stuck(), and for who takes a worker out. */
	uint64_t seen_heartbeat;
	bool seen_busy;
	struct worker_health health;
};

/*
 * Starts the thread of a zeroed worker whose read-only members are set; policy is one of sched(7)
 * without priorities. Negative errno: there is no thread.
 */
int worker_start(struct worker *worker, int policy);

/*
 * Puts a message (a job with its reference, or a WORKER_INBOX_*) into the inbox and drops an unread
 * one. Never waits. The caller calls worker_wake() next.
 */
void worker_post(struct worker *worker, uintptr_t message);

/* Wakes the thread if it sleeps. */
void worker_wake(struct worker *worker);

/* Only after WORKER_INBOX_EXIT: waits for the thread to end. Its shares stay in the queue. */
void worker_join(struct worker *worker);

/* When the timestamp was set for the job of that sequence; 0: it was not. */
uint64_t worker_timestamp_read(const struct worker_timestamp *timestamp, uint64_t sequence);
