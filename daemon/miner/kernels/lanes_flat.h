/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The iteration without an inner loop: each of the steps is code of its own, so that all constants
 * are, and of two streams one runs a step behind the other: one waits with a chain of additions
 * where the other rotates. It is much code, 18 KB a stream in AVX-512.
 */
#include "miner/kernels/lanes.h"

/* Steps 4 .. 63 are the first hash, 64 .. 124 the second. */
ALWAYS_INLINE void lanes_step(const struct lanes_state *st, struct lanes_stream *s, unsigned step,
			      bool shared)
{
	if (step < 64)
		lanes_first(st, s, step, shared);
	else if (step == 64)
		lanes_between(st, s);
	else if (step <= 124)
		lanes_second(st, s, step - 64);
}

/* The double hashes of one iteration of so many busy streams: what each found, and any of them. */
ALWAYS_INLINE unsigned lanes_iteration(const struct lanes_state *st, bool shared, unsigned busy,
				       unsigned ret[STREAMS])
{
	struct lanes_stream s[STREAMS];
	unsigned any = 0;

	for (unsigned k = 0; k < STREAMS; k++)
		lanes_begin(st, &s[k], shared, k, busy);
#define STEP(i)                                                         \
	do {                                                            \
		if (i <= 124)                                           \
			lanes_step(st, &s[0], i, shared);               \
		if (STREAMS == 2 && i > 4)                              \
			lanes_step(st, &s[STREAMS - 1], i - 1, shared); \
	} while (0)
#define STEPS(i)             \
	do {                 \
		STEP(i);     \
		STEP(i + 1); \
		STEP(i + 2); \
		STEP(i + 3); \
		STEP(i + 4); \
		STEP(i + 5); \
		STEP(i + 6); \
		STEP(i + 7); \
		STEP(i + 8); \
		STEP(i + 9); \
	} while (0)
	STEPS(4);
	STEPS(14);
	STEPS(24);
	STEPS(34);
	STEPS(44);
	STEPS(54);
	STEPS(64);
	STEPS(74);
	STEPS(84);
	STEPS(94);
	STEPS(104);
	STEPS(114);
	STEP(124);
	STEP(125);
#undef STEPS
#undef STEP
	for (unsigned k = 0; k < STREAMS; k++) {
		ret[k] = lanes_found(st, &s[k]);
		any |= ret[k];
	}
	return any;
}
