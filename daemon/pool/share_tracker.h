/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What becomes of the shares of one pool, from the worker that found them to the pool's answer. It
 * owns them on that way, and it alone counts them, for the pool and for the program at once:
 *
 *	found -> in flight (inflight.h)  -> accepted, rejected, stale
 *	         | the login is lost
 *	         v
 *	      -> kept (resume_queue.h)   -> in flight again, if the pool resumes the login
 *	                                 -> unanswered if it was sent, else stale
 *	found -> stale, duplicate, dropped: it is not sent
 *
 * "In flight" in the accounts is what lies in one of the two. The upstream maps its requests to
 * shares that it borrows from here, and counts nothing. A share that may be a block is never lost
 * in silence. Io thread.
 *
 *	init -> { ready -> resume -> suspend or end } .. -> deinit
 */
#include "bitcoin/share.h"
#include "bitcoin/share_answer.h"
#include "config/conf.h"
#include "io/ring.h"
#include "pool/difficulty_raise.h"
#include "pool/held_blocks.h"
#include "pool/inflight.h"
#include "pool/pool_work.h"
#include "pool/resume_queue.h"
#include "pool/share_dedup.h"
#include "pool/share_stats.h"
#include "upstream/upstream.h"

enum {
	SHARE_TRACKER_KEEP = 60,  /* s after a loss that shares are kept for the next login */
	SHARE_TRACKER_TEXT = 200, /* characters kept of why a share was rejected */
};

struct share_tracker;

/* All borrowed; it must outlive the tracker. */
struct share_tracker_settings {
	struct ring *ring;
	const struct conf_pool *conf; /* for the log */
	struct upstream *upstream;    /* where the shares go */
	const struct pool_work *work; /* the jobs that they are for */
	struct share_stats *total;    /* of all pools */
	struct share_dedup *dedup;    /* of all pools */
	/* Shares are no longer kept for a login that did not come. */
	void (*gave_up)(struct share_tracker *tracker);
};

/* Of the present login, or the last one. */
struct share_progress {
	/* Shares that meet the difficulty of their job, with those sent again. */
	uint64_t sent;
	uint64_t accepted;
};

/* The last share that the pool rejected, in its own words. */
struct share_reject {
	char text[SHARE_TRACKER_TEXT + 1]; /* escaped */
	int64_t code;			   /* 0: it gave none */
	enum reject reason;
	uint64_t ns; /* clock_now() of the reply; 0: there was none */
};

enum share_outcome { SHARE_OUTCOME_ACCEPTED, SHARE_OUTCOME_REJECTED, SHARE_OUTCOME_UNKNOWN };

struct share_tracker {
	struct share_tracker_settings settings;
	struct share_stats stats;
	struct share_progress login;
	struct share_reject last_reject;
	bool ready; /* the login takes shares */

	struct inflight inflight;
	struct resume_queue queue;
	struct ring_timer give_up; /* on the queue */
	uint64_t kept_since_ns;	   /* the loss since which no share was answered; 0: some was */
	struct held_blocks held_blocks;
	struct difficulty_raise raise;
};

void share_tracker_init(struct share_tracker *tracker,
			const struct share_tracker_settings *settings);

/* After share_tracker_end(); or once the ring has gone: what is left is released uncounted. */
void share_tracker_deinit(struct share_tracker *tracker);

/* Whether a share of this job is this pool's: the login that issued it is there or awaited. */
bool share_tracker_issued(const struct share_tracker *tracker, const struct job *job);

/* Shares in flight or kept. */
unsigned share_tracker_waiting(const struct share_tracker *tracker);

/* A worker found a share of a job that this pool issued: counts it, and sends it if in time. */
void share_tracker_found(struct share_tracker *tracker, const struct share *share);

/*
 * The pool answered a share that was sent. SHARE_OUTCOME_UNKNOWN: the share was sent twice, and the
 * answer says nothing of how the first time was judged.
 */
enum share_outcome share_tracker_answered(struct share_tracker *tracker, const struct share *share,
					  const struct share_answer *answer);

/*
 * The upstream is ready and has a job; before the workers get that. Shares are kept on if this
 * login resumes the past one, else they are settled. Not twice without a suspend or end.
 */
void share_tracker_ready(struct share_tracker *tracker);

/* The workers have the job: sends what was kept. Only when ready and while a login is kept. */
void share_tracker_resume(struct share_tracker *tracker);

/* The last job of the past login whose shares are kept, borrowed; NULL: none is kept. */
const struct job *share_tracker_last_job(const struct share_tracker *tracker);

/*
 * An attempt has failed, or the login is lost, before upstream_close() or from within lost():
 * shares are kept for the next login where that may resume this one. resumable: nothing here speaks
 * against it.
 */
void share_tracker_suspend(struct share_tracker *tracker, bool resumable);

/*
 * Neither this login nor a past one will be resumed: what was sent stays unanswered, what was not
 * is stale. In any state; idempotent.
 */
void share_tracker_end(struct share_tracker *tracker);

/* The current job is on another block than the one before it, or a block on it is wanted again. */
void share_tracker_new_block(struct share_tracker *tracker, const uint8_t prevhash[32]);

/*
 * A block of a login that is gone is built all the same. false: it is none, or none is wanted any
 * more, or what it is made of is another pool's, or is gone, too.
 */
bool share_tracker_late_block(struct share_tracker *tracker, const struct share *share);

/*
 * The pool answered a block of that parent, which may be of an earlier login or run, or of another
 * pool's job: it wants no other on that parent if it accepted this one.
 */
void share_tracker_block_answered(struct share_tracker *tracker, const uint8_t parent[32],
				  bool accepted);

/* Another pool of the same chain accepted a block of that parent: this one is not to get another.
 */
void share_tracker_block_elsewhere(struct share_tracker *tracker, const uint8_t parent[32]);

/* A share of a login that is gone, of whichever pool: counted in the total alone. kept: as a block.
 */
void share_tracker_orphan(struct share_stats *total, const struct share *share, bool kept);
