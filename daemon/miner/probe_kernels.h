/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Finds the fastest kernel: runs the self-test of each kernel that this CPU supports, and measures
 * them in turns, on the CPU and in the thread of the caller. Any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "miner/kernel.h"

enum {
	PROBE_KERNELS_MAX = 8,
	PROBE_KERNELS_ROUNDS = 3,	  /* slices of each kernel; the best one counts */
	PROBE_KERNELS_SLICE_NS = 1500000, /* at a start: under 40 ms with all kernels and tests */
};

struct probe_kernel {
	const struct kernel *kernel;
	bool supported;
	bool passed;	 /* its self-test */
	double hashrate; /* H/s of one thread over KERNEL_VERSIONS_MAX versions; 0: not measured */
	double plain;	 /* H/s without rolled versions; 0: not measured */
};

struct probe_kernels {
	struct probe_kernel entry[PROBE_KERNELS_MAX]; /* in the order of kernel_table() */
	size_t n;
	const struct kernel *best;   /* by hashrate, within 2 %; NULL: none passed its self-test */
	const struct kernel *failed; /* the first supported one that did not pass, or NULL */
};

/* slice_ns: CPU time of each measurement, above 0. plain: also measure without rolled versions. */
void probe_kernels_run(struct probe_kernels *ret, uint64_t slice_ns, bool plain);

/* Prepares work that outlasts any measurement and has next to no hits. */
void probe_kernels_prepare(struct kernel_state *state, const struct kernel *kernel,
			   unsigned n_versions);
