/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The double hash of a header in lanes: as many nonces side by side as a vector has 32-bit lanes,
 * and STREAMS of them in one iteration of the loop.
 *
 * How to write a kernel for another instruction set. Its file, kernel_NAME.c, defines in this order
 *
 *	lanes			the type of a vector of LANES words of 32 bits
 *	LANES			how many; a power of 2, at most 64
 *	STREAMS			vectors in one iteration, 1 to 3 (1 or 2 with lanes_flat.h)
 *	KERNEL			its name in C: NAME of the file's name
 *	lanes_set(x)		x, a uint32_t, in each lane
 *	lanes_load(p)		LANES words from memory, aligned to the vector
 *	lanes_store(p, x)	the reverse
 *	lanes_count()		i << 24 in lane i
 *	lanes_add(a, b)		a + b modulo 2^32
 *	lanes_ror(x, n)		x rotated to the right by n bits, 1 to 31, a constant
 *	lanes_shr(x, n)		x shifted to the right, zeros come in
 *	lanes_xor(a, b)		a ^ b
 *	lanes_xor3(a, b, c)	a ^ b ^ c
 *	lanes_ch(e, f, g)	SHA-256's Ch: (e & f) ^ (~e & g)
 *	lanes_maj(a, b, c, p)	SHA-256's Maj: (a & b) ^ (a & c) ^ (b & c); *p holds b ^ c
 *				before, and must hold a ^ b afterwards if any call uses it
 *	lanes_zero(x, mask)	bit i is set where x & mask is 0 in lane i
 *	lanes_leave()		what has to come after the last vector instruction; may be nothing
 *
 * as macros, each of which may call an inline function; then includes lanes_flat.h (code without a
 * loop, for large instruction caches) or lanes_rolled.h (loops), and lanes_scan.h; and ends with
 *
 *	LANES_KERNEL("name", "what people call the instruction set", CPU_...)
 *
 * where CPU_... of common/cpu.h is what the CPU must have, 0 for nothing. With a line in
 * daemon/miner/kernels/meson.build the kernel is in every list and in every test of kernels.
 *
 * With rolled versions the streams of an iteration are so many versions over the same nonces. The
 * second block of the header holds no version, so its message schedule, K + W, is computed once for
 * all versions and is read from memory. Without, the streams are groups of nonces, each with a
 * schedule of its own.
 *
 * Left out is all that does not change or is not looked at: rounds 0 - 2 of the first hash and the
 * sums of round 3 but for the nonce; words that are zero, and sums of constant words; of the second
 * hash round 0, the `a` half from round 57 on, and all after `e` of round 60, which together with
 * the initial value is the word of the hash that holds its top bits.
 */
#include <stdatomic.h>
#include <string.h>

#include "common/container.h"
#include "common/cpu.h"
#include "miner/kernel.h"
#include "miner/kernels/schedule.h"

#ifndef LANES
#error "LANES is not defined: see the list above"
#endif
#ifndef STREAMS
#error "STREAMS is not defined: see the list above"
#endif
#ifndef KERNEL
#error "KERNEL is not defined: see the list above"
#endif
#ifndef lanes_set
#error "lanes_set is not defined: see the list above"
#endif
#ifndef lanes_load
#error "lanes_load is not defined: see the list above"
#endif
#ifndef lanes_store
#error "lanes_store is not defined: see the list above"
#endif
#ifndef lanes_count
#error "lanes_count is not defined: see the list above"
#endif
#ifndef lanes_add
#error "lanes_add is not defined: see the list above"
#endif
#ifndef lanes_ror
#error "lanes_ror is not defined: see the list above"
#endif
#ifndef lanes_shr
#error "lanes_shr is not defined: see the list above"
#endif
#ifndef lanes_xor
#error "lanes_xor is not defined: see the list above"
#endif
#ifndef lanes_xor3
#error "lanes_xor3 is not defined: see the list above"
#endif
#ifndef lanes_ch
#error "lanes_ch is not defined: see the list above"
#endif
#ifndef lanes_maj
#error "lanes_maj is not defined: see the list above"
#endif
#ifndef lanes_zero
#error "lanes_zero is not defined: see the list above"
#endif
#ifndef lanes_leave
#error "lanes_leave is not defined: see the list above"
#endif
_Static_assert(sizeof(lanes) == 4 * LANES && LANES <= 64 && (LANES & (LANES - 1)) == 0,
	       "a vector of LANES words");
