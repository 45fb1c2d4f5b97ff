/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Shares of one's own that wait for an answer: those that are blocks for the node's, all others for
 * the next iteration, as they go nowhere. Io thread only.
 */
#include <stdbool.h>

#include "bitcoin/block.h"
#include "bitcoin/share.h"
#include "bitcoin/share_answer.h"

enum {
	NODE_SHARES_MAX = 64,
	NODE_SHARES_BUILT = 16, /* remembered */
};

struct node_shares {
	/* Shares that are blocks, built; any other is a share alone, whatever its hash meets. */
	struct target built[NODE_SHARES_BUILT];
	unsigned next_built;
	unsigned login_built; /* next_built when this login became ready */
	struct node_share {
		const struct share *share; /* borrowed */
		uint64_t ns;		   /* clock_now() when it came */
		bool block;
	} list[NODE_SHARES_MAX]; /* in order */
	unsigned n, n_blocks;
};

/* The share of that hash has become a block. */
void node_shares_built(struct node_shares *shares, const struct target *hash);

/* A login has become ready. */
void node_shares_login(struct node_shares *shares);

/* Whether the share of that hash became a block in this login, so that the block follows. */
bool node_shares_is_new(const struct node_shares *shares, const struct target *hash);

/* Only when not full. Returns whether it waits for the answer to a block. */
bool node_shares_add(struct node_shares *shares, const struct share *share);

/* Whether a block on that parent waits. */
bool node_shares_has_block(const struct node_shares *shares, const uint8_t parent[32]);

/* All that wait are dropped. */
void node_shares_clear(struct node_shares *shares);

bool node_shares_full(const struct node_shares *shares);

/* Takes out the first one that is no block; false: there is none. */
bool node_shares_take(struct node_shares *shares, struct node_share *ret);

/* Takes out the one that is the block of that hash; false: there is none. */
bool node_shares_take_block(struct node_shares *shares, const struct target *hash,
			    struct node_share *ret);

/* What a node's word about the block means for the share. */
struct share_answer node_shares_answer(const struct node_share *share,
				       const struct block_answer *answer);
