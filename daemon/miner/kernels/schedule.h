/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What both hashes of a header add that depends neither on the version nor on the nonce: padding,
 * the header's last words, the round constants, folded together. Common to all kernels. Pure.
 *
 * The header's second block is the words 0 to 2 (end of the merkle root, ntime, nbits), the nonce,
 * and padding. The nonce goes into words 18, 19 and all after them; 16 and 17 are constant too.
 */
#include <stdbool.h>

#include "bitcoin/header.h"

struct schedule {
	uint32_t constant[64]; /* first hash: word i as far as it does not depend on the nonce */
	uint32_t kw[64];       /* first hash: K[i], below 18 with the constant of word i */
	uint32_t k[61];	       /* second: K[i] and padding; 1 - 3 with h, 60 with feed-forward */
	uint32_t a0;	       /* second hash: `a` and `e` after round 0, but for its word 0 */
	uint32_t e0;
};

void schedule_init(struct schedule *words, const uint8_t header[HEADER_SIZE]);

/* Big-endian, as SHA-256 reads its block. */
static inline uint32_t schedule_load(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Whether word i of the first hash depends on the nonce. */
static inline __attribute__((always_inline)) bool schedule_varies(unsigned i)
{
	return i == 3 || i >= 18;
}
