/* SPDX-License-Identifier: MIT */
/*
 * Invariant: at each level hashes[0 .. n) are all nodes but the leftmost one, which the coinbase
 * is below and nobody knows yet. The first of them is that one's sibling, hence a branch; the
 * others pair among themselves, and the last one with itself where it is alone.
 */
#include "bitcoin/merkle_tree.h"

#include <string.h>

#include "common/assert.h"
#include "common/container.h"

size_t merkle_tree_branches(uint8_t (*ret)[32], uint8_t (*hashes)[32], size_t n,
			    const struct sha256_code *code)
{
	size_t n_branches = 0;

	assert(n <= UINT32_MAX); /* 2^32 with the coinbase: JOB_BRANCHES_MAX levels */
	for (; n; n /= 2) {
		assert(n_branches < JOB_BRANCHES_MAX);
		memcpy(ret[n_branches++], hashes[0], sizeof(*ret));
		for (size_t left = 1; left < n; left += 2) {
			size_t right = MIN(left + 1, n - 1);
			uint8_t node[32];

			memcpy(node, hashes[left], sizeof(node));
			code->fold(node, (const uint8_t(*)[32]) & hashes[right], 1);
			memcpy(hashes[left / 2], node, sizeof(node));
		}
	}
	return n_branches;
}

void merkle_tree_commitment(uint8_t ret[MERKLE_TREE_COMMITMENT_SIZE], uint8_t (*hashes)[32],
			    size_t n, const struct sha256_code *code)
{
	/* OP_RETURN, a push of 36 bytes, and what tells a commitment from other outputs. */
	static const uint8_t head[] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
	static const uint8_t reserved[1][32];
	uint8_t branches[JOB_BRANCHES_MAX][32];
	uint8_t hash[32] = {}; /* the coinbase's wtxid is zeros, as it holds the commitment */
	size_t n_branches = merkle_tree_branches(branches, hashes, n, code);

	_Static_assert(sizeof(head) + sizeof(hash) == MERKLE_TREE_COMMITMENT_SIZE, "BIP 141");
	code->fold(hash, (const uint8_t(*)[32])branches, n_branches);
	code->fold(hash, reserved, 1);
	memcpy(ret, head, sizeof(head));
	memcpy(ret + sizeof(head), hash, sizeof(hash));
}
