/* SPDX-License-Identifier: MIT */
/* Two streams in loops: where latency costs more than registers that go through memory. */
#include "miner/kernels/lanes_avx2.h"

#define STREAMS 2

#define KERNEL avx2_pair
#include "miner/kernels/lanes_rolled.h"
#include "miner/kernels/lanes_scan.h"

LANES_KERNEL("avx2-pair", "AVX2", CPU_AVX2);
