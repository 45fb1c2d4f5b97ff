/* SPDX-License-Identifier: MIT */
#include "miner/workers_stats.h"

#include <string.h>

#include "common/assert.h"
#include "common/clock.h"

void workers_stats_sample(struct workers_stats *stats, const struct workers *workers, uint64_t now)
{
	rate_sample(&stats->rate, now, workers_hashes(workers));
	for (size_t i = 0; i < workers->n; i++)
		rate_short_sample(
			&stats->worker_rate[i], now,
			atomic_load_explicit(&workers->list[i].hashes, memory_order_relaxed));
}

void workers_stats_replace(struct workers_stats *stats, const struct workers *workers)
{
	assert(workers->stopped);
	workers_stats_sample(stats, workers, clock_now());
	stats->replaced_hashes += workers_hashes(workers);
	stats->replaced_hardware_errors += workers_hardware_errors(workers);
	stats->replaced_overflows += workers_overflows(workers);
	memset(stats->worker_rate, 0, sizeof(stats->worker_rate));
	rate_restart(&stats->rate);
}

uint64_t workers_stats_hashes(const struct workers_stats *stats, const struct workers *workers)
{
	return stats->replaced_hashes + workers_hashes(workers);
}

uint64_t workers_stats_hardware_errors(const struct workers_stats *stats,
				       const struct workers *workers)
{
	return stats->replaced_hardware_errors + workers_hardware_errors(workers);
}

uint64_t workers_stats_overflows(const struct workers_stats *stats, const struct workers *workers)
{
	return stats->replaced_overflows + workers_overflows(workers);
}
