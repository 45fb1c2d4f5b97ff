/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether a pool gets anywhere, how long it is waited for after a failure, and when it may take
 * over from one that works. An outage lasts from the first failure to real progress, so that a pool
 * that takes logins, or even a share, and then drops out is waited for longer each time
 * (backoff.h). A pool that was lost is held down: it has to be healthy for failback_after seconds
 * before it is mined on again, and the last loss has to be longer ago the more often it was lost
 * soon after that (flap damping), connected or not. Times are clock_now(). Io thread.
 */
#include "config/conf.h"
#include "pool/backoff.h"
#include "pool/pool_outage.h"
#include "pool/share_tracker.h"

enum {
	POOL_HEALTH_PROGRESS = 10, /* s that a login has to work with an accepted share .. */
	POOL_HEALTH_IDLE = 60,	   /* .. or without any share sent, for a failure to be the first */
	POOL_HEALTH_STEADY = 600,  /* s mined on, after which a loss is none of a flapping pool */
	POOL_HEALTH_FLAPS_MAX = 6, /* doublings of failback_after, and one */
};

struct pool_health {
	const struct conf_pool *conf;	     /* for the log; borrowed */
	const struct conf_failover *limits;  /* borrowed */
	const struct share_progress *shares; /* of the present login; borrowed */
	struct backoff backoff;
	struct pool_outage outage;
	bool held_down;		  /* it was lost while usable, since the user last chose it */
	unsigned flaps;		  /* losses in a row, each soon after it was mined on .. */
	uint64_t flapped_ns;	  /* .. the last of them; 0: none yet */
	uint64_t usable_ns;	  /* since when; 0: it is not */
	uint64_t healthy_ns;	  /* the same, but a reconnect that it asks for is no break */
	bool redirected;	  /* it asked for one, with which the login ends */
	uint64_t active_since_ns; /* since when it is mined on; 0: it is not */
	uint64_t not_before_ns;	  /* no attempt is made sooner */
};

void pool_health_init(struct pool_health *health, const struct conf_pool *conf,
		      const struct conf_failover *limits, const struct share_progress *shares);

/* A login has become usable, only when none is; or it is over. */
void pool_health_begin(struct pool_health *health);
void pool_health_end(struct pool_health *health);

/* It is mined on from now on, or not any more; only at a change. */
void pool_health_set_active(struct pool_health *health, bool active);

/* Ends and logs the outage once there is real progress; after whatever may be a part of that. */
void pool_health_check(struct pool_health *health);

/*
 * Counts a loss, before pool_health_end(), or a failed attempt; ns until the next attempt. It is
 * long where the pool refused the login, which cannot heal by itself.
 */
uint64_t pool_health_failed(struct pool_health *health, bool refused);

/*
 * The same for one that asks to reconnect, which is no failure, and no break of the time that it is
 * held down for, unless it does it over and over.
 */
uint64_t pool_health_redirected(struct pool_health *health, uint64_t wait_ns);

/*
 * Until when a usable pool is held down. UINT64_MAX: at least until it has answered the unanswered
 * shares that it was sent.
 */
uint64_t pool_health_held_until(const struct pool_health *health, unsigned unanswered);

/* Forgets failures and losses: the user chose the pool. */
void pool_health_forgive(struct pool_health *health);

/* limits have changed; clock_now() at which the next attempt is due at the latest. */
uint64_t pool_health_limits_changed(struct pool_health *health);
