/* SPDX-License-Identifier: MIT */
#include "miner/placement_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"

/* The CPUs of each class on each node. Returns the number of such sets; 0: more than max. */
static size_t placement_groups(cpu_set_t *ret, size_t max, const struct topology *topology,
			       const cpu_set_t *cpus)
{
	size_t n = 0;

	for (unsigned class_index = 0; class_index < topology->n_classes; class_index++) {
		cpu_set_t left;

		topology_class(&left, topology, class_index);
		CPU_AND(&left, &left, cpus);
		for (unsigned first = 0; first < CPU_SETSIZE; first++) {
			if (!CPU_ISSET(first, &left))
				continue;
			if (n == max)
				return 0;
			CPU_ZERO(&ret[n]);
			for (unsigned cpu = first; cpu < CPU_SETSIZE; cpu++)
				if (CPU_ISSET(cpu, &left) &&
				    topology->cpu[cpu].node == topology->cpu[first].node) {
					CPU_SET(cpu, &ret[n]);
					CPU_CLR(cpu, &left);
				}
			n++;
		}
	}
	return n;
}

int placement_plan_split(struct conf *conf, const struct topology *topology)
{
	cpu_set_t groups[CONF_WORKERS_MAX];
	const struct conf_workers whole = conf->workers[0];
	size_t n;

	if (conf->n_workers != 1 || whole.line != 0)
		return 0;
	n = placement_groups(groups, CONF_WORKERS_MAX, topology, &whole.cpus);
	for (size_t i = 1; i < n; i++) {
		conf->workers[i] = whole;
		conf->workers[i].kernel = strdup(whole.kernel);
		conf->workers[i].cpus = groups[i];
		if (!conf->workers[i].kernel) {
			for (; i > 1; i--)
				free(TAKE(conf->workers[i - 1].kernel));
			return -ENOMEM;
		}
	}
	if (n > 1) {
		conf->workers[0].cpus = groups[0];
		conf->n_workers = n;
	}
	return 0;
}

/* Adds, of the cores of a class, the CPUs that are threads of that index, at most n in all. */
static void placement_add_threads(cpu_set_t *chosen, const struct topology *topology,
				  const cpu_set_t *cpus, unsigned class_index, unsigned thread,
				  unsigned n)
{
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		unsigned core[TOPOLOGY_THREADS_MAX], threads;

		if (!CPU_ISSET(cpu, cpus) || topology->cpu[cpu].class_index != class_index)
			continue;
		threads = topology_core(core, topology, cpus, cpu);
		if (thread < threads && core[thread] == cpu && (unsigned)CPU_COUNT(chosen) < n)
			CPU_SET(cpu, chosen);
	}
}

void placement_plan_first(cpu_set_t *cpus, const struct topology *topology, unsigned n)
{
	cpu_set_t chosen;

	assert(n > 0 && n <= (unsigned)CPU_COUNT(cpus));
	CPU_ZERO(&chosen);
	for (unsigned thread = 0; thread < TOPOLOGY_THREADS_MAX; thread++)
		for (unsigned index = 0; index < topology->n_classes; index++)
			placement_add_threads(&chosen, topology, cpus, index, thread, n);
	*cpus = chosen;
}

static const struct placement_probe *placement_find(const struct placement_plan *plan,
						    const char *name, unsigned class_index)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct placement_probe *entry = &plan->list[i];

		if (entry->class_index == class_index && strcmp(entry->kernel, name) == 0)
			return entry;
	}
	return NULL;
}

void placement_plan_probes(struct placement_plan *plan, const struct conf *conf)
{
	assert(plan->n == 0);
	for (size_t i = 0; i < conf->n_workers; i++) {
		const struct conf_workers *workers = &conf->workers[i];

		for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			unsigned class_index = plan->topology.cpu[cpu].class_index;
			struct placement_probe *entry;

			if (!CPU_ISSET(cpu, &workers->cpus) ||
			    placement_find(plan, workers->kernel, class_index))
				continue;
			assert(plan->n < PLACEMENT_PROBES_MAX);
			entry = &plan->list[plan->n++];
			entry->kernel = workers->kernel;
			entry->class_index = class_index;
		}
		for (size_t k = 0; k < plan->n; k++) {
			struct placement_probe *entry = &plan->list[k];

			if (strcmp(entry->kernel, workers->kernel) == 0)
				probe_add(&entry->probe, &plan->topology, entry->class_index,
					  &workers->cpus, !workers->threads_per_core);
		}
	}
}

/* The specs of one group. */
static size_t placement_fill(struct worker_spec *specs, size_t max,
			     const struct placement_plan *plan, const struct conf_workers *workers,
			     unsigned group)
{
	uint8_t n_placed[CPU_SETSIZE] = {}; /* by core */
	size_t n = 0;

	for (unsigned cpu = 0; cpu < CPU_SETSIZE && n < max; cpu++) {
		const struct topology_cpu *place = &plan->topology.cpu[cpu];
		const struct placement_probe *entry;
		unsigned threads = workers->threads_per_core;

		if (!CPU_ISSET(cpu, &workers->cpus))
			continue;
		entry = placement_find(plan, workers->kernel, place->class_index);
		assert(entry && entry->probe.kernel);
		if (!threads)
			threads = probe_smt_threads(&entry->probe.smt);
		if (n_placed[place->core] >= threads)
			continue;
		n_placed[place->core]++;
		specs[n++] = (struct worker_spec){
			.cpu = cpu, .group = group, .kernel = entry->probe.kernel};
	}
	return n;
}

size_t placement_plan_specs(struct worker_spec specs[WORKER_SPEC_MAX],
			    const struct placement_plan *plan, const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n_workers; i++)
		n += placement_fill(specs + n, WORKER_SPEC_MAX - n, plan, &conf->workers[i],
				    (unsigned)i);
	return n;
}
