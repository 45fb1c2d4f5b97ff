/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The operations of lanes.h in AVX2: eight lanes, rotates of three instructions, sixteen
 * registers. The file that includes this defines STREAMS.
 */
#include <immintrin.h>

typedef __m256i lanes;

#define LANES 8

#define lanes_set(x)	    _mm256_set1_epi32(x)
#define lanes_load(p)	    _mm256_loadu_si256((const __m256i *)(p))
#define lanes_store(p, x)   _mm256_storeu_si256((__m256i *)(p), x)
#define lanes_count()	    _mm256_slli_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), 24)
#define lanes_add(a, b)	    _mm256_add_epi32(a, b)
#define lanes_ror(x, n)	    _mm256_or_si256(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - (n)))
#define lanes_shr(x, n)	    _mm256_srli_epi32(x, n)
#define lanes_xor(a, b)	    _mm256_xor_si256(a, b)
#define lanes_xor3(a, b, c) lanes_xor(lanes_xor(a, b), c)
#define lanes_ch(e, f, g)   lanes_xor(g, _mm256_and_si256(e, lanes_xor(f, g)))
/* As in lanes_avx512.h. */
#define lanes_leave()		  _mm256_zeroupper()
#define lanes_maj(a, b, c, chain) avx2_maj(a, b, chain)
#define lanes_zero(x, mask)	  avx2_zero(x, mask)

/* Of the round before, *chain holds its a ^ b, which is this round's b ^ c. */
static inline __attribute__((always_inline)) lanes avx2_maj(lanes a, lanes b, lanes *chain)
{
	lanes b_c = *chain;

	*chain = lanes_xor(a, b);
	return lanes_xor(b, _mm256_and_si256(*chain, b_c));
}

static inline unsigned avx2_zero(lanes x, lanes mask)
{
	lanes zero = _mm256_cmpeq_epi32(_mm256_and_si256(x, mask), _mm256_setzero_si256());

	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(zero));
}
