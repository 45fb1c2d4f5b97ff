/* SPDX-License-Identifier: MIT */
/* One stream: sixteen registers hold no second one. */
#include "miner/kernels/lanes_avx2.h"

#define STREAMS 1

#define KERNEL avx2
#include "miner/kernels/lanes_flat.h"
#include "miner/kernels/lanes_scan.h"

LANES_KERNEL("avx2", "AVX2", CPU_AVX2);
