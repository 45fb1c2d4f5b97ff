/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whom the coinbase of a pool's jobs pays. It is for pools that put the miner's address into the
 * coinbase itself, as those do that let a miner work alone (ckpool in solo mode, public-pool): who
 * takes such a pool over gets the blocks, and nothing else would show it. A pool that pays from an
 * account of its own never has the address there. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/address.h"
#include "bitcoin/job.h"
#include "config/conf.h"

enum { PAYOUT_REASON_MAX = 256 };

enum payout_verdict { PAYOUT_UNJUDGED, PAYOUT_RIGHT, PAYOUT_SHORT };

struct payout_judgement {
	const char *unreadable; /* NULL, or why nobody can say what the coinbase pays */
	uint64_t paid, total;	/* satoshi: to the address, and to all */
	unsigned ppm;		/* paid of total, rounded down */
};

struct payout {
	struct address address;
	enum payout_verdict verdict; /* of the last job */
	unsigned ppm;		     /* what it pays to the address */
};

/* The least of total satoshi that is no less than ppm of it. Pure. */
uint64_t payout_due(uint64_t total, unsigned ppm);

/* What a job's coinbase pays, exactly. One that pays nobody anything is short. Pure. */
enum payout_verdict payout_judge(struct payout_judgement *ret, const struct address *address,
				 unsigned minimum_ppm, const struct job *job);

/* The address of conf is a valid one; or NULL: then payout_check() may not be called. */
void payout_init(struct payout *payout, const struct conf_payout *conf);

/*
 * Judges a job of the pool that conf describes, and logs the verdict when it is another than the
 * last one. false: it is short, and reason says so in words for pool_fail().
 */
bool payout_check(struct payout *payout, const struct conf_pool *conf, const struct job *job,
		  char reason[PAYOUT_REASON_MAX]);
