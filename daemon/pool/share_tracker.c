/* SPDX-License-Identifier: MIT */
/*
 * Invariant, asserted after each call: the shares in flight by the accounts are those in one of the
 * two containers; and whatever is counted for the pool is counted for the total at once.
 */
#include "pool/share_tracker.h"

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

static const char *tracker_name(const struct share_tracker *tracker)
{
	return tracker->settings.conf->name;
}

HOT_SHARE static void tracker_check(const struct share_tracker *tracker)
{
	assert(share_stats_in_flight(&tracker->stats) == share_tracker_waiting(tracker));
}

HOT_SHARE static bool tracker_is_block(const struct share *share)
{
	return target_met(&share->job->network_target, &share->hash);
}

HOT_SHARE static void tracker_count_found(struct share_tracker *tracker, const struct share *share)
{
	share_stats_found(&tracker->stats, share);
	share_stats_found(tracker->settings.total, share);
}

static void tracker_count(struct share_tracker *tracker, enum share_fate fate)
{
	share_stats_settled(&tracker->stats, fate);
	share_stats_settled(tracker->settings.total, fate);
}

/* The next hash that may be a block takes its place. */
static void tracker_log_lost(struct share_tracker *tracker, const struct share *share,
			     const char *why)
{
	if (!tracker_is_block(share))
		return;
	block_count_failed(&tracker->stats.blocks, share->job->prevhash);
	pool_events_block_lost(tracker_name(tracker), &share->hash, why);
}

/* No reply will come for it, or it will not be sent. */
static void tracker_give_up(struct share_tracker *tracker, const struct share *share, bool sent)
{
	tracker_log_lost(tracker, share,
			 sent ? "the reply was lost with the connection"
			      : "the login ended before it could be sent");
	tracker_count(tracker, sent ? SHARE_UNANSWERED : SHARE_STALE);
}

/* Nothing is kept any more. */
static void tracker_close_queue(struct share_tracker *tracker)
{
	struct resume_queue *queue = &tracker->queue;

	for (unsigned i = 0; i < queue->n; i++)
		tracker_give_up(tracker, &queue->shares[i].share, queue->shares[i].sent);
	resume_queue_close(queue);
	upstream_forget(tracker->settings.upstream);
	ring_timer_stop(tracker->settings.ring, &tracker->give_up);
}

static void tracker_on_give_up(struct ring_timer *timer)
{
	struct share_tracker *tracker = container_of(timer, struct share_tracker, give_up);

	tracker_close_queue(tracker);
	tracker_check(tracker);
	tracker->settings.gave_up(tracker);
}

void share_tracker_init(struct share_tracker *tracker,
			const struct share_tracker_settings *settings)
{
	*tracker = (struct share_tracker){.settings = *settings, .give_up.fn = tracker_on_give_up};
}

void share_tracker_deinit(struct share_tracker *tracker)
{
	struct inflight_share *sent = NULL;

	while ((sent = inflight_next(&tracker->inflight, sent)))
		inflight_remove(&tracker->inflight, sent);
	resume_queue_close(&tracker->queue);
	held_blocks_clear(&tracker->held_blocks);
}

HOT_SHARE bool share_tracker_issued(const struct share_tracker *tracker, const struct job *job)
{
	const struct job *kept = tracker->queue.job;

	return (kept && job->session == kept->session) ||
	       (tracker->ready && job->session == upstream_login(tracker->settings.upstream));
}

HOT_SHARE unsigned share_tracker_waiting(const struct share_tracker *tracker)
{
	return tracker->inflight.n + tracker->queue.n;
}

/* It meets the target of its job, but no more the present one: that was raised after it. */
HOT_SHARE static bool tracker_too_easy_now(const struct share_tracker *tracker,
					   const struct share *share)
{
	struct target target = upstream_target(tracker->settings.upstream);

	return target_met(&share->job->target, &share->hash) && !target_met(&target, &share->hash);
}

/* A share that is too easy by now was accepted or rejected. */
static void tracker_learn_raise(struct share_tracker *tracker, bool accepted)
{
	if (!difficulty_raise_learn(&tracker->raise, accepted, clock_now()))
		return;
	pool_events_raise(tracker->settings.conf, tracker->raise.at_once, DIFFICULTY_RAISE_PROBE);
}

/*
 * Late, by work on another block, by work that the pool said makes older work stale, or by a raise
 * of the difficulty where that binds at once. What may be a block is never late.
 */
