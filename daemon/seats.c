/* SPDX-License-Identifier: MIT */
#include "seats.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/cpus.h"
#include "common/log.h"
#include "common/thread.h"
#include "common/units.h"
#include "layout.h"
#include "miner/kernel_test.h"

static const char seats_sysfs[] = "/sys";

/* A line for the log that is put together piece by piece. */
struct seats_line {
	char text[LOG_TEXT_MAX];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void seats_add(struct seats_line *line,
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

static void seats_log_failure(const char *name)
{
	log_error("kernel %s fails its self-test: this machine computes wrongly with it, or minerd "
		  "was built wrongly",
		  name);
}

/* "(measured per thread: avx512 51.4 MH/s, sha-ni 19.3 MH/s)": why `auto` chose as it did. */
static void seats_add_rates(struct seats_line *line, const struct calibrate *calibrate)
{
	const char *before = " (measured per thread: ";

	for (size_t i = 0; i < calibrate->n; i++) {
		const struct calibrate_entry *entry = &calibrate->entry[i];

		if (entry->hashrate <= 0)
			continue;
		seats_add(line, "%s%s %s", before, entry->kernel->name,
			  units_hashrate((char[UNITS_MAX]){}, entry->hashrate));
		before = ", ";
	}
	seats_add(line, ")");
}

/* "; a core: 51.4 MH/s with 1 thread, 51.9 MH/s with 2: 1 worker a core" */
static void seats_add_smt(struct seats_line *line, const struct smt *smt)
{
	unsigned threads = smt_threads(smt);
	const char *before = "; a core: ";

	if (smt->hashrate[0] <= 0)
		return;
	for (unsigned i = 0; i < SMT_THREADS_MAX; i++) {
		if (smt->hashrate[i] <= 0)
			continue;
		seats_add(line, "%s%s with %u%s", before,
			  units_hashrate((char[UNITS_MAX]){}, smt->hashrate[i]), i + 1,
			  i ? "" : " thread");
		before = ", ";
	}
	seats_add(line, ": %u worker%s a core", threads, threads == 1 ? "" : "s");
}

/* One line a class of core. */
static void seats_log_choice(const struct layout *layout, const struct survey *survey)
{
	struct seats_line line = {};
	unsigned first = 0;

	while (!CPU_ISSET(first, &survey->cpus))
		first++;
	seats_add(&line, "kernel %s is %s", survey->kernel->name,
		  survey->calibrate.n ? "the fastest " : "used ");
	if (layout->topology.n_classes == 1)
		seats_add(&line, "on this CPU");
	else
		seats_add(&line, "on the %s, CPU %s",
			  topology_kind_name(layout->topology.cpu[first].kind),
			  cpus_format((char[CPUS_TEXT_MAX]){}, &survey->cpus));
	if (survey->calibrate.n)
		seats_add_rates(&line, &survey->calibrate);
	seats_add_smt(&line, &survey->smt);
	log_info("%s", line.text);
	if (survey->result < 0)
		log_warning("the threads of a core cannot be measured: %s; 1 worker a core",
			    thread_refusal(survey->result));
}

/* A kernel that the configuration names. */
static int seats_named(const struct kernel **ret, const char *name)
{
	const struct kernel *kernel = kernel_find(name);

	if (!kernel || !kernel_supported(kernel)) {
		log_error(
			"kernel %s: this CPU does not have what it needs (%s); \"auto\" takes the "
			"fastest that it has",
			name, kernel ? kernel->isa : "another architecture");
		return EX_CONFIG;
	}
	if (!kernel_self_test(kernel)) {
		seats_log_failure(name);
		return EX_SOFTWARE;
	}
	*ret = kernel;
	return 0;
}

/* All classes that want the fastest kernel, at once: they have no core in common. */
static int seats_auto(struct layout *layout)
{
	struct survey *surveys[TOPOLOGY_CLASSES_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < layout->n_questions; i++)
		if (strcmp(layout->question[i].name, "auto") == 0) {
			surveys[n] = &layout->question[i].survey;
			surveys[n++]->slice_ns = CALIBRATE_SLICE_NS;
		}
	r = survey_run(surveys, n);
	if (r < 0) {
		log_error("kernels cannot be measured: %s", thread_refusal(r));
		return EX_OSERR;
	}
	for (size_t i = 0; i < n; i++) {
		if (!surveys[i]->kernel) {
			seats_log_failure(surveys[i]->calibrate.failed->name);
			return EX_SOFTWARE;
		}
		seats_log_choice(layout, surveys[i]);
	}
	return 0;
}

/* Kernels that the configuration names: of them only the threads of a core are measured. */
static int seats_all_named(struct layout *layout)
{
	for (size_t i = 0; i < layout->n_questions; i++) {
		struct layout_question *question = &layout->question[i];
		struct survey *survey = &question->survey;
		int r;

		if (strcmp(question->name, "auto") == 0)
			continue;
		r = seats_named(&survey->kernel, question->name);
		if (r)
			return r;
		if (survey->n_threads < 2)
			continue;
		r = survey_run(&survey, 1);
		if (r < 0) {
			log_error("kernels cannot be measured: %s", thread_refusal(r));
			return EX_OSERR;
		}
		seats_log_choice(layout, survey);
	}
	return 0;
}

int seats_split(struct conf *conf)
{
	CLEANUP(cleanup_free) struct topology *topology = malloc(sizeof(*topology));

	if (!topology)
		return -ENOMEM;
	topology_read(topology, seats_sysfs, &conf->workers[0].cpus);
	return layout_split(conf, topology);
}

/* Pools that nobody wrote down: `minerctl limit` wants their numbers. */
static void seats_log_pools(const struct layout *layout, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_workers && conf->n_workers > 1; i++) {
		const struct conf_workers *workers = &conf->workers[i];
		const struct topology_cpu *place = layout->topology.cpu;

		if (workers->line)
			return;
		while (!CPU_ISSET((size_t)(place - layout->topology.cpu), &workers->cpus))
			place++;
		log_unlimited(LOG_LEVEL_INFO, "worker pool %zu: %s of node %u, CPU %s", i,
			      topology_kind_name(place->kind), place->node,
			      cpus_format((char[CPUS_TEXT_MAX]){}, &workers->cpus));
	}
}

int seats_from_conf(struct worker_spec *seats, size_t *ret_n, const struct conf *conf)
{
	CLEANUP(cleanup_free) struct layout *layout = calloc(1, sizeof(*layout));
	cpu_set_t cpus;
	int r;

	if (!layout) {
		log_error("workers: %s", strerror(ENOMEM));
		return EX_OSERR;
	}
	CPU_ZERO(&cpus);
	for (size_t i = 0; i < conf->n_workers; i++)
		CPU_OR(&cpus, &cpus, &conf->workers[i].cpus);
	topology_read(&layout->topology, seats_sysfs, &cpus);
	layout_ask(layout, conf);
	r = seats_all_named(layout);
	if (r)
		return r;
	r = seats_auto(layout);
	if (r)
		return r;
	*ret_n = layout_seats(seats, layout, conf);
	seats_log_pools(layout, conf);
	return 0;
}
