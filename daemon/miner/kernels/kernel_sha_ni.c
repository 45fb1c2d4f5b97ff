/* SPDX-License-Identifier: MIT */
/*
 * The SHA extensions hash one header at a time, two rounds an instruction, so STREAMS of them run
 * side by side to fill its latency. As in lanes.h the streams of an iteration are versions over
 * one nonce, whose K + W is computed once for all, or without rolled versions STREAMS nonces.
 *
 * sha256rnds2 keeps the state as {a, b, e, f} and {c, d, g, h} (Intel SDM volume 2); the high
 * words of a vector are named first.
 */
#include <immintrin.h>
#include <string.h>

#include "bitcoin/sha256_ni.h"
#include "common/container.h"
#include "common/cpu.h"
#include "miner/kernel.h"
#include "miner/kernels/schedule.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { STREAMS = 4 };

struct state {
	__m128i abef;
	__m128i cdgh;
};

/* What is computed once for a version. */
struct version {
	struct state midstate;
	struct state round2; /* after rounds 0 and 1 */
};

struct sha_ni_state {
	uint32_t kw[64]; /* of the next nonce */
	struct version version[KERNEL_VERSIONS_MAX];
	uint32_t number[KERNEL_VERSIONS_MAX]; /* the header versions */
	uint32_t block[16];		      /* the header's second block, nonce 0 */
	unsigned n_versions;
	unsigned next_version;
	uint32_t next_nonce;
	uint64_t nonces_left;
	uint32_t top_mask;
};
_Static_assert(sizeof(struct sha_ni_state) <= KERNEL_STATE_SIZE, "the worker's scratch is enough");

ALWAYS_INLINE __m128i load(const uint32_t *words)
{
	return _mm_loadu_si128((const __m128i *)words);
}

