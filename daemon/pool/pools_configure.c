/* SPDX-License-Identifier: MIT */
/*
 * From one configuration to the next. Invariant: a pool is found again by its name, or by all
 * settings but its name; whatever differs is named in the log.
 */
#include <string.h>

#include "common/log.h"
#include "pool/pool_events.h"
#include "pool/pools.h"

static bool pools_listed(const struct pools *pools, const struct pool *pool)
{
	for (size_t i = 0; i < pools->n; i++)
		if (pools->order[i] == pool)
			return true;
	return false;
}

/* How a pool of before and settings of now go together; CONF_POOL_REPLACED: not at all. */
static enum conf_pool_change pools_change(const struct pools_slot *slot,
					  const struct conf_pool *conf)
{
	if (!slot->used || slot->pool.removing || pools_listed(slot->pools, &slot->pool))
		return CONF_POOL_REPLACED;
	return conf_pool_compare(&slot->pool.conf, conf, NULL, 0);
}

/*
 * The pool whose connection goes on under these settings: one that has just these, else one of
 * their name, else any.
 */
static struct pool *pools_find(struct pools *pools, const struct conf_pool *conf)
{
	struct pool *found = NULL;

	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pools_slot *slot = &pools->slots[i];
		enum conf_pool_change change = pools_change(slot, conf);

		if (change == CONF_POOL_SAME)
			return &slot->pool;
		if (change == CONF_POOL_TUNED &&
		    (!found || strcmp(slot->pool.conf.name, conf->name) == 0))
			found = &slot->pool;
	}
	return found;
}

/* One of that name that is still there, or NULL. */
static const struct pool *pools_named(const struct pools *pools, const char *name)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		const struct pools_slot *slot = &pools->slots[i];

		if (slot->used && !slot->pool.removing && !pools_listed(pools, &slot->pool) &&
		    strcmp(slot->pool.conf.name, name) == 0)
			return &slot->pool;
	}
	return NULL;
}

static struct pool *pools_add(struct pools *pools, struct conf_pool *conf)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pools_slot *slot = &pools->slots[i];

		if (slot->used)
			continue;
		slot->used = true;
		slot->pools = pools;
		pool_init(&slot->pool, pools->ring, pools->resolver, &pools->limits, &pools->ledger,
			  conf, pools->pool_handler);
		slot->pool.session.terms.stock = &pools->stock;
		return &slot->pool;
	}
	return NULL;
}

/* A new pool, or one that has to connect anew. */
static struct pool *pools_begin(struct pools *pools, struct conf_pool *conf, bool quietly)
{
	const struct pool *before = pools_named(pools, conf->name);
	char changed[CONF_CHANGED_MAX] = "";
	struct pool *pool;

	if (before)
		conf_pool_compare(&before->conf, conf, changed, sizeof(changed));
	pool = pools_add(pools, conf);
	if (!pool)
		log_error(
			"pool %s: left out: %d removed pools are still closing; reload again in a "
			"moment",
			conf->name, CONF_POOLS_MAX);
	else if (!quietly)
		pool_events_added(pool, changed);
	return pool;
}

/* The pool of that name from now on, or NULL. */
static struct pool *pools_by_name(const struct pools *pools, const char *name)
{
	for (size_t i = 0; i < pools->n; i++)
		if (strcmp(pools->order[i]->conf.name, name) == 0)
			return pools->order[i];
	return NULL;
}

static void pools_remove_unlisted(struct pools *pools)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pool *pool = &pools->slots[i].pool;

		if (!pools->slots[i].used || pool->removing || pools_listed(pools, pool))
			continue;
		/* Of one that goes on under its name the log says that it connects anew. */
		if (!pools_by_name(pools, pool->conf.name))
			pool_events_removed(pool);
		pool_remove(pool);
	}
}

void pools_configure(struct pools *pools, struct conf *conf)
{
	bool first = pools->n == 0;

	pools->limits = conf->failover;
	pools->n = 0;
	for (size_t i = 0; i < conf->n_pools; i++) {
		struct pool *pool = pools_find(pools, &conf->pools[i]);

		if (pool)
			pool_tune(pool, &conf->pools[i]);
		else
			pool = pools_begin(pools, &conf->pools[i], first);
		if (pool)
			pools->order[pools->n++] = pool;
	}
	if (pools->chosen && !pools_listed(pools, pools->chosen))
		pools->chosen = pools_by_name(pools, pools->chosen->conf.name);
	pools_remove_unlisted(pools);
	pools_update(pools);
	for (size_t i = 0; i < pools->n; i++)
		pool_limits_changed(pools->order[i]);
}
