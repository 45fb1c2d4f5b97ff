/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The books of shares, of one pool or of the whole program. At any moment
 *	found = accepted + rejected + stale + duplicate + unanswered + dropped + in flight
 * to the share. In flight (pool_waiting()) is also what waits after a loss for the pool to go on
 * with the login (pending.h); once it does not, what had been sent is unanswered and the rest
 *stale. A share that is sent a second time counts once. When the pool calls that one a duplicate it
 *judged the first, and how is not known for certain: unanswered. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/reject.h"
#include "common/aging_histogram.h"
#include "pool/block_count.h"

struct ledger {
	uint64_t found;	    /* by the workers, confirmed by the oracle */
	uint64_t submitted; /* sent to a pool */
	uint64_t accepted;
	uint64_t rejected; /* by the pool, for another reason than being late */
	uint64_t stale;	   /* late (by other work, or a new difficulty): not sent, or so rejected */
	uint64_t duplicate;  /* found twice: not sent */
	uint64_t unanswered; /* sent, but the reply was lost with the connection */
	uint64_t dropped;    /* could not be sent: the pool takes nothing */
	uint64_t reasons[REJECT_N];
	struct block_count blocks;
	double best_difficulty;		  /* of a hash found */
	struct aging_histogram submit_ns; /* from sending a share to its reply */
};

void ledger_found(struct ledger *ledger, double difficulty);
void ledger_accepted(struct ledger *ledger, uint64_t reply_ns);
void ledger_rejected(struct ledger *ledger, uint64_t reply_ns, enum reject reason);
