/* SPDX-License-Identifier: MIT */
#pragma once

/* One worker to be started: what placement decides and workers_init() carries out. A plain value.
 */
#include "miner/kernel.h"

enum { WORKER_SPEC_MAX = 1024 /* workers of one daemon */ };

struct worker_spec {
	unsigned cpu;	/* which it is pinned to */
	unsigned group; /* worker group of the configuration that it belongs to, from 0 on */
	const struct kernel *kernel;
};
