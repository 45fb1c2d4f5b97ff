/* SPDX-License-Identifier: MIT */
#pragma once

/* Kernels for tests of what is around a kernel: slow, plain, and with the faults one needs. */
#include "miner/kernel.h"

enum {
	FAKE_KERNEL_NONCES = 256, /* that a short kernel scans of a header */
	FAKE_KERNEL_LANES = 16,	  /* of the kernels with a faulty lane: nonce modulo this */
};

/* Finds what there is, over the whole nonce range. */
extern const struct kernel fake_kernel_whole;

/*
 * Finds what there is in the first FAKE_KERNEL_NONCES, then says that the work is done. Does all of
 * a work that is as small as those of a test of kernels.
 */
extern const struct kernel fake_kernel_short;

/* Says that every nonce is a candidate. */
extern const struct kernel fake_kernel_wrong;

/* Over the whole nonce range, one lane finds nothing. */
extern const struct kernel fake_kernel_lost_lane;

/* Over the whole nonce range, one lane finds as much as it should, but not what it should. */
extern const struct kernel fake_kernel_garbage_lane;

/* Over the whole nonce range, what a lane finds is reported as found by its neighbour. */
extern const struct kernel fake_kernel_swapped_lanes;

/* Counts each header as hashed without hashing it, quickly: uses a job up. */
extern const struct kernel fake_kernel_blind;

/* Does not come back from a scan until it is stopped. */
extern const struct kernel fake_kernel_stuck;

/* Those that compute wrongly, from fake_kernel_wrong to fake_kernel_blind. */
enum { FAKE_KERNEL_LIARS = 5 };
extern const struct kernel *const fake_kernel_liars[FAKE_KERNEL_LIARS];
