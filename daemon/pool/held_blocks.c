/* SPDX-License-Identifier: MIT */
#include "pool/held_blocks.h"

#include <string.h>

void held_blocks_put(struct held_blocks *held, const struct share *share)
{
	if (held->n == HELD_BLOCKS_MAX)
		return;
	held->share[held->n] = *share;
	held->share[held->n++].job = job_ref(share->job);
}

bool held_blocks_take(struct held_blocks *held, const uint8_t parent[32], struct share *ret)
{
	while (held->n) {
		struct share share = held->share[--held->n];

		if (memcmp(share.job->prevhash, parent, sizeof(share.job->prevhash)) == 0) {
			*ret = share;
			return true;
		}
		job_unref(share.job);
	}
	return false;
}

void held_blocks_clear(struct held_blocks *held)
{
	while (held->n)
		job_unref(held->share[--held->n].job);
}
