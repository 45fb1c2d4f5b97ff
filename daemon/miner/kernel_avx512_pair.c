/* SPDX-License-Identifier: MIT */
/* Two streams: they fill both vector ports better, where 37 KB of code stay in the cache. */
#include "miner/kernel_avx512.h"
#include "miner/kernels.h"

enum { STREAMS = 2 };

#define LANES_SECTION "hot_avx512_pair"
#include "miner/kernel_lanes_flat.h"
#include "miner/kernel_lanes_scan.h"

const struct kernel kernel_avx512_pair = {
	.name = "avx512-pair",
	.isa = "AVX-512F",
	.supported = kernel_supported_avx512,
	.prepare = lanes_prepare,
	.prepare_begin = lanes_prepare_begin,
	.prepare_end = lanes_prepare_end,
	.scan = lanes_scan,
};
