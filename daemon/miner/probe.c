/* SPDX-License-Identifier: MIT */
#include "miner/probe.h"

#include "common/assert.h"
#include "common/thread.h"

_Static_assert((int)PROBE_SMT_THREADS_MAX >= (int)TOPOLOGY_THREADS_MAX, "threads of a core");

void probe_add(struct probe *probe, const struct topology *topology, unsigned class_index,
	       const cpu_set_t *cpus, bool smt)
{
	cpu_set_t added;

	assert(class_index < topology->n_classes);
	topology_class(&added, topology, class_index);
	CPU_AND(&added, &added, cpus);
	CPU_OR(&probe->cpus, &probe->cpus, &added);
	for (unsigned cpu = 0; smt && cpu < CPU_SETSIZE && probe->n_threads < 2; cpu++)
		if (CPU_ISSET(cpu, &added))
			probe->n_threads = topology_core(probe->threads, topology, &added, cpu);
}

static void *probe_thread(void *argument)
{
	struct probe *probe = argument;

	if (!probe->kernel) {
		probe_kernels_run(&probe->kernels, probe->slice_ns, probe->plain);
		if (!probe->kernels.failed)
			probe->kernel = probe->kernels.best;
	}
	if (probe->kernel && probe->n_threads > 1)
		probe->result = probe_smt_measure(&probe->smt, probe->kernel, probe->threads,
						  probe->n_threads);
	return NULL;
}

int probe_run(struct probe *const *probes, size_t n)
{
	size_t started = 0;
	int r = 0;

	while (started < n && r == 0) {
		struct probe *probe = probes[started];

		assert(CPU_COUNT(&probe->cpus) > 0 && (probe->kernel || probe->slice_ns > 0));
		r = thread_start(&probe->thread, &probe->cpus, probe_thread, probe);
		if (r == 0)
			started++;
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(probes[i]->thread, NULL);
	return r;
}
