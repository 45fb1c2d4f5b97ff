/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * When a worker's CPU computes wrongly for too long, judged by the hardware errors that its worker
 * counts: candidates that the oracle did not confirm, and failed checks of its kernel
 * (kernel_check.h).
 *
 * A worker is taken out when errors came in WORKER_HEALTH_ERRORS different seconds within
 * WORKER_HEALTH_WINDOW_S. A CPU that works makes no error at all, and a particle that flips a bit
 * comes once in months, so that already a second error in ten minutes is no chance; five leave a
 * CPU that was disturbed for some seconds (a dip of the supply, a virtual machine that was moved)
 * on its work. Seconds are counted and not errors, because at a low difficulty a single disturbance
 * yields any number of wrong candidates. A CPU on which every check fails is out 4 s after the
 * first of them, at most 64 s after it broke. One that computes 1 hash in 100 wrongly fails 85 % of
 * the checks, and is out about a second later. With 1 in 10,000 a check fails about every hour,
 * which is reported, and the 9,999 others are worth more than a worker that sleeps.
 *
 * Pure; the io thread in the daemon.
 */
#include <stdbool.h>
#include <stdint.h>

enum {
	WORKER_HEALTH_ERRORS = 5,
	WORKER_HEALTH_WINDOW_S = 600,
};

/* Zeroed: no error was seen. */
struct worker_health {
	uint64_t seen;				 /* errors at the last call */
	uint64_t n;				 /* calls that found new ones */
	uint64_t error_ns[WORKER_HEALTH_ERRORS]; /* times of the last of these calls, a ring */
};

/*
 * Tells the number of errors since the worker started; now: clock_now(). Call it about once a
 * second. Returns whether the worker is to be taken out.
 */
bool worker_health_update(struct worker_health *health, uint64_t errors, uint64_t now);
