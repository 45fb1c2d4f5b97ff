/* SPDX-License-Identifier: MIT */
#pragma once

/* Signals of the process as completions of the ring: signalfd(2). Io thread. */
#include <signal.h>
#include <sys/signalfd.h>

#include "io/ring.h"

struct signals {
	struct ring *ring; /* borrowed; NULL: not watched yet */
	void (*on_signal)(struct signals *signals, int number);
	int fd; /* owned */
	struct signalfd_siginfo info;
	struct ring_op op;
};

#define SIGNALS_NULL ((struct signals){.fd = -1})

/*
 * Blocks the signals of the set in this thread, before any other thread is made, and collects them.
 * on_signal is called for each. Negative errno.
 */
int signals_init(struct signals *signals, const sigset_t *set,
		 void (*on_signal)(struct signals *signals, int number));

/* Reports signals from the next iteration of the ring on. Once. */
void signals_watch(struct signals *signals, struct ring *ring);

/* Only after the ring was deinitialised, if signals were watched. Idempotent. */
void signals_deinit(struct signals *signals);
