/* SPDX-License-Identifier: MIT */
/*
 * Invariant: after every event pools_update() has brought three things in line with the state of
 * the pools: which one is active, which are wanted, and what is on the workers.
 */
#include "pool/pools.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "pool/pool_events.h"

HOT static struct pools *pools_of(struct pool *pool)
{
	return container_of(pool, struct pools_slot, pool)->pools;
}

/* The i-th pool by priority, the one chosen by hand before all others. */
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

/* Whether a better pool may take over from one that works well; if not, when to ask again. */
static bool pools_proven(struct pools *pools, const struct pool *pool)
{
	uint64_t due = pool_proven_ns(pool);

	if (clock_now() >= due)
		return true;
	if (due == UINT64_MAX)
		return false; /* its next reply asks again */
	if (!pools->failback.armed || pools->failback.deadline > due)
		ring_timer_at(pools->ring, &pools->failback, due);
	return false;
}

/* The best one; one that has not proved itself only where there is nothing else. */
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
		if (pools_proven(pools, pool))
			return pool;
		if (!otherwise)
			otherwise = pool;
	}
	return otherwise;
}

/*
 * Whether it stands by, or is about to: one that fails, or has just come back, is no help yet, and
 * the next one is not let go for it.
 */
static bool pools_helps(struct pools *pools, const struct pool *pool)
{
	if (pool_usable(pool))
		return pools_proven(pools, pool);
	return pool->state != POOL_WAITING && !pool->outage.since_ns;
}

