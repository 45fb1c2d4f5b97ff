/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether the workers are well: the service manager's watchdog is notified only while every worker
 * that has work advances, and wrong results are logged. Io thread.
 */
#include <stdint.h>

#include "miner/workers.h"
#include "miner/workers_stats.h"
#include "systemd/notify.h"

enum { WORKERS_WATCH_CHECKS = 4 /* in each interval of the watchdog */ };

struct workers_watch {
	uint64_t interval_ns;	  /* of the service manager's watchdog; 0: it has none */
	uint64_t due_ns;	  /* of the next check: clock_now() */
	uint64_t hardware_errors; /* logged so far */
};

/* Takes the interval from the environment. */
void workers_watch_init(struct workers_watch *watch);

/* Checks what is due at now, clock_now(). */
void workers_watch_tick(struct workers_watch *watch, struct workers *workers,
			const struct workers_stats *stats, struct notify *notify, uint64_t now);
