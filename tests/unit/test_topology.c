/* SPDX-License-Identifier: MIT */
/* What is read out of sysfs: cores, classes and nodes of trees that are whole, odd or missing. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpus.h"
#include "miner/topology.h"
#include "suite_main.h"
#include "tests/unit/sysfs_fixture.h"

static struct topology topology;

static void read_cpus(const char *cpus)
{
	cpu_set_t set = sysfs_fixture_cpus(cpus);

	topology_read(&topology, sysfs_fixture_root, &set);
	ck_assert(CPU_EQUAL(&topology.cpus, &set));
}

static void class_is(unsigned index, const char *cpus)
{
	char text[CPUS_TEXT_MAX];
	cpu_set_t set;

	topology_class(&set, &topology, index);
	ck_assert_str_eq(cpus_format(text, &set), cpus);
}

/* The threads of the core of cpu, among cpus. */
static void core_is(unsigned cpu, const char *cpus, const char *wanted)
{
	unsigned threads[TOPOLOGY_THREADS_MAX], n;
	cpu_set_t among = sysfs_fixture_cpus(cpus), set;
	char text[CPUS_TEXT_MAX];

	CPU_ZERO(&set);
	n = topology_core(threads, &topology, &among, cpu);
	for (unsigned i = 0; i < n; i++)
		CPU_SET(threads[i], &set);
	ck_assert_str_eq(cpus_format(text, &set), wanted);
}

START_TEST(nothing_is_known)
{
	read_cpus("0-3,1023");
	ck_assert_uint_eq(topology.n_classes, 1);
	class_is(0, "0-3,1023");
	for (unsigned cpu = 0; cpu < 4; cpu++) {
		ck_assert_uint_eq(topology.cpu[cpu].core, cpu);
		ck_assert_uint_eq(topology.cpu[cpu].node, 0);
		ck_assert_uint_eq(topology.cpu[cpu].kind, TOPOLOGY_PLAIN);
	}
	ck_assert_uint_eq(topology.cpu[1023].core, 1023);
}
END_TEST

START_TEST(no_smt)
{
	sysfs_fixture_core("0");
	sysfs_fixture_core("1");
	sysfs_fixture_each("0-1", "cpufreq/cpuinfo_max_freq", "3000000");
	read_cpus("0-1");
	ck_assert_uint_eq(topology.n_classes, 1);
	core_is(0, "0-1", "0");
	core_is(1, "0-1", "1");
}
END_TEST

START_TEST(two_threads_a_core)
{
	sysfs_fixture_core("0,2");
	sysfs_fixture_core("1,3");
	read_cpus("0-3");
	ck_assert_uint_eq(topology.n_classes, 1);
	core_is(0, "0-3", "0,2");
	core_is(2, "0-3", "0,2");
	core_is(3, "0-3", "1,3");
	core_is(3, "0-2", "1");
	/* A container that has only the second thread of a core. */
	read_cpus("2-3");
	core_is(2, "2-3", "2");
	ck_assert_uint_eq(topology.cpu[2].core, 0);
}
END_TEST

START_TEST(hybrid)
{
	sysfs_fixture_hybrid();
	read_cpus("0-23");
	ck_assert_uint_eq(topology.n_classes, 2);
	class_is(0, "0-15");
	class_is(1, "16-23");
	ck_assert_uint_eq(topology.cpu[0].kind, TOPOLOGY_PERFORMANCE);
	ck_assert_uint_eq(topology.cpu[23].kind, TOPOLOGY_EFFICIENCY);
	core_is(14, "0-23", "14-15");
	core_is(20, "0-23", "20");
	read_cpus("16-17");
	ck_assert_uint_eq(topology.n_classes, 1);
	class_is(0, "16-17");
}
END_TEST

START_TEST(classes_by_frequency)
{
	sysfs_fixture_each("0,2", "cpufreq/cpuinfo_max_freq", "3300000");
	sysfs_fixture_each("1,3", "cpufreq/cpuinfo_max_freq", "5000000");
	sysfs_fixture_each("4", "cpufreq/cpuinfo_max_freq", "4500000");
	read_cpus("0-4");
	ck_assert_uint_eq(topology.n_classes, 2);
	class_is(0, "1,3-4");
	class_is(1, "0,2");
	ck_assert_str_eq(topology_kind_name(topology.cpu[0].kind), "cores");
}
END_TEST

START_TEST(classes_by_capacity)
{
	sysfs_fixture_each("0-3", "cpu_capacity", "446");
	sysfs_fixture_each("4-5", "cpu_capacity", "1024");
	/* Not in one unit with capacities, so not looked at. */
	sysfs_fixture_each("0-5", "cpufreq/cpuinfo_max_freq", "2000000");
	read_cpus("0-5");
	ck_assert_uint_eq(topology.n_classes, 2);
	class_is(0, "4-5");
	class_is(1, "0-3");
}
END_TEST

