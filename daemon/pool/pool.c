/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the session is closed in POOL_OFF and POOL_WAITING, or closing and about to be; what
 * comes next waits for pool_on_closed(). A job is held only while POOL_USABLE or on the way there.
 */
#include "pool/pool.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/hot.h"
#include "common/log.h"
#include "pool/pool_events.h"
#include "pool/pool_parts.h"

static void pool_drop_job(struct pool *pool)
{
	pool_work_drop(&pool->work);
	pool->usable_ns = 0;
}

static void pool_enter(struct pool *pool, enum pool_state state)
{
	uint64_t now = clock_now();

	if (state == POOL_USABLE || state == POOL_OFF)
		pool->down_ns = 0;
	else if (!pool->down_ns)
		pool->down_ns = now;
	pool->losses += pool->state == POOL_USABLE && state == POOL_WAITING;
	pool->state = state;
	pool->state_ns = now;
}

__attribute__((format(printf, 2, 3))) static void pool_left(struct pool *pool, const char *format,
							    ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(pool->last_loss, sizeof(pool->last_loss), format, args);
	va_end(args);
	pool->last_loss_ns = clock_now();
}

static void pool_wait(struct pool *pool, uint64_t ns)
{
	pool_enter(pool, POOL_WAITING);
	ring_timer_in(pool->ring, &pool->retry, ns);
}

/* The attempt, or the login, has failed: arms the next attempt, and says so once work went on. */
static void pool_fail(struct pool *pool, const char *reason, bool refused)
{
	bool was_usable = pool_usable(pool);
	uint64_t wait = pool_health_failed(pool, refused);

	snprintf(pool->last_error, sizeof(pool->last_error), "%s", reason);
	pool_left(pool, "%s", reason);
	pool->news = was_usable ? POOL_NEWS_LOST : POOL_NEWS_FAILED;
	pool_shares_part(pool);
	pool_drop_job(pool);
	pool->redirect_host[0] = '\0';
	pool->redirect_port = 0;
	pool_wait(pool, wait);
	pool->handler->lost(pool);
	pool_events_news(pool);
}

/* false: the pool needs TLS, for which a setting is wrong. */
static bool pool_secure(struct pool *pool)
{
	struct pool_trust *trust = &pool->trust;

	if (trust->reason[0]) {
		pool_fail(pool, trust->reason, false);
		return false;
	}
	if (trust->made && !pool->attempts && !pool->conf.tls_verify && !pool->conf.tls_pin)
		pool_events_unverified(pool);
	return true;
}

/* What the measured hash rate makes of share_interval; 0: nothing new. */
static double pool_next_suggestion(struct pool *pool)
{
	double interval = pool->conf.share_interval, difficulty;

	if (interval <= 0)
		return 0;
	difficulty = suggest_next(&pool->suggest, interval, pool->rate, clock_now());
	if (difficulty > 0)
		log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", pool->conf.name}),
			  "pool %s: asking for difficulty %g, for a share every %g s",
			  pool->conf.name, difficulty, interval);
	return difficulty;
}

/* What the configuration says of it, from now on. */
static void pool_ask_difficulty(struct pool *pool)
{
	double difficulty;

	pool->suggest = (struct suggest){};
	if (pool->conf.share_interval > 0)
		difficulty = pool_next_suggestion(pool);
	else
		difficulty = pool->conf.suggest_difficulty;
	upstream_suggest_difficulty(&pool->upstream, difficulty);
}

/* Begins an attempt, once the last connection is closed. */
static void pool_attempt(struct pool *pool)
{
	const char *host = pool->redirect_host[0] ? pool->redirect_host : pool->conf.host;
	unsigned port = pool->redirect_port ? pool->redirect_port : pool->conf.port;

	if (!pool_secure(pool))
		return;
	/* Another server is another login, whatever name it goes by. */
	pool->elsewhere = strcasecmp(host, pool->conf.host) != 0 || port != pool->conf.port;
	if (pool->elsewhere)
		pool_shares_end(pool);
	pool->unresumable = false;
	pool->attempts++;
	pool_ask_difficulty(pool);
	pool_enter(pool, POOL_CONNECTING);
	pool_events_connecting(pool, host, port);
	upstream_connect(&pool->upstream, pool->handler->number(pool), host, port);
}

