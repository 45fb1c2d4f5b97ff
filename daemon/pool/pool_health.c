/* SPDX-License-Identifier: MIT */
/*
 * Whether a pool gets anywhere. An outage lasts from the first failure to real progress, so that
 * one who takes logins, or even a share, and then drops out is waited for longer each time; and
 * the more often it was left soon after it was gone back to, the longer it has to be healthy
 * before that is done again.
 */
#include "common/clock.h"
#include "common/container.h"
#include "pool/pool_events.h"
#include "pool/pool_parts.h"

void pool_health_begin(struct pool *pool)
{
	pool->usable_ns = clock_now();
	pool->login_sent = 0;
	pool->login_accepted = pool->ledger.accepted;
	pool->outage.logins += pool->outage.since_ns != 0;
}

void pool_health_sent(struct pool *pool)
{
	pool->login_sent++;
}

/*
 * Shares are what a pool is for: one that was sent shares has to have taken one. One that stands
 * by, or whose shares are rare, can only show that it stays.
 */
static bool health_progressed(const struct pool *pool)
{
	uint64_t worked = pool->usable_ns ? clock_now() - pool->usable_ns : 0;

	if (pool->ledger.accepted != pool->login_accepted)
		return worked >= POOL_PROGRESS * CLOCK_S;
	return pool->login_sent == 0 && worked >= POOL_PROGRESS_IDLE * CLOCK_S;
}

static bool health_recovered(const struct pool *pool)
{
	return pool->outage.since_ns && pool_usable(pool) && health_progressed(pool);
}

static void health_end_outage(struct pool *pool)
{
	pool->backoff.failures = 0;
	pool->outage = (struct pool_outage){};
}

void pool_health_check(struct pool *pool)
{
	if (!health_recovered(pool))
		return;
	pool_events_recovered(pool);
	health_end_outage(pool);
}

/* Of the one that was mined on: whether that was for a short time only, and again. */
static void health_count_flap(struct pool *pool)
{
	if (!pool->active_since_ns)
		return;
	if (clock_now() - pool->active_since_ns >= POOL_STEADY * CLOCK_S)
		pool->flaps = 0;
	pool->flaps = MIN(pool->flaps + 1, (unsigned)POOL_FLAPS_MAX);
}

uint64_t pool_health_failed(struct pool *pool, bool refused)
{
	uint64_t wait;

	/* Silently: the workers come first, and the line that follows is of the next outage. */
	if (health_recovered(pool))
		health_end_outage(pool);
	health_count_flap(pool);
	pool->ever_lost |= pool_usable(pool);
	if (!pool->outage.since_ns)
		pool->outage.since_ns = clock_now();
	pool->outage.failures++;
	wait = refused ? backoff_long(&pool->backoff, pool->limits->backoff_max)
		       : backoff_next(&pool->backoff, pool->limits->backoff_max);
	pool->not_before_ns = clock_now() + wait;
	return wait;
}

uint64_t pool_health_redirected(struct pool *pool, uint64_t wait_ns)
{
	bool first;

	pool_health_check(pool);
	if (health_progressed(pool))
		return wait_ns;
	first = pool->backoff.failures == 0;
	if (!first)
		return MAX(wait_ns, pool_health_failed(pool, false));
	/* One that leads on right after the login is a front door: nothing is wrong with it yet. */
	backoff_next(&pool->backoff, pool->limits->backoff_max);
	pool->outage.since_ns = clock_now();
	pool->not_before_ns = clock_now() + wait_ns;
	return wait_ns;
}

uint64_t pool_proven_ns(const struct pool *pool)
{
	uint64_t healthy = pool->limits->failback_after;

	/* Who takes logins but answers no shares is not healthy yet. */
	if (!pool->active_since_ns && pool->inflight.n)
		return UINT64_MAX;
	if (!pool->ever_lost)
		return pool->usable_ns;
	if (pool->flaps > 1)
		healthy = MAX(healthy, (uint64_t)1) << (pool->flaps - 1);
	return pool->usable_ns + healthy * CLOCK_S;
}
