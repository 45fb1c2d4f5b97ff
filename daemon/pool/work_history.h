/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which headers of a pool were given to the workers before, and how often: pools come back to a
 * job, workers are paused, and no header is to be hashed twice. It knows the last jobs whose
 * headers differ in more than their times (job_fingerprint()). Io thread.
 */
#include <stdint.h>

#include "bitcoin/job.h"

enum { WORK_HISTORY_SIZE = 64 /* jobs */ };

struct work_history {
	uint64_t fingerprint[WORK_HISTORY_SIZE]; /* a ring; 0: free */
	struct work_rounds {
		uint32_t rounds;
		uint32_t used; /* times (s since 1970) up to here may have been hashed */
		/* Of the last round. */
		uint32_t ntime, floor;
		uint64_t packet_ns, given_ns;
	} rounds[WORK_HISTORY_SIZE];
	unsigned next; /* the slot that is taken next */
};

/* Sets round, ntime_floor and fingerprint of a job that nobody else has seen yet. */
void work_history_place(const struct work_history *history, struct job *job);

/* The workers are given the job now, which was placed before. */
void work_history_given(struct work_history *history, const struct job *job);
