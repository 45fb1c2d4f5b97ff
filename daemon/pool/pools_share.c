/* SPDX-License-Identifier: MIT */
/* To whom a share goes that the workers found, and who wants no more of them. */
#include <string.h>

#include "common/assert.h"
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

/* A node took a block on that parent, and has not forgotten it. */
static bool pools_vouches(struct pool *pool, const uint8_t parent[32])
{
	return conf_is_node(pool->conf.transport) && pool_usable(pool) &&
	       block_count_is_closed(&pool->shares.stats.blocks, parent);
}

void pools_node_is_back(struct pools *pools, struct pool *pool)
{
	const uint8_t *parent = pool->work.job->prevhash;

	assert(conf_is_node(pool->conf.transport) && pool_usable(pool));
	share_tracker_new_block(&pool->shares, parent);
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used && pools_vouches(&pools->slots[i].pool, parent))
			share_tracker_block_elsewhere(&pool->shares, parent);
}

void pools_block_answered(struct pools *pools, struct pool *pool, const struct block *block,
			  bool accepted)
{
	share_tracker_block_answered(&pool->shares, block->prevhash, accepted);
	for (size_t i = 0; accepted && i < POOLS_SLOTS; i++) {
		struct pool *other = &pools->slots[i].pool;

		if (pools->slots[i].used && other != pool && conf_is_node(other->conf.transport))
			share_tracker_block_elsewhere(&other->shares, block->prevhash);
	}
}
