/* SPDX-License-Identifier: MIT */
/* One stream: sixteen registers hold no second one. */
#include "miner/kernel_avx2.h"
#include "miner/kernels.h"

enum { STREAMS = 1 };

#define LANES_SECTION "hot_avx2"
#include "miner/kernel_lanes_flat.h"
#include "miner/kernel_lanes_scan.h"

const struct kernel kernel_avx2 = {
	.name = "avx2",
	.isa = "AVX2",
	.supported = kernel_supported_avx2,
	.prepare = lanes_prepare,
	.prepare_begin = lanes_prepare_begin,
	.prepare_end = lanes_prepare_end,
	.scan = lanes_scan,
};