ALWAYS_INLINE struct state state_from_words(__m128i dcba, __m128i hgfe)
{
	__m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
	__m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);

	return (struct state){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

/* The first four and the last four words, as a schedule takes them. */
ALWAYS_INLINE void state_to_words(struct state s, __m128i *ret_dcba, __m128i *ret_hgfe)
{
	__m128i feba = _mm_shuffle_epi32(s.abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(s.cdgh, 0xb1);

	*ret_dcba = _mm_blend_epi16(feba, dchg, 0xf0);
	*ret_hgfe = _mm_alignr_epi8(dchg, feba, 8);
}

/* The next four words out of the last sixteen; w0 are the oldest. */
ALWAYS_INLINE __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

/* The low two words of kw. The halves change places: cdgh holds the new abef. */
ALWAYS_INLINE void two_rounds(struct state *s, __m128i kw)
{
	__m128i abef = _mm_sha256rnds2_epu32(s->cdgh, s->abef, kw);

	s->cdgh = s->abef;
	s->abef = abef;
}

ALWAYS_INLINE __m128i high_half(__m128i kw)
{
	return _mm_shuffle_epi32(kw, 0x0e);
}

/* Group i of four words of a schedule whose last sixteen words are in w. */
ALWAYS_INLINE __m128i schedule(__m128i w[4], unsigned i)
{
	if (i >= 4)
		w[i & 3] = next_words(w[i & 3], w[(i + 1) & 3], w[(i + 2) & 3], w[(i + 3) & 3]);
	return w[i & 3];
}

/* The words of the header's second block. */
ALWAYS_INLINE void begin_words(const struct sha_ni_state *st, uint32_t nonce, __m128i w[4])
{
	w[0] = _mm_insert_epi32(load(st->block), (int)__builtin_bswap32(nonce), 3);
	for (unsigned i = 1; i < 4; i++)
		w[i] = load(st->block + 4 * i);
}

static void share_schedule(struct sha_ni_state *st)
{
	__m128i w[4];

	begin_words(st, st->next_nonce, w);
#pragma GCC unroll 16
	for (unsigned i = 0; i < 16; i++) {
		__m128i kw = _mm_add_epi32(schedule(w, i), load(sha256_k + 4 * i));

		_mm_storeu_si128((__m128i *)&st->kw[4 * i], kw);
	}
}

struct stream {
	struct state state;
	__m128i word[4];
	const struct version *version;
};

/* Group i of the first hash; the first two rounds were done for the version. */
ALWAYS_INLINE void first_rounds(const struct sha_ni_state *st, struct stream *s, unsigned i,
				bool shared)
{
	if (shared) {
		if (i)
			two_rounds(&s->state, load(st->kw + 4 * i));
		two_rounds(&s->state, _mm_loadl_epi64((const __m128i *)(st->kw + 4 * i + 2)));
	} else {
		__m128i kw = _mm_add_epi32(schedule(s->word, i), load(sha256_k + 4 * i));

		if (i)
			two_rounds(&s->state, kw);
		two_rounds(&s->state, high_half(kw));
	}
}

/* From the first hash to the second. */
ALWAYS_INLINE void between(struct stream *s)
{
	static const uint32_t padding[8] = {0x80000000, [7] = 8 * SHA256_DIGEST};

	s->state.abef = _mm_add_epi32(s->state.abef, s->version->midstate.abef);
	s->state.cdgh = _mm_add_epi32(s->state.cdgh, s->version->midstate.cdgh);
	state_to_words(s->state, &s->word[0], &s->word[1]);
	s->word[2] = load(padding);
	s->word[3] = load(padding + 4);
	s->state = state_from_words(load(sha256_initial), load(sha256_initial + 4));
}

/* Group i of the second hash: `f` after round 61 is `e` after round 60, and that is the end. */
ALWAYS_INLINE void second_rounds(struct stream *s, unsigned i)
{
	__m128i kw = _mm_add_epi32(schedule(s->word, i), load(sha256_k + 4 * i));

	two_rounds(&s->state, kw);
	if (i < 15)
		two_rounds(&s->state, high_half(kw));
}

/* As in lanes.h: how many streams have work left; the others repeat the last one. */
ALWAYS_INLINE unsigned busy_streams(const struct sha_ni_state *st, bool shared)
{
	uint64_t left = shared ? st->n_versions - st->next_version : st->nonces_left;

	return (unsigned)MIN(left, (uint64_t)STREAMS);
}

ALWAYS_INLINE unsigned iterate(const struct sha_ni_state *st, bool shared, unsigned busy)
{
	struct stream s[STREAMS];
	unsigned found = 0;

#pragma GCC unroll 4
	for (unsigned k = 0; k < STREAMS; k++) {
		unsigned i = MIN(k, busy - 1);

		s[k].version = &st->version[shared ? st->next_version + i : 0];
		s[k].state = s[k].version->round2;
		if (!shared)
			begin_words(st, st->next_nonce + i, s[k].word);
	}
#pragma GCC unroll 16
	for (unsigned i = 0; i < 16; i++)
#pragma GCC unroll 4
		for (unsigned k = 0; k < STREAMS; k++)
			first_rounds(st, &s[k], i, shared);
#pragma GCC unroll 4
	for (unsigned k = 0; k < STREAMS; k++)
		between(&s[k]);
#pragma GCC unroll 16
	for (unsigned i = 0; i < 16; i++)
#pragma GCC unroll 4
		for (unsigned k = 0; k < STREAMS; k++)
			second_rounds(&s[k], i);
#pragma GCC unroll 4
	for (unsigned k = 0; k < STREAMS; k++) {
		uint32_t f = (uint32_t)_mm_cvtsi128_si32(s[k].state.abef);

		found |= (unsigned)(((f + sha256_initial[7]) & st->top_mask) == 0) << k;
	}
	return found;
}

static void report(const struct sha_ni_state *st, bool shared, unsigned busy, unsigned found,
		   struct kernel_scan *ret)
{
	for (unsigned k = 0; k < busy; k++) {
		struct kernel_hit *hit = &ret->hit[ret->n_hits];

		if (!(found >> k & 1))
			continue;
		hit->nonce = st->next_nonce + (shared ? 0 : k);
		hit->version = st->number[shared ? st->next_version + k : 0];
		ret->n_hits++;
	}
}

/* shared is a constant where this is inlined: two loops come out of it. */
ALWAYS_INLINE enum kernel_result loop(struct sha_ni_state *st, bool shared, uint64_t max_hashes,
				      const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	while (st->nonces_left) {
		unsigned busy = busy_streams(st, shared), found;

		if (atomic_load_explicit(stop, memory_order_relaxed))
			return KERNEL_STOPPED;
		if (ret->hashes >= max_hashes)
			return KERNEL_MORE;
		if (shared && st->next_version == 0)
			share_schedule(st);
		found = iterate(st, shared, busy);
		ret->hashes += busy;
		if (found)
			report(st, shared, busy, found, ret);
		st->next_version += busy;
		if (!shared || st->next_version == st->n_versions) {
			st->next_version = 0;
			st->next_nonce += shared ? 1 : busy;
			st->nonces_left -= shared ? 1 : busy;
		}
		if (found)
			return KERNEL_HITS;
	}
	return KERNEL_DONE;
}

static enum kernel_result sha_ni_scan(struct kernel_state *state, uint64_t max_hashes,
				      const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	struct sha_ni_state *st = (struct sha_ni_state *)state->bytes;

	ret->hashes = 0;
	ret->n_hits = 0;
	if (st->n_versions > 1)
		return loop(st, true, max_hashes, stop, ret);
	return loop(st, false, max_hashes, stop, ret);
}

static void sha_ni_prepare(struct kernel_state *state, const struct kernel_work *work)
{
	struct sha_ni_state *st = (struct sha_ni_state *)state->bytes;
	uint8_t block[SHA256_BLOCK];
	struct schedule words;

	schedule_init(&words, work->header);
	memcpy(st->block, words.constant, sizeof(st->block));
	memcpy(block, work->header, sizeof(block));
	for (unsigned i = 0; i < work->n_versions; i++) {
		struct version *version = &st->version[i];
		uint32_t midstate[8];

		memcpy(block + HEADER_VERSION, &work->version[i], sizeof(uint32_t));
		memcpy(midstate, sha256_initial, sizeof(midstate));
		sha256_compress_ni(midstate, block, 1);
		version->midstate = state_from_words(load(midstate), load(midstate + 4));
		version->round2 = version->midstate;
		two_rounds(&version->round2, load(words.kw));
		st->number[i] = work->version[i];
	}
	st->n_versions = work->n_versions;
	st->next_version = 0;
	st->next_nonce = work->nonce;
	st->nonces_left = work->n_nonces;
	st->top_mask = work->top_mask;
}

const struct kernel kernel_sha_ni = {
	.name = "sha-ni",
	.isa = "SHA-NI, SSE4.1",
	.features = CPU_SHA,
	.prepare = sha_ni_prepare,
	.scan = sha_ni_scan,
};
