/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Iterates a ring until a condition holds; the test fails if that takes longer than ITERATE_LIMIT.
 * Called in the thread of the ring.
 */
#include <check.h>

#include "common/clock.h"
#include "io/ring.h"

enum { ITERATE_LIMIT = 20 /* s; long, because the machine may be busy */ };

static inline void iterate_on_alarm(struct ring_timer *timer)
{
}

static inline void iterate_for(struct ring *ring, uint64_t ns)
{
	struct ring_timer timer = {.fn = iterate_on_alarm};

	ring_timer_in(ring, &timer, ns);
	while (timer.armed)
		ck_assert_int_eq(ring_iterate(ring), 0);
}

#define ITERATE_UNTIL(ring, condition)                                                 \
	do {                                                                           \
		uint64_t give_up = clock_now() + ITERATE_LIMIT * CLOCK_S;              \
		while (!(condition)) {                                                 \
			ck_assert_msg(clock_now() < give_up, "never: %s", #condition); \
			iterate_for(ring, CLOCK_MS);                                   \
		}                                                                      \
	} while (0)
