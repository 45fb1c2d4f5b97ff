/* SPDX-License-Identifier: MIT */
/* To whom a share goes that the workers found. */
#include "common/hot.h"
#include "pool/pools.h"

HOT_SHARE static struct pool *pools_issuer(struct pools *pools, const struct job *job)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pool *pool = &pools->slots[i].pool;

		if (pools->slots[i].used && share_tracker_issued(&pool->shares, job))
			return pool;
	}
	return NULL;
}

/* The node that its job came from may have the template still. */
static bool pools_keep_block(struct pools *pools, const struct share *share)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used &&
		    share_tracker_late_block(&pools->slots[i].pool.shares, share))
			return true;
	return false;
}

HOT_SHARE const struct pool *pools_share(struct pools *pools, const struct share *share)
{
	struct pool *pool = pools_issuer(pools, share->job);

	/* The login that issued the job may be gone, and no other one may have the share. */
	if (pool)
		share_tracker_found(&pool->shares, share);
	else
		share_tracker_orphan(&pools->stats, share, pools_keep_block(pools, share));
	return pool;
}
