/* SPDX-License-Identifier: MIT */
#include "miner/kernel_check.h"

#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"

enum { KERNEL_CHECK_ALIGN = 512 /* nonces; a power of two, at least KERNEL_CHECK_HASHES */ };
_Static_assert((int)KERNEL_CHECK_ALIGN >= (int)KERNEL_CHECK_HASHES, "the nonces do not wrap");
_Static_assert((int)KERNEL_CHECK_HASHES <= (int)KERNEL_TEST_HASHES_MAX, "one work of the test");

bool kernel_check_due(const struct kernel_check *check, uint64_t now)
{
	return now >= check->due_ns;
}

/* The part of step that the next check scans. */
static struct kernel_work kernel_check_part(const struct kernel_check *check,
					    const struct kernel_work *step)
{
	/* 1, 2, 3 or 6: they divide the hashes of a check. */
	unsigned n = step->n_versions >= KERNEL_CHECK_VERSIONS ? KERNEL_CHECK_VERSIONS
							       : MIN(step->n_versions, 3u);
	unsigned first = check->n % (step->n_versions - n + 1);
	struct kernel_work work = {
		.n_versions = n,
		.top_mask = UINT32_C(1) << check->n % 32,
		/* Spread over the range: 2^32 divided by the golden ratio apart. */
		.nonce = check->n * UINT32_C(0x9e3779b1) & ~(uint32_t)(KERNEL_CHECK_ALIGN - 1),
		.n_nonces = (uint64_t)KERNEL_CHECK_NONCES * (KERNEL_CHECK_VERSIONS / n),
	};

	memcpy(work.header, step->header, sizeof(work.header));
	memcpy(work.version, step->version + first, n * sizeof(work.version[0]));
	return work;
}

enum kernel_test_result kernel_check_run(struct kernel_check *check, const struct kernel *kernel,
					 const struct kernel_work *step,
					 const _Atomic uintptr_t *stop, uint64_t now)
{
	struct kernel_work work;
	enum kernel_test_result result;

	assert(step->n_versions > 0 && step->n_versions <= KERNEL_VERSIONS_MAX);
	work = kernel_check_part(check, step);
	assert(work.n_nonces * work.n_versions == KERNEL_CHECK_HASHES);
	result = kernel_test_until(kernel, &work, UINT64_MAX, stop);
	if (result == KERNEL_TEST_STOPPED)
		return result;
	check->n++;
	if (result == KERNEL_TEST_FAILED)
		check->again = KERNEL_CHECK_AGAIN;
	else if (check->again)
		check->again--;
	check->due_ns = now + CLOCK_S * (check->again ? (uint64_t)KERNEL_CHECK_AGAIN_S
						      : (uint64_t)KERNEL_CHECK_INTERVAL_S);
	return result;
}

void kernel_check_suspect(struct kernel_check *check)
{
	check->again = KERNEL_CHECK_AGAIN;
	check->due_ns = 0;
}
