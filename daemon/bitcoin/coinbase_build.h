/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The coinbase transaction of a block of one's own: one input, whose script is the height (BIP 34),
 * what the node asks for, COINBASE_BUILD_EXTRANONCE bytes to count in, and a text; one output that
 * pays all to one script, and the commitment to the witnesses (BIP 141) where there is one. Its
 * lock time is the height - 1 and its sequence lets that count (BIP 54). Without witness
 * serialisation, which block_encode() adds. Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/address.h"

enum {
	COINBASE_BUILD_EXTRANONCE = 8,	     /* bytes, pushed as one piece */
	COINBASE_BUILD_SCRIPT_MAX = 100,     /* bytes of the input's script, by consensus */
	COINBASE_BUILD_COMMITMENT_MAX = 256, /* bytes of the commitment's script */
	/* All else is below 128 bytes. */
	COINBASE_BUILD_MAX = 128 + COINBASE_BUILD_SCRIPT_MAX + ADDRESS_SCRIPT_MAX +
			     COINBASE_BUILD_COMMITMENT_MAX,
};

/* All borrowed. */
struct coinbase_plan {
	uint32_t height; /* of the block, from 1 */
	uint64_t value;	 /* satoshi, at most COINBASE_MONEY_MAX */
	const uint8_t *script;
	size_t script_size; /* 1 .. ADDRESS_SCRIPT_MAX */
	const uint8_t *aux; /* whole pushes, as they stand in the script (coinbaseaux, BIP 22) */
	size_t aux_size;
	const char *text; /* "" or what the user wants to say: one push */
	const uint8_t *commitment;
	size_t commitment_size; /* 0: none */
};

struct coinbase_built {
	uint8_t bytes[COINBASE_BUILD_MAX];
	size_t size;
	size_t extranonce_offset; /* COINBASE_BUILD_EXTRANONCE zeros */
};

/*
 * NULL, or why it cannot be built (then ret is undefined): "coinbase_text and coinbaseaux leave no
 * room ..".
 */
const char *coinbase_build(struct coinbase_built *ret, const struct coinbase_plan *plan);
