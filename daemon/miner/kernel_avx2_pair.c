/* SPDX-License-Identifier: MIT */
/* Two streams in loops: where latency costs more than registers that go through memory. */
#include "miner/kernel_avx2.h"
#include "miner/kernels.h"

enum { STREAMS = 2 };

#define LANES_SECTION "hot_avx2_pair"
#include "miner/kernel_lanes_rolled.h"
#include "miner/kernel_lanes_scan.h"

const struct kernel kernel_avx2_pair = {
	.name = "avx2-pair",
	.isa = "AVX2",
	.supported = kernel_supported_avx2,
	.prepare = lanes_prepare,
	.prepare_begin = lanes_prepare_begin,
	.prepare_end = lanes_prepare_end,
	.scan = lanes_scan,
};
