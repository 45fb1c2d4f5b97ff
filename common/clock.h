/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Three clocks, all in nanoseconds: clock_now() is CLOCK_MONOTONIC, for everything that is measured
 * or waited for; clock_wall() is CLOCK_REALTIME, for what a person reads; clock_thread() is the CPU
 * time that the calling thread has used. Any thread.
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
uint64_t clock_thread(void);

/* Any clock. For clock.c and what a test links in its place. */
static inline uint64_t clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * CLOCK_S + (uint64_t)t.tv_nsec;
}
