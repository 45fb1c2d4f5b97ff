/* SPDX-License-Identifier: MIT */
/* The choice of a kernel: what was measured, what it cost, and that the fastest is taken. */
#include <check.h>
#include <stdlib.h>

#include "common/clock.h"
#include "miner/probe_kernels.h"
#include "suite_main.h"

START_TEST(the_fastest_is_chosen)
{
	struct probe_kernels kernels;
	double best = 0;
	size_t n = 0;

	probe_kernels_run(&kernels, CLOCK_MS / 2, true);
	while (kernel_table()[n])
		n++;
	ck_assert_uint_eq(kernels.n, n);
	ck_assert_ptr_null(kernels.failed);
	ck_assert_ptr_nonnull(kernels.best);
	for (size_t i = 0; i < n; i++) {
		const struct probe_kernel *entry = &kernels.entry[i];

		ck_assert_ptr_eq(entry->kernel, kernel_table()[i]);
		ck_assert_int_eq(entry->supported, kernel_supported(entry->kernel));
		ck_assert_int_eq(entry->supported, entry->passed);
		ck_assert_int_eq(entry->hashrate > 0, entry->passed);
		ck_assert_int_eq(entry->plain > 0, entry->passed);
		if (entry->hashrate > best)
			best = entry->hashrate;
		if (entry->kernel == kernels.best)
			ck_assert_double_gt(entry->hashrate, 0);
	}
	for (size_t i = 0; i < n; i++)
		if (kernels.entry[i].kernel == kernels.best)
			ck_assert_double_ge(kernels.entry[i].hashrate * 1.02, best);
}
END_TEST

/* The processor time of it, which other processes do not add to. */
START_TEST(a_start_is_cheap)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		uint64_t begin = clock_read(CLOCK_PROCESS_CPUTIME_ID), elapsed;
		struct probe_kernels kernels;

		probe_kernels_run(&kernels, PROBE_KERNELS_SLICE_NS, false);
		elapsed = clock_read(CLOCK_PROCESS_CPUTIME_ID) - begin;
		ck_assert_ptr_nonnull(kernels.best);
		best = elapsed < best ? elapsed : best;
	}
	ck_assert_uint_lt(best, 100 * CLOCK_MS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe_kernels");
	TCase *tests = tcase_create("probe_kernels");

	tcase_add_test(tests, the_fastest_is_chosen);
	tcase_add_test(tests, a_start_is_cheap);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
