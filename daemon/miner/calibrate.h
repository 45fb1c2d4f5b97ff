/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which kernel is the fastest here: those that this CPU supports are put to their self-test and
 * then measured in turns, on the CPU and in the thread that asks. Any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "miner/kernel.h"

enum {
	CALIBRATE_KERNELS_MAX = 8,
	CALIBRATE_TURNS = 3,	      /* slices each kernel is given; its best one counts */
	CALIBRATE_SLICE_NS = 1500000, /* for a start: under 40 ms with all kernels and tests */
};

struct calibrate_entry {
	const struct kernel *kernel;
	bool supported;
	bool passed;	 /* its self-test */
	double hashrate; /* H/s of one thread over KERNEL_VERSIONS_MAX versions; 0: not measured */
	double plain;	 /* H/s without rolled versions, when asked for */
};

struct calibrate {
	struct calibrate_entry entry[CALIBRATE_KERNELS_MAX]; /* in the order of kernel_table() */
	size_t n;
	const struct kernel *best;   /* by hashrate, within 2 %; NULL: none passed its self-test */
	const struct kernel *failed; /* the first that is supported and did not pass, or NULL */
};

void calibrate_run(struct calibrate *ret, uint64_t slice_ns, bool plain);

/* Gives the kernel work that no measurement uses up and that has next to no hits. */
void calibrate_prepare(struct kernel_state *state, const struct kernel *kernel,
		       unsigned n_versions);
