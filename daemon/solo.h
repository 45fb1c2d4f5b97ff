/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Mining on one's own nodes: the wiring between the pools that are nodes and the blocks that were
 * found. Io thread only.
 */
#include "methods/demand.h"
#include "pool/pools.h"
#include "state/found_blocks.h"
#include "state/persistent_stats.h"

struct solo {
	struct pools *pools;   /* borrowed */
	struct demand *demand; /* borrowed; learns of blocks */
	struct pools_nodes nodes;
	struct found_blocks found;
	struct pool *asked; /* whose tip has changed, while its blocks are asked for; or NULL */
};

#define SOLO_NULL ((struct solo){.found = FOUND_BLOCKS_NULL})

/*
 * Reads the blocks of earlier runs: it blocks. All are borrowed and outlive solo; before there are
 * pools. -ENOMEM.
 */
int solo_init(struct solo *solo, struct ring *ring, struct pools *pools, struct demand *demand,
	      const struct persistent_stats *persistent);

/* When not busy, or once the ring has gone; idempotent. */
void solo_deinit(struct solo *solo);

/* Call it about once a second. */
void solo_tick(struct solo *solo);

/* Before the pools are stopped. Done once solo_busy() is false. */
void solo_stop(struct solo *solo);
bool solo_busy(const struct solo *solo);
