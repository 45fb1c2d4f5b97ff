/* SPDX-License-Identifier: MIT */
#pragma once

/* Share accounting: what is found and not yet counted is in flight, at any moment. */
#include <check.h>
#include <inttypes.h>

#include "pool/pools.h"
#include "pool/share_stats.h"

/* The shares that were found and are not yet counted as accepted, rejected or anything else. */
static inline uint64_t share_stats_fixture_in_flight(const struct share_stats *stats)
{
	return stats->found - stats->accepted - stats->rejected - stats->stale - stats->duplicate -
	       stats->unanswered - stats->dropped;
}

/*
 * The counts of all pools agree with the shares that the pools still keep. Cheap enough for each
 * iteration of a loop, unlike ck_assert(), which writes to a pipe each time.
 */
static inline void share_stats_fixture_check(const struct pools *pools)
{
	uint64_t in_flight = share_stats_fixture_in_flight(&pools->stats);

	if (in_flight != pools_waiting(pools))
		ck_abort_msg("%u shares in flight, %" PRIu64 " by the counts", pools_waiting(pools),
			     in_flight);
}
