/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Random numbers that differ between machines that start together. Not for keys. Any thread.
 *
 * This is the only door to random numbers: a test links a generator of its own, which begins with a
 * seed, in the place of random.c.
 */
#include <stdint.h>

/* All 64 bits are random. */
uint64_t random_u64(void);
