/* SPDX-License-Identifier: MIT */
/* Every kernel of this CPU against the oracle; those that it cannot run are named and skipped. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "common/container.h"
#include "miner/kernel.h"
#include "miner/kernel_test.h"
#include "miner/probe_kernels.h"
#include "suite_main.h"

/* The generic kernel as it is where there are no vectors: see meson.build here. */
extern const struct kernel kernel_generic_one_lane;

static const _Atomic uintptr_t go_on = 0;
static const unsigned n_versions[] = {1, 2, 3, 4, 8, 16, 32, 59, KERNEL_VERSIONS_MAX};
static const uint32_t masks[] = {0, 0x80, 0xe0, 0x80000001, 0xff, 0x00c0ffff};

enum { N_VERSIONS = ARRAY_SIZE(n_versions) };
enum { N_MASKS = ARRAY_SIZE(masks) };

/* Those of the table and, after the last of them, the one that other architectures have there. */
static const struct kernel *kernel_at(int i)
{
	const struct kernel *const *kernel = kernel_table();

	for (; *kernel && i > 0; i--)
		kernel++;
	return *kernel || i > 0 ? *kernel : &kernel_generic_one_lane;
}

static struct kernel_work work_random(unsigned versions, uint32_t nonce, uint64_t n_nonces)
{
	struct kernel_work work = {
		.n_versions = versions, .nonce = nonce, .n_nonces = n_nonces, .top_mask = 0xff};

	for (unsigned i = 0; i < HEADER_SIZE; i++)
		work.header[i] = rand();
	/* BIP 320 bits, set in no order, over a version with some others. */
	for (unsigned i = 0; i < versions; i++)
		work.version[i] = 0x20000003 | ((i * 37 + 11) % 64) << 13 | (rand() & 0x3f) << 20;
	return work;
}

START_TEST(self_test_passes)
{
	ck_assert_msg(kernel_self_test(kernel_at(_i)), "%s", kernel_at(_i)->name);
}
END_TEST

START_TEST(finds_what_the_oracle_finds)
{
	static const uint32_t nonces[] = {0, 64, 0x7fffffc0, 0x00ffffc0, 0x9546a140};

	for (unsigned v = 0; v < N_VERSIONS; v++)
		for (unsigned m = 0; m < N_MASKS; m++)
			for (unsigned at = 0; at < 5; at++) {
				struct kernel_work work =
					work_random(n_versions[v], nonces[at], 64);

				work.top_mask = masks[m];
				ck_assert_msg(kernel_test_work(kernel_at(_i), &work, UINT64_MAX),
					      "%s, %u versions, mask %08x, nonces from %08x",
					      kernel_at(_i)->name, work.n_versions, work.top_mask,
					      work.nonce);
			}
}
END_TEST

START_TEST(top_of_the_nonce_range)
{
	for (unsigned v = 0; v < N_VERSIONS; v++) {
		uint32_t n = KERNEL_TEST_HASHES_MAX / n_versions[v] / 64 * 64;
		struct kernel_work work = work_random(n_versions[v], -n, n);

		ck_assert(kernel_test_work(kernel_at(_i), &work, UINT64_MAX));
		work.top_mask = 0;
		ck_assert(kernel_test_work(kernel_at(_i), &work, UINT64_MAX));
	}
}
END_TEST

/* A call that may do less than an iteration still advances, and the calls together miss nothing. */
START_TEST(resumes_after_any_number_of_hashes)
{
	for (unsigned v = 0; v < N_VERSIONS; v++)
		for (uint64_t max_hashes = 1; max_hashes < 200; max_hashes += 17) {
			struct kernel_work work = work_random(n_versions[v], 1024, 64);

			work.top_mask = 0x3;
			ck_assert(kernel_test_work(kernel_at(_i), &work, max_hashes));
		}
}
END_TEST

