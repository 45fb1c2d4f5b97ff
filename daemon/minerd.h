/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The daemon: every module embedded by value, and the wiring between them. The thread that calls
 * minerd_run() is the io thread; it alone touches this struct, except for what is the workers' own.
 */
#include "config/conf.h"
#include "control/control.h"
#include "io/resolve.h"
#include "io/ring.h"
#include "io/signals.h"
#include "methods/demand.h"
#include "methods/methods.h"
#include "miner/workers.h"
#include "miner/workers_stats.h"
#include "pool/pools.h"
#include "reload.h"
#include "solo.h"
#include "state/persistent_stats.h"
#include "status/status.h"
#include "status/workers_watch.h"
#include "systemd/notify.h"

enum {
	MINERD_TICK_MS = 1000,
	MINERD_STATUS_TICKS = 10,   /* between two lines for `systemctl status` */
	MINERD_STOP_MS = 250,	    /* how long the end waits for peers */
	MINERD_STOP_DISK_MS = 3000, /* and for the last writes, and answers to blocks */
	MINERD_RATE_S = 10, /* of uninterrupted hashing until the hash rate counts as known */
};

struct minerd {
	struct ring ring;
	struct resolver resolver;
	struct pools pools;
	struct workers workers;
	struct control control;
	struct methods methods;
	struct demand demand;
	struct persistent_stats persistent;
	struct solo solo;
	struct reload reload;
	struct notify notify;
	struct status status;

	struct conf conf; /* without its pools: those are in pools */
	struct workers_stats stats;
	struct latency_trace latency;
	struct workers_watch watch;

	struct signals signals;
	struct ring_op shares_op;
	int shares_fd; /* readable when a worker has pushed a share: eventfd(2) */
	uint64_t shares_woken;
	struct ring_timer tick;
	struct ring_timer limit_timer; /* stop_after.seconds, as it was at the start */
	struct ring_timer stop_timer;
	uint64_t ticks;
	uint64_t mining_ns; /* since when the same workers hash, by the ticks; 0: they do not */

	bool verbose; /* the command line asks for level debug, which overrides the configuration */
	bool stopping;
	int exit_status; /* EX_*, once the daemon has stopped */
	uint64_t start_ns;
	uint64_t stop_ns;   /* when the daemon began to stop */
	uint64_t report_ns; /* of the last report line */
};

/*
 * Takes over conf and starts everything; self is zeroed memory. Blocks the signals of the daemon in
 * this thread before it starts any other. EX_* of sysexits.h, with the reason logged; 0: run it.
 * Call minerd_deinit() in either case.
 */
int minerd_init(struct minerd *self, struct conf *conf);

/*
 * Runs until SIGTERM or SIGINT, or, then EX_SOFTWARE, until no worker is left that computes
 * rightly. Only after minerd_init() returned 0. EX_*.
 */
int minerd_run(struct minerd *self);

/*
 * false: a thread still uses *self or the libraries of the program, and may log. Then the process
 * must end by _exit(2), and must not free any memory.
 */
bool minerd_deinit(struct minerd *self);
