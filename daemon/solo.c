/* SPDX-License-Identifier: MIT */
#include "solo.h"

#include <string.h>

#include "common/container.h"

/* The chain of a node; "": it is not connected. */
static void solo_chain(const struct pool *pool, char ret[UPSTREAM_CHAIN_MAX])
{
	struct upstream_snapshot snapshot;

	upstream_snapshot(&snapshot, &pool->upstream);
	strcpy(ret, snapshot.chain);
}

/* Whether the pool is a node that may take the block. */
static bool solo_may_take(const struct pool *pool, const struct found_block *record)
{
	char chain[UPSTREAM_CHAIN_MAX];

	if (!conf_is_node(pool->conf.transport))
		return false;
	solo_chain(pool, chain);
	return !record->chain[0] || strcmp(chain, record->chain) == 0;
}

/* To the pool that it was found for, or to all others. */
static void solo_submit_to(struct solo *solo, const struct found_block *record, bool finder)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pools_slot *slot = &solo->pools->slots[i];

		if (slot->used && finder == (strcmp(slot->pool.conf.name, record->pool) == 0) &&
		    solo_may_take(&slot->pool, record))
			upstream_submit_block(&slot->pool.upstream, record->block);
	}
}

static void solo_submit(struct found_blocks *found, const struct found_block *record)
{
	struct solo *solo = container_of(found, struct solo, found);

	solo_submit_to(solo, record, true);
	solo_submit_to(solo, record, false);
}

static bool solo_ask(struct found_blocks *found, const struct found_block *record)
{
	struct solo *solo = container_of(found, struct solo, found);

	return upstream_ask_block(&solo->asked->upstream, &record->hash);
}

static const struct found_blocks_handler solo_found_handler = {
	.submit = solo_submit,
	.ask = solo_ask,
};

static void solo_on_usable(struct pools_nodes *nodes, struct pool *pool)
{
	struct solo *solo = container_of(nodes, struct solo, nodes);
	char chain[UPSTREAM_CHAIN_MAX];

	solo_chain(pool, chain);
	found_blocks_ready(&solo->found, chain);
}

/* Its job is the block after the best one. */
static void solo_on_job(struct pools_nodes *nodes, struct pool *pool)
{
	struct solo *solo = container_of(nodes, struct solo, nodes);
	struct upstream_snapshot snapshot;

	upstream_snapshot(&snapshot, &pool->upstream);
	if (!snapshot.height)
		return;
	solo->asked = pool;
	found_blocks_tip(&solo->found, snapshot.chain, snapshot.height - 1);
	solo->asked = NULL;
}

static void solo_on_block(struct pools_nodes *nodes, struct pool *pool, struct block *block)
{
	struct solo *solo = container_of(nodes, struct solo, nodes);
	const struct found_block *known = found_block_list_find(&solo->found.list, &block->hash);
	char chain[UPSTREAM_CHAIN_MAX];

	if (known) {
		/* Else it will be, when it is on the disk or the node usable. */
		if (!known->block)
			upstream_submit_block(&pool->upstream, block);
		block_unref(block);
		return;
	}
	solo_chain(pool, chain);
	/* A node that was just lost has not changed its chain. */
	found_blocks_add(&solo->found, block, pool->conf.name, *chain ? chain : solo->found.chain);
	demand_block_found(solo->demand);
}

static void solo_on_block_answered(struct pools_nodes *nodes, struct pool *pool,
				   const struct block *block, const struct block_answer *answer)
{
	struct solo *solo = container_of(nodes, struct solo, nodes);
	const struct found_block *record = found_block_list_find(&solo->found.list, &block->hash);
	enum found_block_state before;

	if (!record)
		return;
	before = record->state;
	found_blocks_answered(&solo->found, block, answer, pool->conf.name);
	demand_block_answered(solo->demand, record, before);
}

static void solo_on_block_seen(struct pools_nodes *nodes, struct pool *pool,
			       const struct target *hash, int64_t confirmations)
{
	struct solo *solo = container_of(nodes, struct solo, nodes);

	found_blocks_seen(&solo->found, hash, confirmations);
}

static const struct pools_nodes_handler solo_nodes_handler = {
	.usable = solo_on_usable,
	.job = solo_on_job,
	.block = solo_on_block,
	.block_answered = solo_on_block_answered,
	.block_seen = solo_on_block_seen,
};

int solo_init(struct solo *solo, struct ring *ring, struct pools *pools, struct demand *demand,
	      const struct persistent_stats *persistent)
{
	solo->pools = pools;
	solo->demand = demand;
	solo->nodes.handler = &solo_nodes_handler;
	pools_set_nodes(pools, &solo->nodes);
	return found_blocks_init(&solo->found, ring, &solo_found_handler,
				 persistent->directory ? &persistent->store : NULL,
				 persistent->directory);
}

void solo_deinit(struct solo *solo)
{
	found_blocks_deinit(&solo->found);
}

void solo_tick(struct solo *solo)
{
	found_blocks_tick(&solo->found);
}

void solo_stop(struct solo *solo)
{
	found_blocks_stop(&solo->found);
}

bool solo_busy(const struct solo *solo)
{
	return found_blocks_busy(&solo->found);
}
