/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The network that a pool mines for, by the pool's current job: what a block takes, and which one
 * comes next. Io thread.
 */
#include <stdint.h>

#include "pool/pool.h"

struct network {
	double difficulty;		/* of a block */
	double block_hashes;		/* hashes that a block takes on average */
	double share_hashes;		/* and a share */
	uint32_t height;		/* of the block that is mined; 0: unknown */
	char chain[UPSTREAM_CHAIN_MAX]; /* as a node calls it; "": unknown */
};

/* false: the pool has no job; ret is then zeroed. */
bool network_of_pool(struct network *ret, const struct pool *pool);

/* Seconds that so many hashes take at so many hashes per second; NAN: the rate is 0. */
double network_seconds(double hashes, double rate);
