/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The search space of a job, cut so that no two workers ever hash the same header and none has to
 * ask: worker k of N takes extranonce2 = k, k + N, k + 2N ..; with each of them every group of
 * rolled versions, each over the whole nonce range; then ntime rolls and it begins again. Where
 * there are more workers than extranonce2 values, those that share a value take different ntimes.
 * A job that comes onto the workers again (job->round) does so in another part of extranonce2.
 * Versions roll as BIP 310 says, in the mask's bits alone. Pure; one thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/job.h"
#include "miner/kernel.h"

/*
 * How extranonce2 is cut for the rounds of a job. It depends on its size alone, so that it is the
 * same after a change of the number of workers.
 */
enum {
	SPACE_PART_MIN = 1024,	   /* values: one for each of the most workers there can be */
	SPACE_PARTS_MAX = 1 << 20, /* after which the rounds have to differ in their time */
};

struct space {
	const struct job *job; /* borrowed */
	uint64_t first;	       /* extranonce2 values first, first + step .. below end */
	uint64_t step;
	uint64_t end;	      /* of this round's part */
	uint64_t extranonce2; /* current */
	uint32_t mask;	      /* version bits that are rolled */
	uint64_t n_versions;
	unsigned
		group_size; /* versions a header is hashed with at once; the last group has fewer */
	uint64_t n_groups;  /* groups of versions */
	uint64_t group;	    /* current */
	uint32_t stripe;    /* ntimes of this worker: job's + stripe, + n_stripes, .. */
	uint32_t n_stripes; /* workers with the same extranonce2 values */
	uint32_t floor;	    /* s above job->ntime: lower ones were used in an earlier pass */
	uint32_t offset;    /* s above job->ntime, current */
	bool begun;
};

/* One header to scan over the whole nonce range, with its group of versions. */
struct space_step {
	uint8_t extranonce2[JOB_EXTRANONCE2_MAX]; /* a big-endian counter that ends at the job's
						   * extranonce2_size, zeros before and behind */
	bool new_extranonce2; /* not that of the last step: the merkle root changes */
	uint32_t ntime;
	uint32_t version[KERNEL_VERSIONS_MAX];
	unsigned n_versions;
};

/* worker < n_workers */
void space_init(struct space *space, const struct job *job, unsigned worker, unsigned n_workers);

/*
 * The next header; elapsed is seconds since the job came, by the monotonic clock, and lets ntime
 * follow it up to JOB_NTIME_ROLL_MAX. false (ret undefined): the job is used up.
 */
bool space_next(struct space *space, uint32_t elapsed, struct space_step *ret);
