/* SPDX-License-Identifier: MIT */
#pragma once

/* Lets a ring turn until something has come about, which it does, and at once, or the test fails.
 */
#include <check.h>

#include "common/clock.h"
#include "io/ring.h"

enum { TURN_KIT_LIMIT = 20 /* s: no measure of anything, but a machine may be busy */ };

static inline void turn_kit_on_alarm(struct ring_timer *timer)
{
}

static inline void turn_kit_for(struct ring *ring, uint64_t ns)
{
	struct ring_timer timer = {.fn = turn_kit_on_alarm};

	ring_timer_in(ring, &timer, ns);
	while (timer.armed)
		ck_assert_int_eq(ring_turn(ring), 0);
}

#define TURN_UNTIL(ring, condition)                                                    \
	do {                                                                           \
		uint64_t give_up = clock_now() + TURN_KIT_LIMIT * CLOCK_S;             \
		while (!(condition)) {                                                 \
			ck_assert_msg(clock_now() < give_up, "never: %s", #condition); \
			turn_kit_for(ring, CLOCK_MS);                                  \
		}                                                                      \
	} while (0)
