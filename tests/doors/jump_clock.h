/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The clock of a test: real time, and what it was put on by. Or, once it was stopped, no time but
 * that: then a run does not depend on the machine. Programs with jump_clock.c have it in the place
 * of common/clock.c, the daemon's code in them too.
 */
#include <stdint.h>

/* From now on clock_now() is so many ns later. */
void jump_clock(uint64_t ns);

/* The same of clock_wall() alone, in either direction: somebody sets the time of day. */
void jump_clock_wall(int64_t ns);

/*
 * From now on only jump_clock() moves the clock, which shows the same time after each call of this.
 */
void jump_clock_stop(void);
