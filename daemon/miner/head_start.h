/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The head start of a job: its first hashes, which the io thread makes itself once the workers have
 * the job. Its core is awake and has the job in its caches, while each worker has yet to look into
 * its inbox, to fetch the job from another core, and to compute a merkle root; where the first
 * share is due at once, as on regtest, none of them has to wake the io thread for it either. The
 * header is one that no worker hashes, search_space_head(). Io thread only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/sha256.h"
#include "miner/kernel.h"
#include "miner/share.h"

enum {
	HEAD_START_SHARES = 4,	 /* that one head start finds at most; the rest is not looked for */
	HEAD_START_HASHES = 768, /* until the first share, where it is due among so many */
	HEAD_START_COINBASE = 4096, /* bytes; a longer one takes the io thread too much time */
};

struct head_start {
	const struct sha256_code *sha256;
	uint64_t first_hash_ns; /* of the last run: when its first iteration ended; 0: none */
	uint64_t hashes;	/* of the last run */
	struct share share[HEAD_START_SHARES]; /* with their references; n_shares of them */
	unsigned n_shares;
	struct kernel_scan found;
	struct kernel_state *state; /* owned */
};

#define HEAD_START_NULL ((struct head_start){})

/* Negative errno: there is no memory. */
int head_start_init(struct head_start *head);

/* Drops what was not popped. Idempotent. */
void head_start_deinit(struct head_start *head);

/*
 * Hashes job, which the workers were just given, with a kernel of theirs: one iteration, or until a
 * share is found. It takes microseconds. Nothing where shares of an earlier job still wait, or
 * where the coinbase is longer than HEAD_START_COINBASE.
 */
void head_start_run(struct head_start *head, const struct kernel *kernel, struct job *job);

/* The reference to the job goes to the caller. false: there is no share. */
bool head_start_pop(struct head_start *head, struct share *ret);