static void pool_on_retry(struct ring_timer *timer)
{
	struct pool *pool = container_of(timer, struct pool, retry);

	if (pool->wanted && upstream_state(&pool->upstream) == UPSTREAM_CLOSED)
		pool_attempt(pool); /* else pool_on_closed() goes on */
}

static void pool_became_usable(struct pool *pool)
{
	pool_shares_ready(pool);
	pool_enter(pool, POOL_USABLE);
	pool_health_begin(pool);
	pool->news = POOL_NEWS_CONNECTED;
	pool->redirect_host[0] = '\0';
	pool->redirect_port = 0;
}

/* Looks at what the current job pays. false: it is not what was asked for, and the pool is left. */
static bool pool_check_payout(struct pool *pool)
{
	char reason[PAYOUT_REASON_MAX];

	if (!pool->conf.payout.address || !pool->work.job ||
	    payout_check(&pool->payout, &pool->conf, pool->work.job, reason) ||
	    !pool->conf.payout.enforce)
		return true;
	pool_shares_end(pool);
	upstream_close(&pool->upstream);
	pool_fail(pool, reason, false);
	return false;
}

/*
 * The current job is there to be hashed. Nothing stands between it and its first hash: the workers
 * have it before anybody reads its coinbase, and what a wrong one costs are the microseconds until
 * it is taken from them again; its shares go nowhere, as the login ends with it. It is the other
 * way round only for the first job of a login that payout is enforced on: that one nobody waits
 * for, and a pool that was found wanting would else be active for a blink at each attempt. false:
 * the pool was left.
 */
HOT static bool pool_offer_job(struct pool *pool)
{
	bool first = pool->state != POOL_USABLE;
	bool before = first && pool->conf.payout.enforce;

	if (before && !pool_check_payout(pool))
		return false;
	if (first)
		pool_became_usable(pool);
	pool->handler->job(pool);
	if (first)
		pool_shares_resume(pool);
	pool_events_news(pool);
	return before || pool_check_payout(pool);
}

void pool_set_rate(struct pool *pool, double rate)
{
	double difficulty;

	pool->rate = rate;
	if (upstream_state(&pool->upstream) != UPSTREAM_READY)
		return;
	difficulty = pool_next_suggestion(pool);
	if (difficulty > 0)
		upstream_suggest_difficulty(&pool->upstream, difficulty);
}

static void pool_on_ready(struct upstream *upstream)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);

	if (pool->work.job)
		pool_offer_job(pool); /* else it is usable with the first one */
}

/* Puts job, whose reference it takes, in the place of the current one. */
HOT static void pool_take_job(struct pool *pool, struct job *job)
{
	const struct job *resumed = pool->pending.job && upstream_is_resumed(&pool->upstream)
					    ? pool->pending.job
					    : NULL;
	uint64_t sequence = pool->handler->number(pool);
	CLEANUP(job_unrefp) struct job *last = NULL;
	double after = job->difficulty, before;

	last = pool_work_take(&pool->work, job, sequence, resumed);
	before = last ? last->difficulty : after;
	upstream_newest_job(&pool->upstream, sequence);
	if (last && memcmp(last->prevhash, job->prevhash, sizeof(job->prevhash)) != 0) {
		block_count_reopen(&pool->ledger.blocks, job->prevhash);
		held_blocks_clear(&pool->held_blocks);
	}
	if (upstream_state(&pool->upstream) != UPSTREAM_READY)
		return; /* pool_on_ready() goes on */
	if (!pool_offer_job(pool))
		return;
	pool_health_check(pool);
	if (after != before)
		pool_events_difficulty(pool, before, after);
}

HOT static void pool_on_job(struct upstream *upstream, struct job *job)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);

	if (pool_work_repeats(&pool->work, job))
		job_unref(job);
	else
		pool_take_job(pool, job);
}

