/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The known-answer test of a kernel: blocks of the chain and random headers, with and without
 * rolled versions, with many hits, at the top of the nonce range. Each scan must find exactly what
 * the scalar oracle finds. Takes about a millisecond. Pure; any thread.
 */
#include "miner/kernel.h"

enum {
	KERNEL_TEST_HASHES_MAX = 4096, /* n_nonces * n_versions of one work */
};

enum kernel_test_result {
	KERNEL_TEST_PASSED,
	KERNEL_TEST_FAILED,
	KERNEL_TEST_STOPPED, /* the stop word was not 0 */
};

/* Only for a supported kernel. false: it computes wrongly on this machine; do not use it. */
bool kernel_self_test(const struct kernel *kernel);

/*
 * Scans the work, at most max_hashes in one call, and compares the result with the oracle: the
 * kernel must find each nonce and version whose hash passes top_mask once, and nothing else.
 */
bool kernel_test_work(const struct kernel *kernel, const struct kernel_work *work,
		      uint64_t max_hashes);

/* The same, which reads *stop relaxed between any two hashes of the oracle. */
enum kernel_test_result kernel_test_until(const struct kernel *kernel,
					  const struct kernel_work *work, uint64_t max_hashes,
					  const _Atomic uintptr_t *stop);
