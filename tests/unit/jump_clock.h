/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The clock of a test: real time, and what it was put on by. Programs with jump_clock.c have it in
 * the place of common/clock.c, the daemon's code in them too.
 */
#include <stdint.h>

/* From now on clock_now() is so many ns later. */
void jump_clock(uint64_t ns);