static void pool_on_version_mask(struct upstream *upstream)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);
	struct job *job;

	if (!pool->work.job)
		return;
	job = upstream_remask(upstream, pool->work.job);
	if (!job)
		return;
	/* The shares of the job so far are as good as before. */
	job->clean = false;
	log_debug("pool %s: version mask %08" PRIx32, pool->conf.name, job->version_mask);
	if (pool_work_repeats(&pool->work, job))
		job_unref(job);
	else
		pool_take_job(pool, job);
}

HOT struct job *pool_give_job(struct pool *pool)
{
	uint64_t sequence;

	if (!pool->work.job)
		return NULL;
	/* Without memory some headers are hashed twice, which is better than none. */
	if (pool_work_is_given(&pool->work)) {
		sequence = pool->handler->number(pool);
		if (pool_work_renew(&pool->work, sequence))
			upstream_newest_job(&pool->upstream, sequence);
	}
	pool_work_given(&pool->work);
	return pool->work.job;
}

bool pool_job_used_up(struct pool *pool)
{
	uint64_t now = clock_now();
	bool again = pool->used_up_ns && now - pool->used_up_ns < POOL_USED_UP * CLOCK_S;
	char reason[POOL_ERROR_MAX];

	assert(pool->work.job);
	pool->used_up_ns = now;
	snprintf(reason, sizeof(reason),
		 "no headers left to hash in job \"%s\" (extranonce2 of %zu byte%s, %d s of ntime)",
		 pool->work.job->id, pool->work.job->extranonce2_size,
		 pool->work.job->extranonce2_size == 1 ? "" : "s", JOB_NTIME_ROLL_MAX);
	if (!again) {
		pool_events_used_up(pool, reason);
		return true;
	}
	/* Another login is another extranonce1, and that is other headers. */
	pool_shares_end(pool);
	upstream_close(&pool->upstream);
	pool_fail(pool, reason, false);
	return false;
}

static void pool_on_reconnect(struct upstream *upstream, const char *host, unsigned port,
			      unsigned wait)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);
	uint64_t wait_ns = pool_health_redirected(pool, wait * CLOCK_S);
	char text[CONF_HOST_MAX + 1];

	snprintf(pool->redirect_host, sizeof(pool->redirect_host), "%s", host);
	pool->redirect_port = port;
	pool_left(pool, "it asked to reconnect to %s port %u",
		  escape_text(text, sizeof(text), host, strlen(host)), port);
	pool->news = POOL_NEWS_REDIRECTED;
	pool_shares_part(pool);
	pool_drop_job(pool);
	upstream_close(upstream);
	pool_wait(pool, wait_ns);
	pool->handler->lost(pool);
	pool_events_news(pool);
}

static void pool_on_lost(struct upstream *upstream, const char *reason, bool refused)
{
	pool_fail(container_of(upstream, struct pool, upstream), reason, refused);
}

static void pool_on_closed(struct upstream *upstream)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);

	if (pool->removing)
		pool->handler->removed(pool);
	else if (pool->state == POOL_WAITING && pool->wanted && !pool->retry.armed)
		pool_attempt(pool); /* the retry came while it was still closing */
}

static const struct upstream_handler pool_upstream_handler = {
	.ready = pool_on_ready,
	.job = pool_on_job,
	.version_mask = pool_on_version_mask,
	.answered = pool_shares_answered,
	.reconnect = pool_on_reconnect,
	.lost = pool_on_lost,
	.closed = pool_on_closed,
};

int pool_init(struct pool *pool, const struct pool_context *context, struct conf_pool *conf,
	      struct pool_trust *trust)
{
	const struct upstream_settings settings = {
		.ring = context->ring,
		.resolver = context->resolver,
		.conf = &pool->conf,
		.limits = context->limits,
		.tls = trust->made ? &pool->trust.tls : NULL,
		.stock = context->stock,
	};
	int r;

