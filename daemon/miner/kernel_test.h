/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The known-answer test of a kernel: blocks of the chain and made-up headers, with and without
 * rolled versions, many hits, the top of the nonce range; each scan must find exactly what the
 * scalar oracle finds. It takes about a millisecond. Pure; any thread.
 */
#include "miner/kernel.h"

enum {
	KERNEL_TEST_HASHES_MAX = 4096, /* n_nonces * n_versions of one work */
};

/* The kernel must be supported. false: it is not to be used, on this machine it miscounts. */
bool kernel_self_test(const struct kernel *kernel);

/*
 * Scans the work, at most max_hashes a call, and compares with the oracle: every nonce and version
 * whose hash passes top_mask is found once and no other.
 */
bool kernel_test_work(const struct kernel *kernel, const struct kernel_work *work,
		      uint64_t max_hashes);
