/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The functions of a struct kernel over the lanes of lanes.h, and LANES_KERNEL(), which makes the
 * kernel of them. Included by a kernel_*.c after lanes_flat.h or lanes_rolled.h.
 */
#include "miner/kernels/lanes.h"

/* Round i + j of a whole hash; j, a constant, is below 16. */
ALWAYS_INLINE void lanes_midstate_round(struct lanes_stream *s, unsigned i, unsigned j)
{
	lanes *w = s->word;

	if (i)
		w[j] = lanes_add(lanes_add(w[j], w[(j + 9) & 15]),
				 lanes_add(sigma0(w[(j + 1) & 15]), sigma1(w[(j + 14) & 15])));
	lanes_round(s, j, lanes_add(STATE(s, j, H), lanes_add(w[j], lanes_set(sha256_k[i + j]))),
		    true);
}

/* What prepares a scan lies together in the program, in a section of its own, to be prefetched. */
#define LANES_TEXT_OF(name) #name
#define LANES_TEXT(name)    LANES_TEXT_OF(name)
#define LANES_SECTION	    "hot_" LANES_TEXT(KERNEL)
#define LANES_PREPARE	    __attribute__((section(LANES_SECTION)))
extern const char lanes_prepare_begin[] __asm__("__start_" LANES_SECTION);
extern const char lanes_prepare_end[] __asm__("__stop_" LANES_SECTION);

/* The midstates of LANES versions: the header's first block, whose first word is the version. */
LANES_PREPARE static void lanes_midstates(const struct kernel_work *work, const uint32_t *versions,
					  lanes ret[8])
{
	struct lanes_stream s;
	uint32_t first[LANES];

	for (unsigned lane = 0; lane < LANES; lane++)
		first[lane] = __builtin_bswap32(versions[lane]);
	s.word[0] = lanes_load(first);
	for (unsigned i = 1; i < 16; i++)
		s.word[i] = lanes_set(schedule_load(work->header + 4 * i));
	for (unsigned i = 0; i < 8; i++)
		s.state[i] = lanes_set(sha256_initial[i]);
	s.chain = lanes_xor(s.state[B], s.state[C]);
	for (unsigned i = 0; i < 64; i += 16) {
#define ROUNDS(j)                                   \
	do {                                        \
		lanes_midstate_round(&s, i, j);     \
		lanes_midstate_round(&s, i, j + 1); \
		lanes_midstate_round(&s, i, j + 2); \
		lanes_midstate_round(&s, i, j + 3); \
	} while (0)
		ROUNDS(0);
		ROUNDS(4);
		ROUNDS(8);
		ROUNDS(12);
#undef ROUNDS
	}
	for (unsigned i = 0; i < 8; i++)
		ret[i] = lanes_add(s.state[i], lanes_set(sha256_initial[i]));
}

/* The fields of LANES versions from `at` on. */
LANES_PREPARE static void lanes_fields(struct lanes_state *st, const struct kernel_work *work,
				       unsigned at)
{
	struct lanes_stream s;
	uint32_t versions[LANES];

	/* With fewer versions than lanes the rest of the lanes do the last one again. */
	for (unsigned lane = 0; lane < LANES; lane++)
		versions[lane] = work->version[MIN(at + lane, work->n_versions - 1)];
	lanes_midstates(work, versions, s.state);
#define FIELD(field_, value) lanes_store(&st->field[field_][at], value)
	for (unsigned i = 0; i < 8; i++)
		FIELD(FIELD_MIDSTATE + i, s.state[i]);
	s.chain = lanes_xor(s.state[B], s.state[C]);
#define ROUND(i) lanes_round(&s, i, lanes_add(STATE(&s, i, H), lanes_set(st->words.kw[i])), true)
	ROUND(0);
	ROUND(1);
	ROUND(2);
	ROUND(3);
#undef ROUND
	FIELD(FIELD_A3, STATE(&s, 4, A));
	FIELD(FIELD_A2, STATE(&s, 4, B));
	FIELD(FIELD_A1, STATE(&s, 4, C));
	FIELD(FIELD_A0, STATE(&s, 4, D));
	FIELD(FIELD_E3, STATE(&s, 4, E));
	FIELD(FIELD_E2, STATE(&s, 4, F));
	FIELD(FIELD_E1, STATE(&s, 4, G));
	FIELD(FIELD_HKW4, lanes_add(STATE(&s, 4, H), lanes_set(st->words.kw[4])));
	FIELD(FIELD_HKW5, lanes_add(STATE(&s, 5, H), lanes_set(st->words.kw[5])));
	FIELD(FIELD_HKW6, lanes_add(STATE(&s, 6, H), lanes_set(st->words.kw[6])));
#undef FIELD
}

