/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The hashes of the last shares, to tell a share that was found twice. A hash is its own hash
 * value: its low bits are as good as random. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum { RECENT_SIZE = 4096 /* a power of two */, RECENT_WAYS = 4 };

struct recent {
	uint64_t key[RECENT_SIZE]; /* sets of RECENT_WAYS, the newest first; 0: free */
};

/* Whether key was added before, and not so long ago that it was pushed out; adds it. */
bool recent_add(struct recent *recent, uint64_t key);
