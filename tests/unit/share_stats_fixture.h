/* SPDX-License-Identifier: MIT */
#pragma once

/* The shares that were found and are not yet counted as accepted, rejected or anything else. */
#include "pool/share_stats.h"

static inline uint64_t share_stats_fixture_in_flight(const struct share_stats *stats)
{
	return stats->found - stats->accepted - stats->rejected - stats->stale - stats->duplicate -
	       stats->unanswered - stats->dropped;
}
