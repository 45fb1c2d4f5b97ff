/* SPDX-License-Identifier: MIT */
/* Which worker groups and workers follow from a configuration, a machine and its probes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpus.h"
#include "miner/placement_plan.h"
#include "suite_main.h"
#include "tests/unit/sysfs_fixture.h"

static const struct kernel fast = {.name = "fast"}, slow = {.name = "slow"};

static struct conf conf;
static struct placement_plan plan;
static struct worker_spec specs[WORKER_SPEC_MAX];
static size_t n_specs;

static void setup(void)
{
	sysfs_fixture_setup();
	conf = CONF_NULL;
	plan = (struct placement_plan){};
}

static void teardown(void)
{
	for (size_t i = 0; i < conf.n_workers; i++)
		free(conf.workers[i].kernel);
	sysfs_fixture_teardown();
}

static void group(const char *cpus, const char *kernel, unsigned threads_per_core)
{
	struct conf_workers *workers = &conf.workers[conf.n_workers++];

	workers->cpus = sysfs_fixture_cpus(cpus);
	workers->kernel = strdup(kernel);
	workers->cpu_limit = 70;
	workers->threads_per_core = threads_per_core;
	workers->line = (unsigned)conf.n_workers;
}

/* The worker group of a configuration that names none. */
static void default_group(const char *cpus)
{
	group(cpus, "auto", 0);
	conf.workers[0].line = 0;
}

static void topology(const char *cpus)
{
	cpu_set_t set = sysfs_fixture_cpus(cpus);

	topology_read(&plan.topology, sysfs_fixture_root, &set);
}

static struct placement_probe *probe_of(const char *name, unsigned class_index)
{
	for (size_t i = 0; i < plan.n; i++)
		if (strcmp(plan.list[i].kernel, name) == 0 &&
		    plan.list[i].class_index == class_index)
			return &plan.list[i];
	ck_abort_msg("there is no probe of %s on class %u", name, class_index);
}

/* What a probe would find. */
static void found(const char *name, unsigned class_index, const struct kernel *kernel, double one,
		  double two)
{
	struct probe *probe = &probe_of(name, class_index)->probe;

	probe->kernel = kernel;
	probe->smt.hashrate[0] = one;
	probe->smt.hashrate[1] = two;
}

static void place(void)
{
	n_specs = placement_plan_specs(specs, &plan, &conf);
	for (size_t i = 0; i < n_specs; i++)
		ck_assert_ptr_nonnull(specs[i].kernel);
}

static void group_is(unsigned index, const char *cpus)
{
	char text[CPUS_TEXT_MAX];

	ck_assert_str_eq(cpus_format(text, &conf.workers[index].cpus), cpus);
	ck_assert_str_eq(conf.workers[index].kernel, "auto");
	ck_assert_uint_eq(conf.workers[index].cpu_limit, 70);
	ck_assert_uint_eq(conf.workers[index].line, 0);
}

/* The CPUs of the specs that are of one group and have one kernel. */
static void placed(unsigned group_index, const struct kernel *kernel, const char *cpus)
{
	char text[CPUS_TEXT_MAX];
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < n_specs; i++)
		if (specs[i].group == group_index && specs[i].kernel == kernel)
			CPU_SET(specs[i].cpu, &set);
	ck_assert_str_eq(cpus_format(text, &set), cpus);
}

START_TEST(plain_machine_is_one_group)
{
	default_group("0-3");
	topology("0-3");
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 1);
	group_is(0, "0-3");
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 1);
	/* There is no core with threads, so there is nothing to measure of them. */
	ck_assert_uint_lt(plan.list[0].probe.n_threads, 2);
	found("auto", 0, &fast, 0, 0);
	place();
	ck_assert_uint_eq(n_specs, 4);
	placed(0, &fast, "0-3");
}
END_TEST

