/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the log tells of pools: one event, with a MESSAGE_ID that the catalog explains, for each
 * change of state. A pool that fails over and over does not fill the log: of an outage the first
 * POOL_EVENTS_WARNINGS failures for different reasons are warnings, and so are then the
 * POOL_EVENTS_EVERY-th of those that were passed over, and one an hour, each with their number; the
 * rest is told at level debug. Io thread.
 */
#include "pool/pool.h"

enum {
	POOL_EVENTS_WARNINGS = 5,
	POOL_EVENTS_EVERY = 10,
	POOL_EVENTS_LOGINS = 3, /* of an outage, that are told at level info */
	POOL_EVENTS_HOUR = 3600,
};

/* Whenever an attempt begins; at level debug. */
void pool_events_connecting(const struct pool *pool, const char *host, unsigned port);

/* Its certificate is not looked at. */
void pool_events_unverified(const struct pool *pool);

/* Tells pool->news, once. */
void pool_events_news(struct pool *pool);

/*
 * Whether it is ready while another is mined on: told when it becomes so. takeover_ns: until when
 * it has to prove itself, or 0.
 */
void pool_events_standby(struct pool *pool, bool stands_by, uint64_t takeover_ns);

/* From now on the workers hash for it, and why. */
void pool_events_active(const struct pool *pool, const char *reason);

/* A better one than before takes over again. */
void pool_events_failback(const struct pool *pool, const struct pool *before);

/* The workers have no headers left of its job, as reason says, and go on from another place. */
void pool_events_used_up(const struct pool *pool, const char *reason);

/* The end of an outage. */
void pool_events_recovered(const struct pool *pool);

/* The pool goes on with the past login; before anything pending is sent. */
void pool_events_resumed(const struct pool *pool);

/* The first hash on its parent that meets the network target; and the first that a pool accepted.
 */
void pool_events_block_found(const char *pool, const struct target *hash);
void pool_events_block_accepted(const struct pool *pool, const struct target *hash);

/* A share that meets the network target, and that pool (its name) did not say to have accepted. */
void pool_events_block_lost(const char *pool, const struct target *hash, const char *why);

void pool_events_difficulty(const struct pool *pool, double before, double after);
void pool_events_let_go(const struct pool *pool);

/* It is new in the configuration; or it has to connect anew, as these of its keys have changed. */
void pool_events_added(const struct pool *pool, const char *changed);

/* These keys have changed, and it has the new name now; it stays connected. */
void pool_events_tuned(const struct pool *pool, const char *name, const char *changed);
void pool_events_removed(const struct pool *pool);
void pool_events_chosen(const struct pool *pool);

/* No pool can be mined on, and the end of that after so many ns. */
void pool_events_none(void);
void pool_events_some(uint64_t ns);
