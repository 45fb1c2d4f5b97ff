/* SPDX-License-Identifier: MIT */
#include "miner/kernel.h"

#include <string.h>

#include "common/cpu.h"
#include "miner/kernels.h"

bool kernel_supported_avx512(void)
{
	return cpu_features() & CPU_AVX512;
}

bool kernel_supported_sha_ni(void)
{
	return cpu_features() & CPU_SHA;
}

bool kernel_supported_avx2(void)
{
	return cpu_features() & CPU_AVX2;
}

bool kernel_supported_generic(void)
{
	return true;
}

const struct kernel *const *kernel_table(void)
{
	static const struct kernel *const table[] = {
#if defined(__x86_64__)
		&kernel_avx512,
		&kernel_avx512_pair,
		&kernel_avx512_trio,
		&kernel_sha_ni,
		&kernel_avx2,
		&kernel_avx2_pair,
#endif
		&kernel_generic,
		NULL,
	};

	return table;
}

const struct kernel *kernel_find(const char *name)
{
	const struct kernel *const *kernel = kernel_table();

	while (*kernel && strcmp((*kernel)->name, name) != 0)
		kernel++;
	return *kernel;
}
