/* SPDX-License-Identifier: MIT */
/*
 * What becomes of shares. Invariant: whatever is booked on the pool is booked on the total too, and
 * each share under one heading at a time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/log.h"
#include "pool/pool_events.h"
#include "pool/pool_parts.h"
#include "systemd/ids.h"

/* A share that may be a block is never lost in silence, and the next one takes its place. */
static void shares_tell_lost(struct pool *pool, const struct share *share, const char *why)
{
	if (!target_met(&share->job->network_target, &share->hash))
		return;
	block_count_failed(&pool->ledger.blocks, share->job->prevhash);
	pool_events_block_lost(pool->conf.name, &share->hash, why);
}

/* No reply will come for it, or it will not be sent. */
static void shares_give_up(struct pool *pool, const struct share *share, bool sent)
{
	shares_tell_lost(pool, share,
			 sent ? "the reply was lost with the connection"
			      : "the login ended before it could be sent");
	if (sent) {
		pool->ledger.unanswered++;
		pool->total->unanswered++;
	} else {
		pool->ledger.stale++;
		pool->total->stale++;
	}
}

static void shares_close_pending(struct pool *pool)
{
	for (unsigned i = 0; i < pool->pending.n; i++)
		shares_give_up(pool, &pool->pending.shares[i].share, pool->pending.shares[i].sent);
	pending_close(&pool->pending);
	upstream_forget(&pool->upstream);
	ring_timer_stop(pool->ring, &pool->give_up);
}

/*
 * Whether the next login may go on with this one. One that the pool resumes without answering a
 * share is no longer waited for than the one before.
 */
static bool shares_keep(struct pool *pool)
{
	uint64_t now = clock_now();

	if (!pool_usable(pool) || pool->elsewhere || pool->unresumable ||
	    !pool->conf.session_resume || !upstream_keep(&pool->upstream))
		return false;
	if (!pool->kept_since_ns)
		pool->kept_since_ns = now;
	if (now - pool->kept_since_ns < POOL_KEEP * CLOCK_S)
		return true;
	upstream_forget(&pool->upstream);
	return false;
}

void pool_shares_part(struct pool *pool)
{
	struct inflight *inflight = &pool->inflight;
	struct inflight_share *share = NULL;
	bool keep = shares_keep(pool);

	if (keep) {
		pending_open(&pool->pending, pool->work.job);
		ring_timer_at(pool->ring, &pool->give_up,
			      pool->kept_since_ns + POOL_KEEP * CLOCK_S);
	} else if (!upstream_is_kept(&pool->upstream)) {
		shares_close_pending(pool);
	}
	while ((share = inflight_next(inflight, share))) {
		if (!keep || !pending_add(&pool->pending, &share->share, true))
			shares_give_up(pool, &share->share, true);
		inflight_remove(inflight, share);
	}
}

void pool_shares_end(struct pool *pool)
{
	struct inflight_share *share = NULL;

	while ((share = inflight_next(&pool->inflight, share))) {
		shares_give_up(pool, &share->share, true);
		inflight_remove(&pool->inflight, share);
	}
	pool->unresumable = true;
	held_blocks_clear(&pool->held_blocks);
	shares_close_pending(pool);
}

void pool_shares_on_give_up(struct ring_timer *timer)
{
	struct pool *pool = container_of(timer, struct pool, give_up);

	shares_close_pending(pool);
	pool->handler->answered(pool);
}

/* It meets the target of its job, but no more the present one: that was raised after it. */
static bool shares_too_easy_now(const struct pool *pool, const struct share *share)
{
	struct target target = upstream_target(&pool->upstream);

	return target_met(&share->job->target, &share->hash) && !target_met(&target, &share->hash);
}

static bool shares_is_block(const struct share *share)
{
	return target_met(&share->job->network_target, &share->hash);
}

