/* SPDX-License-Identifier: MIT */
#pragma once

/* Kernels for tests of what is around a kernel: slow, plain, and with the faults one needs. */
#include "miner/kernel.h"

enum { FAKE_KERNEL_NONCES = 256 /* that kernels but the whole one scan of a header */ };

/* Finds what there is, over the whole nonce range. */
extern const struct kernel fake_kernel_whole;

/* Finds what there is in the first FAKE_KERNEL_NONCES, then says that the work is done. */
extern const struct kernel fake_kernel_short;

/* Says that every nonce is a candidate. */
extern const struct kernel fake_kernel_wrong;

/* Counts each header as hashed without hashing it, quickly: uses a job up. */
extern const struct kernel fake_kernel_blind;

/* Does not come back from a scan until it is stopped. */
extern const struct kernel fake_kernel_stuck;
