/* SPDX-License-Identifier: MIT */
#include "cmd/list_kernels.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/container.h"
#include "common/cpus.h"
#include "common/thread.h"
#include "common/units.h"
#include "miner/probe.h"

enum { LIST_KERNELS_SLICE_NS = 20 * 1000000 /* ns; a command has time to measure well */ };

struct list_kernels {
	struct topology topology;
	struct probe probe[TOPOLOGY_CLASSES_MAX]; /* one for each class of core */
};

/* The name of the class of core that was measured; NULL: there is only one class. */
static const char *list_kernels_class(const struct list_kernels *report, const struct probe *probe)
{
	unsigned cpu = 0;

	if (report->topology.n_classes == 1)
		return NULL;
	while (!CPU_ISSET(cpu, &probe->cpus))
		cpu++;
	return topology_kind_name(report->topology.cpu[cpu].kind);
}

static void list_kernels_print_core(const struct probe_smt *smt)
{
	unsigned threads = probe_smt_threads(smt);
	const char *before = "A core: ";

	for (unsigned i = 0; i < PROBE_SMT_THREADS_MAX; i++) {
		if (smt->hashrate[i] <= 0)
			continue;
		printf("%s%s with %u%s", before,
		       units_hashrate((char[UNITS_MAX]){}, smt->hashrate[i]), i + 1,
		       i ? "" : " thread");
		before = ", ";
	}
	printf("; by default %u worker%s a core.\n", threads, threads == 1 ? "" : "s");
}

static void list_kernels_print_class(const struct list_kernels *report, const struct probe *probe)
{
	const char *class_name = list_kernels_class(report, probe);

	if (class_name)
		printf("On the %s, CPU %s:\n", class_name,
		       cpus_format((char[CPUS_TEXT_MAX]){}, &probe->cpus));
	printf("%-11s  %-5s  %-14s  %-4s  %-9s  %12s  %12s\n", "KERNEL", "BUILT", "NEEDS", "CPU",
	       "SELF-TEST", "ROLLING", "PLAIN");
	for (size_t i = 0; i < probe->kernels.n; i++) {
		const struct probe_kernel *entry = &probe->kernels.entry[i];
		char rolling[UNITS_MAX], plain[UNITS_MAX];

		printf("%-11s  %-5s  %-14s  %-4s  %-9s  %12s  %12s%s\n", entry->kernel->name, "yes",
		       entry->kernel->isa, entry->supported ? "yes" : "no",
		       !entry->supported ? "-"
		       : entry->passed	 ? "passed"
					 : "FAILED",
		       entry->passed ? units_hashrate(rolling, entry->hashrate) : "-",
		       entry->passed ? units_hashrate(plain, entry->plain) : "-",
		       entry->kernel == probe->kernels.best ? "  <- auto" : "");
	}
	for (const char *const *name = kernel_names(); *name; name++)
		if (!kernel_find(*name))
			printf("%-11s  %-5s  another architecture\n", *name, "no");
	if (probe->smt.hashrate[0] > 0)
		list_kernels_print_core(&probe->smt);
	printf("\n");
}

static struct json_object *list_kernels_entry_json(const struct probe_kernel *entry)
{
	struct json_object *kernel = json_object_new_object();

	json_object_object_add(kernel, "name", json_object_new_string(entry->kernel->name));
	json_object_object_add(kernel, "built_in", json_object_new_boolean(true));
	json_object_object_add(kernel, "isa", json_object_new_string(entry->kernel->isa));
	json_object_object_add(kernel, "supported", json_object_new_boolean(entry->supported));
	json_object_object_add(kernel, "self_test",
			       entry->supported
				       ? json_object_new_string(entry->passed ? "passed" : "failed")
				       : NULL);
	json_object_object_add(kernel, "hashrate",
			       entry->passed ? json_object_new_double(round(entry->hashrate))
					     : NULL);
	json_object_object_add(kernel, "hashrate_without_version_rolling",
			       entry->passed ? json_object_new_double(round(entry->plain)) : NULL);
	return kernel;
}

