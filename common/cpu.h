/* SPDX-License-Identifier: MIT */
#pragma once

/* What this CPU can do beyond the baseline of its architecture. Any thread. */

enum cpu_feature {
	CPU_SHA = 1 << 0,    /* SHA-NI with SSSE3 and SSE4.1 */
	CPU_AVX2 = 1 << 1,   /* and the system saves the upper halves of the vector registers */
	CPU_AVX512 = 1 << 2, /* AVX-512F, and the system saves all of its registers */
};

/*
 * The set of features, none on other architectures than x86-64. It executes CPUID, which a
 * virtual machine leaves to its host: ask at start, not on the way of a job.
 */
unsigned cpu_features(void);
