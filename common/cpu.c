/* SPDX-License-Identifier: MIT */
#include "common/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>

/* Intel SDM volume 1, 13.3: the components of the extended state that the system manages. */
enum {
	XCR0_AVX = 0x06,    /* xmm and ymm */
	XCR0_AVX512 = 0xe6, /* and mask registers, zmm and the upper sixteen */
};

static uint32_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

unsigned cpu_features(void)
{
	unsigned eax, ebx, ecx, edx, features = 0;
	uint32_t xcr0 = 0;
	bool sse41, avx;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return 0;
	sse41 = (ecx & bit_SSE4_1) && (ecx & bit_SSSE3);
	avx = ecx & bit_AVX;
	if (ecx & bit_OSXSAVE)
		xcr0 = read_xcr0();
	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
		return 0;
	if (sse41 && (ebx & bit_SHA))
		features |= CPU_SHA;
	if (!avx || !(ebx & bit_AVX2) || (xcr0 & XCR0_AVX) != XCR0_AVX)
		return features;
	features |= CPU_AVX2;
	if ((ebx & bit_AVX512F) && (xcr0 & XCR0_AVX512) == XCR0_AVX512)
		features |= CPU_AVX512;
	return features;
}

#else

unsigned cpu_features(void)
{
	return 0;
}

#endif
