/* SPDX-License-Identifier: MIT */
/* The registry is made by kernels/meson.build: KERNEL_HERE() for those built in, in order. */
#include "miner/kernel.h"

#include <string.h>

#include "common/cpu.h"

#define KERNEL_HERE(symbol, name) extern const struct kernel kernel_##symbol;
#define KERNEL_ELSEWHERE(name)
#include "miner/kernels/registry.inc"
#undef KERNEL_HERE
#undef KERNEL_ELSEWHERE

const struct kernel *const *kernel_table(void)
{
	static const struct kernel *const table[] = {
#define KERNEL_HERE(symbol, name) &kernel_##symbol,
#define KERNEL_ELSEWHERE(name)
#include "miner/kernels/registry.inc"
#undef KERNEL_HERE
#undef KERNEL_ELSEWHERE
		NULL,
	};

	return table;
}

const char *const *kernel_names(void)
{
	static const char *const names[] = {
#define KERNEL_HERE(symbol, name) name,
#define KERNEL_ELSEWHERE(name)	  name,
#include "miner/kernels/registry.inc"
#undef KERNEL_HERE
#undef KERNEL_ELSEWHERE
		NULL,
	};

	return names;
}

const struct kernel *kernel_find(const char *name)
{
	const struct kernel *const *kernel = kernel_table();

	while (*kernel && strcmp((*kernel)->name, name) != 0)
		kernel++;
	return *kernel;
}

bool kernel_supported(const struct kernel *kernel)
{
	return (cpu_features() & kernel->features) == kernel->features;
}
