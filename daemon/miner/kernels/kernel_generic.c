/* SPDX-License-Identifier: MIT */
/*
 * Plain C for every architecture: in vectors of four words where all of its CPUs have them (SSE2 or
 * Neon, by the vector types of GCC and clang), else word by word. In loops, because its caches are
 * unknown.
 */
#include <stdint.h>
#include <string.h>

#ifndef GENERIC_LANES
#if defined(__SSE2__) || defined(__ARM_NEON)
#define GENERIC_LANES 4
#else
#define GENERIC_LANES 1
#endif
#endif

#define LANES	GENERIC_LANES
#define STREAMS 1

typedef uint32_t lanes __attribute__((vector_size(4 * GENERIC_LANES)));

#define lanes_set(x)		  ((lanes){} + (uint32_t)(x))
#define lanes_add(a, b)		  ((a) + (b))
#define lanes_ror(x, n)		  ((x) >> (n) | (x) << (32 - (n)))
#define lanes_shr(x, n)		  ((x) >> (n))
#define lanes_xor(a, b)		  ((a) ^ (b))
#define lanes_xor3(a, b, c)	  ((a) ^ (b) ^ (c))
#define lanes_ch(e, f, g)	  ((g) ^ ((e) & ((f) ^ (g))))
#define lanes_leave()		  ((void)0)
#define lanes_load(p)		  generic_load(p)
#define lanes_store(p, x)	  generic_store(p, x)
#define lanes_count()		  generic_count()
#define lanes_maj(a, b, c, chain) generic_maj(a, b, chain)
#define lanes_zero(x, mask)	  generic_zero(x, mask)

#define GENERIC_INLINE static inline __attribute__((always_inline))

GENERIC_INLINE lanes generic_load(const uint32_t words[LANES])
{
	lanes x;

	memcpy(&x, __builtin_assume_aligned(words, sizeof(x)), sizeof(x));
	return x;
}

GENERIC_INLINE void generic_store(uint32_t ret[LANES], lanes x)
{
	memcpy(__builtin_assume_aligned(ret, sizeof(x)), &x, sizeof(x));
}

GENERIC_INLINE lanes generic_count(void)
{
	lanes x = {};

	for (uint32_t i = 0; i < LANES; i++)
		x[i] = i << 24;
	return x;
}

GENERIC_INLINE unsigned generic_zero(lanes x, lanes mask)
{
	unsigned bits = 0;

	x &= mask;
	for (unsigned i = 0; i < LANES; i++)
		bits |= (unsigned)(x[i] == 0) << i;
	return bits;
}

/* Of the round before, *chain holds its a ^ b, which is this round's b ^ c. */
GENERIC_INLINE lanes generic_maj(lanes a, lanes b, lanes *chain)
{
	lanes b_c = *chain;

	*chain = a ^ b;
	return b ^ (*chain & b_c);
}

#define KERNEL generic
#include "miner/kernels/lanes_rolled.h"
#include "miner/kernels/lanes_scan.h"

LANES_KERNEL("generic", "any", 0);
