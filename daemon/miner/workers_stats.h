/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the workers have counted since the daemon started, across the reloads that replaced them,
 * and their hash rates. Io thread.
 */
#include "miner/rate.h"
#include "miner/workers.h"

struct workers_stats {
	struct rate rate; /* of all workers together */
	struct rate_short worker_rate[WORKER_SPEC_MAX];

	/* Counted by workers that have been replaced. */
	uint64_t replaced_hashes;
	uint64_t replaced_hardware_errors;
	uint64_t replaced_overflows;
};

/* Samples all hash rates at the time now, clock_now(): about once a second, and before a report. */
void workers_stats_sample(struct workers_stats *stats, const struct workers *workers, uint64_t now);

/* Keeps what workers have counted: others replace them. Only after workers_stop(). */
void workers_stats_replace(struct workers_stats *stats, const struct workers *workers);

/* Since the daemon started: hashes, wrong candidates, shares lost to full queues. */
uint64_t workers_stats_hashes(const struct workers_stats *stats, const struct workers *workers);
uint64_t workers_stats_hardware_errors(const struct workers_stats *stats,
				       const struct workers *workers);
uint64_t workers_stats_overflows(const struct workers_stats *stats, const struct workers *workers);