/* A share that is too easy by now was accepted or rejected: does a raise bind at once here? */
static void shares_learn_raise(struct pool *pool, bool accepted)
{
	bool binds;

	pool->raise_rejects = accepted ? 0 : pool->raise_rejects + 1;
	binds = pool->raise_rejects >= POOL_RAISE_REJECTS || (pool->raise_binds && !accepted);
	if (binds == pool->raise_binds)
		return;
	pool->raise_binds = binds;
	pool->raise_probe_ns = clock_now();
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", pool->conf.name}),
		  binds ? "pool %s: a new difficulty also applies to shares of older jobs; shares "
			  "below it are not sent, but for one every %d s"
			: "pool %s: a new difficulty no longer applies to shares of older jobs",
		  pool->conf.name, POOL_RAISE_PROBE);
}

static void shares_accepted(struct pool *pool, const struct share *share, uint64_t reply_ns)
{
	ledger_accepted(&pool->ledger, reply_ns);
	ledger_accepted(pool->total, reply_ns);
	pool_health_check(pool);
	if (shares_too_easy_now(pool, share))
		shares_learn_raise(pool, true);
	log_debug("pool %s: share of difficulty %g accepted after %.3f ms", pool->conf.name,
		  target_difficulty(&share->hash), (double)reply_ns / (double)CLOCK_MS);
	if (!shares_is_block(share))
		return;
	block_count_accepted(&pool->total->blocks, share->job->prevhash);
	if (block_count_accepted(&pool->ledger.blocks, share->job->prevhash))
		pool_events_block_accepted(pool, &share->hash);
}

static void shares_rejected(struct pool *pool, const struct share *share,
			    const struct share_answer *answer)
{
	struct pool_reject *last = &pool->last_reject;

	last->reason = answer->reason;
	last->code = answer->code;
	last->ns = answer->received_ns;
	escape_text(last->text, sizeof(last->text), answer->text, strlen(answer->text));
	snprintf(pool->last_error, sizeof(pool->last_error), "share rejected: %s", last->text);
	ledger_rejected(&pool->ledger, answer->reply_ns, last->reason);
	ledger_rejected(pool->total, answer->reply_ns, last->reason);
	log_event(last->reason == REJECT_STALE ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SHARE_REJECTED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_REASON", last->text}),
		  "pool %s: share of difficulty %g rejected as %s: code %" PRId64 " \"%s\"",
		  pool->conf.name, target_difficulty(&share->hash), reject_name(last->reason),
		  last->code, last->text);
	shares_tell_lost(pool, share, pool->last_error);
	if (last->reason == REJECT_LOW_DIFFICULTY && shares_too_easy_now(pool, share))
		shares_learn_raise(pool, false);
}

/*
 * Sent again after a break, and the pool has it from before, or judges it late now. What it said of
 * it then was lost on the way: it is accepted most likely, and unanswered for certain.
 */
static bool shares_known(const struct inflight_share *share, const struct share_answer *answer)
{
	return share->again &&
	       (answer->reason == REJECT_DUPLICATE || answer->reason == REJECT_STALE);
}

/* Another block on that parent in the place of one that the pool did not take. */
static void shares_next_block(struct pool *pool, const struct share *rejected)
{
	double difficulty;
	struct share share;

	if (!held_blocks_take(&pool->held_blocks, rejected->job->prevhash, &share))
		return;
	/* Unless its extranonce1 was changed meanwhile. */
	if (pool_issued(pool, share.job)) {
		difficulty = target_difficulty(&share.hash);
		ledger_found(&pool->ledger, difficulty);
		ledger_found(pool->total, difficulty);
		pool_share(pool, &share);
	}
	job_unref(share.job);
}

