/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One pool: its settings, its connection and what it came to. It connects when it is wanted and
 * comes back after a loss as its backoff says; which pool the workers hash for is decided above, in
 * pools.h. Io thread only.
 */
#include "config/conf.h"
#include "pool/payout.h"
#include "pool/pool_health.h"
#include "pool/pool_history.h"
#include "pool/pool_news.h"
#include "pool/pool_trust.h"
#include "pool/pool_work.h"
#include "pool/share_tracker.h"
#include "pool/suggest_difficulty.h"
#include "upstream/upstream.h"

enum pool_state {
	POOL_OFF,	 /* not wanted */
	POOL_CONNECTING, /* from the look-up to authorised with a job */
	POOL_USABLE,	 /* authorised, and there is a job */
	POOL_WAITING,	 /* for the next attempt */
};

struct pool;

struct pool_handler {
	/* It has become usable, or has another job: pool->work.job. */
	void (*job)(struct pool *pool);
	/* It was usable, or on its way there, and is not any more. */
	void (*lost)(struct pool *pool);
	/* A share was answered, or the shares that were kept are given up: there is room. */
	void (*settled)(struct pool *pool);
	/* pool_remove() is done: nothing of it belongs to the kernel any more. */
	void (*removed)(struct pool *pool);
	/* A number that no job or login of this process has. */
	uint64_t (*number)(struct pool *pool);
	/* It becomes usable: of nodes before job(), of each after it. */
	void (*begins)(struct pool *pool);
	void (*usable)(struct pool *pool);
	/* As the events of an upstream. */
	void (*block)(struct pool *pool, struct block *block);
	void (*block_answered)(struct pool *pool, const struct block *block,
			       const struct block_answer *answer);
	void (*block_seen)(struct pool *pool, const struct target *hash, int64_t confirmations);
};

struct pool {
	const struct pool_handler *handler;
	struct ring *ring;
	struct conf_pool conf; /* owned */
	enum pool_state state;
	bool wanted;
	bool removing;
	enum pool_news_kind news;
	bool stands_by; /* as was logged */

	struct pool_history history; /* for those who watch */

	struct upstream upstream;
	struct pool_trust trust;
	/* Where the next attempt, and that one alone, is redirected to. */
	char redirect_host[CONF_HOST_MAX + 1];
	unsigned redirect_port; /* 0: nowhere, and redirect_host says nothing */
	bool elsewhere;		/* the last attempt was not to the configured host and port */
	struct ring_timer retry;

	struct pool_work work;
	struct payout payout;
	struct share_tracker shares; /* what pools.c gives shares to */
	struct pool_health health;

	struct suggest_difficulty suggest;
};

/* What all pools share; must outlive them. */
struct pool_context {
	struct ring *ring;
	struct resolver *resolver;
	const struct conf_failover *limits;
	struct share_stats *total; /* of all pools */
	struct share_dedup *dedup;
	struct job_stock *stock;
	const struct pool_handler *handler;
};

/*
 * Takes over the texts of conf, and trust, which was made of it, and leaves both empty. -ENOMEM:
 * both are untouched, and there is no pool.
 */
int pool_init(struct pool *pool, const struct pool_context *context, struct conf_pool *conf,
	      struct pool_trust *trust);

/* After removed(), or once the ring has gone. */
void pool_deinit(struct pool *pool);

/* Connects the pool, or disconnects it. Not once it is removed. */
void pool_want(struct pool *pool, bool wanted);

/* Ends it for good, once; removed() follows, at once if it is not connected. */
void pool_remove(struct pool *pool);

bool pool_usable(const struct pool *pool);

/* Makes the next attempt at once and forgets failures: a user asked for this pool by name. */
void pool_retry_now(struct pool *pool);

/* false: the current job pays too little, payout.enforce is set, and the pool was left. */
bool pool_check_payout(struct pool *pool);

/* The limits of its context have changed. */
void pool_limits_changed(struct pool *pool);

/*
 * The current job for the workers, borrowed; NULL: there is none. One that they were given before
 * is replaced by a copy, which leads to other headers.
 */
struct job *pool_give_job(struct pool *pool);

/*
 * The workers have no headers left of its job. true: it can be given to them again, for others;
 * else the pool was left.
 */
bool pool_job_used_up(struct pool *pool);

/*
 * Until when a usable pool is held down, before it may take over from one that works; clock_now().
 * UINT64_MAX: not before it has answered the shares that it was sent.
 */
uint64_t pool_held_until(const struct pool *pool);

/*
 * Until when other pools wait for one that is not usable yet, clock_now(); 0: it fails. A pool
 * sends its first job within a second, as a rule.
 */
uint64_t pool_promising_until(const struct pool *pool);

/* Logs what has happened to it, once; when the workers have what they need. */
void pool_log_news(struct pool *pool);

/* Whether a share can be sent to it now. */
bool pool_has_room(const struct pool *pool);

/* It becomes the active pool, or is not any more; only at a change. */
void pool_set_active(struct pool *pool, bool active);
