/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * memchr(3) for up to three bytes at once, for short texts on the way of a job. It is inlined: the
 * caller's code is in the cache, that of the C library most often is not.
 */
#include <stdbool.h>
#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first of the bytes a, b or c in [at, end); end when there is none. */
static inline const char *find_any(const char *at, const char *end, char a, char b, char c)
{
#ifdef __SSE2__
	const __m128i as = _mm_set1_epi8(a), bs = _mm_set1_epi8(b), cs = _mm_set1_epi8(c);

	for (; end - at >= 16; at += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i found = _mm_or_si128(
			_mm_cmpeq_epi8(bytes, as),
			_mm_or_si128(_mm_cmpeq_epi8(bytes, bs), _mm_cmpeq_epi8(bytes, cs)));
		int mask = _mm_movemask_epi8(found);

		if (mask)
			return at + __builtin_ctz((unsigned)mask);
	}
#endif
	while (at < end && *at != a && *at != b && *at != c)
		at++;
	return at;
}

/* Whether none of the 64 bytes from at on is a, b or c, for texts of a known length. */
static inline bool find_none(const char at[64], char a, char b, char c)
{
#ifdef __SSE2__
	const __m128i as = _mm_set1_epi8(a), bs = _mm_set1_epi8(b), cs = _mm_set1_epi8(c);
	__m128i found = _mm_setzero_si128();

#pragma GCC unroll 4
	for (size_t i = 0; i < 64; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));

		found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, as));
		found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, bs));
		found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, cs));
	}
	return _mm_movemask_epi8(found) == 0;
#else
	return find_any(at, at + 64, a, b, c) == at + 64;
#endif
}