/* Everything above the active pool, and `standby` that do not fail below it, is kept connected. */
static void pools_connect(struct pools *pools)
{
	bool passed_active = !pools->active;
	unsigned spare = pools->limits.standby + !pools->active;

	for (size_t i = 0; i < pools->n; i++) {
		struct pool *pool = pools_ranked(pools, i);

		if (!passed_active) {
			passed_active = pool == pools->active;
			pool_want(pool, true);
		} else if (spare) {
			pool_want(pool, true);
			spare -= pools_helps(pools, pool);
		} else if (pool->wanted && pool_waiting(pool) == 0) {
			/* Shares on their way were still answered, in the next login if not in
			 * this one. */
			pool_want(pool, false);
			pool_events_let_go(pool);
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
static void pools_tell_active(const struct pools *pools, const struct pool *before)
{
	const struct pool *pool = pools->active;
	char reason[POOL_ERROR_MAX];

	if (!before) {
		pool_events_active(pool, "it is the best one that works");
	} else if (!pool_usable(before)) {
		snprintf(reason, sizeof(reason), "pool %s is %s", before->conf.name,
			 before->removing ? "taken out" : "lost");
		pool_events_active(pool, reason);
	} else if (pool == pools->chosen) {
		pool_events_active(pool, "it was chosen by hand");
	} else {
		if (pool->ever_lost)
			pool_events_failback(pool, before);
		snprintf(reason, sizeof(reason), "it goes before pool %s", before->conf.name);
		pool_events_active(pool, reason);
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

static void pools_tell_idle(struct pools *pools, const struct pool *before)
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

static void pools_tell_standby(struct pools *pools)
{
	for (size_t i = 0; i < pools->n; i++) {
		struct pool *pool = pools->order[i];
		bool stands_by = pool_usable(pool) && pool != pools->active;

		pool_events_standby(pool, stands_by,
				    pools_outranks(pools, pool) ? pool_proven_ns(pool) : 0);
	}
}

/* What has changed with the pools, and with what is on the workers, where before was. */
static void pools_tell(struct pools *pools, const struct pool *before)
{
	for (size_t i = 0; i < pools->n; i++)
		pool_events_news(pools->order[i]);
	pools_tell_idle(pools, before);
	if (pools->active && pools->active != before)
		pools_tell_active(pools, before);
	pools_tell_standby(pools);
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
	pools_tell(pools, before);
	pools_connect(pools);
}

HOT static void pools_on_job(struct pool *pool)
{
	struct pools *pools = pools_of(pool);

	/* First the workers, then everything else. */
	if (pool == pools->active)
		pools->handler->work(pools, pool_give_job(pool));
	else
		pools_update(pools);
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

static void pools_on_lost(struct pool *pool)
{
	struct pools *pools = pools_of(pool);

	pools->lost_ns = pools->ring->now;
	pools_update(pools);
	pools->lost_ns = 0;
}

static void pools_on_answered(struct pool *pool)
{
	struct pools *pools = pools_of(pool);

	if (pool == pools->active)
		pools->handler->room(pools);
	else
		pools_update(pools); /* it may be let go after its last reply */
}

static void pools_on_removed(struct pool *pool)
{
	struct pools_slot *slot = container_of(pool, struct pools_slot, pool);

	pool_deinit(pool);
	slot->used = false;
}

HOT static uint64_t pools_number(struct pool *pool)
{
	return ++pools_of(pool)->numbers;
}

static const struct pool_handler pools_pool_handler = {
	.job = pools_on_job,
	.lost = pools_on_lost,
	.answered = pools_on_answered,
	.removed = pools_on_removed,
	.number = pools_number,
};

static void pools_on_failback(struct ring_timer *timer)
{
	pools_update(container_of(timer, struct pools, failback));
}

void pools_init(struct pools *pools, struct ring *ring, struct resolver *resolver,
		const struct pools_handler *handler)
{
	pools->ring = ring;
	pools->resolver = resolver;
	pools->handler = handler;
	pools->pool_handler = &pools_pool_handler;
	pools->failback.fn = pools_on_failback;
	pools->idle.fn = pools_on_idle;
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
	pools->stopping = true;
	ring_timer_stop(pools->ring, &pools->failback);
	ring_timer_stop(pools->ring, &pools->idle);
	pools_activate(pools, NULL);
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (pools->slots[i].used && !pools->slots[i].pool.removing)
			pool_remove(&pools->slots[i].pool);
	pools->n = 0;
	pools->chosen = NULL;
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
		pool_events_chosen(pool);
		/* Who asks for it by name does not want to wait until it has proved itself. */
		pool_hurry(pool);
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
			n += pool_waiting(&pools->slots[i].pool);
	return n;
}

bool pools_has_room(const struct pools *pools)
{
	return !pools->active || pool_has_room(pools->active);
}

static struct pool *pools_issuer(struct pools *pools, const struct job *job)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++) {
		struct pool *pool = &pools->slots[i].pool;

		if (pools->slots[i].used && pool_issued(pool, job))
			return pool;
	}
	return NULL;
}

const struct pool *pools_share(struct pools *pools, const struct share *share)
{
	struct pool *pool = pools_issuer(pools, share->job);
	double difficulty = target_difficulty(&share->hash);
	const uint32_t *low = share->hash.word;
	bool block = target_met(&share->job->network_target, &share->hash);

	/* On an easy chain each second hash is a block, and no pool wants more than one. */
	if (block && pool && !target_met(&share->job->target, &share->hash) &&
	    block_count_settled(&pool->ledger.blocks, share->job->prevhash)) {
		held_blocks_put(&pool->held_blocks, share);
		return pool;
	}
	ledger_found(&pools->ledger, difficulty);
	if (block && block_count_found(&pools->ledger.blocks, share->job->prevhash))
		pool_events_block_found(pool ? pool->conf.name : "(left by then)", &share->hash);
	if (!pool) {
		/* The login that issued the job is gone, and no other may have the share. */
		pools->ledger.stale++;
		if (block)
			pool_events_block_lost("(left by then)", &share->hash,
					       "the login that issued its job is over");
		return NULL;
	}
	ledger_found(&pool->ledger, difficulty);
	if (block)
		block_count_found(&pool->ledger.blocks, share->job->prevhash);
	if (recent_add(&pools->recent, (uint64_t)low[1] << 32 | low[0])) {
		pool->ledger.duplicate++;
		pools->ledger.duplicate++;
		return pool;
	}
	pool_share(pool, share);
	return pool;
}