HOT_SHARE static bool tracker_is_stale(struct share_tracker *tracker, const struct share *share)
{
	if (tracker_is_block(share))
		return false;
	if (share->job->sequence < tracker->settings.work->stale_before)
		return true;
	return tracker->raise.at_once && tracker_too_easy_now(tracker, share) &&
	       difficulty_raise_holds_back(&tracker->raise, clock_now());
}

static bool tracker_send(struct share_tracker *tracker, const struct share *share, bool again)
{
	struct inflight_share *sent = inflight_add(&tracker->inflight, share, again);

	if (!sent)
		return false;
	if (!upstream_submit(tracker->settings.upstream, &sent->share, again)) {
		inflight_remove(&tracker->inflight, sent);
		return false;
	}
	if (tracker_is_block(share))
		block_count_sent(&tracker->stats.blocks, share->job->prevhash);
	tracker->login.sent += target_met(&share->job->target, &share->hash);
	return true;
}

/* Sends a share that was counted as found, or says what else becomes of it. */
HOT_SHARE static void tracker_submit(struct share_tracker *tracker, const struct share *share)
{
	if (!tracker->ready) {
		if (!resume_queue_add(&tracker->queue, share, false))
			tracker_give_up(tracker, share, false);
	} else if (tracker_is_stale(tracker, share)) {
		tracker_count(tracker, SHARE_STALE);
	} else if (tracker_send(tracker, share, false)) {
		share_stats_submitted(&tracker->stats);
		share_stats_submitted(tracker->settings.total);
	} else {
		tracker_log_lost(tracker, share, "the pool accepts no more shares");
		tracker_count(tracker, SHARE_DROPPED);
	}
}

/*
 * First of all it is kept safe, where minerd builds the block itself; but for one that could only
 * be the rival of another of one's own.
 */
static void tracker_keep_block(struct share_tracker *tracker, const struct share *share)
{
	if (tracker_is_block(share) &&
	    !block_count_settled(&tracker->stats.blocks, share->job->prevhash))
		(void)upstream_found_block(tracker->settings.upstream, share);
}

/* On an easy chain each second hash is a block, and no pool wants more than one on a parent. */
HOT_SHARE static bool tracker_holds_block(struct share_tracker *tracker, const struct share *share)
{
	return tracker_is_block(share) && !target_met(&share->job->target, &share->hash) &&
	       block_count_settled(&tracker->stats.blocks, share->job->prevhash);
}

static void tracker_count_block(struct share_tracker *tracker, const struct share *share)
{
	const uint8_t *parent = share->job->prevhash;

	block_count_found(&tracker->stats.blocks, parent);
	if (block_count_found(&tracker->settings.total->blocks, parent))
		pool_events_block_found(tracker_name(tracker), &share->hash);
}

HOT_SHARE void share_tracker_found(struct share_tracker *tracker, const struct share *share)
{
	assert(share_tracker_issued(tracker, share->job));
	if (tracker_holds_block(tracker, share)) {
		held_blocks_put(&tracker->held_blocks, share);
		return;
	}
	tracker_keep_block(tracker, share);
	tracker_count_found(tracker, share);
	if (tracker_is_block(share))
		tracker_count_block(tracker, share);
	if (share_dedup_add(tracker->settings.dedup, &share->hash))
		tracker_count(tracker, SHARE_DUPLICATE);
	else
		tracker_submit(tracker, share);
	tracker_check(tracker);
}

/* Not limited where a user at the command line wants to see each one. */
static void tracker_log_accepted(const struct share_tracker *tracker, const struct share *share,
				 uint64_t reply_ns)
{
	bool wanted = tracker->settings.conf->log_shares;

	log_message(wanted ? NULL : LOG_SITE, wanted ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, NULL,
		    "pool %s: share of difficulty %g accepted after %.3f ms", tracker_name(tracker),
		    target_difficulty(&share->hash), (double)reply_ns / (double)CLOCK_MS);
}

static void tracker_accepted(struct share_tracker *tracker, const struct share *share,
			     const struct share_answer *answer)
{
	const uint64_t reply_ns = answer->reply_ns;
	struct share_stats *total = tracker->settings.total;

	share_stats_accepted(&tracker->stats, reply_ns);
	share_stats_accepted(total, reply_ns);
	tracker->login.accepted++;
	if (tracker_too_easy_now(tracker, share))
		tracker_learn_raise(tracker, true);
	tracker_log_accepted(tracker, share, reply_ns);
	if (answer->no_block || !tracker_is_block(share))
		return;
	held_blocks_clear(&tracker->held_blocks);
	block_count_accepted(&total->blocks, share->job->prevhash);
	if (block_count_accepted(&tracker->stats.blocks, share->job->prevhash))
		pool_events_block_accepted(tracker->settings.conf, &share->hash);
}