	*pool = (struct pool){
		.handler = context->handler,
		.ring = context->ring,
		.limits = context->limits,
		.total = context->total,
		.conf = *conf,
		.trust = *trust,
		.state_ns = clock_now(),
		.retry.fn = pool_on_retry,
		.give_up.fn = pool_shares_on_give_up,
	};
	r = upstream_init(&pool->upstream, &settings, &pool_upstream_handler);
	if (r < 0)
		return r;
	*conf = (struct conf_pool){};
	*trust = POOL_TRUST_NULL;
	payout_init(&pool->payout, &pool->conf.payout);
	return 0;
}

void pool_deinit(struct pool *pool)
{
	pool_drop_job(pool);
	held_blocks_clear(&pool->held_blocks);
	upstream_deinit(&pool->upstream);
	pool_trust_deinit(&pool->trust);
	conf_pool_deinit(&pool->conf);
}

void pool_want(struct pool *pool, bool wanted)
{
	if (wanted == pool->wanted)
		return;
	pool->wanted = wanted;
	if (wanted && clock_now() < pool->not_before_ns) {
		pool_wait(pool, pool->not_before_ns - clock_now());
		return;
	}
	if (wanted) {
		if (upstream_state(&pool->upstream) == UPSTREAM_CLOSED)
			pool_attempt(pool);
		else
			pool_enter(pool, POOL_WAITING); /* for pool_on_closed() */
		return;
	}
	ring_timer_stop(pool->ring, &pool->retry);
	pool_shares_end(pool);
	pool_drop_job(pool);
	pool_enter(pool, POOL_OFF);
	upstream_close(&pool->upstream);
}

void pool_remove(struct pool *pool)
{
	pool->removing = true;
	pool_want(pool, false);
	if (upstream_state(&pool->upstream) == UPSTREAM_CLOSED)
		pool->handler->removed(pool);
}

bool pool_usable(const struct pool *pool)
{
	return pool->state == POOL_USABLE;
}

bool pool_has_room(const struct pool *pool)
{
	return upstream_can_submit(&pool->upstream);
}

void pool_set_active(struct pool *pool, bool active)
{
	uint64_t now = clock_now();

	assert(active == !pool->active_since_ns);
	upstream_serve_first(&pool->upstream, active);
	if (active) {
		pool->active_since_ns = now;
		return;
	}
	pool->active_ns += now - pool->active_since_ns;
	pool->active_since_ns = 0;
	if (pool_usable(pool))
		pool->state_ns = now;
}

void pool_hurry(struct pool *pool)
{
	pool->ever_lost = false;
	pool->flaps = 0;
	pool->not_before_ns = 0;
	pool->backoff.failures = 0;
	if (pool->state == POOL_WAITING && pool->retry.armed)
		ring_timer_in(pool->ring, &pool->retry, 0);
}

void pool_tune(struct pool *pool, struct conf_pool *conf)
{
	struct conf_pool before = pool->conf;
	char changed[CONF_CHANGED_MAX];
	enum conf_pool_change change = conf_pool_compare(&before, conf, changed, sizeof(changed));

	assert(change != CONF_POOL_REPLACED);
	if (change == CONF_POOL_SAME)
		return;
	pool_events_tuned(pool, conf->name, changed);
	pool->conf = *conf;
	*conf = (struct conf_pool){};
	payout_init(&pool->payout, &pool->conf.payout);
	if (fabs(before.suggest_difficulty - pool->conf.suggest_difficulty) > 0 ||
	    fabs(before.share_interval - pool->conf.share_interval) > 0)
		pool_ask_difficulty(pool);
	conf_pool_deinit(&before);
	if (pool_usable(pool))
		pool_check_payout(pool);
}

void pool_limits_changed(struct pool *pool)
{
	uint64_t latest = clock_now() + pool->limits->backoff_max * CLOCK_S;

	pool->not_before_ns = MIN(pool->not_before_ns, latest);
	if (pool->retry.armed && pool->retry.deadline > latest)
		ring_timer_at(pool->ring, &pool->retry, latest);
	upstream_limits_changed(&pool->upstream);
}
