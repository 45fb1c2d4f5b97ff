/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the session is closed in POOL_OFF and POOL_WAITING, or closing and about to be; what
 * comes next waits for pool_on_closed(). A job is held only while POOL_USABLE or on the way there.
 */
#include "pool/pool.h"

#include <inttypes.h>
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

enum { POOL_PROMISING_S = 10 /* from the attempt to the first job */ };

static void pool_drop_job(struct pool *pool)
{
	pool_work_drop(&pool->work);
	pool_health_end(&pool->health);
}

static void pool_enter(struct pool *pool, enum pool_state state)
{
	pool->state = state;
	pool_history_state(&pool->history, state == POOL_CONNECTING || state == POOL_WAITING);
}

/* Whether anything here speaks against resuming this login with the next one. */
static bool pool_is_resumable(const struct pool *pool)
{
	return pool_usable(pool) && !pool->elsewhere && pool->conf.session_resume;
}

static void pool_wait(struct pool *pool, uint64_t ns)
{
	pool_enter(pool, POOL_WAITING);
	ring_timer_in(pool->ring, &pool->retry, ns);
}

void pool_log_news(struct pool *pool)
{
	const struct pool_news_context context = {
		.conf = &pool->conf,
		.upstream = &pool->upstream,
		.outage = &pool->health.outage,
		.difficulty = pool->work.job ? pool->work.job->difficulty : 0,
		.reason = pool->history.last_loss,
		.retry_ns = pool->retry.armed ? pool->retry.deadline : 0,
	};

	pool_news_log(&pool->news, &context);
}

/* The attempt, or the login, has failed: arms the next attempt, and logs once workers have work. */
static void pool_fail(struct pool *pool, const char *reason, bool refused)
{
	bool was_usable = pool_usable(pool);
	uint64_t wait = pool_health_failed(&pool->health, refused);

	pool_history_error(&pool->history, reason);
	pool_history_left(&pool->history, reason, was_usable);
	pool->news = was_usable ? POOL_NEWS_LOST : POOL_NEWS_FAILED;
	share_tracker_suspend(&pool->shares, pool_is_resumable(pool));
	pool_drop_job(pool);
	pool_wait(pool, wait);
	pool->handler->lost(pool);
	pool_log_news(pool);
}

/* The same for a login that minerd ends, and that the next one does not resume. */
static void pool_leave(struct pool *pool, const char *reason)
{
	share_tracker_end(&pool->shares);
	upstream_close(&pool->upstream);
	pool_fail(pool, reason, false);
}

/* false: the pool needs TLS, for which a setting is wrong. */
static bool pool_secure(struct pool *pool)
{
	struct pool_trust *trust = &pool->trust;

	if (trust->reason[0]) {
		pool_fail(pool, trust->reason, false);
		return false;
	}
	if (trust->made && !pool->history.attempts && !pool->conf.tls_verify && !pool->conf.tls_pin)
		pool_events_unverified(&pool->conf);
	return true;
}

/* Begins an attempt, once the last connection is closed. */
static void pool_attempt(struct pool *pool)
{
	bool redirected = pool->redirect_port != 0;
	const char *host = redirected ? pool->redirect_host : pool->conf.host;
	unsigned port = redirected ? pool->redirect_port : pool->conf.port;

	if (!pool_secure(pool))
		return;
	/* Another server is another login, whatever name it goes by. */
	pool->elsewhere = strcasecmp(host, pool->conf.host) != 0 || port != pool->conf.port;
	if (pool->elsewhere)
		share_tracker_end(&pool->shares);
	pool->history.attempts++;
	upstream_suggest_difficulty(&pool->upstream, suggest_difficulty_begin(&pool->suggest));
	pool_enter(pool, POOL_CONNECTING);
	pool_events_connecting(&pool->conf, host, port, redirected);
	upstream_connect(&pool->upstream, pool->handler->number(pool), host, port);
	pool->redirect_port = 0;
}

static void pool_on_retry(struct ring_timer *timer)
{
	struct pool *pool = container_of(timer, struct pool, retry);

	if (pool->wanted && upstream_state(&pool->upstream) == UPSTREAM_CLOSED)
		pool_attempt(pool); /* else pool_on_closed() goes on */
}

static void pool_became_usable(struct pool *pool)
{
	share_tracker_ready(&pool->shares);
	pool_enter(pool, POOL_USABLE);
	pool_health_begin(&pool->health);
	pool->news = POOL_NEWS_CONNECTED;
	if (conf_is_node(pool->conf.transport))
		pool->handler->begins(pool);
}

