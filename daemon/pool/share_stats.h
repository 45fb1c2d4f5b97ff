/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Share accounting, of one pool or of the whole program. At any moment, to the share,
 *	found = accepted + rejected + stale + duplicate + unanswered + dropped + in flight
 * Who counts is share_tracker.h, which also says what is in flight. A share that is sent a second
 * time counts once. When the pool calls that one a duplicate or stale, how it judged the first one
 * is not known for certain: unanswered. Io thread.
 */
#include <stdint.h>

#include "bitcoin/reject.h"
#include "bitcoin/share.h"
#include "common/aging_histogram.h"
#include "pool/block_count.h"

struct share_stats {
	uint64_t found;	    /* by the workers, confirmed by the scalar SHA-256 */
	uint64_t submitted; /* sent to a pool */
	uint64_t accepted;
	uint64_t rejected; /* by the pool, for another reason than being late */
	uint64_t stale;	   /* late (by other work, or a new difficulty): not sent, or so rejected */
	uint64_t duplicate;  /* found twice: not sent */
	uint64_t unanswered; /* sent, but the reply was lost with the connection */
	uint64_t dropped;    /* could not be sent: the pool takes nothing */
	uint64_t reasons[REJECT_N];
	struct block_count blocks;
	double best_difficulty; /* of a hash found */
	double work; /* hashes that it takes on average to find as many shares of their targets */
	struct aging_histogram submit_ns; /* from sending a share to its reply */
};

/* What becomes of a share without a reply of the pool. */
enum share_fate { SHARE_STALE, SHARE_DUPLICATE, SHARE_UNANSWERED, SHARE_DROPPED };

void share_stats_found(struct share_stats *stats, const struct share *share);
void share_stats_submitted(struct share_stats *stats);
void share_stats_accepted(struct share_stats *stats, uint64_t reply_ns);
void share_stats_rejected(struct share_stats *stats, uint64_t reply_ns, enum reject reason);
void share_stats_settled(struct share_stats *stats, enum share_fate fate);

/* Those found that nothing was counted of since. */
uint64_t share_stats_in_flight(const struct share_stats *stats);
