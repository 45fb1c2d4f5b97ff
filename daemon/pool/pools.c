/* SPDX-License-Identifier: MIT */
/*
 * Invariant: after every event pools_update() has brought three things in line with the state of
 * the pools: which one is active, which are wanted, and what is on the workers.
 */
#include "pool/pools.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "pool/pool_events.h"
#include "pool/pool_tune.h"

HOT static struct pools *pools_of(struct pool *pool)
{
	return container_of(pool, struct pools_slot, pool)->pools;
}

/* The i-th pool by priority; the one that the user chose comes first. */
static struct pool *pools_ranked(const struct pools *pools, size_t i)
{
	if (!pools->chosen)
		return pools->order[i];
	if (i == 0)
		return pools->chosen;
	for (size_t k = 0; k < pools->n; k++)
		if (pools->order[k] != pools->chosen && --i == 0)
			return pools->order[k];
	return NULL;
}

/* Whether the time `due` has come; if not, pools_update() follows then. */
static bool pools_is_due(struct pools *pools, uint64_t due)
{
	if (clock_now() >= due)
		return true;
	if (!pools->revisit.armed || pools->revisit.deadline > due)
		ring_timer_at(pools->ring, &pools->revisit, due);
	return false;
}

/* Whether a better pool may take over from one that works well; if not, when to ask again. */
static bool pools_may_take_over(struct pools *pools, const struct pool *pool)
{
	uint64_t due = pool_held_until(pool);

	/* UINT64_MAX: its next reply asks again. */
	return due != UINT64_MAX && pools_is_due(pools, due);
}

/* The best usable pool; one that is held down only if there is no other. */
static struct pool *pools_best(struct pools *pools)
{
	struct pool *active = pools->active && pool_usable(pools->active) ? pools->active : NULL;
	struct pool *otherwise = NULL;

	for (size_t i = 0; i < pools->n; i++) {
		struct pool *pool = pools_ranked(pools, i);

		if (pool == active)
			return active;
		if (!pool_usable(pool))
			continue;
		if (pools_may_take_over(pools, pool))
			return pool;
		if (!otherwise)
			otherwise = pool;
	}
	return otherwise;
}

/*
 * Whether it stands by, or is about to: one that fails, or has just come back, is no help yet, and
 * the next one is not disconnected for it.
 */
static bool pools_helps(struct pools *pools, const struct pool *pool)
{
	if (pool_usable(pool))
		return pools_may_take_over(pools, pool);
	return !pools_is_due(pools, pool_promising_until(pool));
}

/*
 * Everything above the active pool, and `standby` that do not fail below it, is kept connected; one
 * at least while the active one has not shown that its outage is over. A pool that takes each login
 * and is lost seconds later would else end the login of the next pool each time, before a slow one
 * is usable.
 */
static void pools_connect(struct pools *pools)
{
	bool passed_active = !pools->active;
	unsigned spare = pools->limits.standby + !pools->active;

	pools->unproven = pools->active && pools->active->health.outage.since_ns;
	if (pools->unproven)
		spare = MAX(spare, 1U);
	for (size_t i = 0; i < pools->n; i++) {
		struct pool *pool = pools_ranked(pools, i);

		if (!passed_active) {
			passed_active = pool == pools->active;
			pool_want(pool, true);
		} else if (spare) {
			pool_want(pool, true);
			spare -= pools_helps(pools, pool);
		} else if (pool->wanted && share_tracker_waiting(&pool->shares) == 0) {
			/*
			 * Shares on their way were still answered, in the next login if not in
			 * this one.
			 */
			pool_want(pool, false);
			pool_events_not_needed(&pool->conf);
		}
	}
}

static void pools_activate(struct pools *pools, struct pool *pool)
{
	if (pools->active)
		pool_set_active(pools->active, false);
	if (pool)
		pool_set_active(pool, true);
	pools->active = pool;
}

/* Why the workers hash for another pool than before. */
static void pools_log_active(const struct pools *pools, const struct pool *before)
{
	const struct pool *pool = pools->active;
	char reason[POOL_HISTORY_TEXT];

	if (!before) {
		pool_events_active(&pool->conf, "best usable pool");
	} else if (!pool_usable(before)) {
		snprintf(reason, sizeof(reason), "pool %s is %s", before->conf.name,
			 before->removing ? "removed" : "lost");
		pool_events_active(&pool->conf, reason);
	} else if (pool == pools->chosen) {
		pool_events_active(&pool->conf, "chosen by hand");
	} else {
		if (pool->health.held_down)
			pool_events_failback(&pool->conf, clock_now() - pool->health.healthy_ns,
					     before->conf.name);
		snprintf(reason, sizeof(reason), "preferred to pool %s", before->conf.name);
		pool_events_active(&pool->conf, reason);
	}
}

