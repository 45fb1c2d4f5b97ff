/* SPDX-License-Identifier: MIT */
#pragma once

/* One run: a world from a seed, in which the daemon lives for some days. In a process of its own.
 */
#include <stdbool.h>
#include <stdint.h>

enum { RUN_EVENTS_MAX = 8192 /* things that happen, of which each can be left out */ };

struct scenario;

struct run {
	uint64_t seed;
	double days;
	const struct scenario *scenario; /* NULL: the seed decides */
	const bool *skip; /* RUN_EVENTS_MAX: which things do not happen; NULL: none of them */
	bool loud;
};

struct run_result {
	uint64_t faults;
	uint64_t hashes, accepted;
};

/* Returns only where no rule was broken. */
void run_do(const struct run *run, struct run_result *ret);
