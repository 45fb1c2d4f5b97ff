/* SPDX-License-Identifier: MIT */
/* Which pools and seats come out of a configuration, a machine and what was measured on it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpus.h"
#include "layout.h"
#include "suite_main.h"
#include "tests/unit/sysfs_fixture.h"

static const struct kernel fast = {.name = "fast"}, slow = {.name = "slow"};

static struct conf conf;
static struct layout layout;
static struct worker_spec seats[WORKER_SPEC_MAX];
static size_t n_seats;

static void setup(void)
{
	sysfs_fixture_setup();
	conf = CONF_NULL;
	layout = (struct layout){};
}

static void teardown(void)
{
	for (size_t i = 0; i < conf.n_workers; i++)
		free(conf.workers[i].kernel);
	sysfs_fixture_teardown();
}

static void pool(const char *cpus, const char *kernel, unsigned threads_per_core)
{
	struct conf_workers *workers = &conf.workers[conf.n_workers++];

	workers->cpus = sysfs_fixture_cpus(cpus);
	workers->kernel = strdup(kernel);
	workers->cpu_limit = 70;
	workers->threads_per_core = threads_per_core;
	workers->line = (unsigned)conf.n_workers;
}

/* The pool of a configuration that names none. */
static void default_pool(const char *cpus)
{
	pool(cpus, "auto", 0);
	conf.workers[0].line = 0;
}

static void topology(const char *cpus)
{
	cpu_set_t set = sysfs_fixture_cpus(cpus);

	topology_read(&layout.topology, sysfs_fixture_root, &set);
}

static struct layout_question *question(const char *name, unsigned class_index)
{
	for (size_t i = 0; i < layout.n_questions; i++)
		if (strcmp(layout.question[i].name, name) == 0 &&
		    layout.question[i].survey.class_index == class_index)
			return &layout.question[i];
	ck_abort_msg("nobody asks for %s on class %u", name, class_index);
}

/* What a measurement would find. */
static void answer(const char *name, unsigned class_index, const struct kernel *kernel, double one,
		   double two)
{
	struct survey *survey = &question(name, class_index)->survey;

	survey->kernel = kernel;
	survey->smt.hashrate[0] = one;
	survey->smt.hashrate[1] = two;
}

static void place(void)
{
	n_seats = layout_seats(seats, &layout, &conf);
	for (size_t i = 0; i < n_seats; i++)
		ck_assert_ptr_nonnull(seats[i].kernel);
}

static void pool_is(unsigned index, const char *cpus)
{
	char text[CPUS_TEXT_MAX];

	ck_assert_str_eq(cpus_format(text, &conf.workers[index].cpus), cpus);
	ck_assert_str_eq(conf.workers[index].kernel, "auto");
	ck_assert_uint_eq(conf.workers[index].cpu_limit, 70);
	ck_assert_uint_eq(conf.workers[index].line, 0);
}

/* The CPUs of the seats that are of one pool and have one kernel. */
static void seated(unsigned pool_index, const struct kernel *kernel, const char *cpus)
{
	char text[CPUS_TEXT_MAX];
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < n_seats; i++)
		if (seats[i].group == pool_index && seats[i].kernel == kernel)
			CPU_SET(seats[i].cpu, &set);
	ck_assert_str_eq(cpus_format(text, &set), cpus);
}

START_TEST(plain_machine_is_one_pool)
{
	default_pool("0-3");
	topology("0-3");
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 1);
	pool_is(0, "0-3");
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 1);
	/* There is no core with threads, so there is nothing to measure of them. */
	ck_assert_uint_lt(layout.question[0].survey.n_threads, 2);
	answer("auto", 0, &fast, 0, 0);
	place();
	ck_assert_uint_eq(n_seats, 4);
	seated(0, &fast, "0-3");
}
END_TEST

START_TEST(hybrid_is_a_pool_a_class)
{
	sysfs_fixture_hybrid();
	default_pool("0-23");
	topology("0-23");
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 2);
	pool_is(0, "0-15");
	pool_is(1, "16-23");
	/* And stays so. */
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 2);
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 2);
	ck_assert_uint_eq(question("auto", 0)->survey.n_threads, 2);
	ck_assert_uint_eq(question("auto", 0)->survey.threads[1], 1);
	ck_assert_uint_lt(question("auto", 1)->survey.n_threads, 2);
	answer("auto", 0, &fast, 100, 101);
	answer("auto", 1, &slow, 0, 0);
	place();
	ck_assert_uint_eq(n_seats, 16);
	seated(0, &fast, "0,2,4,6,8,10,12,14");
	seated(1, &slow, "16-23");
	answer("auto", 0, &fast, 100, 120);
	place();
	ck_assert_uint_eq(n_seats, 24);
	seated(0, &fast, "0-15");
	seated(1, &slow, "16-23");
}
END_TEST

START_TEST(nodes_are_pools)
{
	sysfs_fixture_put("0-1", "system/node/online");
	sysfs_fixture_put("0-1,4-5", "system/node/node0/cpulist");
	sysfs_fixture_put("2-3,6-7", "system/node/node1/cpulist");
	sysfs_fixture_each("0-3", "cpu_capacity", "1024");
	sysfs_fixture_each("4-7", "cpu_capacity", "400");
	default_pool("0-7");
	topology("0-7");
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 4);
	pool_is(0, "0-1");
	pool_is(1, "2-3");
	pool_is(2, "4-5");
	pool_is(3, "6-7");
	/* A class is measured once, whatever its nodes. */
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 2);
	ck_assert_int_eq(CPU_COUNT(&question("auto", 1)->survey.cpus), 4);
}
END_TEST

