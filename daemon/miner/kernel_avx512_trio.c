/* SPDX-License-Identifier: MIT */
/* Three streams in loops: they hide two cycles of latency, and their code stays in any cache. */
#include "miner/kernel_avx512.h"
#include "miner/kernels.h"

enum { STREAMS = 3 };

#define LANES_SECTION "hot_avx512_trio"
#include "miner/kernel_lanes_rolled.h"
#include "miner/kernel_lanes_scan.h"

const struct kernel kernel_avx512_trio = {
	.name = "avx512-trio",
	.isa = "AVX-512F",
	.supported = kernel_supported_avx512,
	.prepare = lanes_prepare,
	.prepare_begin = lanes_prepare_begin,
	.prepare_end = lanes_prepare_end,
	.scan = lanes_scan,
};
