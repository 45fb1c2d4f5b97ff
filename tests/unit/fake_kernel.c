/* SPDX-License-Identifier: MIT */
#include "fake_kernel.h"

#include <sched.h>
#include <string.h>

#include "miner/kernel_test.h"

enum { FAKE_FAULTY_LANE = 5 };

enum fake_fault { FAKE_NONE, FAKE_EVERYTHING, FAKE_LOST_LANE, FAKE_GARBAGE_LANE, FAKE_SWAPPED };

struct fake_state {
	struct kernel_work work;
	uint64_t done; /* nonces */
};

_Static_assert(sizeof(struct fake_state) <= KERNEL_STATE_SIZE, "state of the fake kernels");

static void fake_prepare(struct kernel_state *bytes, const struct kernel_work *work)
{
	struct fake_state *state = (struct fake_state *)bytes->bytes;

	state->work = *work;
	state->done = 0;
}

static void fake_prepare_short(struct kernel_state *bytes, const struct kernel_work *work)
{
	struct fake_state *state = (struct fake_state *)bytes->bytes;

	fake_prepare(bytes, work);
	if (work->n_nonces > KERNEL_TEST_HASHES_MAX)
		state->work.n_nonces = FAKE_KERNEL_NONCES;
}

/* Whether the header with this version and nonce is a candidate. */
static bool fake_hash(const struct fake_state *state, uint32_t version, uint32_t nonce)
{
	uint8_t header[HEADER_SIZE], digest[SHA256_DIGEST];
	uint32_t top;

	memcpy(header, state->work.header, sizeof(header));
	memcpy(header + HEADER_VERSION, &version, 4);
	memcpy(header + HEADER_NONCE, &nonce, 4);
	sha256d(sha256_compress_scalar, header, sizeof(header), digest);
	top = (uint32_t)digest[28] << 24 | digest[29] << 16 | digest[30] << 8 | digest[31];
	return (top & state->work.top_mask) == 0;
}

static bool fake_finds(const struct fake_state *state, enum fake_fault fault, uint32_t version,
		       uint32_t nonce)
{
	bool faulty = nonce % FAKE_KERNEL_LANES == FAKE_FAULTY_LANE;

	if (fault == FAKE_EVERYTHING)
		return true;
	if (fault == FAKE_LOST_LANE && faulty)
		return false;
	if (fault == FAKE_GARBAGE_LANE && faulty)
		return fake_hash(state, version, ~nonce);
	return fake_hash(state, version, nonce);
}

static enum kernel_result fake_scan_with(struct kernel_state *bytes, uint64_t max_hashes,
					 const _Atomic uintptr_t *stop, struct kernel_scan *ret,
					 enum fake_fault fault)
{
	struct fake_state *state = (struct fake_state *)bytes->bytes;

	ret->hashes = 0;
	ret->n_hits = 0;
	do {
		uint32_t nonce = state->work.nonce + (uint32_t)state->done;
		uint32_t found = fault == FAKE_SWAPPED ? nonce ^ 1 : nonce;

		if (state->done == state->work.n_nonces)
			return KERNEL_DONE;
		if (atomic_load_explicit(stop, memory_order_relaxed))
			return KERNEL_STOPPED;
		for (unsigned i = 0; i < state->work.n_versions; i++) {
			uint32_t version = state->work.version[i];

			if (fake_finds(state, fault, version, nonce))
				ret->hit[ret->n_hits++] = (struct kernel_hit){found, version};
		}
		state->done++;
		ret->hashes += state->work.n_versions;
		if (ret->n_hits)
			return KERNEL_HITS;
	} while (ret->hashes < max_hashes);
	return KERNEL_MORE;
}

#define FAKE_SCAN(name, fault)                                                                 \
	static enum kernel_result name(struct kernel_state *state, uint64_t max_hashes,        \
				       const _Atomic uintptr_t *stop, struct kernel_scan *ret) \
	{                                                                                      \
		return fake_scan_with(state, max_hashes, stop, ret, fault);                    \
	}
FAKE_SCAN(fake_scan, FAKE_NONE)
FAKE_SCAN(fake_scan_wrong, FAKE_EVERYTHING)
FAKE_SCAN(fake_scan_lost_lane, FAKE_LOST_LANE)
FAKE_SCAN(fake_scan_garbage_lane, FAKE_GARBAGE_LANE)
FAKE_SCAN(fake_scan_swapped, FAKE_SWAPPED)
#undef FAKE_SCAN

static enum kernel_result fake_scan_blind(struct kernel_state *state, uint64_t max_hashes,
					  const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	ret->n_hits = 0;
	ret->hashes = 0;
	if (atomic_load_explicit(stop, memory_order_relaxed))
		return KERNEL_STOPPED;
	ret->hashes = 1;
	return KERNEL_DONE;
}

static enum kernel_result fake_scan_stuck(struct kernel_state *state, uint64_t max_hashes,
					  const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	ret->n_hits = 0;
	ret->hashes = 0;
	while (!atomic_load_explicit(stop, memory_order_relaxed))
		sched_yield();
	return KERNEL_STOPPED;
}

const struct kernel fake_kernel_whole = {
	"whole", "C", 0, fake_prepare, fake_scan,
};
const struct kernel fake_kernel_short = {
	"short", "C", 0, fake_prepare_short, fake_scan,
};
const struct kernel fake_kernel_wrong = {
	"wrong", "C", 0, fake_prepare_short, fake_scan_wrong,
};
const struct kernel fake_kernel_lost_lane = {
	"lost-lane", "C", 0, fake_prepare, fake_scan_lost_lane,
};
const struct kernel fake_kernel_garbage_lane = {
	"garbage-lane", "C", 0, fake_prepare, fake_scan_garbage_lane,
};
const struct kernel fake_kernel_swapped_lanes = {
	"swapped-lanes", "C", 0, fake_prepare, fake_scan_swapped,
};
const struct kernel fake_kernel_blind = {
	"blind", "C", 0, fake_prepare, fake_scan_blind,
};
const struct kernel fake_kernel_stuck = {
	"stuck", "C", 0, fake_prepare, fake_scan_stuck,
};

const struct kernel *const fake_kernel_liars[FAKE_KERNEL_LIARS] = {
	&fake_kernel_wrong,	    &fake_kernel_lost_lane, &fake_kernel_garbage_lane,
	&fake_kernel_swapped_lanes, &fake_kernel_blind,
};
