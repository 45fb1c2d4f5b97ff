/* SPDX-License-Identifier: MIT */
/* How many threads of a core are worth their while: the figures, and what comes out of them. */
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/container.h"
#include "miner/probe.h"
#include "miner/probe_smt.h"
#include "suite_main.h"

enum { ATTEMPTS = 40 /* the machine may have other things to do for a while */ };

START_TEST(as_few_as_can_be)
{
	static const struct {
		double hashrate[PROBE_SMT_THREADS_MAX];
		unsigned threads;
	} samples[] = {
		{{}, 1},
		{{100}, 1},
		{{100, 90}, 1},
		{{100, 100}, 1},
		{{100, 102.9}, 1},
		{{100, 103.1}, 2},
		{{100, 130}, 2},
		{{100, 0, 104}, 3},
		{{100, 130, 0, 131}, 2},
		{{100, 130, 0, 135}, 4},
		{{100, 102, 0, 104}, 4},
		{{100, 150, 0, 200, 0, 0, 0, 260}, 8},
		{{0, 130}, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct probe_smt smt;

		for (size_t k = 0; k < PROBE_SMT_THREADS_MAX; k++)
			smt.hashrate[k] = samples[i].hashrate[k];
		ck_assert_msg(probe_smt_threads(&smt) == samples[i].threads, "sample %zu: %u", i,
			      probe_smt_threads(&smt));
	}
}
END_TEST

/* The first and the second CPU of this process; how many there are. */
static unsigned cpus_here(unsigned ret[2])
{
	cpu_set_t allowed;
	unsigned n = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			ret[n++] = cpu;
	return n;
}

/* Whether the choice for these CPUs comes out so at least once. */
static bool comes_out(const unsigned *cpus, size_t n, unsigned threads)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		struct probe_smt smt = {};

		ck_assert_int_eq(probe_smt_measure(&smt, kernel_find("generic"), cpus, n), 0);
		for (size_t k = n; k < PROBE_SMT_THREADS_MAX; k++)
			ck_assert_double_eq(smt.hashrate[k], 0);
		if (smt.hashrate[0] > 0 && smt.hashrate[n - 1] > 0 &&
		    probe_smt_threads(&smt) == threads)
			return true;
	}
	return false;
}

/* Two threads on one CPU run one after the other: that is no gain, though each is fast. */
START_TEST(one_after_the_other_is_no_gain)
{
	unsigned cpus[2];

	cpus_here(cpus);
	cpus[1] = cpus[0];
	ck_assert(comes_out(cpus, 2, 1));
}
END_TEST

/* And cores of their own are the greatest gain there is. */
START_TEST(two_cores_are_a_gain)
{
	unsigned cpus[2], core[TOPOLOGY_THREADS_MAX];
	struct topology topology;
	cpu_set_t both;

	if (cpus_here(cpus) < 2)
		return;
	CPU_ZERO(&both);
	CPU_SET(cpus[0], &both);
	CPU_SET(cpus[1], &both);
	topology_read(&topology, "/sys", &both);
	if (topology_core(core, &topology, &both, cpus[0]) == 1)
		ck_assert(comes_out(cpus, 2, 2));
}
END_TEST

START_TEST(every_number_of_threads)
{
	unsigned cpus[PROBE_SMT_THREADS_MAX];
	struct probe_smt smt = {};

	cpus_here(cpus);
	for (unsigned i = 1; i < PROBE_SMT_THREADS_MAX; i++)
		cpus[i] = cpus[0];
	ck_assert_int_eq(probe_smt_measure(&smt, kernel_find("generic"), cpus, 6), 0);
	ck_assert_double_gt(smt.hashrate[0], 0);
	ck_assert_double_eq(smt.hashrate[2], 0);
	ck_assert_double_eq(smt.hashrate[4], 0);
	ck_assert_double_eq(smt.hashrate[6], 0);
	ck_assert_double_eq(smt.hashrate[7], 0);
}
END_TEST

START_TEST(a_cpu_that_is_not_ours)
{
	struct probe_smt smt = {.hashrate = {7}};
	unsigned cpus[2];

	cpus_here(cpus);
	cpus[1] = CPU_SETSIZE - 1;
	ck_assert_int_eq(probe_smt_measure(&smt, kernel_find("generic"), cpus, 2), -EINVAL);
	ck_assert_double_eq(smt.hashrate[0], 7);
}
END_TEST

/* The processor time of it, which other processes do not add to. */
START_TEST(a_start_is_cheap)
{
	uint64_t best = UINT64_MAX;
	unsigned cpus[2];

	cpus[1] = cpus_here(cpus) > 1 ? cpus[1] : cpus[0];
	for (int i = 0; i < 5; i++) {
		uint64_t begin = clock_read(CLOCK_PROCESS_CPUTIME_ID), elapsed;
		struct probe_smt smt;

		ck_assert_int_eq(probe_smt_measure(&smt, kernel_find("generic"), cpus, 2), 0);
		elapsed = clock_read(CLOCK_PROCESS_CPUTIME_ID) - begin;
		best = elapsed < best ? elapsed : best;
	}
	ck_assert_uint_lt(best, 200 * CLOCK_MS);
}
END_TEST

START_TEST(probes)
{
	struct probe found = {}, given = {.kernel = kernel_find("generic")};
	struct probe *both[] = {&found, &given};
	unsigned cpus[2] = {};

	cpus[1] = cpus_here(cpus) > 1 ? cpus[1] : cpus[0];
	CPU_SET(cpus[0], &found.cpus);
	CPU_SET(cpus[1], &given.cpus);
	found.slice_ns = CLOCK_MS / 2;
	given.threads[0] = given.threads[1] = cpus[1];
	given.n_threads = 2;
	ck_assert_int_eq(probe_run(both, 2), 0);
	ck_assert_ptr_eq(found.kernel, found.kernels.best);
	ck_assert_double_eq(found.smt.hashrate[0], 0);
	ck_assert_uint_eq(given.kernels.n, 0);
	ck_assert_ptr_eq(given.kernel, kernel_find("generic"));
	ck_assert_double_gt(given.smt.hashrate[0], 0);
	CPU_ZERO(&given.cpus);
	CPU_SET(CPU_SETSIZE - 1, &given.cpus);
	ck_assert_int_eq(probe_run(both, 2), -EINVAL);
	given.cpus = found.cpus;
	given.threads[1] = CPU_SETSIZE - 1;
	ck_assert_int_eq(probe_run(both, 2), 0);
	ck_assert_int_eq(given.result, -EINVAL);
}
END_TEST

START_TEST(a_probe_without_cpus)
{
	struct probe probe = {.kernel = kernel_find("generic")};

	probe_run((struct probe *[]){&probe}, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("probe_smt");
	TCase *tests = tcase_create("probe_smt");

	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, as_few_as_can_be);
	tcase_add_test(tests, one_after_the_other_is_no_gain);
	tcase_add_test(tests, two_cores_are_a_gain);
	tcase_add_test(tests, every_number_of_threads);
	tcase_add_test(tests, a_cpu_that_is_not_ours);
	tcase_add_test(tests, a_start_is_cheap);
	tcase_add_test(tests, probes);
	tcase_add_test_raise_signal(tests, a_probe_without_cpus, SIGABRT);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
