/* SPDX-License-Identifier: MIT */
#include "miner/kernel_test.h"

#include <string.h>

#include "common/assert.h"
#include "common/hex.h"

/* What the oracle found and the kernel did not yet: a bit for each nonce and version. */
struct expected {
	const struct kernel_work *work;
	unsigned n; /* bits set */
	uint8_t bit[KERNEL_TEST_HASHES_MAX / 8];
};

static void store_le32(uint8_t *bytes, uint32_t x)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = x >> 8 * i;
}

/* The last word of the double hash; midstate: of the first block. */
static uint32_t top_word(const uint32_t midstate[8], const uint8_t header[HEADER_SIZE])
{
	uint8_t digest[SHA256_DIGEST], last[4];

	sha256_finish(sha256_compress_scalar, midstate, SHA256_BLOCK, header + SHA256_BLOCK,
		      HEADER_SIZE - SHA256_BLOCK, digest);
	sha256_finish(sha256_compress_scalar, sha256_initial, 0, digest, sizeof(digest), digest);
	memcpy(last, digest + SHA256_DIGEST - 4, sizeof(last));
	return (uint32_t)last[0] << 24 | (uint32_t)last[1] << 16 | (uint32_t)last[2] << 8 | last[3];
}

static bool stopped(const _Atomic uintptr_t *stop)
{
	return atomic_load_explicit(stop, memory_order_relaxed) != 0;
}

/* Asks the oracle. false: it was stopped. */
static bool expected_init(struct expected *expected, const struct kernel_work *work,
			  const _Atomic uintptr_t *stop)
{
	uint8_t header[HEADER_SIZE];

	*expected = (struct expected){.work = work};
	memcpy(header, work->header, sizeof(header));
	for (unsigned v = 0; v < work->n_versions; v++) {
		uint32_t midstate[8];

		store_le32(header + HEADER_VERSION, work->version[v]);
		memcpy(midstate, sha256_initial, sizeof(midstate));
		sha256_compress_scalar(midstate, header, 1);
		for (unsigned i = 0; i < work->n_nonces; i++) {
			unsigned at = v * (unsigned)work->n_nonces + i;

			if (stopped(stop))
				return false;
			store_le32(header + HEADER_NONCE, work->nonce + i);
			if (top_word(midstate, header) & work->top_mask)
				continue;
			expected->bit[at / 8] |= 1 << at % 8;
			expected->n++;
		}
	}
	return true;
}

static bool expected_take(struct expected *expected, const struct kernel_hit *hit)
{
	const struct kernel_work *work = expected->work;
	uint32_t i = hit->nonce - work->nonce;
	unsigned v = 0, at;

	while (v < work->n_versions && work->version[v] != hit->version)
		v++;
	if (v == work->n_versions || i >= work->n_nonces)
		return false;
	at = v * (unsigned)work->n_nonces + i;
	if (!(expected->bit[at / 8] >> at % 8 & 1))
		return false;
	expected->bit[at / 8] &= ~(1 << at % 8);
	expected->n--;
	return true;
}

/* What a scan found, as far as it was expected. */
static bool expected_take_all(struct expected *expected, const struct kernel_scan *scan)
{
	for (unsigned i = 0; i < scan->n_hits; i++)
		if (!expected_take(expected, &scan->hit[i]))
			return false;
	return true;
}

enum kernel_test_result kernel_test_until(const struct kernel *kernel,
					  const struct kernel_work *work, uint64_t max_hashes,
					  const _Atomic uintptr_t *stop)
{
	uint64_t hashes = 0, all = work->n_nonces * work->n_versions;
	enum kernel_result result = KERNEL_MORE;
	struct kernel_state state;
	struct expected expected;
	struct kernel_scan scan;

	assert(all <= KERNEL_TEST_HASHES_MAX);
	if (!expected_init(&expected, work, stop))
		return KERNEL_TEST_STOPPED;
	kernel->prepare(&state, work);
	while (result != KERNEL_DONE) {
		result = kernel->scan(&state, max_hashes, stop, &scan);
		hashes += scan.hashes;
		if (result == KERNEL_STOPPED && stopped(stop))
			return KERNEL_TEST_STOPPED;
		/* A kernel that computes wrongly may also go on forever. */
		if (result == KERNEL_STOPPED || (result == KERNEL_HITS) != (scan.n_hits > 0) ||
		    (result != KERNEL_DONE && !scan.hashes) || hashes > all ||
		    !expected_take_all(&expected, &scan))
			return KERNEL_TEST_FAILED;
	}
	return hashes == all && expected.n == 0 ? KERNEL_TEST_PASSED : KERNEL_TEST_FAILED;
}

bool kernel_test_work(const struct kernel *kernel, const struct kernel_work *work,
		      uint64_t max_hashes)
{
	static const _Atomic uintptr_t go_on = 0;

	return kernel_test_until(kernel, work, max_hashes, &go_on) == KERNEL_TEST_PASSED;
}

/* The 64 nonces around the one that solved a block of the chain. */
static bool test_block(const struct kernel *kernel, const char *digits, unsigned n_versions)
{
	struct kernel_work work = {.n_versions = n_versions, .n_nonces = 64};
	const uint8_t *nonce = work.header + HEADER_NONCE;

	if (!hex_decode(work.header, HEADER_SIZE, digits))
		return false;
	work.nonce = (nonce[0] & ~63u) | (uint32_t)nonce[1] << 8 | (uint32_t)nonce[2] << 16 |
		     (uint32_t)nonce[3] << 24;
	work.top_mask = UINT32_MAX;
	for (unsigned i = 0; i < n_versions; i++)
		work.version[i] = 1 + (i << 13);
	return kernel_test_work(kernel, &work, UINT64_MAX);
}

static bool test_random(const struct kernel *kernel, unsigned n_versions, uint32_t n_nonces,
			uint32_t top_mask)
{
	struct kernel_work work = {.n_versions = n_versions, .n_nonces = n_nonces};
	uint32_t random = n_versions;

	for (unsigned i = 0; i < HEADER_SIZE; i++) {
		random = random * 1664525 + 1013904223;
		work.header[i] = random >> 24;
	}
	for (unsigned i = 0; i < n_versions; i++)
		work.version[i] = 0x20000000 | i * 0x00402000;
	work.top_mask = top_mask;
	work.nonce = -n_nonces;
	return kernel_test_work(kernel, &work, UINT64_MAX);
}

bool kernel_self_test(const struct kernel *kernel)
{
	static const char block_125552[] =
		"0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000"
		"e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122b"
		"c7f5d74df2b9441a42a14695";
	static const char genesis[] =
		"010000000000000000000000000000000000000000000000000000000000000000000000"
		"3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
		"29ab5f49ffff001d1dac2b7c";

	assert(kernel_supported(kernel));
	return test_block(kernel, block_125552, 1) && test_block(kernel, genesis, 2) &&
	       test_random(kernel, 1, 128, 0x3) && test_random(kernel, 8, 64, 0x80000001);
}