LANES_PREPARE static void lanes_prepare(struct kernel_state *state, const struct kernel_work *work)
{
	struct lanes_state *st = (struct lanes_state *)state->bytes;

	schedule_init(&st->words, work->header);
	for (unsigned at = 0; at < work->n_versions; at += LANES)
		lanes_fields(st, work, at);
	for (unsigned i = 4; i < 18; i++)
		lanes_store(st->kw[i], lanes_set(st->words.kw[i]));
	memcpy(st->version, work->version, work->n_versions * sizeof(st->version[0]));
	st->n_versions = work->n_versions;
	st->next_version = 0;
	st->next_nonce = work->nonce;
	st->nonces_left = work->n_nonces;
	st->top_mask = work->top_mask;
	lanes_leave();
}

/* The candidates of an iteration, of its busy streams. */
static void lanes_report(const struct lanes_state *st, bool shared, unsigned busy,
			 const unsigned found[STREAMS], struct kernel_scan *ret)
{
	for (unsigned k = 0; k < busy; k++)
		for (unsigned lane = 0; lane < LANES; lane++) {
			struct kernel_hit *hit = &ret->hit[ret->n_hits];

			if (!(found[k] >> lane & 1))
				continue;
			hit->nonce = st->next_nonce + lane + (shared ? 0 : k * LANES);
			hit->version = st->version[shared ? st->next_version + k : 0];
			ret->n_hits++;
		}
}

/* On to what comes after an iteration. */
ALWAYS_INLINE void lanes_advance(struct lanes_state *st, bool shared, unsigned busy)
{
	unsigned nonces = shared ? LANES : busy * LANES;

	if (shared) {
		st->next_version += busy;
		if (st->next_version < st->n_versions)
			return;
		st->next_version = 0;
	}
	st->next_nonce += nonces;
	st->nonces_left -= nonces;
}

/* shared is a constant where this is inlined: two loops come out of it. */
ALWAYS_INLINE enum kernel_result lanes_loop(struct lanes_state *st, bool shared,
					    uint64_t max_hashes, const _Atomic uintptr_t *stop,
					    struct kernel_scan *ret)
{
	while (st->nonces_left) {
		unsigned found[STREAMS], busy = lanes_busy(st, shared), any;

		if (atomic_load_explicit(stop, memory_order_relaxed))
			return KERNEL_STOPPED;
		if (ret->hashes >= max_hashes)
			return KERNEL_MORE;
		if (shared && st->next_version == 0)
			lanes_schedule(st);
		/* Keeps constants in memory: more registers than there are would be spilled. */
		__asm__ volatile("" : "+r"(st) : : "memory");
		any = lanes_iteration(st, shared, busy, found);
		ret->hashes += (uint64_t)busy * LANES;
		if (any)
			lanes_report(st, shared, busy, found, ret);
		lanes_advance(st, shared, busy);
		if (any)
			return KERNEL_HITS;
	}
	return KERNEL_DONE;
}

static enum kernel_result lanes_scan(struct kernel_state *state, uint64_t max_hashes,
				     const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	struct lanes_state *st = (struct lanes_state *)state->bytes;
	enum kernel_result result;

	ret->hashes = 0;
	ret->n_hits = 0;
	if (st->n_versions > 1)
		result = lanes_loop(st, true, max_hashes, stop, ret);
	else
		result = lanes_loop(st, false, max_hashes, stop, ret);
	lanes_leave();
	return result;
}

#define LANES_SYMBOL_OF(name) kernel_##name
#define LANES_SYMBOL(name)    LANES_SYMBOL_OF(name)
#define LANES_KERNEL(name_, isa_, features_)          \
	const struct kernel LANES_SYMBOL(KERNEL) = {  \
		.name = name_,                        \
		.isa = isa_,                          \
		.features = features_,                \
		.prepare = lanes_prepare,             \
		.prepare_begin = lanes_prepare_begin, \
		.prepare_end = lanes_prepare_end,     \
		.scan = lanes_scan,                   \
	}