/* A kernel of another architecture. */
static struct json_object *list_kernels_missing_json(const char *name)
{
	static const char *const unknown[] = {"isa", "self_test", "hashrate",
					      "hashrate_without_version_rolling"};
	struct json_object *kernel = json_object_new_object();

	json_object_object_add(kernel, "name", json_object_new_string(name));
	json_object_object_add(kernel, "built_in", json_object_new_boolean(false));
	json_object_object_add(kernel, "supported", json_object_new_boolean(false));
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		json_object_object_add(kernel, unknown[i], NULL);
	return kernel;
}

/* Adds "kernels" and "auto" to object. */
static void list_kernels_table_json(struct json_object *object, const struct probe_kernels *kernels)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < kernels->n; i++)
		json_object_array_add(list, list_kernels_entry_json(&kernels->entry[i]));
	for (const char *const *name = kernel_names(); *name; name++)
		if (!kernel_find(*name))
			json_object_array_add(list, list_kernels_missing_json(*name));
	json_object_object_add(object, "kernels", list);
	json_object_object_add(object, "auto",
			       kernels->best ? json_object_new_string(kernels->best->name) : NULL);
}

static struct json_object *list_kernels_class_json(const struct list_kernels *report,
						   const struct probe *probe)
{
	struct json_object *object = json_object_new_object(), *core = json_object_new_array();
	const char *class_name = list_kernels_class(report, probe);
	char cpus[CPUS_TEXT_MAX];

	json_object_object_add(object, "class",
			       class_name ? json_object_new_string(class_name) : NULL);
	json_object_object_add(object, "cpus",
			       json_object_new_string(cpus_format(cpus, &probe->cpus)));
	list_kernels_table_json(object, &probe->kernels);
	for (unsigned i = 0; i < PROBE_SMT_THREADS_MAX; i++) {
		struct json_object *step;

		if (probe->smt.hashrate[i] <= 0)
			continue;
		step = json_object_new_object();
		json_object_object_add(step, "threads", json_object_new_int((int)i + 1));
		json_object_object_add(step, "hashrate",
				       json_object_new_double(round(probe->smt.hashrate[i])));
		json_object_array_add(core, step);
	}
	json_object_object_add(object, "core", core);
	json_object_object_add(object, "threads_per_core",
			       json_object_new_int((int)probe_smt_threads(&probe->smt)));
	return object;
}

/* The fastest class is also at the top level, for readers that ignore classes. */
static void list_kernels_print_json(const struct list_kernels *report)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();

	list_kernels_table_json(object, &report->probe[0].kernels);
	for (unsigned i = 0; i < report->topology.n_classes; i++)
		json_object_array_add(list, list_kernels_class_json(report, &report->probe[i]));
	json_object_object_add(object, "classes", list);
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
	json_object_put(object);
}

static int list_kernels_measure(struct list_kernels *report)
{
	struct probe *probes[TOPOLOGY_CLASSES_MAX];
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	topology_read(&report->topology, "/sys", &allowed);
	for (unsigned i = 0; i < report->topology.n_classes; i++) {
		probes[i] = &report->probe[i];
		probes[i]->slice_ns = LIST_KERNELS_SLICE_NS;
		probes[i]->plain = true;
		probe_add(probes[i], &report->topology, i, &allowed, true);
	}
	return probe_run(probes, report->topology.n_classes);
}

int list_kernels_run(bool json)
{
	struct list_kernels report = {};
	int r = list_kernels_measure(&report);
	int status = 0;

	if (r < 0) {
		fprintf(stderr, "minerd: %s\n", thread_refusal(r));
		return EX_OSERR;
	}
	if (json)
		list_kernels_print_json(&report);
	for (unsigned i = 0; i < report.topology.n_classes; i++) {
		if (!json)
			list_kernels_print_class(&report, &report.probe[i]);
		if (report.probe[i].kernels.failed)
			status = EX_SOFTWARE;
	}
	if (!json)
		printf("One thread; ROLLING with rolled versions (BIP 320), PLAIN without.\n");
	return status;
}
