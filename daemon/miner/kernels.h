/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The kernels that kernel_*.c define, for kernel_table(), and the questions whether this CPU and
 * system have what they need. These are compiled for the baseline, apart from the kernels.
 */
#include "miner/kernel.h"

bool kernel_supported_avx512(void);
bool kernel_supported_sha_ni(void);
bool kernel_supported_avx2(void);
bool kernel_supported_generic(void);

extern const struct kernel kernel_avx512;
extern const struct kernel kernel_avx512_pair;
extern const struct kernel kernel_avx512_trio;
extern const struct kernel kernel_sha_ni;
extern const struct kernel kernel_avx2;
extern const struct kernel kernel_avx2_pair;
extern const struct kernel kernel_generic;