_Static_assert(STREAMS >= 1 && STREAMS <= 3, "what KERNEL_HITS_MAX and the loops are made for");

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* What a version comes down to, for the first hash of the header's second block. */
enum lanes_field {
	FIELD_A3, /* `a` after round 3, but for the nonce that is added to it */
	FIELD_E3, /* `e` likewise */
	FIELD_A2, /* `a` and `e` after rounds 2, 1, 0 */
	FIELD_A1,
	FIELD_A0,
	FIELD_E2,
	FIELD_E1,
	FIELD_HKW4, /* h + K + W of rounds 4, 5, 6, where h does not depend on the nonce */
	FIELD_HKW5,
	FIELD_HKW6,
	FIELD_MIDSTATE, /* eight words */
	FIELDS = FIELD_MIDSTATE + 8,
};

enum { LANES_VERSIONS = (KERNEL_VERSIONS_MAX + 15) / 16 * 16 /* whole vectors of them */ };

struct lanes_state {
	_Alignas(64) uint32_t kw[64][LANES]; /* of the nonces that are next; [3] is the nonce */
	_Alignas(64) uint32_t field[FIELDS][LANES_VERSIONS];
	struct schedule words;
	uint32_t version[KERNEL_VERSIONS_MAX];
	unsigned n_versions;
	unsigned next_version;
	uint32_t next_nonce;
	uint64_t nonces_left;
	uint32_t top_mask;
};
_Static_assert(sizeof(struct lanes_state) <= KERNEL_STATE_SIZE, "the worker's scratch is enough");

/* One double hash in each lane. Round i finds a .. h in state[-i mod 8] and following. */
struct lanes_stream {
	lanes state[8];
	lanes word[16];	  /* W[i] in word[i mod 16] */
	lanes chain;	  /* of lanes_maj() */
	unsigned version; /* index into the fields */
};

#define STATE(stream, i, letter) (stream)->state[((letter) - (i)) & 7]
enum { A, B, C, D, E, F, G, H };

/* A field of the version that a stream hashes, in each lane. */
#define VERSION_FIELD(st, stream, field_) lanes_set((st)->field[field_][(stream)->version])

ALWAYS_INLINE lanes big_sigma0(lanes x)
{
	return lanes_xor3(lanes_ror(x, 2), lanes_ror(x, 13), lanes_ror(x, 22));
}

ALWAYS_INLINE lanes big_sigma1(lanes x)
{
	return lanes_xor3(lanes_ror(x, 6), lanes_ror(x, 11), lanes_ror(x, 25));
}

ALWAYS_INLINE lanes sigma0(lanes x)
{
	return lanes_xor3(lanes_ror(x, 7), lanes_ror(x, 18), lanes_shr(x, 3));
}

ALWAYS_INLINE lanes sigma1(lanes x)
{
	return lanes_xor3(lanes_ror(x, 17), lanes_ror(x, 19), lanes_shr(x, 10));
}

/*
 * Round i; hkw is h + K[i] + W[i]. Sigma1 is added last: it is the last to be there. Without
 * `whole`, only what becomes `e`.
 */
ALWAYS_INLINE void lanes_round(struct lanes_stream *s, unsigned i, lanes hkw, bool whole)
{
	lanes a = STATE(s, i, A), e = STATE(s, i, E);
	lanes t = lanes_add(lanes_add(hkw, lanes_ch(e, STATE(s, i, F), STATE(s, i, G))),
			    big_sigma1(e));

	STATE(s, i, D) = lanes_add(STATE(s, i, D), t);
	if (whole)
		STATE(s, i, H) = lanes_add(
			t, lanes_add(big_sigma0(a),
				     lanes_maj(a, STATE(s, i, B), STATE(s, i, C), &s->chain)));
}

