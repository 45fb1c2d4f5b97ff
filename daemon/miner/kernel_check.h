/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether a kernel still computes rightly on the CPU of its worker. Now and then the worker stops
 * between two scans and lets the kernel hash KERNEL_CHECK_HASHES of the header that it works on for
 * a mask of a single bit; the oracle does the same, and both must find the same.
 *
 * Why not from the shares: a pool's target lets one hash of 2^32 or fewer pass. A lane that
 * computes garbage invents as few hits as it misses, so the oracle rejects one every few hours; and
 * that one lane of 48 finds nothing shows in the number of shares after months. A mask of one bit
 * lets every second hash pass: each hash of a check that is wrong shows with probability 1/2. In a
 * check, a lane of any stream has at least 8 of its hashes (24 with one stream of 16 lanes), so
 * that a lane that never finds, or computes garbage, passes one of 256 checks. The bit moves with
 * each check, so that a fault in one bit alone shows too, and so do versions and nonces.
 *
 * There is no false alarm: a CPU that works and a kernel that passed its self-test never differ
 * from the oracle. The cost is the time of KERNEL_CHECK_HASHES hashes of the kernel and as many of
 * the oracle a minute, less than 1 ms, and no new job waits for it.
 *
 * The caller serializes the calls; the worker's thread in the daemon.
 */
#include "miner/kernel_test.h"

enum {
	/* 64 nonces of 6 versions: full iterations of 1, 2 and 3 streams of up to 64 lanes. */
	KERNEL_CHECK_NONCES = 64,
	KERNEL_CHECK_VERSIONS = 6,
	KERNEL_CHECK_HASHES = KERNEL_CHECK_NONCES * KERNEL_CHECK_VERSIONS,
	KERNEL_CHECK_INTERVAL_S = 60,
	/*
	 * After an error so many checks follow at the short interval: they tell within seconds
	 * whether the error was one of a kind.
	 */
	KERNEL_CHECK_AGAIN = 10,
	KERNEL_CHECK_AGAIN_S = 1,
};

/* Zeroed: the first check is due at once. */
struct kernel_check {
	uint64_t due_ns; /* of the next check: clock_now() */
	unsigned again;	 /* checks still to be done at the short interval */
	uint32_t n;	 /* checks done */
};

bool kernel_check_due(const struct kernel_check *check, uint64_t now);

/*
 * Checks the kernel with a part of step, of which only header, version and n_versions are read, and
 * sets the time of the next check. A check that *stop ends, which it does as soon as *stop is not
 * 0, stays due.
 */
enum kernel_test_result kernel_check_run(struct kernel_check *check, const struct kernel *kernel,
					 const struct kernel_work *step,
					 const _Atomic uintptr_t *stop, uint64_t now);

/* The kernel has returned a wrong candidate: checks it at once, and then at the short interval. */
void kernel_check_suspect(struct kernel_check *check);
