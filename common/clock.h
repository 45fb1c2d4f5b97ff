/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Two clocks, both in nanoseconds: clock_now() is CLOCK_MONOTONIC, for everything that is measured
 * or waited for; clock_wall() is CLOCK_REALTIME, for what a person reads. Any thread.
 *
 * This is the only door to time: a test links functions of its own in the place of clock.c.
 */
#include <stdint.h>
#include <time.h>

#define CLOCK_US UINT64_C(1000)
#define CLOCK_MS UINT64_C(1000000)
#define CLOCK_S	 UINT64_C(1000000000)

uint64_t clock_now(void);
uint64_t clock_wall(void);

/* Any other clock: time that was used, not time that has passed. */
static inline uint64_t clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}
