/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The parts of the daemon's start that need nothing of it. All log the reason of a failure and
 * return EX_* of sysexits.h, or 0.
 */
#include "config/conf.h"
#include "io/ring.h"
#include "io/signals.h"
#include "miner/workers.h"

/* EX_OSERR, for what failed with errno `error`. */
int setup_failed(const char *what, int error);

/*
 * For a failure of the ring, negative errno: EX_NOPERM where the kernel refuses this user an
 * io_uring, which an administrator can change.
 */
int setup_ring_status(int r);

int setup_ring(struct ring *ring);

/* Blocks the signals of the daemon in this thread; handler is for each that comes later. */
int setup_signals(struct signals *signals, void (*handler)(struct signals *signals, int number));

/*
 * Starts the workers of conf, whose default group is split before. *ret_shares_fd is -1, and gets
 * the eventfd(2) that they write to when they push a share; the caller closes it in any case.
 */
int setup_workers(struct workers *workers, int *ret_shares_fd, struct conf *conf);
