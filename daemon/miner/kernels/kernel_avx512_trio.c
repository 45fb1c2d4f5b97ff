/* SPDX-License-Identifier: MIT */
/* Three streams in loops: they hide two cycles of latency, and their code stays in any cache. */
#include "miner/kernels/lanes_avx512.h"

#define STREAMS 3

#define KERNEL avx512_trio
#include "miner/kernels/lanes_rolled.h"
#include "miner/kernels/lanes_scan.h"

LANES_KERNEL("avx512-trio", "AVX-512F", CPU_AVX512);
