/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of a pool share. Internal to it; io thread only. */
#include "pool/pool.h"

/* Books the reply to a share. */
void pool_shares_answered(struct upstream *upstream, const struct share *share,
			  const struct share_answer *answer);

/* The login is over: what was on its way waits for it to be gone on with, if that is possible. */
void pool_shares_part(struct pool *pool);

/*
 * Nothing is waited for any more, and this login will not be gone on with: what was sent stays
 * unanswered, what was not is stale.
 */
void pool_shares_end(struct pool *pool);

/* The next login is ready, and its job known: if it is not the past one, nothing waits any more. */
void pool_shares_ready(struct pool *pool);

/* The workers have its job: sends what waited. */
void pool_shares_resume(struct pool *pool);

/* The past login is not waited for any longer. */
void pool_shares_on_give_up(struct ring_timer *timer);

/* A login has become usable: what it comes to is counted from here. */
void pool_health_begin(struct pool *pool);

/* A share was sent to it, for the first time or again. */
void pool_health_sent(struct pool *pool);

/* Ends the outage once there is real progress; after whatever may be a part of that. */
void pool_health_check(struct pool *pool);

/*
 * Counts a loss or a failed attempt of a pool in its state of before; ns until the next attempt. It
 * is long where the pool refused the login, which cannot heal by itself.
 */
uint64_t pool_health_failed(struct pool *pool, bool refused);

/* The same for one that asks to reconnect, which is no failure unless it does it over and over. */
uint64_t pool_health_redirected(struct pool *pool, uint64_t wait_ns);