void pool_shares_answered(struct upstream *upstream, const struct share *share,
			  const struct share_answer *answer)
{
	struct pool *pool = container_of(upstream, struct pool, upstream);
	struct inflight_share *sent = inflight_find(&pool->inflight, share);
	struct job *job = job_ref(share->job);
	struct share own = *share;
	bool known = answer->rejected && shares_known(sent, answer);

	inflight_remove(&pool->inflight, sent);
	pool->kept_since_ns = 0;
	if (!answer->rejected)
		shares_accepted(pool, &own, answer->reply_ns);
	else if (known)
		shares_give_up(pool, &own, true);
	else
		shares_rejected(pool, &own, answer);
	if (shares_is_block(&own) && answer->rejected)
		shares_next_block(pool, &own);
	else if (shares_is_block(&own))
		held_blocks_clear(&pool->held_blocks);
	job_unref(job);
	pool->handler->answered(pool);
}

/*
 * Whether a share that is too easy by now is held back: where a raise binds at once, but for one
 * now and then, as pools change.
 */
static bool shares_hold_back(struct pool *pool, const struct share *share)
{
	uint64_t now = clock_now();

	if (!pool->raise_binds || !shares_too_easy_now(pool, share))
		return false;
	if (now - pool->raise_probe_ns < POOL_RAISE_PROBE * CLOCK_S)
		return true;
	pool->raise_probe_ns = now;
	return false;
}

/*
 * Late, by work on another block, by work that the pool said makes older work stale, or by a raise
 * of the difficulty where that binds at once. What may be a block is never late.
 */
static bool shares_stale(struct pool *pool, const struct share *share)
{
	return !target_met(&share->job->network_target, &share->hash) &&
	       (share->job->sequence < pool->work.stale_before || shares_hold_back(pool, share));
}

static bool shares_send(struct pool *pool, const struct share *share, bool again)
{
	struct inflight_share *sent = inflight_add(&pool->inflight, share, again);

	if (!sent)
		return false;
	if (!upstream_submit(&pool->upstream, &sent->share, again)) {
		inflight_remove(&pool->inflight, sent);
		return false;
	}
	if (shares_is_block(share))
		block_count_sent(&pool->ledger.blocks, share->job->prevhash);
	if (target_met(&share->job->target, &share->hash))
		pool_health_sent(pool);
	return true;
}

void pool_share(struct pool *pool, const struct share *share)
{
	if (!pool_usable(pool)) {
		if (!pending_add(&pool->pending, share, false))
			shares_give_up(pool, share, false);
	} else if (shares_stale(pool, share)) {
		pool->ledger.stale++;
		pool->total->stale++;
	} else if (shares_send(pool, share, false)) {
		pool->ledger.submitted++;
		pool->total->submitted++;
	} else {
		shares_tell_lost(pool, share, "it takes no more shares");
		pool->ledger.dropped++;
		pool->total->dropped++;
	}
}

static void shares_again(struct pool *pool, const struct pending_share *pending)
{
	const struct share *share = &pending->share;

	if (!upstream_takes_job(&pool->upstream, share->job))
		shares_give_up(pool, share, pending->sent);
	else if (!pending->sent)
		pool_share(pool, share);
	else if (shares_stale(pool, share) || !shares_send(pool, share, true))
		shares_give_up(pool, share, true);
}

void pool_shares_ready(struct pool *pool)
{
	if (upstream_is_resumed(&pool->upstream))
		return;
	shares_close_pending(pool);
	held_blocks_clear(&pool->held_blocks);
	pool->kept_since_ns = 0;
	pool->raise_rejects = 0;
	pool->raise_binds = false;
}

void pool_shares_resume(struct pool *pool)
{
	struct pending *pending = &pool->pending;

	if (!pending->session || !pool_usable(pool))
		return;
	pool_events_resumed(pool);
	for (unsigned i = 0; i < pending->n; i++)
		shares_again(pool, &pending->shares[i]);
	pending_close(pending);
	shares_close_pending(pool);
	/* None was there to be answered. */
	if (!pool->inflight.n)
		pool->kept_since_ns = 0;
}

bool pool_issued(const struct pool *pool, const struct job *job)
{
	return job->session == pool->pending.session ||
	       (pool_usable(pool) && job->session == upstream_login(&pool->upstream));
}

unsigned pool_waiting(const struct pool *pool)
{
	return pool->inflight.n + pool->pending.n;
}
