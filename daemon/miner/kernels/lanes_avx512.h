/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The operations of lanes.h in AVX-512F: sixteen lanes, and one instruction for a rotate and
 * for logic of three inputs. The file that includes this defines STREAMS.
 */
#include <immintrin.h>

typedef __m512i lanes;

#define LANES 16

#define lanes_set(x)	  _mm512_set1_epi32(x)
#define lanes_load(p)	  _mm512_loadu_si512(p)
#define lanes_store(p, x) _mm512_storeu_si512(p, x)
#define lanes_count()                                                                              \
	_mm512_slli_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), \
			  24)
#define lanes_add(a, b)		  _mm512_add_epi32(a, b)
#define lanes_ror(x, n)		  _mm512_ror_epi32(x, n)
#define lanes_shr(x, n)		  _mm512_srli_epi32(x, n)
#define lanes_xor(a, b)		  _mm512_xor_si512(a, b)
#define lanes_xor3(a, b, c)	  _mm512_ternarylogic_epi32(a, b, c, 0x96)
#define lanes_ch(e, f, g)	  _mm512_ternarylogic_epi32(e, f, g, 0xca)
#define lanes_maj(a, b, c, chain) _mm512_ternarylogic_epi32(a, b, c, 0xe8)
/* Upper halves that stay in use make all SSE code after it slow; compilers see to it, but not
 * always. */
#define lanes_leave()	    _mm256_zeroupper()
#define lanes_zero(x, mask) _mm512_testn_epi32_mask(x, mask)
