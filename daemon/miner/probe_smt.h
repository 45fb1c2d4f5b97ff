/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Measures whether further hardware threads of a core add anything: a kernel that keeps the
 * execution ports of a core busy leaves nothing for a second thread, which then only adds latency.
 * Any thread.
 */
#include <stddef.h>

#include "miner/kernel.h"

enum {
	PROBE_SMT_THREADS_MAX = 8, /* of one core */
	PROBE_SMT_ROUNDS = 4,	   /* slices of each number of threads; the best one counts */
	PROBE_SMT_SLICE_NS = 2000000,
};

struct probe_smt {
	/* H/s of so many threads together: [0] of one, [1] of two ..; 0: not measured. */
	double hashrate[PROBE_SMT_THREADS_MAX];
};

/*
 * Measures 1, 2, 4 .. and all n threads of a core, whose CPUs are cpus; n is
 * 1 .. PROBE_SMT_THREADS_MAX. Takes 20 to 30 ms with two threads. Negative errno: a thread could
 * not be started.
 */
int probe_smt_measure(struct probe_smt *ret, const struct kernel *kernel, const unsigned *cpus,
		      size_t n);

/*
 * How many threads of a core are worth a worker: the fewest to which more threads add less than 3
 * %. 1 if nothing was measured.
 */
unsigned probe_smt_threads(const struct probe_smt *smt);
