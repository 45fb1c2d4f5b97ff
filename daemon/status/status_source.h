/* SPDX-License-Identifier: MIT */
#pragma once

/* The sources of a status, so that status/ need not know the daemon. All pointers are borrowed. */
#include "config/conf.h"
#include "miner/workers_stats.h"
#include "pool/pools.h"
#include "state/persistent_stats.h"
#include "status/latency_trace.h"

enum status_state { STATUS_MINING, STATUS_IDLE, STATUS_PAUSED, STATUS_STOPPING };

struct status_source {
	enum status_state state;
	uint64_t start_ns; /* clock_now() when the daemon started */
	const struct conf *conf;
	const struct pools *pools;
	const struct workers *workers;
	const struct persistent_stats *persistent;
	/* Brought up to date before they are read. */
	struct workers_stats *stats;
	struct latency_trace *latency;
};