/* Whether all that are tried wait for their next attempt. */
static bool pools_all_fail(const struct pools *pools)
{
	bool any = false;

	for (size_t i = 0; i < pools->n; i++) {
		if (!pools->order[i]->wanted)
			continue;
		if (pools->order[i]->state != POOL_WAITING)
			return false;
		any = true;
	}
	return any;
}

static void pools_on_idle(struct ring_timer *timer)
{
	struct pools *pools = container_of(timer, struct pools, idle);

	pools->idle_logged = true;
	pool_events_none();
}

static void pools_log_idle(struct pools *pools, const struct pool *before)
{
	if (pools->active && pools->idle_ns) {
		if (pools->idle_logged)
			pool_events_some(clock_now() - pools->idle_ns);
		ring_timer_stop(pools->ring, &pools->idle);
		pools->idle_ns = 0;
		pools->idle_logged = false;
	} else if (!pools->active && !pools->idle_ns && (before || pools_all_fail(pools))) {
		pools->idle_ns = clock_now();
		ring_timer_in(pools->ring, &pools->idle, POOLS_IDLE_MS * CLOCK_MS);
	}
}

/* Whether it comes before the active one. */
static bool pools_outranks(const struct pools *pools, const struct pool *pool)
{
	if (!pools->active || pool == pools->active || pools->active == pools->chosen)
		return false;
	for (size_t i = 0; pools->order[i] != pools->active; i++)
		if (pools->order[i] == pool)
			return true;
	return pool == pools->chosen;
}

/* In how long a usable pool that is held down takes over from the active one; 0: it does not. */
static uint64_t pools_takeover_ns(const struct pools *pools, const struct pool *pool)
{
	uint64_t now = clock_now(), until;

	if (!pools_outranks(pools, pool))
		return 0;
	until = pool_held_until(pool);
	return until > now ? until - now : 0;
}

static void pools_log_standby(struct pools *pools)
{
	for (size_t i = 0; i < pools->n; i++) {
		struct pool *pool = pools->order[i];
		bool stands_by;

		assert(pool);
		stands_by = pool_usable(pool) && pool != pools->active;

		if (stands_by && !pool->stands_by)
			pool_events_standby(&pool->conf, &pool->health.outage,
					    pools_takeover_ns(pools, pool));
		pool->stands_by = stands_by;
	}
}

/* What has changed with the pools, and with what is on the workers, where before was. */
static void pools_log(struct pools *pools, const struct pool *before)
{
	for (size_t i = 0; i < pools->n; i++)
		pool_log_news(pools->order[i]);
	pools_log_idle(pools, before);
	if (pools->active && pools->active != before)
		pools_log_active(pools, before);
	pools_log_standby(pools);
}

void pools_update(struct pools *pools)
{
	struct pool *before = pools->active, *best;

	if (pools->stopping)
		return;
	best = pools_best(pools);
	if (best != before) {
		pools_activate(pools, best);
		/* First the workers: the log may be slow. */
		pools->handler->work(pools, pools_give_job(pools));
	}
	pools_log(pools, before);
	pools_connect(pools);
}

/* What was kept because of an outage of the active pool is disconnected once that is over. */
HOT static void pools_check_recovered(struct pools *pools)
{
	if (pools->unproven && pools->active && !pools->active->health.outage.since_ns)
		pools_update(pools);
}

HOT static void pools_on_job(struct pool *pool)
{
	struct pools *pools = pools_of(pool);

	if (pool == pools->active) {
		/* First the workers, then everything else. */
		pools->handler->work(pools, pool_give_job(pool));
		pools_check_recovered(pools);
	} else {
		pools_update(pools);
	}
	if (conf_is_node(pool->conf.transport) && pool_usable(pool))
		pools->nodes->handler->job(pools->nodes, pool);
}

struct job *pools_give_job(struct pools *pools)
{
	return pools->active ? pool_give_job(pools->active) : NULL;
}

void pools_job_used_up(struct pools *pools)
{
	struct pool *pool = pools->active;

	if (pool && pool->work.job && pool_job_used_up(pool))
		pools->handler->work(pools, pool_give_job(pool));
}

/* The end; not at once: unless it still owes an answer. */
static void pools_close(struct pool *pool, bool at_once)
{
	if (!pool->removing && (at_once || !upstream_awaits_block(&pool->upstream)))
		pool_remove(pool);
}

static void pools_on_lost(struct pool *pool)
{
	struct pools *pools = pools_of(pool);

	pools->lost_ns = pools->ring->now;
	pools_update(pools);
	pools->lost_ns = 0;
	if (pools->stopping)
		pools_close(pool, false);
}

static void pools_on_settled(struct pool *pool)
{
	struct pools *pools = pools_of(pool);

	if (pool != pools->active) {
		pools_update(pools); /* it may be disconnected after its last reply */
		return;
	}
	pools->handler->room(pools);
	pools_check_recovered(pools);
}