/* The prepared state belongs to its work alone: fewer versions after many, another header. */
START_TEST(state_is_prepared_anew)
{
	struct kernel_state state;
	struct kernel_scan scan;

	for (unsigned v = N_VERSIONS; v-- > 0;) {
		struct kernel_work work = work_random(n_versions[v], 0, 1024);

		work.top_mask = 0x7;
		kernel_at(_i)->prepare(&state, &work);
		ck_assert_int_eq(kernel_at(_i)->scan(&state, UINT64_MAX, &go_on, &scan),
				 KERNEL_HITS);
		work = work_random(n_versions[v], 0, 1024);
		work.top_mask = UINT32_MAX;
		kernel_at(_i)->prepare(&state, &work);
		ck_assert_int_eq(kernel_at(_i)->scan(&state, UINT64_MAX, &go_on, &scan),
				 KERNEL_DONE);
		ck_assert_uint_eq(scan.hashes, 1024 * n_versions[v]);
	}
}
END_TEST

START_TEST(stop_word_stops)
{
	_Atomic uintptr_t stop = 1;
	struct kernel_state state;
	struct kernel_scan scan;

	for (unsigned v = 0; v < N_VERSIONS; v++) {
		struct kernel_work work = work_random(n_versions[v], 0, UINT64_C(1) << 32);

		work.top_mask = UINT32_MAX;
		kernel_at(_i)->prepare(&state, &work);
		atomic_store(&stop, (uintptr_t)&work);
		ck_assert_int_eq(kernel_at(_i)->scan(&state, UINT64_MAX, &stop, &scan),
				 KERNEL_STOPPED);
		ck_assert_uint_eq(scan.hashes, 0);
		atomic_store(&stop, 0);
		ck_assert_int_eq(kernel_at(_i)->scan(&state, 1000, &stop, &scan), KERNEL_MORE);
		ck_assert_uint_ge(scan.hashes, 1000);
		ck_assert_uint_lt(scan.hashes, 1000 + KERNEL_HITS_MAX);
	}
}
END_TEST

#if defined(__x86_64__)
/* Whether upper halves of the vector registers are in use: XGETBV 1, Intel SDM volume 1, 13.6. */
static bool upper_halves(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
	return low & 1 << 2;
}

static bool cpu_reports_upper_halves(void)
{
	uint32_t a, b, c, d;

	if (!__builtin_cpu_supports("avx2"))
		return false;
	if (!__get_cpuid_count(0xd, 1, &a, &b, &c, &d) || !(a & 1 << 2))
		return false;
	/* Not every hypervisor's CPU does. */
	__asm__ volatile("vpcmpeqd %%ymm1, %%ymm1, %%ymm1" : : : "xmm1");
	if (!upper_halves())
		return false;
	__asm__ volatile("vzeroupper" : : : "xmm1");
	return !upper_halves();
}

/* They would make all SSE code slow that comes after, as that of the SHA extensions. */
START_TEST(leaves_no_upper_halves)
{
	for (unsigned v = 0; v < N_VERSIONS; v++) {
		struct kernel_work work = work_random(n_versions[v], 0, 128);
		struct kernel_state state;
		struct kernel_scan scan;
		enum kernel_result result;

		kernel_at(_i)->prepare(&state, &work);
		ck_assert_msg(!upper_halves(), "%s prepares", kernel_at(_i)->name);
		do {
			result = kernel_at(_i)->scan(&state, UINT64_MAX, &go_on, &scan);
			ck_assert_msg(!upper_halves(), "%s scans", kernel_at(_i)->name);
		} while (result != KERNEL_DONE);
	}
}
END_TEST
#endif

/* With every hash a candidate, a call ends after its first iteration. */
START_TEST(hits_are_returned_at_once)
{
	for (unsigned v = 0; v < N_VERSIONS; v++) {
		struct kernel_work work = work_random(n_versions[v], 0, 128);
		uint64_t hashes = 0, found = 0;
		struct kernel_state state;
		struct kernel_scan scan;

		work.top_mask = 0;
		kernel_at(_i)->prepare(&state, &work);
		while (kernel_at(_i)->scan(&state, UINT64_MAX, &go_on, &scan) == KERNEL_HITS) {
			ck_assert_uint_eq(scan.n_hits, scan.hashes);
			ck_assert_uint_le(scan.n_hits, KERNEL_HITS_MAX);
			hashes += scan.hashes;
			found += scan.n_hits;
		}
		ck_assert_uint_eq(found, 128 * n_versions[v]);
		ck_assert_uint_eq(hashes, found);
	}
}
END_TEST

