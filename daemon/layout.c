/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"

/* The CPUs of each class on each node. Returns how many such sets there are, 0: more than max. */
static size_t layout_groups(cpu_set_t *ret, size_t max, const struct topology *topology,
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

int layout_split(struct conf *conf, const struct topology *topology)
{
	cpu_set_t groups[CONF_WORKERS_MAX];
	const struct conf_workers whole = conf->workers[0];
	size_t n;

	if (conf->n_workers != 1 || whole.line != 0)
		return 0;
	n = layout_groups(groups, CONF_WORKERS_MAX, topology, &whole.cpus);
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

static const struct layout_question *layout_find(const struct layout *layout, const char *name,
						 unsigned class_index)
{
	for (size_t i = 0; i < layout->n_questions; i++) {
		const struct layout_question *question = &layout->question[i];

		if (question->survey.class_index == class_index &&
		    strcmp(question->name, name) == 0)
			return question;
	}
	return NULL;
}

void layout_ask(struct layout *layout, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_workers; i++) {
		const struct conf_workers *workers = &conf->workers[i];

		for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			unsigned class_index = layout->topology.cpu[cpu].class_index;
			struct layout_question *question;

			if (!CPU_ISSET(cpu, &workers->cpus) ||
			    layout_find(layout, workers->kernel, class_index) ||
			    layout->n_questions == LAYOUT_QUESTIONS_MAX)
				continue;
			question = &layout->question[layout->n_questions++];
			question->name = workers->kernel;
			question->survey.class_index = class_index;
		}
		for (size_t k = 0; k < layout->n_questions; k++) {
			struct layout_question *question = &layout->question[k];

			if (strcmp(question->name, workers->kernel) == 0)
				survey_add(&question->survey, &layout->topology, &workers->cpus,
					   !workers->threads_per_core);
		}
	}
}

/* The seats of one pool. */
static size_t layout_fill(struct worker_spec *seats, size_t max, const struct layout *layout,
			  const struct conf_workers *workers, unsigned group)
{
	uint8_t n_seated[CPU_SETSIZE] = {}; /* by core */
	size_t n = 0;

	for (unsigned cpu = 0; cpu < CPU_SETSIZE && n < max; cpu++) {
		const struct topology_cpu *place = &layout->topology.cpu[cpu];
		const struct layout_question *question;
		unsigned threads = workers->threads_per_core;

		if (!CPU_ISSET(cpu, &workers->cpus))
			continue;
		question = layout_find(layout, workers->kernel, place->class_index);
		if (!question)
			continue;
		if (!threads)
			threads = smt_threads(&question->survey.smt);
		if (n_seated[place->core] >= threads)
			continue;
		n_seated[place->core]++;
		seats[n++] = (struct worker_spec){
			.cpu = cpu, .group = group, .kernel = question->survey.kernel};
	}
	return n;
}

size_t layout_seats(struct worker_spec *seats, const struct layout *layout, const struct conf *conf)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n_workers; i++)
		n += layout_fill(seats + n, WORKER_SPEC_MAX - n, layout, &conf->workers[i],
				 (unsigned)i);
	return n;
}