static void tracker_rejected(struct share_tracker *tracker, const struct share *share,
			     const struct share_answer *answer)
{
	struct share_reject *last = &tracker->last_reject;
	char why[SHARE_TRACKER_TEXT + 32];

	last->reason = answer->reason;
	last->code = answer->code;
	last->ns = answer->received_ns;
	escape_text(last->text, sizeof(last->text), answer->text, strlen(answer->text));
	share_stats_rejected(&tracker->stats, answer->reply_ns, last->reason);
	share_stats_rejected(tracker->settings.total, answer->reply_ns, last->reason);
	pool_events_rejected(tracker->settings.conf, &share->hash, answer, last->text);
	snprintf(why, sizeof(why), "share rejected: %s", last->text);
	tracker_log_lost(tracker, share, why);
	if (last->reason == REJECT_LOW_DIFFICULTY && tracker_too_easy_now(tracker, share))
		tracker_learn_raise(tracker, false);
}

/* Another block on that parent in the place of one that the pool did not take. */
static void tracker_next_block(struct share_tracker *tracker, const uint8_t parent[32])
{
	struct share share;

	if (!tracker->ready || !held_blocks_take(&tracker->held_blocks, parent, &share))
		return;
	/* Unless the pool has changed extranonce1 meanwhile: it would be another block. */
	if (upstream_takes_job(tracker->settings.upstream, share.job)) {
		tracker_keep_block(tracker, &share);
		tracker_count_found(tracker, &share);
		tracker_submit(tracker, &share);
	}
	job_unref(share.job);
}

/*
 * Sent again after a break, and the pool has it from before, or judges it late now. What it said of
 * it then was lost on the way: it is accepted most likely, and unanswered for certain.
 */
static bool tracker_is_unknown(const struct inflight_share *sent, const struct share_answer *answer)
{
	return sent->again && answer->rejected &&
	       (answer->reason == REJECT_DUPLICATE || answer->reason == REJECT_STALE);
}

enum share_outcome share_tracker_answered(struct share_tracker *tracker, const struct share *share,
					  const struct share_answer *answer)
{
	enum share_outcome outcome = SHARE_OUTCOME_ACCEPTED;
	CLEANUP(job_unrefp) struct job *job = NULL;
	struct inflight_share sent;

	inflight_take(&tracker->inflight, share, &sent);
	job = sent.share.job;
	tracker->kept_since_ns = 0;
	if (!answer->rejected) {
		tracker_accepted(tracker, &sent.share, answer);
	} else if (tracker_is_unknown(&sent, answer)) {
		tracker_give_up(tracker, &sent.share, true);
		outcome = SHARE_OUTCOME_UNKNOWN;
	} else {
		tracker_rejected(tracker, &sent.share, answer);
		outcome = SHARE_OUTCOME_REJECTED;
	}
	if (answer->rejected && tracker_is_block(&sent.share))
		tracker_next_block(tracker, job->prevhash);
	tracker_check(tracker);
	return outcome;
}

void share_tracker_ready(struct share_tracker *tracker)
{
	assert(!tracker->ready && !tracker->inflight.n);
	tracker->ready = true;
	tracker->login = (struct share_progress){};
	block_count_login(&tracker->stats.blocks);
	if (upstream_is_resumed(tracker->settings.upstream))
		return;
	tracker_close_queue(tracker);
	held_blocks_clear(&tracker->held_blocks);
	tracker->kept_since_ns = 0;
	tracker->raise = (struct difficulty_raise){};
	tracker_check(tracker);
}

static void tracker_send_again(struct share_tracker *tracker, const struct resume_share *kept)
{
	const struct share *share = &kept->share;

	if (!upstream_takes_job(tracker->settings.upstream, share->job))
		tracker_give_up(tracker, share, kept->sent);
	else if (!kept->sent)
		tracker_submit(tracker, share);
	else if (tracker_is_stale(tracker, share) || !tracker_send(tracker, share, true))
		tracker_give_up(tracker, share, true);
}

HOT const struct job *share_tracker_last_job(const struct share_tracker *tracker)
{
	return tracker->queue.job;
}

void share_tracker_resume(struct share_tracker *tracker)
{
	struct resume_queue *queue = &tracker->queue;

	assert(tracker->ready && queue->job);
	pool_events_resumed(tracker->settings.conf, queue->n);
	for (unsigned i = 0; i < queue->n; i++)
		tracker_send_again(tracker, &queue->shares[i]);
	resume_queue_close(queue);
	tracker_close_queue(tracker);
	/* None was there to be answered. */
	if (!tracker->inflight.n)
		tracker->kept_since_ns = 0;
	tracker_check(tracker);
}

