/* SPDX-License-Identifier: MIT */
/* One stream: the loop is 18 KB of code and stays in an instruction cache of 32 KB. */
#include "miner/kernel_avx512.h"
#include "miner/kernels.h"

enum { STREAMS = 1 };

#define LANES_SECTION "hot_avx512"
#include "miner/kernel_lanes_flat.h"
#include "miner/kernel_lanes_scan.h"

const struct kernel kernel_avx512 = {
	.name = "avx512",
	.isa = "AVX-512F",
	.supported = kernel_supported_avx512,
	.prepare = lanes_prepare,
	.prepare_begin = lanes_prepare_begin,
	.prepare_end = lanes_prepare_end,
	.scan = lanes_scan,
};
