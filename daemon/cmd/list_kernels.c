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
#include "miner/survey.h"

enum { LIST_KERNELS_SLICE_NS = 20 * 1000000 /* there is time to measure well */ };

struct list_kernels {
	struct topology topology;
	struct survey survey[TOPOLOGY_CLASSES_MAX]; /* of each class */
};

/* What the cores of a class are called; NULL: there is one class, and it has no name. */
static const char *list_kernels_class(const struct list_kernels *report,
				      const struct survey *survey)
{
	unsigned cpu = 0;

	if (report->topology.n_classes == 1)
		return NULL;
	while (!CPU_ISSET(cpu, &survey->cpus))
		cpu++;
	return topology_kind_name(report->topology.cpu[cpu].kind);
}

static void list_kernels_print_core(const struct smt *smt)
{
	unsigned threads = smt_threads(smt);
	const char *before = "A core: ";

	for (unsigned i = 0; i < SMT_THREADS_MAX; i++) {
		if (smt->hashrate[i] <= 0)
			continue;
		printf("%s%s with %u%s", before,
		       units_hashrate((char[UNITS_MAX]){}, smt->hashrate[i]), i + 1,
		       i ? "" : " thread");
		before = ", ";
	}
	printf("; by default %u worker%s a core.\n", threads, threads == 1 ? "" : "s");
}

static void list_kernels_print_class(const struct list_kernels *report, const struct survey *survey)
{
	const char *class_name = list_kernels_class(report, survey);

	if (class_name)
		printf("On the %s, CPU %s:\n", class_name,
		       cpus_format((char[CPUS_TEXT_MAX]){}, &survey->cpus));
	printf("%-11s  %-5s  %-14s  %-4s  %-9s  %12s  %12s\n", "KERNEL", "BUILT", "NEEDS", "CPU",
	       "SELF-TEST", "ROLLING", "PLAIN");
	for (size_t i = 0; i < survey->calibrate.n; i++) {
		const struct calibrate_entry *entry = &survey->calibrate.entry[i];
		char rolling[UNITS_MAX], plain[UNITS_MAX];

		printf("%-11s  %-5s  %-14s  %-4s  %-9s  %12s  %12s%s\n", entry->kernel->name, "yes",
		       entry->kernel->isa, entry->supported ? "yes" : "no",
		       !entry->supported ? "-"
		       : entry->passed	 ? "passed"
					 : "FAILED",
		       entry->passed ? units_hashrate(rolling, entry->hashrate) : "-",
		       entry->passed ? units_hashrate(plain, entry->plain) : "-",
		       entry->kernel == survey->calibrate.best ? "  <- auto" : "");
	}
	for (const char *const *name = kernel_names(); *name; name++)
		if (!kernel_find(*name))
			printf("%-11s  %-5s  another architecture\n", *name, "no");
	if (survey->smt.hashrate[0] > 0)
		list_kernels_print_core(&survey->smt);
	printf("\n");
}

static struct json_object *list_kernels_entry_json(const struct calibrate_entry *entry)
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

/* One that another architecture has. */
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

/* "kernels" and "auto", into an object. */
static void list_kernels_table_json(struct json_object *object, const struct calibrate *calibrate)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < calibrate->n; i++)
		json_object_array_add(list, list_kernels_entry_json(&calibrate->entry[i]));
	for (const char *const *name = kernel_names(); *name; name++)
		if (!kernel_find(*name))
			json_object_array_add(list, list_kernels_missing_json(*name));
	json_object_object_add(object, "kernels", list);
	json_object_object_add(object, "auto",
			       calibrate->best ? json_object_new_string(calibrate->best->name)
					       : NULL);
}

static struct json_object *list_kernels_class_json(const struct list_kernels *report,
						   const struct survey *survey)
{
	struct json_object *object = json_object_new_object(), *core = json_object_new_array();
	const char *class_name = list_kernels_class(report, survey);
	char cpus[CPUS_TEXT_MAX];

	json_object_object_add(object, "class",
			       class_name ? json_object_new_string(class_name) : NULL);
	json_object_object_add(object, "cpus",
			       json_object_new_string(cpus_format(cpus, &survey->cpus)));
	list_kernels_table_json(object, &survey->calibrate);
	for (unsigned i = 0; i < SMT_THREADS_MAX; i++) {
		struct json_object *step;

		if (survey->smt.hashrate[i] <= 0)
			continue;
		step = json_object_new_object();
		json_object_object_add(step, "threads", json_object_new_int((int)i + 1));
		json_object_object_add(step, "hashrate",
				       json_object_new_double(round(survey->smt.hashrate[i])));
		json_object_array_add(core, step);
	}
	json_object_object_add(object, "core", core);
	json_object_object_add(object, "threads_per_core",
			       json_object_new_int((int)smt_threads(&survey->smt)));
	return object;
}

/* The fastest class is on top for who does not care about classes. */
static void list_kernels_print_json(const struct list_kernels *report)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();

	list_kernels_table_json(object, &report->survey[0].calibrate);
	for (unsigned i = 0; i < report->topology.n_classes; i++)
		json_object_array_add(list, list_kernels_class_json(report, &report->survey[i]));
	json_object_object_add(object, "classes", list);
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
	json_object_put(object);
}

static int list_kernels_measure(struct list_kernels *report)
{
	struct survey *surveys[TOPOLOGY_CLASSES_MAX];
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	topology_read(&report->topology, "/sys", &allowed);
	for (unsigned i = 0; i < report->topology.n_classes; i++) {
		surveys[i] = &report->survey[i];
		surveys[i]->class_index = i;
		surveys[i]->slice_ns = LIST_KERNELS_SLICE_NS;
		surveys[i]->plain = true;
		survey_add(surveys[i], &report->topology, &allowed, true);
	}
	return survey_run(surveys, report->topology.n_classes);
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
			list_kernels_print_class(&report, &report.survey[i]);
		if (report.survey[i].calibrate.failed)
			status = EX_SOFTWARE;
	}
	if (!json)
		printf("One thread; ROLLING with rolled versions (BIP 320), PLAIN without.\n");
	return status;
}