/*
 * Whether the next login may resume this one. One that the pool resumes without answering a share
 * is no longer waited for than the one before.
 */
static bool tracker_keep(struct share_tracker *tracker)
{
	uint64_t now = clock_now();

	if (!tracker->ready || !upstream_keep(tracker->settings.upstream))
		return false;
	if (!tracker->kept_since_ns)
		tracker->kept_since_ns = now;
	if (now - tracker->kept_since_ns < SHARE_TRACKER_KEEP * CLOCK_S)
		return true;
	upstream_forget(tracker->settings.upstream);
	return false;
}

/* What is in flight is kept for the next login, or given up. */
static void tracker_keep_or_give_up(struct share_tracker *tracker, bool keep)
{
	struct inflight_share *sent = NULL;

	while ((sent = inflight_next(&tracker->inflight, sent))) {
		if (!keep || !resume_queue_add(&tracker->queue, &sent->share, true))
			tracker_give_up(tracker, &sent->share, true);
		inflight_remove(&tracker->inflight, sent);
	}
}

void share_tracker_suspend(struct share_tracker *tracker, bool resumable)
{
	bool keep = resumable && tracker_keep(tracker);

	if (keep) {
		resume_queue_open(&tracker->queue, tracker->settings.work->job);
		ring_timer_at(tracker->settings.ring, &tracker->give_up,
			      tracker->kept_since_ns + SHARE_TRACKER_KEEP * CLOCK_S);
	} else if (!upstream_is_kept(tracker->settings.upstream)) {
		tracker_close_queue(tracker);
	}
	tracker_keep_or_give_up(tracker, keep);
	tracker->ready = false;
	tracker_check(tracker);
}

void share_tracker_end(struct share_tracker *tracker)
{
	tracker_keep_or_give_up(tracker, false);
	held_blocks_clear(&tracker->held_blocks);
	tracker_close_queue(tracker);
	tracker->ready = false;
	tracker_check(tracker);
}

HOT void share_tracker_new_block(struct share_tracker *tracker, const uint8_t prevhash[32])
{
	block_count_reopen(&tracker->stats.blocks, prevhash);
	held_blocks_clear(&tracker->held_blocks);
}

bool share_tracker_late_block(struct share_tracker *tracker, const struct share *share)
{
	struct block_count *blocks = &tracker->stats.blocks;
	const uint8_t *parent = share->job->prevhash;

	if (!tracker_is_block(share) || block_count_settled(blocks, parent) ||
	    block_count_settled(&tracker->settings.total->blocks, parent) ||
	    !upstream_found_block(tracker->settings.upstream, share))
		return false;
	block_count_found(blocks, parent);
	block_count_sent(blocks, parent);
	return true;
}

/* Whether a block on that parent is in flight as a share. */
static bool tracker_awaits_block(struct share_tracker *tracker, const uint8_t parent[32])
{
	struct inflight_share *sent = NULL;

	while ((sent = inflight_next(&tracker->inflight, sent)))
		if (tracker_is_block(&sent->share) &&
		    memcmp(sent->share.job->prevhash, parent, sizeof(sent->share.job->prevhash)) ==
			    0)
			return true;
	return false;
}

void share_tracker_block_answered(struct share_tracker *tracker, const uint8_t parent[32],
				  bool accepted)
{
	if (accepted) {
		held_blocks_clear(&tracker->held_blocks);
		block_count_closed(&tracker->stats.blocks, parent);
	} else if (!tracker_awaits_block(tracker, parent)) {
		block_count_failed(&tracker->stats.blocks, parent);
		tracker_next_block(tracker, parent);
	}
	tracker_check(tracker);
}

void share_tracker_block_elsewhere(struct share_tracker *tracker, const uint8_t parent[32])
{
	block_count_elsewhere(&tracker->stats.blocks, parent);
}

void share_tracker_orphan(struct share_stats *total, const struct share *share, bool kept)
{
	static const char *const name = "(disconnected)";

	share_stats_found(total, share);
	if (tracker_is_block(share) && block_count_found(&total->blocks, share->job->prevhash))
		pool_events_block_found(name, &share->hash);
	share_stats_settled(total, SHARE_STALE);
	if (tracker_is_block(share) && !kept)
		pool_events_block_lost(name, &share->hash,
				       "the login that issued its job has ended");
}
