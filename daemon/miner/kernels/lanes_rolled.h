/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The iteration in loops of eight rounds: so little code that three streams of it stay in the first
 * cache and in that of decoded instructions. That is for CPUs that could do more vector
 * instructions than they can fetch in lanes_flat.h, and on which each takes two cycles. What
 * the loops cost are zeros that are added, and words that go through memory.
 */
#include "miner/kernels/lanes.h"

/* For each stream, as k. */
#define EACH(...)                                 \
	do {                                      \
		{                                 \
			enum { k = 0 };           \
			__VA_ARGS__;              \
		}                                 \
		if (STREAMS > 1) {                \
			enum { k = 1 % STREAMS }; \
			__VA_ARGS__;              \
		}                                 \
		if (STREAMS > 2) {                \
			enum { k = 2 % STREAMS }; \
			__VA_ARGS__;              \
		}                                 \
	} while (0)
_Static_assert(STREAMS <= 3, "EACH() knows no more");

/* Keeps a loop one. */
#ifdef __clang__
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define ROLLED _Pragma("GCC unroll 1")
#endif

#define FOUR(f, i)          \
	do {                \
		f(i);       \
		f((i) + 1); \
		f((i) + 2); \
		f((i) + 3); \
	} while (0)
#define EIGHT(f, i)             \
	do {                    \
		FOUR(f, i);     \
		FOUR(f, i + 4); \
	} while (0)

/* Word i >= 16, whatever the ones before it are. */
ALWAYS_INLINE lanes rolled_word(lanes word[64], unsigned i)
{
	word[i] = lanes_add(lanes_add(word[i - 16], word[i - 7]),
			    lanes_add(sigma0(word[i - 15]), sigma1(word[i - 2])));
	return word[i];
}

/* Round i + j, where i is a multiple of 8, with k of it and a word. */
ALWAYS_INLINE void rolled_round(struct lanes_stream *s, unsigned j, uint32_t k, lanes word)
{
	lanes_round(s, j, lanes_add(lanes_add(STATE(s, j, H), lanes_set(k)), word), true);
}

/* The schedule of the first hash, up to the word where its words have to be computed. */
ALWAYS_INLINE void rolled_fill_first(const struct lanes_state *st, const struct lanes_stream *s,
				     lanes word[64])
{
#pragma GCC unroll 16
	for (unsigned i = 0; i < 16; i++)
		word[i] = schedule_varies(i) ? s->word[i] : lanes_set(st->words.constant[i]);
}

ALWAYS_INLINE void rolled_fill_second(const struct lanes_stream *s, lanes word[64])
{
#pragma GCC unroll 16
	for (unsigned i = 0; i < 16; i++)
		word[i] = varies_second(i) ? s->word[i] : lanes_set(constant_second(i));
}

/* Rounds i .. i + 7 of the first hash, whose K + W is stored. */
ALWAYS_INLINE void rolled_stored(const struct lanes_state *st, struct lanes_stream s[STREAMS],
				 unsigned i)
{
#define ROUND(j)                                                                               \
	EACH(lanes_round(&s[k], j, lanes_add(STATE(&s[k], j, H), lanes_load(st->kw[i + (j)])), \
			 true))
	EIGHT(ROUND, 0);
#undef ROUND
}

/* The same of either hash, with words that are computed, and the constants of that hash. */
ALWAYS_INLINE void rolled_computed(struct lanes_stream s[STREAMS], lanes word[STREAMS][64],
				   unsigned i, const uint32_t *constant)
{
#define ROUND(j) EACH(rolled_round(&s[k], j, constant[i + (j)], rolled_word(word[k], i + (j))))
	EIGHT(ROUND, 0);
#undef ROUND
}

ALWAYS_INLINE void rolled_first(const struct lanes_state *st, struct lanes_stream s[STREAMS],
				lanes word[STREAMS][64], bool shared)
{
#define ROUND(j) EACH(lanes_first(st, &s[k], j, true))
	FOUR(ROUND, 4);
#undef ROUND
	if (shared) {
		ROLLED
		for (unsigned i = 8; i < 64; i += 8)
			rolled_stored(st, s, i);
		return;
	}
	EACH(rolled_fill_first(st, &s[k], word[k]));
	/* Up to word 17 they are the same for all nonces, so that prepare() has stored them. */
	rolled_stored(st, s, 8);
	ROLLED
	for (unsigned i = 16; i < 64; i += 8)
		rolled_computed(s, word, i, sha256_k);
}

ALWAYS_INLINE void rolled_second(const struct lanes_state *st, struct lanes_stream s[STREAMS],
				 lanes word[STREAMS][64])
{
#define ROUND(j) EACH(lanes_second(st, &s[k], j))
	ROUND(1);
	ROUND(2);
	ROUND(3);
	FOUR(ROUND, 4);
	EIGHT(ROUND, 8);
	ROLLED
	for (unsigned i = 16; i < 56; i += 8)
		rolled_computed(s, word, i, st->words.k);
#pragma GCC unroll 16
	for (unsigned i = 40; i < 56; i++)
		EACH(s[k].word[i & 15] = word[k][i]);
	FOUR(ROUND, 56);
	ROUND(60);
#undef ROUND
}

/* The double hashes of one iteration of so many busy streams: what each found, and any of them. */
ALWAYS_INLINE unsigned lanes_iteration(const struct lanes_state *st, bool shared, unsigned busy,
				       unsigned ret[STREAMS])
{
	struct lanes_stream s[STREAMS];
	lanes word[STREAMS][64];
	unsigned any = 0;

	EACH(lanes_begin(st, &s[k], shared, k, busy));
	rolled_first(st, s, word, shared);
	EACH(lanes_between(st, &s[k]));
	EACH(rolled_fill_second(&s[k], word[k]));
	rolled_second(st, s, word);
	EACH(ret[k] = lanes_found(st, &s[k]));
	EACH(any |= ret[k]);
	return any;
}
