/* SPDX-License-Identifier: MIT */
/*
 * Kernels are measured in turns, because the clock rate of a CPU changes meanwhile; by the CPU time
 * of this thread, because other processes run too, but for a bounded time; and the best slice
 * counts, because whatever shares the core can only make a slice slower. The rest is noise: a
 * kernel must be faster by probe_kernels_margin than each kernel before it in the table.
 */
#include "miner/probe_kernels.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "miner/kernel_test.h"

enum { PROBE_KERNELS_STEP = 2048 /* hashes between two looks at the clock */ };

static const double probe_kernels_margin = 1.02;

void probe_kernels_prepare(struct kernel_state *state, const struct kernel *kernel,
			   unsigned n_versions)
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

	probe_kernels_prepare(&state, kernel, n_versions);
	begin = clock_thread();
	do {
		kernel->scan(&state, PROBE_KERNELS_STEP, &stop, &scan);
		hashes += scan.hashes;
		elapsed = clock_thread() - begin;
	} while (elapsed < slice_ns && clock_now() < deadline);
	return (double)hashes * CLOCK_S / (double)elapsed;
}

void probe_kernels_run(struct probe_kernels *ret, uint64_t slice_ns, bool plain)
{
	double best = 0;

	assert(slice_ns > 0);
	*ret = (struct probe_kernels){};
	for (const struct kernel *const *kernel = kernel_table(); *kernel; kernel++) {
		struct probe_kernel *entry;

		assert(ret->n < PROBE_KERNELS_MAX);
		entry = &ret->entry[ret->n++];
		entry->kernel = *kernel;
		entry->supported = kernel_supported(*kernel);
		if (!entry->supported)
			continue;
		entry->passed = kernel_self_test(*kernel);
		if (!entry->passed && !ret->failed)
			ret->failed = *kernel;
	}
	for (unsigned round = 0; round < PROBE_KERNELS_ROUNDS; round++)
		for (size_t i = 0; i < ret->n; i++) {
			struct probe_kernel *entry = &ret->entry[i];

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
		if (ret->entry[i].hashrate > best * probe_kernels_margin) {
			best = ret->entry[i].hashrate;
			ret->best = ret->entry[i].kernel;
		}
}
