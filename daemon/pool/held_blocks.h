/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Hashes that are blocks and no shares, found while another one on the same parent waits for its
 * reply: one of them is sent in its place if the pool does not take it. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/share.h"

enum { HELD_BLOCKS_MAX = 4 /* the first ones; each is as good as another */ };

struct held_blocks {
	struct share share[HELD_BLOCKS_MAX]; /* each with a reference to its job */
	unsigned n;
};

/* Keeps a hash, or not if there are enough. */
void held_blocks_put(struct held_blocks *held, const struct share *share);

/* Takes one on that parent, with the reference to its job. false: there is none. */
bool held_blocks_take(struct held_blocks *held, const uint8_t parent[32], struct share *ret);

/* Idempotent. */
void held_blocks_clear(struct held_blocks *held);
