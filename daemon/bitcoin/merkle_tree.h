/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The merkle tree over the transactions of a block of one's own. Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/job.h"
#include "bitcoin/sha256.h"

/*
 * The branches that lead from the coinbase, which is not in hashes, to the root: what a job has.
 * hashes: the n txids of the other transactions as they are hashed (not reversed); overwritten.
 * Returns how many branches, at most JOB_BRANCHES_MAX.
 */
size_t merkle_tree_branches(uint8_t (*ret)[32], uint8_t (*hashes)[32], size_t n,
			    const struct sha256_code *code);

/*
 * The script of the commitment to the witnesses (BIP 141) with a reserved value of zeros, 38 bytes.
 * hashes: the n wtxids of the other transactions, not reversed; overwritten.
 */
enum { MERKLE_TREE_COMMITMENT_SIZE = 38 };
void merkle_tree_commitment(uint8_t ret[MERKLE_TREE_COMMITMENT_SIZE], uint8_t (*hashes)[32],
			    size_t n, const struct sha256_code *code);
