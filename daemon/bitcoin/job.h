/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A job: all that is needed to hash on a pool's mining.notify and to bring a share of it home.
 * It is immutable once it was filled, and counted, so that both threads may hold it; it
 * lives with bitcoin, below upstream and miner, which both use it and never see each other.
 * What may change later at the pool (difficulty, extranonce1, version mask) is frozen into it.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/target.h"

enum {
	JOB_ID_MAX = 128,	       /* characters of a pool's job id */
	JOB_BRANCHES_MAX = 32,	       /* merkle branches: 2^32 transactions */
	JOB_COINBASE_MAX = 256 * 1024, /* bytes of the whole coinbase transaction */
	JOB_EXTRANONCE1_MAX = 32,      /* bytes */
	JOB_EXTRANONCE2_MAX = 16,      /* bytes */
	JOB_ROOM_MIN = 2048,	       /* bytes for branches and coinbase, so that most jobs fit */
	JOB_NTIME_ROLL_MAX = 7000,     /* s a share's ntime may be above the job's */
	JOB_NTIME_STRIPES_MAX = 4,     /* workers that share an extranonce2, each with its ntimes */
};

/*
 * The memory of a dead job for the next one. The heap's code and data are cold when a job comes,
 * and would take longer than most of what is done for it. It has to outlive its jobs. Any thread.
 */
struct job_stock {
	_Atomic(struct job *) job; /* or NULL */
};

struct job {
	_Atomic unsigned references;
	struct job_stock *stock; /* where its memory goes in the end; NULL: to the heap */
	size_t room;		 /* bytes behind the struct */
	uint64_t sequence;	 /* unique in this process, rising */
	uint64_t session;	 /* the login that issued it, unique in this process */

	char id[JOB_ID_MAX + 1]; /* the pool's text, to be given back as it came */
	bool clean;		 /* all older work of the session is stale */
	uint32_t version;
	uint32_t version_mask; /* bits that are rolled; 0: none */
	uint32_t nbits;
	uint32_t ntime; /* s since 1970 */
	uint32_t
		ntime_roll; /* s a share's ntime may be above it; JOB_NTIME_ROLL_MAX of a new job */
	uint8_t prevhash[32]; /* as it stands in the header */

	/*
	 * How often the same headers, but for their time, were given to the workers before: each
	 * round begins in another part of extranonce2. Where there are no more parts, times below
	 * the floor (s above ntime) may have been hashed in an earlier round.
	 */
	uint32_t round;
	uint32_t ntime_floor;
	uint64_t fingerprint; /* job_fingerprint(), kept by who counts the rounds */

	double difficulty;
	struct target target;	      /* a share's */
	struct target network_target; /* a block's, from nbits; may be the easier one */

	uint64_t packet_ns; /* clock_now() when the completion with its last byte was reaped */
	uint64_t parsed_ns; /* and when the line had become a message */

	size_t extranonce2_size;   /* bytes, 1 .. JOB_EXTRANONCE2_MAX */
	size_t extranonce2_offset; /* in coinbase */
	size_t coinbase_size;	   /* bytes */
	uint8_t *coinbase;	   /* coinb1, extranonce1, extranonce2 (zeros), coinb2 */
	size_t n_branches;
	uint8_t (*branches)[32];
};

/*
 * A zeroed job with one reference and room for the two arrays, all in one piece of memory; the
 * caller fills it before anybody else sees it. stock may be NULL. NULL on allocation failure.
 */
struct job *job_new(struct job_stock *stock, size_t coinbase_size, size_t n_branches);

/* A copy with one reference, to be changed before anybody else sees it. NULL on allocation failure.
 */
struct job *job_copy(const struct job *job);

struct job *job_ref(struct job *job);

/* Whether b says nothing new to who has a: the same id, headers, times, terms and login. */
bool job_repeats(const struct job *a, const struct job *b);

/*
 * The same number for jobs that lead to the same headers, but for their times and the version bits
 * that are rolled; others have another one, but for an accident in 2^64.
 */
uint64_t job_fingerprint(const struct job *job);

/* Any thread; NULL is allowed. */
void job_unref(struct job *job);

/* When all jobs of it are gone. */
void job_stock_deinit(struct job_stock *stock);

/* For CLEANUP(). */
void job_unrefp(struct job **job);
