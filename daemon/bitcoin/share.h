/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A share: the proof of work that a worker found for a job. It goes by value from the worker to the
 * io thread, which sends it to the login that issued the job.
 */
#include <stdint.h>

#include "bitcoin/job.h"
#include "bitcoin/target.h"

struct share {
	struct job *job; /* a reference that goes with the share */
	uint8_t extranonce2[JOB_EXTRANONCE2_MAX];
	uint32_t ntime;
	uint32_t nonce;
	uint32_t version;   /* whole, as hashed */
	struct target hash; /* by the scalar SHA-256 */
};
