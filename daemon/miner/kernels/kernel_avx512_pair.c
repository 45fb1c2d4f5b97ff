/* SPDX-License-Identifier: MIT */
/* Two streams: they fill both vector ports better, where 37 KB of code stay in the cache. */
#include "miner/kernels/lanes_avx512.h"

#define STREAMS 2

#define KERNEL avx512_pair
#include "miner/kernels/lanes_flat.h"
#include "miner/kernels/lanes_scan.h"

LANES_KERNEL("avx512-pair", "AVX-512F", CPU_AVX512);
