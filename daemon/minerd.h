/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The daemon: every module embedded by value, and the wiring between them. The thread that calls
 * minerd_run() is the io thread; it alone touches this struct, except for what is the workers' own.
 */
#include <sys/signalfd.h>

#include "config/conf.h"
#include "control/control.h"
#include "io/resolve.h"
#include "io/ring.h"
#include "methods/methods.h"
#include "miner/workers.h"
#include "miner/workers_stats.h"
#include "pool/pools.h"
#include "reload.h"
#include "state/persistent_stats.h"
#include "status/status.h"
#include "systemd/notify.h"

enum {
	MINERD_TICK_MS = 1000,
	MINERD_STATUS_TICKS = 10,   /* between two lines for `systemctl status` */
	MINERD_STOP_MS = 250,	    /* how long peers are waited for at the end */
	MINERD_STOP_DISK_MS = 3000, /* and the disk, for the last of what is kept */
	MINERD_STUCK_CHECKS = 4,    /* a watchdog interval */
	MINERD_RATE_S = 10,	    /* of hashing without a break, after which the rate is known */
};

struct minerd {
	struct ring ring;
	struct resolver resolver;
	struct pools pools;
	struct workers workers;
	struct control control;
	struct methods methods;
	struct persistent_stats persistent;
	struct reload reload;
	struct notify notify;
	struct status status;

	struct conf conf; /* without its pools, which pools has */
	struct workers_stats stats;
	struct latency_trace latency;
	uint64_t logged_hardware_errors;

	int signal_fd;
	struct signalfd_siginfo signal;
	struct ring_op signal_op;
	struct ring_op shares_op;
	int shares_fd; /* readable when a worker has pushed a share: eventfd(2) */
	uint64_t shares_woken;
	struct ring_timer tick;
	struct ring_timer stop_timer;
	uint64_t ticks;
	uint64_t mining_ns; /* since when the ticks saw the same workers at work; 0: they do not */
	uint64_t watchdog_ns;  /* interval of the service manager; 0: none */
	uint64_t watchdog_due; /* when the workers are looked at next */

	bool verbose; /* the command line asks for all log lines, whatever the configuration says */
	bool paused;
	bool stopping;
	uint64_t start_ns;
	uint64_t stop_ns;   /* when it began to stop */
	uint64_t report_ns; /* of the last report line */
};

/*
 * Takes over conf and starts everything; self is zeroed memory. Signals of the daemon are blocked
 * in this thread before any other is made. EX_* of sysexits.h, with the reason logged; 0: run it.
 */
int minerd_init(struct minerd *self, struct conf *conf);

/* Until SIGTERM or SIGINT. EX_*. */
int minerd_run(struct minerd *self);

/*
 * false: a thread still uses *self or the program's libraries, and may log: then the process is to
 * end by _exit(2), with all memory as it is.
 */
bool minerd_deinit(struct minerd *self);

/*
 * Takes shares off the workers' queues while they can be sent. What cannot be sent yet stays there:
 * a pool that is slower than the workers fills their queues, and they count what is too much.
 */
void minerd_drain_shares(struct minerd *self);

/* Takes all, whether they can be sent or not: their workers come to an end. */
void minerd_book_shares(struct minerd *self);
