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

/* A share that may be a block is never lost in silence. */
static void shares_tell_lost(const struct pool *pool, const struct share *share, const char *why)
{
	if (target_met(&share->job->network_target, &share->hash))
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
	session_forget(&pool->session);
	ring_timer_stop(pool->ring, &pool->give_up);
}

void pool_shares_part(struct pool *pool)
{
	struct submits *submits = &pool->session.submits;
	bool keep = pool_usable(pool) && !pool->elsewhere && session_keep(&pool->session);

	if (keep) {
		pending_open(&pool->pending, pool->job);
		ring_timer_in(pool->ring, &pool->give_up, PENDING_S * CLOCK_S);
	} else if (!pool->session.past.id[0]) {
		shares_close_pending(pool);
	}
	for (size_t i = 0; i < SUBMITS_MAX && submits->n; i++) {
		struct submit *submit = &submits->place[i];

		if (submit->id && !(keep && pending_add(&pool->pending, &submit->share, true)))
			shares_give_up(pool, &submit->share, true);
	}
	submits_clear(submits);
}

void pool_shares_end(struct pool *pool)
{
	struct submits *submits = &pool->session.submits;

	for (size_t i = 0; i < SUBMITS_MAX && submits->n; i++)
		if (submits->place[i].id)
			shares_give_up(pool, &submits->place[i].share, true);
	submits_clear(submits);
	pool->session.id[0] = '\0';
	shares_close_pending(pool);
}

void pool_shares_on_give_up(struct ring_timer *timer)
{
	struct pool *pool = container_of(timer, struct pool, give_up);

	shares_close_pending(pool);
	pool->handler->answered(pool);
}

/* It met the target of its job, so the difficulty was raised after that. */
static bool shares_too_easy_now(const struct pool *pool, const struct share *share)
{
	return !target_met(&pool->session.terms.target, &share->hash);
}

/* A share that is too easy by now was accepted or rejected: does a raise bind at once here? */
static void shares_learn_raise(struct pool *pool, bool accepted)
{
	pool->raise_rejects = accepted ? 0 : pool->raise_rejects + 1;
	if (pool->raise_binds || pool->raise_rejects < POOL_RAISE_REJECTS)
		return;
	pool->raise_binds = true;
	log_event(
		LOG_LEVEL_NOTICE, LOG_FIELDS({"MINERD_POOL", pool->conf.name}),
		"pool %s judges shares of older jobs by its new difficulty: such as do not meet it "
		"are not sent any more",
		pool->conf.name);
}

static void shares_log_block(const struct pool *pool, const struct target *hash)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_FOUND}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_HASH", target_text(text, hash)}),
		  "block found: pool %s accepted a share that meets the network target: %s",
		  pool->conf.name, text);
}

static void shares_accepted(struct pool *pool, const struct submit *submit, uint64_t reply_ns)
{
	ledger_accepted(&pool->ledger, reply_ns, submit->block);
	ledger_accepted(pool->total, reply_ns, submit->block);
	pool_health_check(pool);
	if (shares_too_easy_now(pool, &submit->share))
		shares_learn_raise(pool, true);
	log_debug("pool %s: share of difficulty %g accepted after %.3f ms", pool->conf.name,
		  target_difficulty(&submit->share.hash), (double)reply_ns / (double)CLOCK_MS);
	if (submit->block)
		shares_log_block(pool, &submit->share.hash);
}

static void shares_rejected(struct pool *pool, const struct submit *submit,
			    const struct message_error *error, uint64_t reply_ns)
{
	struct pool_reject *last = &pool->last_reject;

	last->reason = reject_from_error(error->code, error->text);
	last->code = error->code;
	last->ns = pool->session.stream.received_ns;
	escape_text(last->text, sizeof(last->text), error->text, strlen(error->text));
	snprintf(pool->last_error, sizeof(pool->last_error), "share rejected: %s", last->text);
	ledger_rejected(&pool->ledger, reply_ns, last->reason);
	ledger_rejected(pool->total, reply_ns, last->reason);
	log_event(last->reason == REJECT_STALE ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SHARE_REJECTED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_REASON", last->text}),
		  "pool %s rejected a share of difficulty %g as %s: code %" PRId64 " \"%s\"",
		  pool->conf.name, target_difficulty(&submit->share.hash),
		  reject_name(last->reason), error->code, last->text);
	shares_tell_lost(pool, &submit->share, pool->last_error);
	if (last->reason == REJECT_LOW_DIFFICULTY && shares_too_easy_now(pool, &submit->share))
		shares_learn_raise(pool, false);
}