bool pool_check_payout(struct pool *pool)
{
	char reason[PAYOUT_REASON_MAX];

	if (!pool->conf.payout.address || !pool->work.job ||
	    payout_check(&pool->payout, &pool->conf, pool->work.job, reason) ||
	    !pool->conf.payout.enforce)
		return true;
	pool_leave(pool, reason);
	return false;
}

/*
 * Hands the current job on. The workers get it before its coinbase is checked: a job that pays too
 * little costs the microseconds until the login is closed, which also settles its shares. Only the
 * first job of a login is checked before, if payout.enforce is set: nobody waits for it, and the
 * pool would otherwise be active for a moment at each attempt. false: the pool was left.
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
	if (first && pool_usable(pool) && share_tracker_last_job(&pool->shares))
		share_tracker_resume(&pool->shares);
	if (first && pool_usable(pool))
		pool->handler->usable(pool);
	pool_log_news(pool);
	return before || pool_check_payout(pool);
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
	const struct job *kept = share_tracker_last_job(&pool->shares);
	const struct job *resumed = kept && upstream_is_resumed(&pool->upstream) ? kept : NULL;
	uint64_t sequence = pool->handler->number(pool);
	CLEANUP(job_unrefp) struct job *last = NULL;
	double after = job->difficulty, before;

	last = pool_work_take(&pool->work, job, sequence, resumed);
	before = last ? last->difficulty : after;
	upstream_newest_job(&pool->upstream, sequence);
	if (last && memcmp(last->prevhash, job->prevhash, sizeof(job->prevhash)) != 0)
		share_tracker_new_block(&pool->shares, job->prevhash);
	if (upstream_state(&pool->upstream) != UPSTREAM_READY)
		return; /* pool_on_ready() goes on */
	if (!pool_offer_job(pool))
		return;
	pool_health_check(&pool->health);
	if (after != before)
		pool_events_difficulty(&pool->conf, before, after);
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
	if (!job) {
		/* Shares of the job as it is would say nothing of their version, and be refused. */
		pool_leave(pool, "no memory for a job with the new version mask");
		return;
	}
	/* The shares of the job so far are as good as before. */
	job->clean = false;
	log_debug("pool %s: version mask %08" PRIx32, pool->conf.name, job->version_mask);
	pool_on_job(upstream, job);
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
	char reason[POOL_HISTORY_TEXT];
	bool again = pool_work_used_up(&pool->work, reason, sizeof(reason));

	if (!again) {
		pool_events_used_up(&pool->conf, reason);
		return true;
	}
	/* Another login is another extranonce1, and that is other headers. */
	pool_leave(pool, reason);
	return false;
}

static void pool_on_reconnect(struct upstream *upstream, const char *host, unsigned port,
			      unsigned wait)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);
	uint64_t wait_ns = pool_health_redirected(&pool->health, wait * CLOCK_S);
	char text[CONF_HOST_MAX + 1], reason[POOL_HISTORY_TEXT];

	snprintf(pool->redirect_host, sizeof(pool->redirect_host), "%s", host);
	pool->redirect_port = port;
	snprintf(reason, sizeof(reason), "the pool asks to reconnect to %s port %u",
		 escape_text(text, sizeof(text), host, strlen(host)), port);
	pool_history_left(&pool->history, reason, pool_usable(pool));
	pool->news = POOL_NEWS_REDIRECTED;
	share_tracker_suspend(&pool->shares, pool_is_resumable(pool));
	pool_drop_job(pool);
	upstream_close(upstream);
	pool_wait(pool, wait_ns);
	pool->handler->lost(pool);
	pool_log_news(pool);
}

static void pool_on_answered(struct upstream *upstream, const struct share *share,
			     const struct share_answer *answer)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);
	char reason[POOL_HISTORY_TEXT];

	switch (share_tracker_answered(&pool->shares, share, answer)) {
	case SHARE_OUTCOME_ACCEPTED:
		pool_health_check(&pool->health);
		break;
	case SHARE_OUTCOME_REJECTED:
		snprintf(reason, sizeof(reason), "share rejected: %s",
			 pool->shares.last_reject.text);
		pool_history_error(&pool->history, reason);
		break;
	case SHARE_OUTCOME_UNKNOWN:
		break;
	}
	pool->handler->settled(pool);
}

