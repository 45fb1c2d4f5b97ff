/* SPDX-License-Identifier: MIT */
/*
 * Only the blocks from extranonce2 on are hashed for each of its values, and of them only those two
 * that can hold a part of it are copied: a large coinbase is read where it lies.
 */
#include "bitcoin/merkle.h"

#include <string.h>

#include "common/container.h"
#include "common/hot.h"

/* Starting within the first block, an extranonce2 of at most 16 bytes ends within the second. */
enum { PATCHED = 2 * SHA256_BLOCK };
_Static_assert(SHA256_BLOCK - 1 + JOB_EXTRANONCE2_MAX <= PATCHED, "extranonce2 in two blocks");

HOT_WORKER void merkle_prefix_init(struct merkle_prefix *prefix, const struct job *job,
				   const struct sha256_code *code)
{
	size_t blocks = job->extranonce2_offset / SHA256_BLOCK;

	memcpy(prefix->state, sha256_initial, sizeof(prefix->state));
	prefix->size = blocks * SHA256_BLOCK;
	code->compress(prefix->state, job->coinbase, blocks);
}

HOT_WORKER void merkle_root(const struct job *job, const struct merkle_prefix *prefix,
			    const uint8_t *extranonce2, const struct sha256_code *code,
			    uint8_t ret[32])
{
	size_t rest = job->coinbase_size - prefix->size, copied = MIN(rest, (size_t)PATCHED);
	const uint8_t *tail = job->coinbase + prefix->size;
	uint8_t patched[PATCHED], digest[SHA256_DIGEST];
	uint32_t state[8];

	memcpy(patched, tail, copied);
	memcpy(patched + job->extranonce2_offset - prefix->size, extranonce2,
	       job->extranonce2_size);
	memcpy(state, prefix->state, sizeof(state));
	if (copied == PATCHED) {
		code->compress(state, patched, PATCHED / SHA256_BLOCK);
		sha256_finish(code->compress, state, prefix->size + PATCHED, tail + PATCHED,
			      rest - PATCHED, digest);
	} else {
		sha256_finish(code->compress, state, prefix->size, patched, copied, digest);
	}
	sha256_finish(code->compress, sha256_initial, 0, digest, sizeof(digest), ret);
	code->fold(ret, (const uint8_t(*)[32])job->branches, job->n_branches);
}