/* Word i >= 16 of which `varies` names the words that are no constants. */
ALWAYS_INLINE lanes lanes_word(const lanes word[16], unsigned i, bool (*varies)(unsigned),
			       const uint32_t *constant)
{
	lanes sum = constant ? lanes_set(*constant) : lanes_set(0);
	bool empty = !constant;

#define TERM(j, value)                                                 \
	do {                                                           \
		if (varies(j)) {                                       \
			sum = empty ? (value) : lanes_add(sum, value); \
			empty = false;                                 \
		}                                                      \
	} while (0)
	TERM(i - 16, word[(i - 16) & 15]);
	TERM(i - 7, word[(i - 7) & 15]);
	TERM(i - 15, sigma0(word[(i - 15) & 15]));
	TERM(i - 2, sigma1(word[(i - 2) & 15]));
#undef TERM
	return sum;
}

/* Whether word i >= 16 of the first hash has a constant part: there are words 0 to 2, 4 and 15. */
ALWAYS_INLINE bool constant_first(unsigned i)
{
	return i < 25 ? i != 21 : i >= 30 && i <= 33;
}

ALWAYS_INLINE bool varies_second(unsigned i)
{
	return i < 8 || i >= 16;
}

/* 0 where nothing is to be added. */
ALWAYS_INLINE uint32_t constant_second(unsigned i)
{
	static const uint32_t padding8 = 0x80000000, padding15 = 8 * SHA256_DIGEST;

#define ROR(x, n) ((x) >> (n) | (x) << (32 - (n)))
	switch (i) {
	case 8:
	case 24:
		return padding8;
	case 15:
	case 22:
	case 31:
		return padding15;
	case 17:
		return ROR(padding15, 17) ^ ROR(padding15, 19) ^ padding15 >> 10;
	case 23:
		return ROR(padding8, 7) ^ ROR(padding8, 18) ^ padding8 >> 3;
	case 30:
		return ROR(padding15, 7) ^ ROR(padding15, 18) ^ padding15 >> 3;
	default:
		return 0;
	}
#undef ROR
}

ALWAYS_INLINE lanes word_first(const struct lanes_state *st, struct lanes_stream *s, unsigned i)
{
	lanes word = lanes_word(s->word, i, schedule_varies,
				constant_first(i) ? &st->words.constant[i] : NULL);

	s->word[i & 15] = word;
	return word;
}

ALWAYS_INLINE lanes word_second(struct lanes_stream *s, unsigned i)
{
	const uint32_t constant = constant_second(i);
	lanes word = lanes_word(s->word, i, varies_second, constant ? &constant : NULL);

	s->word[i & 15] = word;
	return word;
}

/* The word that holds the nonce is big-endian: what counts up with the lane is its top byte. */
ALWAYS_INLINE lanes lanes_nonce(uint32_t nonce)
{
	return lanes_add(lanes_set(__builtin_bswap32(nonce)), lanes_count());
}

/* K + W of the first hash, for every version. */
ALWAYS_INLINE void lanes_schedule(struct lanes_state *st)
{
	struct lanes_stream s;

	s.word[3] = lanes_nonce(st->next_nonce);
	lanes_store(st->kw[3], s.word[3]);
#define WORD(i)	 lanes_store(st->kw[i], lanes_add(word_first(st, &s, i), lanes_set(st->words.kw[i])))
#define WORDS(i) (WORD(i), WORD(i + 1), WORD(i + 2), WORD(i + 3), WORD(i + 4), WORD(i + 5))
	WORDS(18);
	WORDS(24);
	WORDS(30);
	WORDS(36);
	WORDS(42);
	WORDS(48);
	WORDS(54);
	WORD(60);
	WORD(61);
	WORD(62);
	WORD(63);
#undef WORDS
#undef WORD
}

/* How many of the streams of the next iteration have something left to hash; at least one. */
ALWAYS_INLINE unsigned lanes_busy(const struct lanes_state *st, bool shared)
{
	uint64_t left = shared ? st->n_versions - st->next_version : st->nonces_left / LANES;

	return (unsigned)MIN(left, (uint64_t)STREAMS);
}