/* The test itself notices a kernel that loses, repeats or invents. */
static enum kernel_result scan_wrong(struct kernel_state *state, uint64_t max_hashes,
				     const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	enum kernel_result result = kernel_find("generic")->scan(state, max_hashes, stop, ret);

	if (ret->n_hits)
		ret->hit[0].nonce ^= 32;
	return result;
}

static enum kernel_result scan_blind(struct kernel_state *state, uint64_t max_hashes,
				     const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	enum kernel_result result = kernel_find("generic")->scan(state, max_hashes, stop, ret);

	if (result == KERNEL_HITS && ret->hit[0].nonce % 8 == 5) {
		result = KERNEL_MORE;
		ret->n_hits = 0;
	}
	return result;
}

START_TEST(a_bad_kernel_is_refused)
{
	struct kernel wrong = *kernel_find("generic"), blind = wrong;

	wrong.scan = scan_wrong;
	blind.scan = scan_blind;
	ck_assert(!kernel_self_test(&wrong));
	ck_assert(!kernel_self_test(&blind));
}
END_TEST

/* kernels/meson.build and LANES_KERNEL() each have the name. */
START_TEST(named_as_in_the_registry)
{
	const struct kernel *const *table = kernel_table();
	size_t n = 0;

	for (const char *const *name = kernel_names(); *name; name++)
		n++;
	ck_assert_msg(n <= PROBE_KERNELS_MAX, "%zu kernels: raise PROBE_KERNELS_MAX", n);
	for (; *table; table++) {
		const char *const *name = kernel_names();

		while (*name && strcmp(*name, (*table)->name) != 0)
			name++;
		ck_assert_msg(*name, "%s has another name in kernels/meson.build", (*table)->name);
	}
}
END_TEST

START_TEST(found_by_name)
{
	for (const struct kernel *const *kernel = kernel_table(); *kernel; kernel++)
		ck_assert_ptr_eq(kernel_find((*kernel)->name), *kernel);
	ck_assert_ptr_nonnull(kernel_find("generic"));
	ck_assert_ptr_null(kernel_find("auto"));
	ck_assert_ptr_null(kernel_find(""));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tests;

	srand(1);
	for (int i = 0; kernel_at(i); i++) {
		if (!kernel_supported(kernel_at(i))) {
			printf("%s: skipped, this CPU has no %s\n", kernel_at(i)->name,
			       kernel_at(i)->isa);
			continue;
		}
		tests = tcase_create(kernel_at(i)->name);
		tcase_set_timeout(tests, 60);
		tcase_add_loop_test(tests, self_test_passes, i, i + 1);
		tcase_add_loop_test(tests, finds_what_the_oracle_finds, i, i + 1);
		tcase_add_loop_test(tests, top_of_the_nonce_range, i, i + 1);
		tcase_add_loop_test(tests, resumes_after_any_number_of_hashes, i, i + 1);
		tcase_add_loop_test(tests, state_is_prepared_anew, i, i + 1);
		tcase_add_loop_test(tests, stop_word_stops, i, i + 1);
		tcase_add_loop_test(tests, hits_are_returned_at_once, i, i + 1);
#if defined(__x86_64__)
		if (cpu_reports_upper_halves())
			tcase_add_loop_test(tests, leaves_no_upper_halves, i, i + 1);
		else
			printf("%s: upper halves skipped, this CPU does not report them\n",
			       kernel_at(i)->name);
#endif
		suite_add_tcase(suite, tests);
	}
	tests = tcase_create("table");
	tcase_add_test(tests, a_bad_kernel_is_refused);
	tcase_add_test(tests, found_by_name);
	tcase_add_test(tests, named_as_in_the_registry);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
