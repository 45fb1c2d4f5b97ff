/* SPDX-License-Identifier: MIT */
/*
 * In turns, because the clock of a CPU steps while it is measured; by the processor time of this
 * thread, because other processes run too, but not waiting for long; and the best slice counts,
 * because whatever shares the core can only make a slice slower. What is left of chance decides for
 * nobody: a kernel must be faster by calibrate_margin than those that the table has before it.
 */
#include "miner/calibrate.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "miner/kernel_test.h"

enum { CALIBRATE_STEP = 2048 /* hashes between two looks at the clock */ };

static const double calibrate_margin = 1.02;

void calibrate_prepare(struct kernel_state *state, const struct kernel *kernel, unsigned n_versions)
{
	struct kernel_work work = {
		.n_versions = n_versions,
		.top_mask = UINT32_MAX,
		.n_nonces = UINT64_C(1) << 32,
	};

	for (unsigned i = 0; i < n_versions; i++)
		work.version[i] = 0x20000000 | i << 13;
	kernel->prepare(state, &work);
}

/* H/s. */
static double measure(const struct kernel *kernel, unsigned n_versions, uint64_t slice_ns)
{
	const _Atomic uintptr_t stop = 0;
	uint64_t hashes = 0, begin, elapsed, deadline = clock_now() + 2 * slice_ns;
	struct kernel_state state;
	struct kernel_scan scan;

	calibrate_prepare(&state, kernel, n_versions);
	begin = clock_thread();
	do {
		kernel->scan(&state, CALIBRATE_STEP, &stop, &scan);
		hashes += scan.hashes;
		elapsed = clock_thread() - begin;
	} while (elapsed < slice_ns && clock_now() < deadline);
	return (double)hashes * CLOCK_S / (double)elapsed;
}

void calibrate_run(struct calibrate *ret, uint64_t slice_ns, bool plain)
{
	double best = 0;

	*ret = (struct calibrate){};
	for (const struct kernel *const *kernel = kernel_table(); *kernel; kernel++) {
		struct calibrate_entry *entry;

		assert(ret->n < CALIBRATE_KERNELS_MAX);
		entry = &ret->entry[ret->n++];
		entry->kernel = *kernel;
		entry->supported = kernel_supported(*kernel);
		if (!entry->supported)
			continue;
		entry->passed = kernel_self_test(*kernel);
		if (!entry->passed && !ret->failed)
			ret->failed = *kernel;
	}
	for (unsigned turn = 0; turn < CALIBRATE_TURNS; turn++)
		for (size_t i = 0; i < ret->n; i++) {
			struct calibrate_entry *entry = &ret->entry[i];

			if (!entry->passed)
				continue;
			entry->hashrate =
				MAX(entry->hashrate,
				    measure(entry->kernel, KERNEL_VERSIONS_MAX, slice_ns));
			if (plain)
				entry->plain =
					MAX(entry->plain, measure(entry->kernel, 1, slice_ns));
		}
	for (size_t i = 0; i < ret->n; i++)
		if (ret->entry[i].hashrate > best * calibrate_margin) {
			best = ret->entry[i].hashrate;
			ret->best = ret->entry[i].kernel;
		}
}
