/* SPDX-License-Identifier: MIT */
#include "miner/survey.h"

#include <string.h>

#include "common/thread.h"

_Static_assert((int)SMT_THREADS_MAX >= (int)TOPOLOGY_THREADS_MAX, "threads of a core");

void survey_add(struct survey *survey, const struct topology *topology, const cpu_set_t *cpus,
		bool smt)
{
	cpu_set_t added;

	topology_class(&added, topology, survey->class_index);
	CPU_AND(&added, &added, cpus);
	CPU_OR(&survey->cpus, &survey->cpus, &added);
	for (unsigned cpu = 0; smt && cpu < CPU_SETSIZE && survey->n_threads < 2; cpu++)
		if (CPU_ISSET(cpu, &added))
			survey->n_threads = topology_core(survey->threads, topology, &added, cpu);
}

static void *survey_thread(void *argument)
{
	struct survey *survey = argument;

	if (!survey->kernel) {
		calibrate_run(&survey->calibrate, survey->slice_ns, survey->plain);
		if (!survey->calibrate.failed)
			survey->kernel = survey->calibrate.best;
	}
	if (survey->kernel && survey->n_threads > 1)
		survey->result = smt_measure(&survey->smt, survey->kernel, survey->threads,
					     survey->n_threads);
	return NULL;
}

int survey_run(struct survey *const *surveys, size_t n)
{
	size_t started = 0;
	int r = 0;

	while (started < n && r == 0) {
		struct survey *survey = surveys[started];

		r = thread_start(&survey->thread, &survey->cpus, survey_thread, survey);
		if (r == 0)
			started++;
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(surveys[i]->thread, NULL);
	return r;
}
