/* SPDX-License-Identifier: MIT */
#include "pool/pool_health.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "pool/pool_events.h"

void pool_health_init(struct pool_health *health, const struct conf_pool *conf,
		      const struct conf_failover *limits, const struct share_progress *shares)
{
	*health = (struct pool_health){.conf = conf, .limits = limits, .shares = shares};
}

void pool_health_begin(struct pool_health *health)
{
	assert(!health->usable_ns);
	health->usable_ns = clock_now();
	if (!health->healthy_ns)
		health->healthy_ns = health->usable_ns;
	health->outage.logins += health->outage.since_ns != 0;
}

void pool_health_end(struct pool_health *health)
{
	health->usable_ns = 0;
	if (!health->redirected)
		health->healthy_ns = 0;
	health->redirected = false;
}

void pool_health_set_active(struct pool_health *health, bool active)
{
	assert(active == !health->active_since_ns);
	health->active_since_ns = active ? clock_now() : 0;
}

/*
 * Shares are what a pool is for: one that was sent shares has to have taken one. A standby, or a
 * pool whose shares are rare, can only show that it stays.
 */
static bool health_progressed(const struct pool_health *health)
{
	uint64_t worked = health->usable_ns ? clock_now() - health->usable_ns : 0;

	if (health->shares->accepted)
		return worked >= POOL_HEALTH_PROGRESS * CLOCK_S;
	return !health->shares->sent && worked >= POOL_HEALTH_IDLE * CLOCK_S;
}

static bool health_recovered(const struct pool_health *health)
{
	return health->outage.since_ns && health->usable_ns && health_progressed(health);
}

static void health_end_outage(struct pool_health *health)
{
	health->backoff.failures = 0;
	health->outage = (struct pool_outage){};
}

void pool_health_check(struct pool_health *health)
{
	if (!health_recovered(health))
		return;
	pool_events_recovered(health->conf, &health->outage);
	health_end_outage(health);
}

/* Until when its flaps keep it from taking over. */
static uint64_t health_damped_until(const struct pool_health *health)
{
	uint64_t seconds = MAX((uint64_t)health->limits->failback_after, (uint64_t)1);

	return health->flaps > 1 ? health->flapped_ns + (seconds << (health->flaps - 1)) * CLOCK_S
				 : 0;
}

/* Counts losses of the active pool that follow each other after a short time. */
static void health_count_flap(struct pool_health *health)
{
	uint64_t now = clock_now();

	if (!health->active_since_ns)
		return;
	if (now - health->active_since_ns >= POOL_HEALTH_STEADY * CLOCK_S)
		health->flaps = 0;
	health->flaps = MIN(health->flaps + 1, (unsigned)POOL_HEALTH_FLAPS_MAX);
	health->flapped_ns = now;
}

uint64_t pool_health_failed(struct pool_health *health, bool refused)
{
	uint64_t wait;

	/* Not logged: the message that follows belongs to the next outage. */
	if (health_recovered(health))
		health_end_outage(health);
	health_count_flap(health);
	health->held_down |= health->usable_ns != 0;
	if (!health->outage.since_ns)
		health->outage.since_ns = clock_now();
	health->outage.failures++;
	wait = refused ? backoff_long(&health->backoff, health->limits->backoff_max)
		       : backoff_next(&health->backoff, health->limits->backoff_max);
	health->not_before_ns = clock_now() + wait;
	return wait;
}

uint64_t pool_health_redirected(struct pool_health *health, uint64_t wait_ns)
{
	bool first;

	pool_health_check(health);
	health->redirected = health_progressed(health);
	if (health->redirected)
		return wait_ns;
	first = health->backoff.failures == 0;
	if (!first)
		return MAX(wait_ns, pool_health_failed(health, false));
	/* A pool that redirects right after the login may be a load balancer: no failure yet. */
	backoff_next(&health->backoff, health->limits->backoff_max);
	health->outage.since_ns = clock_now();
	health->not_before_ns = clock_now() + wait_ns;
	return wait_ns;
}

uint64_t pool_health_held_until(const struct pool_health *health, unsigned unanswered)
{
	uint64_t healthy_until = health->healthy_ns + health->limits->failback_after * CLOCK_S;

	assert(health->usable_ns);
	/* A pool that takes logins but answers no shares is not healthy yet. */
	if (!health->active_since_ns && unanswered)
		return UINT64_MAX;
	if (!health->held_down)
		return health->usable_ns;
	return MAX(healthy_until, health_damped_until(health));
}

void pool_health_forgive(struct pool_health *health)
{
	health->held_down = false;
	health->flaps = 0;
	health->not_before_ns = 0;
	health->backoff.failures = 0;
}

uint64_t pool_health_limits_changed(struct pool_health *health)
{
	uint64_t latest = clock_now() + health->limits->backoff_max * CLOCK_S;

	health->not_before_ns = MIN(health->not_before_ns, latest);
	return latest;
}
