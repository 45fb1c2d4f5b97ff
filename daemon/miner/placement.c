/* SPDX-License-Identifier: MIT */
#include "miner/placement.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/cpus.h"
#include "common/log.h"
#include "common/thread.h"
#include "common/units.h"
#include "miner/kernel_test.h"
#include "miner/placement_plan.h"

static const char placement_sysfs[] = "/sys";

/* A log line that is composed piece by piece. */
struct placement_line {
	char text[LOG_TEXT_MAX];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void placement_add(struct placement_line *line,
								const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->text + line->used, sizeof(line->text) - line->used, format, arguments);
	va_end(arguments);
	if (n > 0)
		line->used = MIN(line->used + (size_t)n, sizeof(line->text) - 1);
}

static void placement_log_failure(const char *name)
{
	log_error("kernel %s: self-test failed: this machine computes wrongly with it, or the "
		  "build of minerd is broken",
		  name);
}

/* "(measured per thread: avx512 51.4 MH/s, sha-ni 19.3 MH/s)": why `auto` chose as it did. */
static void placement_add_rates(struct placement_line *line, const struct probe_kernels *kernels)
{
	const char *before = " (measured per thread: ";

	for (size_t i = 0; i < kernels->n; i++) {
		const struct probe_kernel *entry = &kernels->entry[i];

		if (entry->hashrate <= 0)
			continue;
		placement_add(line, "%s%s %s", before, entry->kernel->name,
			      units_hashrate((char[UNITS_MAX]){}, entry->hashrate));
		before = ", ";
	}
	placement_add(line, ")");
}

/* "; a core: 51.4 MH/s with 1 thread, 51.9 MH/s with 2: 1 worker a core" */
static void placement_add_smt(struct placement_line *line, const struct probe_smt *smt)
{
	unsigned threads = probe_smt_threads(smt);
	const char *before = "; a core: ";

	if (smt->hashrate[0] <= 0)
		return;
	for (unsigned i = 0; i < PROBE_SMT_THREADS_MAX; i++) {
		if (smt->hashrate[i] <= 0)
			continue;
		placement_add(line, "%s%s with %u%s", before,
			      units_hashrate((char[UNITS_MAX]){}, smt->hashrate[i]), i + 1,
			      i ? "" : " thread");
		before = ", ";
	}
	placement_add(line, ": %u worker%s a core", threads, threads == 1 ? "" : "s");
}

/* One log line for each class of core. */
static void placement_log_choice(const struct placement_plan *plan, const struct probe *probe)
{
	struct placement_line line = {};
	unsigned first = 0;

	while (!CPU_ISSET(first, &probe->cpus))
		first++;
	placement_add(&line, "kernel %s is %s", probe->kernel->name,
		      probe->kernels.n ? "the fastest " : "used ");
	if (plan->topology.n_classes == 1)
		placement_add(&line, "on this CPU");
	else
		placement_add(&line, "on the %s, CPU %s",
			      topology_kind_name(plan->topology.cpu[first].kind),
			      cpus_format((char[CPUS_TEXT_MAX]){}, &probe->cpus));
	if (probe->kernels.n)
		placement_add_rates(&line, &probe->kernels);
	placement_add_smt(&line, &probe->smt);
	log_info("%s", line.text);
	if (probe->result < 0)
		log_warning("cannot measure the threads of a core: %s; 1 worker a core",
			    thread_refusal(probe->result));
}

/* Looks up a kernel that the configuration names, and tests it. */
static int placement_find_kernel(const struct kernel **ret, const char *name)
{
	const struct kernel *kernel = kernel_find(name);

	if (!kernel || !kernel_supported(kernel)) {
		log_error(
			"kernel %s: this CPU lacks what it needs (%s); \"auto\" takes the fastest "
			"that works",
			name, kernel ? kernel->isa : "another architecture");
		return EX_CONFIG;
	}
	if (!kernel_self_test(kernel)) {
		placement_log_failure(name);
		return EX_SOFTWARE;
	}
	*ret = kernel;
	return 0;
}