START_TEST(more_classes_than_there_is_room_for)
{
	char value[16];

	for (unsigned cpu = 0; cpu < 12; cpu++) {
		char number[8];

		snprintf(number, sizeof(number), "%u", cpu);
		snprintf(value, sizeof(value), "%u", 1U << (20 - cpu));
		sysfs_fixture_each(number, "cpu_capacity", value);
	}
	read_cpus("0-11");
	ck_assert_uint_eq(topology.n_classes, TOPOLOGY_CLASSES_MAX);
	class_is(0, "0");
	class_is(TOPOLOGY_CLASSES_MAX - 1, "7-11");
}
END_TEST

START_TEST(two_nodes)
{
	sysfs_fixture_put("0-2", "system/node/online");
	sysfs_fixture_put("0-1,4-5", "system/node/node0/cpulist");
	sysfs_fixture_put("2-3,6-7", "system/node/node1/cpulist");
	/* Memory without CPUs. */
	sysfs_fixture_put("", "system/node/node2/cpulist");
	read_cpus("0-7");
	ck_assert_uint_eq(topology.n_classes, 1);
	for (unsigned cpu = 0; cpu < 8; cpu++)
		ck_assert_uint_eq(topology.cpu[cpu].node, cpu / 2 % 2);
}
END_TEST

START_TEST(offline)
{
	/* CPU 1 is off: it has no folder topology, and the list of CPU 0 does not name it. */
	sysfs_fixture_core("0");
	sysfs_fixture_put("0", "system/cpu/cpu1/online");
	sysfs_fixture_core("2-3");
	sysfs_fixture_each("0,2-3", "cpufreq/cpuinfo_max_freq", "3000000");
	read_cpus("0,2-3");
	ck_assert_uint_eq(topology.n_classes, 1);
	core_is(0, "0,2-3", "0");
	core_is(2, "0,2-3", "2-3");
	/* Even if it is asked for, and even as one of unknown speed. */
	read_cpus("0-3");
	ck_assert_uint_eq(topology.n_classes, 1);
	core_is(1, "0-3", "1");
}
END_TEST

START_TEST(nonsense)
{
	char many[8192];

	sysfs_fixture_each("0", "topology/thread_siblings_list", "1-2");
	sysfs_fixture_each("1", "topology/thread_siblings_list", "x");
	sysfs_fixture_each("2", "topology/thread_siblings_list", "2-99999");
	sysfs_fixture_each("3", "topology/thread_siblings_list", "");
	memset(many, '4', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	sysfs_fixture_each("4", "topology/thread_siblings_list", many);
	/* All CPUs of a virtual machine as one core. */
	sysfs_fixture_core("5-20");
	sysfs_fixture_each("0-4", "cpufreq/cpuinfo_max_freq", "-1");
	sysfs_fixture_each("5-9", "cpufreq/cpuinfo_max_freq", "99999999999999999999999");
	sysfs_fixture_put("?", "cpu_core/cpus");
	sysfs_fixture_put("0,1", "system/node/online");
	sysfs_fixture_put("0-", "system/node/node0/cpulist");
	read_cpus("0-20");
	ck_assert_uint_eq(topology.n_classes, 1);
	for (unsigned cpu = 0; cpu <= 20; cpu++) {
		ck_assert_uint_eq(topology.cpu[cpu].core, cpu);
		ck_assert_uint_eq(topology.cpu[cpu].node, 0);
	}
}
END_TEST

START_TEST(this_machine)
{
	cpu_set_t allowed, found, both;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	topology_read(&topology, "/sys", &allowed);
	ck_assert_uint_ge(topology.n_classes, 1);
	CPU_ZERO(&found);
	for (unsigned i = 0; i < topology.n_classes; i++) {
		cpu_set_t set;

		topology_class(&set, &topology, i);
		ck_assert_int_gt(CPU_COUNT(&set), 0);
		CPU_AND(&both, &found, &set);
		ck_assert_int_eq(CPU_COUNT(&both), 0);
		CPU_OR(&found, &found, &set);
	}
	ck_assert(CPU_EQUAL(&found, &allowed));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("topology");
	TCase *tests = tcase_create("topology");

	tcase_add_checked_fixture(tests, sysfs_fixture_setup, sysfs_fixture_teardown);
	tcase_add_test(tests, nothing_is_known);
	tcase_add_test(tests, no_smt);
	tcase_add_test(tests, two_threads_a_core);
	tcase_add_test(tests, hybrid);
	tcase_add_test(tests, classes_by_frequency);
	tcase_add_test(tests, classes_by_capacity);
	tcase_add_test(tests, more_classes_than_there_is_room_for);
	tcase_add_test(tests, two_nodes);
	tcase_add_test(tests, offline);
	tcase_add_test(tests, nonsense);
	tcase_add_test(tests, this_machine);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
