/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Two clocks, both in nanoseconds: clock_now() is CLOCK_MONOTONIC, for everything that is measured
 * or waited for; clock_wall() is CLOCK_REALTIME, for what a person reads. Any thread.
 */
#include <stdint.h>
#include <time.h>

#define CLOCK_US UINT64_C(1000)
#define CLOCK_MS UINT64_C(1000000)
#define CLOCK_S	 UINT64_C(1000000000)

static inline uint64_t clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

static inline uint64_t clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}
