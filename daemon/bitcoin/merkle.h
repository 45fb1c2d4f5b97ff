/* SPDX-License-Identifier: MIT */
#pragma once

/* From a job and an extranonce2 to the merkle root. Pure; any thread. */
#include <stdint.h>

#include "bitcoin/job.h"
#include "bitcoin/sha256.h"

/* The coinbase's whole blocks before extranonce2, hashed once a job. */
struct merkle_prefix {
	uint32_t state[8];
	size_t size; /* bytes in state, a multiple of 64 */
};

void merkle_prefix_init(struct merkle_prefix *prefix, const struct job *job,
			const struct sha256_code *code);

/* extranonce2: job->extranonce2_size bytes. The root is written as it stands in the header. */
void merkle_root(const struct job *job, const struct merkle_prefix *prefix,
		 const uint8_t *extranonce2, const struct sha256_code *code, uint8_t ret[32]);
