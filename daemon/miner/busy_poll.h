/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Busy polling after a dispatch: where the first share of a job is due before a sleeping thread can
 * be woken from another CPU (on regtest, and at the difficulties that pool developers use), the io
 * thread stays awake for a moment, so that the share leaves at once. Io thread.
 */
#include "miner/workers.h"

/* How long the io thread polls, in ns. */
extern const uint64_t busy_poll_ns;

/*
 * Whether it pays to poll for the first share of job, which has just been dispatched. hashrate: of
 * all workers together, H/s.
 */
bool busy_poll_pays(const struct workers *workers, const struct job *job, double hashrate);
