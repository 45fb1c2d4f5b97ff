/* SPDX-License-Identifier: MIT */
#pragma once

/* What a simulated node thinks of a block, by rules of its own. Pure. */
#include "chain.h"

struct chain_checked {
	uint8_t hash[32], prevhash[32]; /* as they stand in headers */
	uint32_t time;
	uint32_t parent;		       /* index; CHAIN_NONE: unknown */
	const struct chain_template *template; /* that it was made of */
};

/*
 * What makes each block with that header invalid, whatever its hash is; NULL: nothing. parent:
 * index of its parent; bytes: of the header.
 */
const char *chain_check_header(const struct chain *chain, uint32_t parent, const uint8_t *bytes);

/*
 * NULL: it is valid. Else what is wrong, as Bitcoin Core says it where it has a word;
 * "stale-prevblk" if that is all and its parent is not the best block, "prev-blk-not-found" if it
 * is none at all. ret is filled in as far as the block could be read.
 */
const char *chain_check(struct chain_checked *ret, const struct chain *chain, const char *hex,
			size_t digits);
