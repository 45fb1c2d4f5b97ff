/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The search space of a job, divided so that no two workers ever hash the same header and no worker
 * has to ask: worker k of N takes extranonce2 = k, k + N, k + 2N ..; with each value every group of
 * rolled versions, each over the whole nonce range; then ntime rolls and the next pass begins. With
 * more workers than extranonce2 values, the workers that share a value take different ntimes. A job
 * that is dispatched again (job->round) uses another part of extranonce2. Versions roll as BIP 310
 * says, in the bits of the mask alone. Pure; one thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/job.h"
#include "miner/kernel.h"

/*
 * How extranonce2 is divided among the rounds of a job. This depends on its size alone, so that it
 * stays the same when the number of workers changes.
 */
enum {
	SEARCH_SPACE_HEAD_VERSIONS = 4,	  /* at most, of search_space_head() */
	SEARCH_SPACE_PART_MIN = 1024,	  /* values, the last of which is the head start's */
	SEARCH_SPACE_PARTS_MAX = 1 << 20, /* rounds above it differ in ntime instead */
};

struct search_space {
	const struct job *job; /* borrowed */
	uint64_t first;	       /* extranonce2 values first, first + step .. below end */
	uint64_t step;
	uint64_t end;	      /* of this round's part */
	uint64_t extranonce2; /* current */
	uint32_t mask;	      /* version bits that are rolled */
	uint64_t n_versions;
	unsigned group_size; /* versions hashed at once; the last group may have fewer */
	uint64_t n_groups;   /* groups of versions */
	uint64_t group;	     /* current */
	uint32_t stripe;     /* ntimes of this worker: job's + stripe, + n_stripes, .. */
	uint32_t n_stripes;  /* workers with the same extranonce2 values */
	uint32_t floor;	     /* s above job->ntime: an earlier pass used the lower ones */
	uint32_t offset;     /* s above job->ntime, current */
	bool begun;
};

/* One header to scan over the whole nonce range, in each version of a group. */
struct search_step {
	uint8_t extranonce2[JOB_EXTRANONCE2_MAX]; /* a big-endian counter that ends at the job's
						   * extranonce2_size, zeros before and behind */
	bool new_extranonce2; /* differs from the last step: so does the merkle root */
	uint32_t ntime;
	uint32_t version[KERNEL_VERSIONS_MAX];
	unsigned n_versions;
};

/* worker < n_workers, which is at most SEARCH_SPACE_PART_MIN. job outlives space. */
void search_space_init(struct search_space *space, const struct job *job, unsigned worker,
		       unsigned n_workers);

/*
 * The next header. elapsed: seconds since the job arrived, by the monotonic clock; ntime follows it
 * up to job->ntime_roll. false (ret undefined): the job is used up.
 */
bool search_space_next(struct search_space *space, uint32_t elapsed, struct search_step *ret);

/*
 * Whether the job never had a header for this worker, because more workers share an extranonce2
 * than there are ntimes. The job is not used up then: the others hash it.
 */
bool search_space_is_empty(const struct search_space *space);

/*
 * The header that is kept from the workers for the head start of a job that is dispatched at now,
 * clock_now(): the last value of extranonce2 of the round. false: there are too few values.
 */
bool search_space_head(const struct job *job, uint64_t now, struct search_step *ret);
