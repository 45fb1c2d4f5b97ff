/* SPDX-License-Identifier: MIT */
/*
 * From one configuration to the next. Invariant: a pool is found again by its name, or by all
 * settings but its name; whatever differs is named in the log.
 */
#include "pool/pools_configure.h"

#include <errno.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/log.h"
#include "pool/pool_events.h"
#include "pool/pool_tune.h"

static bool pools_listed(const struct pools *pools, const struct pool *pool)
{
	for (size_t i = 0; i < pools->n; i++)
		if (pools->order[i] == pool)
			return true;
	return false;
}

/* The pools of a configuration that goes on with some of before: those, by index, or NULL. */
struct pools_kept {
	struct pool *pool[CONF_POOLS_MAX];
};

static bool pools_is_kept(const struct pools_kept *kept, const struct pool *pool)
{
	for (size_t i = 0; i < CONF_POOLS_MAX; i++)
		if (kept->pool[i] == pool)
			return true;
	return false;
}

/* How a pool of before and settings of now go together; CONF_POOL_REPLACED: not at all. */
static enum conf_pool_change pools_change(const struct pools_slot *slot,
					  const struct pools_kept *kept,
					  const struct conf_pool *conf)
{
	if (!slot->used || slot->pool.removing || pools_is_kept(kept, &slot->pool))
		return CONF_POOL_REPLACED;
	return conf_pool_compare(&slot->pool.conf, conf, NULL, 0);
}

/* The pool of before whose connection goes on with those settings; named: one of that name. */
static struct pool *pools_find(struct pools *pools, const struct pools_kept *kept,
			       const struct conf_pool *conf, enum conf_pool_change wanted,
			       bool named)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pools_slot *slot = &pools->slots[i];

		if (pools_change(slot, kept, conf) == wanted &&
		    (!named || strcmp(slot->pool.conf.name, conf->name) == 0))
			return &slot->pool;
	}
	return NULL;
}

/* Those that did not change come first, then those that kept their name, then the others. */
static void pools_keep(struct pools *pools, struct pools_kept *kept, const struct conf *conf)
{
	static const struct {
		enum conf_pool_change change;
		bool named;
	} rounds[] = {
		{CONF_POOL_SAME, false},
		{CONF_POOL_TUNED, true},
		{CONF_POOL_TUNED, false},
	};

	for (size_t round = 0; round < ARRAY_SIZE(rounds); round++)
		for (size_t i = 0; i < conf->n_pools; i++)
			if (!kept->pool[i])
				kept->pool[i] =
					pools_find(pools, kept, &conf->pools[i],
						   rounds[round].change, rounds[round].named);
}

/* One of that name that is not in the new list yet, or NULL. */
static struct pool *pools_unlisted(struct pools *pools, const struct pools_kept *kept,
				   const char *name)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pools_slot *slot = &pools->slots[i];

		if (slot->used && !slot->pool.removing && !pools_listed(pools, &slot->pool) &&
		    !pools_is_kept(kept, &slot->pool) && strcmp(slot->pool.conf.name, name) == 0)
			return &slot->pool;
	}
	return NULL;
}

/* One that is free, or that of a removed node; NULL: there is none. */
static struct pools_slot *pools_place(struct pools *pools)
{
	struct pools_slot *place = NULL;

	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (!pools->slots[i].used)
			return &pools->slots[i];
		else if (pools->slots[i].linger.armed)
			place = &pools->slots[i];
	if (place)
		pools_free(place);
	return place;
}

/* NULL: there is no place, or no memory, as ret_reason says. */
static struct pool *pools_add(struct pools *pools, struct conf_pool *conf, struct pool_trust *trust,
			      const char **ret_reason)
{
	const struct pool_context context = {
		.ring = pools->ring,
		.resolver = pools->resolver,
		.limits = &pools->limits,
		.total = &pools->stats,
		.dedup = &pools->dedup,
		.stock = &pools->stock,
		.handler = pools->pool_handler,
	};
	struct pools_slot *slot = pools_place(pools);

	if (!slot) {
		*ret_reason = "too many removed pools are still closing";
		return NULL;
	}
	slot->pools = pools;
	if (pool_init(&slot->pool, &context, conf, trust) < 0) {
		*ret_reason = strerror(ENOMEM);
		return NULL;
	}
	slot->used = true;
	return &slot->pool;
}

/*
 * A new pool, or one that has to connect anew. What cannot be made keeps nobody from mining: the
 * pool of that name goes on with the settings that it had. NULL: it had none.
 */
static struct pool *pools_begin(struct pools *pools, const struct pools_kept *kept,
				struct conf_pool *conf, struct pool_trust *trust, bool quietly)
{
	struct pool *before = pools_unlisted(pools, kept, conf->name);
	const char *reason = NULL;
	char changed[CONF_CHANGED_MAX] = "";
	struct pool *pool;

	if (before)
		conf_pool_compare(&before->conf, conf, changed, sizeof(changed));
	pool = pools_add(pools, conf, trust, &reason);
	if (!pool)
		pool_events_not_made(conf, reason, changed);
	else if (!quietly)
		pool_events_added(&pool->conf, changed);
	return pool ? pool : before;
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
			pool_events_removed(&pool->conf);
		pool_remove(pool);
	}
}

size_t pools_configure(struct pools *pools, struct conf *conf, struct pools_trust *trust)
{
	bool first = pools->n == 0;
	struct pools_kept kept = {};
	size_t not_made = 0;

	assert(!pools->stopping);
	pools->limits = conf->failover;
	pools_keep(pools, &kept, conf);
	pools->n = 0;
	for (size_t i = 0; i < conf->n_pools; i++) {
		struct pool *pool = kept.pool[i];

		if (!pool) {
			pool = pools_begin(pools, &kept, &conf->pools[i], &trust->pool[i], first);
			/* A new one has taken over what it was made of. */
			not_made += conf->pools[i].name != NULL;
			conf_pool_deinit(&conf->pools[i]);
		}
		if (pool)
			pools->order[pools->n++] = pool;
	}
	if (pools->chosen && !pools_listed(pools, pools->chosen))
		pools->chosen = pools_by_name(pools, pools->chosen->conf.name);
	/* The list is whole: what comes of new settings may be that another pool is mined on. */
	for (size_t i = 0; i < conf->n_pools; i++)
		if (kept.pool[i])
			pool_tune(kept.pool[i], &conf->pools[i]);
	pools_remove_unlisted(pools);
	pools_update(pools);
	for (size_t i = 0; i < pools->n; i++)
		pool_limits_changed(pools->order[i]);
	return not_made;
}
