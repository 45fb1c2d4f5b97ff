/* SPDX-License-Identifier: MIT */
/*
 * sha256rnds2 keeps the state as two registers, {a, b, e, f} and {c, d, g, h}, and does two rounds
 * with the two words of the low half of K + W. Intel SDM volume 2, SHA256RNDS2.
 */
#include "bitcoin/sha256_ni.h"

#include <immintrin.h>

#include "common/hot.h"

#define LOAD(pointer)  _mm_loadu_si128((const __m128i *)(pointer))
#define STORE(pointer) (__m128i *)(pointer)

struct state {
	__m128i abef;
	__m128i cdgh;
};

static inline __attribute__((always_inline)) struct state state_load(const uint32_t words[8])
{
	__m128i cdab = _mm_shuffle_epi32(LOAD(words), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(LOAD(words + 4), 0x1b);

	return (struct state){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

static inline __attribute__((always_inline)) void state_store(uint32_t words[8], struct state s)
{
	__m128i feba = _mm_shuffle_epi32(s.abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(s.cdgh, 0xb1);

	_mm_storeu_si128(STORE(words), _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128(STORE(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/* Rounds i .. i + 3 with their four words. */
static inline __attribute__((always_inline)) void rounds(struct state *s, unsigned i, __m128i w)
{
	__m128i kw = _mm_add_epi32(w, LOAD(sha256_k + i));

	s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, kw);
	s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(kw, 0x0e));
}

/* The next four words out of the last sixteen. */
static inline __attribute__((always_inline)) __m128i next_words(__m128i w0, __m128i w1, __m128i w2,
								__m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

/* Sixteen words into the state. */
static inline __attribute__((always_inline)) void state_add(struct state *s, __m128i w0, __m128i w1,
							    __m128i w2, __m128i w3)
{
	struct state before = *s;
	__m128i w[4] = {w0, w1, w2, w3};

#pragma GCC unroll 16
	for (unsigned i = 0; i < 16; i++) {
		rounds(s, 4 * i, w[i % 4]);
		if (i < 12)
			w[i % 4] = next_words(w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4],
					      w[(i + 3) % 4]);
	}
	s->abef = _mm_add_epi32(s->abef, before.abef);
	s->cdgh = _mm_add_epi32(s->cdgh, before.cdgh);
}

static inline __attribute__((always_inline)) __m128i load_words(const uint8_t *bytes)
{
	const __m128i big_endian =
		_mm_set_epi64x(INT64_C(0x0c0d0e0f08090a0b), INT64_C(0x0405060700010203));

	return _mm_shuffle_epi8(LOAD(bytes), big_endian);
}

HOT_WORKER void sha256_compress_ni(uint32_t state[8], const uint8_t *blocks, size_t n)
{
	struct state s = state_load(state);

	for (; n; n--, blocks += SHA256_BLOCK)
		state_add(&s, load_words(blocks), load_words(blocks + 16), load_words(blocks + 32),
			  load_words(blocks + 48));
	state_store(state, s);
}

/* The state as the message words that it is for the next hash. */
static inline __attribute__((always_inline)) void state_words(struct state s, __m128i *low,
							      __m128i *high)
{
	__m128i feba = _mm_shuffle_epi32(s.abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(s.cdgh, 0xb1);

	*low = _mm_blend_epi16(feba, dchg, 0xf0);
	*high = _mm_alignr_epi8(dchg, feba, 8);
}

/* The hash stays in registers from branch to branch: no byte of it goes through memory. */
HOT_WORKER void sha256_fold_ni(uint8_t hash[32], const uint8_t (*branches)[32], size_t n)
{
	const __m128i one = _mm_set_epi32(0, 0, 0, (int)0x80000000), zero = _mm_setzero_si128();
	const __m128i bits_256 = _mm_set_epi32(256, 0, 0, 0),
		      bits_512 = _mm_set_epi32(512, 0, 0, 0);
	const struct state initial = state_load(sha256_initial);
	__m128i low = load_words(hash), high = load_words(hash + 16);

	for (size_t i = 0; i < n; i++) {
		struct state s = initial;

		state_add(&s, low, high, load_words(branches[i]), load_words(branches[i] + 16));
		state_add(&s, one, zero, zero, bits_512);
		state_words(s, &low, &high);
		s = initial;
		state_add(&s, low, high, one, bits_256);
		state_words(s, &low, &high);
	}
	_mm_storeu_si128(STORE(hash), load_words((const uint8_t *)&low));
	_mm_storeu_si128(STORE(hash + 16), load_words((const uint8_t *)&high));
}