/*
 * Stream k of the next iteration, before round 4 of the first hash. Those behind the busy ones do
 * the last of these again, and what they find is not looked at.
 */
ALWAYS_INLINE void lanes_begin(const struct lanes_state *st, struct lanes_stream *s, bool shared,
			       unsigned k, unsigned busy)
{
	unsigned i = MIN(k, busy - 1);
	lanes nonce = shared ? lanes_load(st->kw[3]) : lanes_nonce(st->next_nonce + i * LANES);

	s->version = shared ? st->next_version + i : 0;
	STATE(s, 4, A) = lanes_add(nonce, VERSION_FIELD(st, s, FIELD_A3));
	STATE(s, 4, B) = VERSION_FIELD(st, s, FIELD_A2);
	STATE(s, 4, C) = VERSION_FIELD(st, s, FIELD_A1);
	STATE(s, 4, D) = VERSION_FIELD(st, s, FIELD_A0);
	STATE(s, 4, E) = lanes_add(nonce, VERSION_FIELD(st, s, FIELD_E3));
	STATE(s, 4, F) = VERSION_FIELD(st, s, FIELD_E2);
	STATE(s, 4, G) = VERSION_FIELD(st, s, FIELD_E1);
	s->word[3] = nonce;
	s->chain = lanes_xor(STATE(s, 4, B), STATE(s, 4, C));
}

/* Round i, 4 .. 63, of the first hash. */
ALWAYS_INLINE void lanes_first(const struct lanes_state *st, struct lanes_stream *s, unsigned i,
			       bool shared)
{
	lanes hkw;

	if (i <= 6)
		hkw = VERSION_FIELD(st, s, FIELD_HKW4 + i - 4);
	else if (i < 18)
		hkw = lanes_add(STATE(s, i, H), lanes_set(st->words.kw[i]));
	else if (shared)
		hkw = lanes_add(STATE(s, i, H), lanes_load(st->kw[i]));
	else
		hkw = lanes_add(STATE(s, i, H),
				lanes_add(word_first(st, s, i), lanes_set(st->words.kw[i])));
	lanes_round(s, i, hkw, true);
}

/* From the first hash to the second, with its round 0. */
ALWAYS_INLINE void lanes_between(const struct lanes_state *st, struct lanes_stream *s)
{
#define FEED(i) s->word[i] = lanes_add(s->state[i], VERSION_FIELD(st, s, FIELD_MIDSTATE + i))
	FEED(0);
	FEED(1);
	FEED(2);
	FEED(3);
	FEED(4);
	FEED(5);
	FEED(6);
	FEED(7);
#undef FEED
	STATE(s, 1, A) = lanes_add(s->word[0], lanes_set(st->words.a0));
	STATE(s, 1, B) = lanes_set(sha256_initial[0]);
	STATE(s, 1, C) = lanes_set(sha256_initial[1]);
	STATE(s, 1, D) = lanes_set(sha256_initial[2]);
	STATE(s, 1, E) = lanes_add(s->word[0], lanes_set(st->words.e0));
	STATE(s, 1, F) = lanes_set(sha256_initial[4]);
	STATE(s, 1, G) = lanes_set(sha256_initial[5]);
	s->chain = lanes_xor(STATE(s, 1, B), STATE(s, 1, C));
}

/* Round i, 1 .. 60, of the second hash. */
ALWAYS_INLINE void lanes_second(const struct lanes_state *st, struct lanes_stream *s, unsigned i)
{
	lanes hkw = lanes_set(st->words.k[i]);

	if (i >= 16)
		hkw = lanes_add(word_second(s, i), hkw);
	else if (i < 8)
		hkw = lanes_add(s->word[i], hkw);
	if (i > 3)
		hkw = lanes_add(STATE(s, i, H), hkw);
	lanes_round(s, i, hkw, i <= 56);
}

/* What is left of the double hash: a set bit is a lane whose top bits are zero. */
ALWAYS_INLINE unsigned lanes_found(const struct lanes_state *st, const struct lanes_stream *s)
{
	return lanes_zero(STATE(s, 60, D), lanes_set(st->top_mask));
}