START_TEST(hybrid_is_a_group_a_class)
{
	sysfs_fixture_hybrid();
	default_group("0-23");
	topology("0-23");
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 2);
	group_is(0, "0-15");
	group_is(1, "16-23");
	/* And stays so. */
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 2);
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 2);
	ck_assert_uint_eq(probe_of("auto", 0)->probe.n_threads, 2);
	ck_assert_uint_eq(probe_of("auto", 0)->probe.threads[1], 1);
	ck_assert_uint_lt(probe_of("auto", 1)->probe.n_threads, 2);
	found("auto", 0, &fast, 100, 101);
	found("auto", 1, &slow, 0, 0);
	place();
	ck_assert_uint_eq(n_specs, 16);
	placed(0, &fast, "0,2,4,6,8,10,12,14");
	placed(1, &slow, "16-23");
	found("auto", 0, &fast, 100, 120);
	place();
	ck_assert_uint_eq(n_specs, 24);
	placed(0, &fast, "0-15");
	placed(1, &slow, "16-23");
}
END_TEST

START_TEST(nodes_are_groups)
{
	sysfs_fixture_put("0-1", "system/node/online");
	sysfs_fixture_put("0-1,4-5", "system/node/node0/cpulist");
	sysfs_fixture_put("2-3,6-7", "system/node/node1/cpulist");
	sysfs_fixture_each("0-3", "cpu_capacity", "1024");
	sysfs_fixture_each("4-7", "cpu_capacity", "400");
	default_group("0-7");
	topology("0-7");
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 4);
	group_is(0, "0-1");
	group_is(1, "2-3");
	group_is(2, "4-5");
	group_is(3, "6-7");
	/* A class is measured once, whatever its nodes. */
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 2);
	ck_assert_int_eq(CPU_COUNT(&probe_of("auto", 1)->probe.cpus), 4);
}
END_TEST

START_TEST(too_many_nodes_are_one_group)
{
	char cpu_text[8];

	sysfs_fixture_put("0-64", "system/node/online");
	for (unsigned node = 0; node <= CONF_WORKERS_MAX; node++) {
		snprintf(cpu_text, sizeof(cpu_text), "%u", node);
		sysfs_fixture_put(cpu_text, "system/node/node%u/cpulist", node);
	}
	default_group("0-64");
	topology("0-64");
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 1);
	group_is(0, "0-64");
}
END_TEST

START_TEST(groups_of_the_file_stay)
{
	sysfs_fixture_hybrid();
	group("12-19", "auto", 0);
	topology("12-19");
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 1);
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 2);
	found("auto", 0, &fast, 100, 100);
	found("auto", 1, &slow, 0, 0);
	place();
	placed(0, &fast, "12,14");
	placed(0, &slow, "16-19");
	for (size_t i = 1; i < n_specs; i++)
		ck_assert_uint_gt(specs[i].cpu, specs[i - 1].cpu);
}
END_TEST

START_TEST(threads_per_core_overrides)
{
	for (unsigned core = 0; core < 4; core++) {
		char cpus[32];

		snprintf(cpus, sizeof(cpus), "%u,%u,%u,%u", core, core + 4, core + 8, core + 12);
		sysfs_fixture_core(cpus);
	}
	group("0,4,8,12", "auto", 2);
	group("1,5,9,13", "auto", 8);
	group("2,6,10,14", "auto", 1);
	group("3,7,11", "auto", 0);
	topology("0-14");
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 1);
	/* Only the last group needs it. */
	ck_assert_uint_eq(plan.list[0].probe.n_threads, 3);
	ck_assert_uint_eq(plan.list[0].probe.threads[0], 3);
	found("auto", 0, &fast, 100, 200);
	plan.list[0].probe.smt.hashrate[2] = 300;
	place();
	placed(0, &fast, "0,4");
	placed(1, &fast, "1,5,9,13");
	placed(2, &fast, "2");
	placed(3, &fast, "3,7,11");
	found("auto", 0, &fast, 100, 90);
	plan.list[0].probe.smt.hashrate[2] = 80;
	place();
	placed(0, &fast, "0,4");
	placed(3, &fast, "3");
}
END_TEST

