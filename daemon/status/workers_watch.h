/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether the workers are well: the service manager's watchdog is notified only while every worker
 * that has work advances; hardware errors are logged, and a worker that goes on making them is
 * taken out. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "miner/workers.h"
#include "systemd/notify.h"

enum {
	WORKERS_WATCH_CHECKS = 4, /* in each interval of the watchdog */
	WORKERS_WATCH_REASON_MAX = 96,
};

struct workers_watch {
	uint64_t interval_ns; /* of the service manager's watchdog; 0: it has none */
	uint64_t due_ns;      /* of the next check: clock_now() */
};

/* Takes the interval from the environment. */
void workers_watch_init(struct workers_watch *watch);

/*
 * Checks what is due at now, clock_now(): call it about once a second. false: no worker is left,
 * because the last one was taken out.
 */
bool workers_watch_tick(struct workers_watch *watch, struct workers *workers, struct notify *notify,
			uint64_t now);

/* The hardware errors of a worker, by kind, for people. */
const char *workers_watch_reason(char ret[WORKERS_WATCH_REASON_MAX], const struct worker *worker);
