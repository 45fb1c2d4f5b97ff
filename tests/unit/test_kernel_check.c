/* SPDX-License-Identifier: MIT */
/* The check of a kernel while it is in use: it notices each lie, and no truth. */
#include <check.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/container.h"
#include "fake_kernel.h"
#include "miner/kernel_check.h"
#include "suite_main.h"

static const _Atomic uintptr_t go_on = 0;
static const unsigned n_versions[] = {1, 2, 4, 5, 16, KERNEL_VERSIONS_MAX};

static struct kernel_work step_random(unsigned versions)
{
	struct kernel_work step = {.n_versions = versions};

	for (unsigned i = 0; i < HEADER_SIZE; i++)
		step.header[i] = (uint8_t)rand();
	for (unsigned i = 0; i < versions; i++)
		step.version[i] = 0x20000000 | i << 13;
	return step;
}

static enum kernel_test_result check_once(struct kernel_check *check, const struct kernel *kernel,
					  unsigned versions)
{
	const struct kernel_work step = step_random(versions);

	return kernel_check_run(check, kernel, &step, &go_on, 0);
}

/* Each check notices each lie, whichever mode the kernel runs in. */
START_TEST(a_lie_is_noticed)
{
	for (unsigned v = 0; v < ARRAY_SIZE(n_versions); v++) {
		struct kernel_check check = {};

		for (unsigned i = 0; i < 40; i++)
			ck_assert_msg(check_once(&check, fake_kernel_liars[_i], n_versions[v]) ==
					      KERNEL_TEST_FAILED,
				      "%s, %u versions, check %u", fake_kernel_liars[_i]->name,
				      n_versions[v], i);
	}
}
END_TEST

static unsigned lost; /* the lane of scan_lossy() that finds nothing */

enum { LOSSY_LANES = 48 /* three streams of sixteen */ };

static enum kernel_result scan_lossy(struct kernel_state *state, uint64_t max_hashes,
				     const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	enum kernel_result result = kernel_find("generic")->scan(state, max_hashes, stop, ret);
	unsigned n = 0;

	for (unsigned i = 0; i < ret->n_hits; i++)
		if (ret->hit[i].nonce % LOSSY_LANES != lost)
			ret->hit[n++] = ret->hit[i];
	ret->n_hits = n;
	return result == KERNEL_HITS && !n ? KERNEL_MORE : result;
}

/* The most lanes that a kernel has: each of them alone is missed by few checks. */
START_TEST(one_lane_of_many_is_noticed)
{
	struct kernel lossy = *kernel_find("generic");
	unsigned passed = 0;

	lossy.scan = scan_lossy;
	for (lost = 0; lost < LOSSY_LANES; lost++) {
		struct kernel_check check = {};

		for (unsigned i = 0; i < 20; i++)
			passed += check_once(&check, &lossy, 1) == KERNEL_TEST_PASSED;
	}
	/* 1 of 256 is expected. */
	ck_assert_uint_lt(passed, LOSSY_LANES * 20 / 50);
}
END_TEST

START_TEST(a_good_kernel_passes)
{
	for (const struct kernel *const *kernel = kernel_table(); *kernel; kernel++) {
		struct kernel_check check = {};

		if (!kernel_supported(*kernel))
			continue;
		for (unsigned i = 0; i < 500; i++)
			ck_assert_msg(check_once(&check, *kernel,
						 n_versions[i % ARRAY_SIZE(n_versions)]) ==
					      KERNEL_TEST_PASSED,
				      "%s, check %u", (*kernel)->name, i);
		ck_assert_uint_eq(check.n, 500);
	}
}
END_TEST

/* A check that a message ends is no result, and is made up for. */
START_TEST(a_check_makes_way)
{
	const struct kernel_work step = step_random(4);
	const _Atomic uintptr_t stop = 1;
	struct kernel_check check = {};

	ck_assert_int_eq(kernel_check_run(&check, &fake_kernel_wrong, &step, &stop, CLOCK_S),
			 KERNEL_TEST_STOPPED);
	ck_assert(kernel_check_due(&check, 0));
	ck_assert_uint_eq(check.n, 0);
}
END_TEST

static enum kernel_result scan_stopped(struct kernel_state *state, uint64_t max_hashes,
				       const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	*ret = (struct kernel_scan){};
	return KERNEL_STOPPED;
}

static enum kernel_result scan_endless(struct kernel_state *state, uint64_t max_hashes,
				       const _Atomic uintptr_t *stop, struct kernel_scan *ret)
{
	*ret = (struct kernel_scan){};
	return KERNEL_MORE;
}

/* Whatever a kernel returns, the check ends. */
START_TEST(a_check_ends)
{
	struct kernel kernel = fake_kernel_whole;
	struct kernel_check check = {};

	kernel.scan = scan_stopped;
	ck_assert_int_eq(check_once(&check, &kernel, 1), KERNEL_TEST_FAILED);
	kernel.scan = scan_endless;
	ck_assert_int_eq(check_once(&check, &kernel, 1), KERNEL_TEST_FAILED);
}
END_TEST

/* The time of the next check after one at now. */
static uint64_t check_at(struct kernel_check *check, const struct kernel *kernel, uint64_t now)
{
	const struct kernel_work step = step_random(1);

	ck_assert(kernel_check_due(check, now));
	kernel_check_run(check, kernel, &step, &go_on, now);
	ck_assert(!kernel_check_due(check, check->due_ns - 1));
	return check->due_ns;
}

START_TEST(checks_are_frequent_after_an_error)
{
	const uint64_t slow = KERNEL_CHECK_INTERVAL_S * CLOCK_S;
	const uint64_t fast = KERNEL_CHECK_AGAIN_S * CLOCK_S;
	struct kernel_check check = {};
	uint64_t now = 0;

	ck_assert_uint_eq(check_at(&check, &fake_kernel_whole, now), now + slow);
	now += slow;
	for (unsigned i = 0; i < 3; i++, now += fast)
		ck_assert_uint_eq(check_at(&check, &fake_kernel_wrong, now), now + fast);
	for (unsigned i = 1; i < KERNEL_CHECK_AGAIN; i++, now += fast)
		ck_assert_uint_eq(check_at(&check, &fake_kernel_whole, now), now + fast);
	ck_assert_uint_eq(check_at(&check, &fake_kernel_whole, now), now + slow);
	kernel_check_suspect(&check);
	ck_assert_uint_eq(check_at(&check, &fake_kernel_whole, now), now + fast);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kernel_check");
	TCase *check = tcase_create("check");

	srand(1);
	tcase_set_timeout(check, 60);
	tcase_add_loop_test(check, a_lie_is_noticed, 0, FAKE_KERNEL_LIARS);
	tcase_add_test(check, one_lane_of_many_is_noticed);
	tcase_add_test(check, a_good_kernel_passes);
	tcase_add_test(check, a_check_makes_way);
	tcase_add_test(check, a_check_ends);
	tcase_add_test(check, checks_are_frequent_after_an_error);
	suite_add_tcase(suite, check);
	return suite_main(suite);
}