START_TEST(what_is_given_is_not_measured)
{
	sysfs_fixture_core("0-1");
	group("0-1", "auto", 1);
	topology("0-1");
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 1);
	ck_assert_uint_eq(plan.list[0].probe.n_threads, 0);
}
END_TEST

/* What threads gain depends on the kernel. */
START_TEST(each_kernel_has_its_probe)
{
	sysfs_fixture_core("0-1");
	sysfs_fixture_core("2-3");
	sysfs_fixture_core("4-5");
	group("0-1", "fast", 0);
	group("2-3", "slow", 0);
	group("4-5", "fast", 0);
	topology("0-5");
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_eq(plan.n, 2);
	ck_assert_uint_eq(probe_of("slow", 0)->probe.threads[0], 2);
	ck_assert_int_eq(CPU_COUNT(&probe_of("fast", 0)->probe.cpus), 4);
	found("fast", 0, &fast, 100, 100);
	found("slow", 0, &slow, 50, 60);
	place();
	ck_assert_uint_eq(n_specs, 4);
	placed(0, &fast, "0");
	placed(1, &slow, "2-3");
	placed(2, &fast, "4");
}
END_TEST

/* Two groups that share a core are the user's decision. */
START_TEST(a_core_of_two_groups)
{
	sysfs_fixture_core("0-1");
	group("0", "auto", 0);
	group("1", "auto", 0);
	topology("0-1");
	placement_plan_probes(&plan, &conf);
	ck_assert_uint_lt(plan.list[0].probe.n_threads, 2);
	found("auto", 0, &fast, 0, 0);
	place();
	placed(0, &fast, "0");
	placed(1, &fast, "1");
}
END_TEST

/* n of the CPUs of the topology. */
static void first_of(unsigned n, const char *wanted)
{
	char text[CPUS_TEXT_MAX];
	cpu_set_t cpus = plan.topology.cpus;

	placement_plan_first(&cpus, &plan.topology, n);
	ck_assert_str_eq(cpus_format(text, &cpus), wanted);
}

START_TEST(the_first_cpus_are_of_different_cores)
{
	sysfs_fixture_core("0-1");
	sysfs_fixture_core("2-3");
	topology("0-3");
	first_of(1, "0");
	first_of(2, "0,2");
	first_of(3, "0-2");
	first_of(4, "0-3");
}
END_TEST

START_TEST(the_first_cpus_are_of_the_fastest_class)
{
	sysfs_fixture_hybrid();
	topology("14-19");
	first_of(1, "14");
	first_of(2, "14,16");
	first_of(5, "14,16-19");
	topology("0-23");
	first_of(8, "0,2,4,6,8,10,12,14");
	first_of(10, "0,2,4,6,8,10,12,14,16-17");
}
END_TEST

START_TEST(a_machine_with_every_cpu_there_can_be)
{
	default_group("0-1023");
	topology("0-1023");
	ck_assert_int_eq(placement_plan_split(&conf, &plan.topology), 0);
	placement_plan_probes(&plan, &conf);
	found("auto", 0, &fast, 0, 0);
	place();
	ck_assert_uint_eq(n_specs, WORKER_SPEC_MAX);
	placed(0, &fast, "0-1023");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("placement");
	TCase *tests = tcase_create("placement");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, plain_machine_is_one_group);
	tcase_add_test(tests, hybrid_is_a_group_a_class);
	tcase_add_test(tests, nodes_are_groups);
	tcase_add_test(tests, too_many_nodes_are_one_group);
	tcase_add_test(tests, groups_of_the_file_stay);
	tcase_add_test(tests, threads_per_core_overrides);
	tcase_add_test(tests, what_is_given_is_not_measured);
	tcase_add_test(tests, each_kernel_has_its_probe);
	tcase_add_test(tests, a_core_of_two_groups);
	tcase_add_test(tests, the_first_cpus_are_of_different_cores);
	tcase_add_test(tests, the_first_cpus_are_of_the_fastest_class);
	tcase_add_test(tests, a_machine_with_every_cpu_there_can_be);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