START_TEST(too_many_nodes_are_one_pool)
{
	char cpu_text[8];

	sysfs_fixture_put("0-64", "system/node/online");
	for (unsigned node = 0; node <= CONF_WORKERS_MAX; node++) {
		snprintf(cpu_text, sizeof(cpu_text), "%u", node);
		sysfs_fixture_put(cpu_text, "system/node/node%u/cpulist", node);
	}
	default_pool("0-64");
	topology("0-64");
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 1);
	pool_is(0, "0-64");
}
END_TEST

START_TEST(pools_of_the_file_stay)
{
	sysfs_fixture_hybrid();
	pool("12-19", "auto", 0);
	topology("12-19");
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	ck_assert_uint_eq(conf.n_workers, 1);
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 2);
	answer("auto", 0, &fast, 100, 100);
	answer("auto", 1, &slow, 0, 0);
	place();
	seated(0, &fast, "12,14");
	seated(0, &slow, "16-19");
	for (size_t i = 1; i < n_seats; i++)
		ck_assert_uint_gt(seats[i].cpu, seats[i - 1].cpu);
}
END_TEST

START_TEST(threads_per_core_overrides)
{
	for (unsigned core = 0; core < 4; core++) {
		char cpus[32];

		snprintf(cpus, sizeof(cpus), "%u,%u,%u,%u", core, core + 4, core + 8, core + 12);
		sysfs_fixture_core(cpus);
	}
	pool("0,4,8,12", "auto", 2);
	pool("1,5,9,13", "auto", 8);
	pool("2,6,10,14", "auto", 1);
	pool("3,7,11", "auto", 0);
	topology("0-14");
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 1);
	/* Only the last pool wants to know. */
	ck_assert_uint_eq(layout.question[0].survey.n_threads, 3);
	ck_assert_uint_eq(layout.question[0].survey.threads[0], 3);
	answer("auto", 0, &fast, 100, 200);
	layout.question[0].survey.smt.hashrate[2] = 300;
	place();
	seated(0, &fast, "0,4");
	seated(1, &fast, "1,5,9,13");
	seated(2, &fast, "2");
	seated(3, &fast, "3,7,11");
	answer("auto", 0, &fast, 100, 90);
	layout.question[0].survey.smt.hashrate[2] = 80;
	place();
	seated(0, &fast, "0,4");
	seated(3, &fast, "3");
}
END_TEST

START_TEST(nobody_asks_what_is_given)
{
	sysfs_fixture_core("0-1");
	pool("0-1", "auto", 1);
	topology("0-1");
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 1);
	ck_assert_uint_eq(layout.question[0].survey.n_threads, 0);
}
END_TEST

/* What a kernel gains of threads is another kernel's business no more than its speed. */
START_TEST(each_kernel_has_its_answer)
{
	sysfs_fixture_core("0-1");
	sysfs_fixture_core("2-3");
	sysfs_fixture_core("4-5");
	pool("0-1", "fast", 0);
	pool("2-3", "slow", 0);
	pool("4-5", "fast", 0);
	topology("0-5");
	layout_ask(&layout, &conf);
	ck_assert_uint_eq(layout.n_questions, 2);
	ck_assert_uint_eq(question("slow", 0)->survey.threads[0], 2);
	ck_assert_int_eq(CPU_COUNT(&question("fast", 0)->survey.cpus), 4);
	answer("fast", 0, &fast, 100, 100);
	answer("slow", 0, &slow, 50, 60);
	place();
	ck_assert_uint_eq(n_seats, 4);
	seated(0, &fast, "0");
	seated(1, &slow, "2-3");
	seated(2, &fast, "4");
}
END_TEST

/* Two pools that share a core have it by somebody's wish. */
START_TEST(a_core_of_two_pools)
{
	sysfs_fixture_core("0-1");
	pool("0", "auto", 0);
	pool("1", "auto", 0);
	topology("0-1");
	layout_ask(&layout, &conf);
	ck_assert_uint_lt(layout.question[0].survey.n_threads, 2);
	answer("auto", 0, &fast, 0, 0);
	place();
	seated(0, &fast, "0");
	seated(1, &fast, "1");
}
END_TEST

START_TEST(a_machine_with_every_cpu_there_can_be)
{
	default_pool("0-1023");
	topology("0-1023");
	ck_assert_int_eq(layout_split(&conf, &layout.topology), 0);
	layout_ask(&layout, &conf);
	answer("auto", 0, &fast, 0, 0);
	place();
	ck_assert_uint_eq(n_seats, WORKER_SPEC_MAX);
	seated(0, &fast, "0-1023");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout");
	TCase *tests = tcase_create("layout");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, plain_machine_is_one_pool);
	tcase_add_test(tests, hybrid_is_a_pool_a_class);
	tcase_add_test(tests, nodes_are_pools);
	tcase_add_test(tests, too_many_nodes_are_one_pool);
	tcase_add_test(tests, pools_of_the_file_stay);
	tcase_add_test(tests, threads_per_core_overrides);
	tcase_add_test(tests, nobody_asks_what_is_given);
	tcase_add_test(tests, each_kernel_has_its_answer);
	tcase_add_test(tests, a_core_of_two_pools);
	tcase_add_test(tests, a_machine_with_every_cpu_there_can_be);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
