/* SPDX-License-Identifier: MIT */
#include "pool/share_stats.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/hot.h"

HOT_SHARE void share_stats_found(struct share_stats *stats, const struct share *share)
{
	double difficulty = target_difficulty(&share->hash);

	stats->found++;
	/* A hash that is a block alone, on an easy chain, is nothing that the target expects. */
	if (target_met(&share->job->target, &share->hash))
		stats->work += target_hashes(&share->job->target);
	if (difficulty > stats->best_difficulty)
		stats->best_difficulty = difficulty;
}

HOT_SHARE void share_stats_submitted(struct share_stats *stats)
{
	stats->submitted++;
}

void share_stats_accepted(struct share_stats *stats, uint64_t reply_ns)
{
	stats->accepted++;
	aging_histogram_record(&stats->submit_ns, reply_ns, clock_now());
}

void share_stats_rejected(struct share_stats *stats, uint64_t reply_ns, enum reject reason)
{
	assert(reason < REJECT_N);
	stats->reasons[reason]++;
	if (reason == REJECT_STALE)
		stats->stale++;
	else
		stats->rejected++;
	aging_histogram_record(&stats->submit_ns, reply_ns, clock_now());
}

void share_stats_settled(struct share_stats *stats, enum share_fate fate)
{
	switch (fate) {
	case SHARE_STALE:
		stats->stale++;
		break;
	case SHARE_DUPLICATE:
		stats->duplicate++;
		break;
	case SHARE_UNANSWERED:
		stats->unanswered++;
		break;
	case SHARE_DROPPED:
		stats->dropped++;
		break;
	}
}

HOT_SHARE uint64_t share_stats_in_flight(const struct share_stats *stats)
{
	return stats->found - stats->accepted - stats->rejected - stats->stale - stats->duplicate -
	       stats->unanswered - stats->dropped;
}