/* All classes of core whose fastest kernel is wanted, at once: they share no core. */
static int placement_probe_auto(struct placement_plan *plan)
{
	struct probe *probes[TOPOLOGY_CLASSES_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < plan->n; i++)
		if (strcmp(plan->list[i].kernel, "auto") == 0) {
			probes[n] = &plan->list[i].probe;
			probes[n++]->slice_ns = PROBE_KERNELS_SLICE_NS;
		}
	r = probe_run(probes, n);
	if (r < 0) {
		log_error("cannot measure kernels: %s", thread_refusal(r));
		return EX_OSERR;
	}
	for (size_t i = 0; i < n; i++) {
		if (!probes[i]->kernel) {
			placement_log_failure(probes[i]->kernels.failed->name);
			return EX_SOFTWARE;
		}
		placement_log_choice(plan, probes[i]);
	}
	return 0;
}

/* Kernels that the configuration names: only the threads of a core are measured. */
static int placement_probe_named(struct placement_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct placement_probe *entry = &plan->list[i];
		struct probe *probe = &entry->probe;
		int r;

		if (strcmp(entry->kernel, "auto") == 0)
			continue;
		r = placement_find_kernel(&probe->kernel, entry->kernel);
		if (r)
			return r;
		if (probe->n_threads < 2)
			continue;
		r = probe_run(&probe, 1);
		if (r < 0) {
			log_error("cannot measure kernels: %s", thread_refusal(r));
			return EX_OSERR;
		}
		placement_log_choice(plan, probe);
	}
	return 0;
}

int placement_split(struct conf *conf)
{
	CLEANUP(cleanup_free) struct topology *topology = malloc(sizeof(*topology));

	if (!topology)
		return -ENOMEM;
	topology_read(topology, placement_sysfs, &conf->workers[0].cpus);
	return placement_plan_split(conf, topology);
}

int placement_first(struct conf_workers *workers, unsigned n)
{
	CLEANUP(cleanup_free) struct topology *topology = malloc(sizeof(*topology));

	if (!topology)
		return -ENOMEM;
	topology_read(topology, placement_sysfs, &workers->cpus);
	placement_plan_first(&workers->cpus, topology, n);
	workers->threads_per_core = CONF_THREADS_MAX;
	return 0;
}

/* Groups that are not in the file: `minerctl limit` takes their numbers. */
static void placement_log_groups(const struct placement_plan *plan, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_workers && conf->n_workers > 1; i++) {
		const struct conf_workers *workers = &conf->workers[i];
		const struct topology_cpu *place = plan->topology.cpu;

		if (workers->line)
			return;
		while (!CPU_ISSET((size_t)(place - plan->topology.cpu), &workers->cpus))
			place++;
		log_unlimited(LOG_LEVEL_INFO, "worker group %zu: %s of node %u, CPU %s", i,
			      topology_kind_name(place->kind), place->node,
			      cpus_format((char[CPUS_TEXT_MAX]){}, &workers->cpus));
	}
}

int placement_run(struct worker_spec specs[WORKER_SPEC_MAX], size_t *ret_n, const struct conf *conf)
{
	CLEANUP(cleanup_free) struct placement_plan *plan = calloc(1, sizeof(*plan));
	cpu_set_t cpus;
	int r;

	if (!plan) {
		log_error("workers: %s", strerror(ENOMEM));
		return EX_OSERR;
	}
	CPU_ZERO(&cpus);
	for (size_t i = 0; i < conf->n_workers; i++)
		CPU_OR(&cpus, &cpus, &conf->workers[i].cpus);
	topology_read(&plan->topology, placement_sysfs, &cpus);
	placement_plan_probes(plan, conf);
	r = placement_probe_named(plan);
	if (r)
		return r;
	r = placement_probe_auto(plan);
	if (r)
		return r;
	*ret_n = placement_plan_specs(specs, plan, conf);
	assert(*ret_n > 0);
	placement_log_groups(plan, conf);
	return 0;
}