void pools_free(struct pools_slot *slot)
{
	ring_timer_stop(slot->pools->ring, &slot->linger);
	pool_deinit(&slot->pool);
	slot->used = false;
}

static void pools_on_linger(struct ring_timer *timer)
{
	pools_free(container_of(timer, struct pools_slot, linger));
}

static void pools_on_removed(struct pool *pool)
{
	struct pools_slot *slot = container_of(pool, struct pools_slot, pool);

	slot->linger.fn = pools_on_linger;
	if (conf_is_node(pool->conf.transport) && !slot->pools->stopping)
		ring_timer_in(slot->pools->ring, &slot->linger, POOLS_LINGER * CLOCK_S);
	else
		pools_free(slot);
}

HOT static uint64_t pools_number(struct pool *pool)
{
	return ++pools_of(pool)->numbers;
}

/* Before a hash of its job is found. */
static void pools_on_begins(struct pool *pool)
{
	pools_node_is_back(pools_of(pool), pool);
}

static void pools_on_usable(struct pool *pool)
{
	struct pools_nodes *nodes = pools_of(pool)->nodes;

	if (conf_is_node(pool->conf.transport))
		nodes->handler->usable(nodes, pool);
}

static void pools_on_block(struct pool *pool, struct block *block)
{
	struct pools_nodes *nodes = pools_of(pool)->nodes;

	nodes->handler->block(nodes, pool, block);
}

static void pools_on_block_answered(struct pool *pool, const struct block *block,
				    const struct block_answer *answer)
{
	struct pools_nodes *nodes = pools_of(pool)->nodes;

	pools_block_answered(pools_of(pool), pool, block, answer->verdict == BLOCK_ACCEPTED);
	nodes->handler->block_answered(nodes, pool, block, answer);
	if (pools_of(pool)->stopping)
		pools_close(pool, false);
}

static void pools_on_block_seen(struct pool *pool, const struct target *hash, int64_t confirmations)
{
	struct pools_nodes *nodes = pools_of(pool)->nodes;

	nodes->handler->block_seen(nodes, pool, hash, confirmations);
}

static const struct pool_handler pools_pool_handler = {
	.job = pools_on_job,
	.lost = pools_on_lost,
	.settled = pools_on_settled,
	.removed = pools_on_removed,
	.number = pools_number,
	.begins = pools_on_begins,
	.usable = pools_on_usable,
	.block = pools_on_block,
	.block_answered = pools_on_block_answered,
	.block_seen = pools_on_block_seen,
};

static void pools_on_revisit(struct ring_timer *timer)
{
	pools_update(container_of(timer, struct pools, revisit));
}

void pools_init(struct pools *pools, struct ring *ring, struct resolver *resolver,
		const struct pools_handler *handler)
{
	pools->ring = ring;
	pools->resolver = resolver;
	pools->handler = handler;
	pools->pool_handler = &pools_pool_handler;
	pools->revisit.fn = pools_on_revisit;
	pools->idle.fn = pools_on_idle;
}

void pools_set_nodes(struct pools *pools, struct pools_nodes *nodes)
{
	pools->nodes = nodes;
}

void pools_deinit(struct pools *pools)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used)
			pool_deinit(&pools->slots[i].pool);
	job_stock_deinit(&pools->stock);
}

void pools_stop(struct pools *pools)
{
	bool again = pools->stopping;

	pools->stopping = true;
	ring_timer_stop(pools->ring, &pools->revisit);
	ring_timer_stop(pools->ring, &pools->idle);
	pools_activate(pools, NULL);
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].linger.armed)
			pools_free(&pools->slots[i]);
		else if (pools->slots[i].used)
			pools_close(&pools->slots[i].pool, again);
	pools->n = 0;
	pools->chosen = NULL;
}

bool pools_await_blocks(const struct pools *pools)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used && upstream_awaits_block(&pools->slots[i].pool.upstream))
			return true;
	return false;
}

bool pools_closed(const struct pools *pools)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used)
			return false;
	return true;
}

bool pools_switch(struct pools *pools, const char *name)
{
	for (size_t i = 0; i < pools->n; i++) {
		struct pool *pool = pools->order[i];

		if (strcmp(pool->conf.name, name) != 0)
			continue;
		pools->chosen = pool;
		pool_events_chosen(&pool->conf);
		/* A user who asks for it by name does not want it held down. */
		pool_retry_now(pool);
		pools_update(pools);
		return true;
	}
	return false;
}

void pools_set_rate(struct pools *pools, double rate)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used)
			pool_set_rate(&pools->slots[i].pool, rate);
}

unsigned pools_waiting(const struct pools *pools)
{
	unsigned n = 0;

	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used)
			n += share_tracker_waiting(&pools->slots[i].pool.shares);
	return n;
}

HOT_SHARE bool pools_has_room(const struct pools *pools)
{
	return !pools->active || pool_has_room(pools->active);
}
