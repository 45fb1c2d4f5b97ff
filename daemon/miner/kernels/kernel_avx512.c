/* SPDX-License-Identifier: MIT */
/* One stream: the loop is 18 KB of code and stays in an instruction cache of 32 KB. */
#include "miner/kernels/lanes_avx512.h"

#define STREAMS 1

#define KERNEL avx512
#include "miner/kernels/lanes_flat.h"
#include "miner/kernels/lanes_scan.h"

LANES_KERNEL("avx512", "AVX-512F", CPU_AVX512);