static void pool_on_gave_up(struct share_tracker *tracker)
{
	struct pool *pool = container_of(tracker, struct pool, shares);

	pool->handler->settled(pool);
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

static void pool_on_block(struct upstream *upstream, struct block *block)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);

	pool->handler->block(pool, block);
}

static void pool_on_block_answered(struct upstream *upstream, const struct block *block,
				   const struct block_answer *answer)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);

	pool->handler->block_answered(pool, block, answer);
}

static void pool_on_block_seen(struct upstream *upstream, const struct target *hash,
			       int64_t confirmations)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);

	pool->handler->block_seen(pool, hash, confirmations);
}

static const struct upstream_handler pool_upstream_handler = {
	.ready = pool_on_ready,
	.job = pool_on_job,
	.version_mask = pool_on_version_mask,
	.answered = pool_on_answered,
	.reconnect = pool_on_reconnect,
	.lost = pool_on_lost,
	.closed = pool_on_closed,
	.block = pool_on_block,
	.block_answered = pool_on_block_answered,
	.block_seen = pool_on_block_seen,
};

int pool_init(struct pool *pool, const struct pool_context *context, struct conf_pool *conf,
	      struct pool_trust *trust)
{
	const struct share_tracker_settings shares = {
		.ring = context->ring,
		.conf = &pool->conf,
		.upstream = &pool->upstream,
		.work = &pool->work,
		.total = context->total,
		.dedup = context->dedup,
		.gave_up = pool_on_gave_up,
	};
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
		.conf = *conf,
		.trust = *trust,
		.history.state_ns = clock_now(),
		.retry.fn = pool_on_retry,
	};
	r = upstream_init(&pool->upstream, &settings, &pool_upstream_handler);
	if (r < 0)
		return r;
	*conf = (struct conf_pool){};
	*trust = POOL_TRUST_NULL;
	payout_init(&pool->payout, &pool->conf.payout);
	share_tracker_init(&pool->shares, &shares);
	pool->suggest.conf = &pool->conf;
	pool_health_init(&pool->health, &pool->conf, context->limits, &pool->shares.login);
	return 0;
}

void pool_deinit(struct pool *pool)
{
	pool_drop_job(pool);
	share_tracker_deinit(&pool->shares);
	upstream_deinit(&pool->upstream);
	pool_trust_deinit(&pool->trust);
	conf_pool_deinit(&pool->conf);
}

void pool_want(struct pool *pool, bool wanted)
{
	assert(!wanted || !pool->removing);
	if (wanted == pool->wanted)
		return;
	pool->wanted = wanted;
	if (wanted && clock_now() < pool->health.not_before_ns) {
		pool_wait(pool, pool->health.not_before_ns - clock_now());
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
	pool->redirect_port = 0;
	share_tracker_end(&pool->shares);
	pool_drop_job(pool);
	pool_enter(pool, POOL_OFF);
	upstream_close(&pool->upstream);
}

void pool_remove(struct pool *pool)
{
	assert(!pool->removing);
	pool->removing = true;
	pool_want(pool, false);
	if (upstream_state(&pool->upstream) == UPSTREAM_CLOSED)
		pool->handler->removed(pool);
}

bool pool_usable(const struct pool *pool)
{
	return pool->state == POOL_USABLE;
}

HOT_SHARE bool pool_has_room(const struct pool *pool)
{
	return upstream_can_submit(&pool->upstream);
}

void pool_set_active(struct pool *pool, bool active)
{
	if (!active)
		pool_history_inactive(&pool->history, pool->health.active_since_ns,
				      pool_usable(pool));
	pool_health_set_active(&pool->health, active);
	upstream_serve_first(&pool->upstream, active);
}

void pool_retry_now(struct pool *pool)
{
	pool_health_forgive(&pool->health);
	if (pool->state == POOL_WAITING && pool->retry.armed)
		ring_timer_in(pool->ring, &pool->retry, 0);
}

void pool_limits_changed(struct pool *pool)
{
	uint64_t latest = pool_health_limits_changed(&pool->health);

	if (pool->retry.armed && pool->retry.deadline > latest)
		ring_timer_at(pool->ring, &pool->retry, latest);
	upstream_limits_changed(&pool->upstream);
}

uint64_t pool_held_until(const struct pool *pool)
{
	return pool_health_held_until(&pool->health, pool->shares.inflight.n);
}

uint64_t pool_promising_until(const struct pool *pool)
{
	if (pool->state == POOL_WAITING || pool->health.outage.since_ns)
		return 0;
	return pool->history.state_ns + POOL_PROMISING_S * CLOCK_S;
}
