/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The hashes of the last shares, to tell a share that was found twice. A hash is its own hash
 * value: its low bits are as good as random. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/target.h"

enum { SHARE_DEDUP_SIZE = 4096 /* a power of two */, SHARE_DEDUP_WAYS = 4 };

struct share_dedup {
	uint64_t key[SHARE_DEDUP_SIZE]; /* sets of SHARE_DEDUP_WAYS, the newest first; 0: free */
};

/* Whether hash was added before, and not so long ago that it was pushed out; adds it. */
bool share_dedup_add(struct share_dedup *dedup, const struct target *hash);
