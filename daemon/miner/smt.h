/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether the further hardware threads of a core add anything: a kernel that keeps the execution
 * ports of a core busy leaves nothing for a second thread, which then only costs reaction. Any
 * thread.
 */
#include <stddef.h>

#include "miner/kernel.h"

enum {
	SMT_THREADS_MAX = 8, /* of one core */
	SMT_TURNS = 4,	     /* slices each number of threads is given; the best one counts */
	SMT_SLICE_NS = 2000000,
};

struct smt {
	/* H/s of so many threads together: [0] of one, [1] of two ..; 0: not measured. */
	double hashrate[SMT_THREADS_MAX];
};

/*
 * Measures 1, 2, 4 .. and all n threads of a core, whose CPUs are cpus; n is 1 .. SMT_THREADS_MAX.
 * Takes 20 to 30 ms with two threads. Negative errno: a thread could not be started.
 */
int smt_measure(struct smt *ret, const struct kernel *kernel, const unsigned *cpus, size_t n);

/*
 * How many threads of a core are worth their while: as few as can be, where more add less than 3 %.
 * 1 when nothing was measured.
 */
unsigned smt_threads(const struct smt *smt);