/*
 * Sent again after a break, and the pool has it from before. What it said of it then was lost on
 * the way: it is accepted most likely, and unanswered for certain.
 */
static void shares_known(struct pool *pool, const struct submit *submit)
{
	shares_give_up(pool, &submit->share, true);
	log_debug("pool %s: it has the share of difficulty %g from before the break",
		  pool->conf.name, target_difficulty(&submit->share.hash));
}

void pool_shares_answered(struct session *session, const struct submit *submit,
			  const struct message_error *error)
{
	struct pool *pool = container_of(session, struct pool, session);
	uint64_t reply_ns = session->stream.received_ns - submit->sent_ns;

	if (session->stream.received_ns < submit->sent_ns)
		reply_ns = 0;
	if (!error->present)
		shares_accepted(pool, submit, reply_ns);
	else if (submit->again && reject_from_error(error->code, error->text) == REJECT_DUPLICATE)
		shares_known(pool, submit);
	else
		shares_rejected(pool, submit, error, reply_ns);
	pool->handler->answered(pool);
}

/*
 * Late, by work on another block, by work that the pool said makes older work stale, or by a raise
 * of the difficulty where that binds at once. What may be a block is never late.
 */
static bool shares_stale(const struct pool *pool, const struct share *share)
{
	return (share->job->sequence < pool->first_sequence ||
		(pool->raise_binds && shares_too_easy_now(pool, share))) &&
	       !target_met(&share->job->network_target, &share->hash);
}

void pool_share(struct pool *pool, const struct share *share)
{
	bool block = target_met(&share->job->network_target, &share->hash);

	if (!pool_usable(pool)) {
		if (!pending_add(&pool->pending, share, false))
			shares_give_up(pool, share, false);
	} else if (shares_stale(pool, share)) {
		pool->ledger.stale++;
		pool->total->stale++;
	} else if (session_submit(&pool->session, share, block, false)) {
		pool->ledger.submitted++;
		pool->total->submitted++;
	} else {
		shares_tell_lost(pool, share, "it takes no more shares");
		pool->ledger.dropped++;
		pool->total->dropped++;
	}
}

/* The pool may have changed extranonce1 in the course of the past login. */
static bool shares_same_extranonce(const struct pool *pool, const struct job *job)
{
	const struct work_terms *terms = &pool->session.terms;

	return job->extranonce2_size == terms->extranonce2_size &&
	       job->extranonce2_offset >= terms->extranonce1_size &&
	       memcmp(job->coinbase + job->extranonce2_offset - terms->extranonce1_size,
		      terms->extranonce1, terms->extranonce1_size) == 0;
}

static void shares_again(struct pool *pool, const struct pending_share *pending)
{
	const struct share *share = &pending->share;

	if (!shares_same_extranonce(pool, share->job))
		shares_give_up(pool, share, pending->sent);
	else if (!pending->sent)
		pool_share(pool, share);
	else if (shares_stale(pool, share) ||
		 !session_submit(&pool->session, share,
				 target_met(&share->job->network_target, &share->hash), true))
		shares_give_up(pool, share, true);
}

void pool_shares_ready(struct pool *pool)
{
	if (pool->session.resumed)
		return;
	shares_close_pending(pool);
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
}

bool pool_issued(const struct pool *pool, const struct job *job)
{
	return job->session == pool->pending.session ||
	       (pool_usable(pool) && job->session == pool->session.terms.session);
}

unsigned pool_waiting(const struct pool *pool)
{
	return pool->session.submits.n + pool->pending.n;
}
