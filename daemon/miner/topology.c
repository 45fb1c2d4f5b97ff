/* SPDX-License-Identifier: MIT */
/* Files are independent: a missing or odd one costs only the information that it has. */
#include "miner/topology.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container.h"
#include "common/cpus.h"

enum {
	TOPOLOGY_TEXT_MAX = 4096, /* bytes of a file of sysfs */
	TOPOLOGY_PATH_MAX = 512,
};

/* Reads the first line of a file. false: there is none. */
__attribute__((format(printf, 2, 3))) static bool topology_text(char ret[TOPOLOGY_TEXT_MAX],
								const char *format, ...)
{
	char path[TOPOLOGY_PATH_MAX];
	va_list arguments;
	ssize_t n;
	int fd;

	va_start(arguments, format);
	n = vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (n < 0 || n >= (ssize_t)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, ret, TOPOLOGY_TEXT_MAX - 1);
	close(fd);
	if (n <= 0)
		return false;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

/* A speed in any unit; 0: unknown. */
static uint64_t topology_number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	return *end || *text == '-' || value > UINT32_MAX ? 0 : value;
}

/* Sets the core of cpu and of its siblings, which then need not be read again. */
static void topology_read_core(struct topology *topology, const char *root, unsigned cpu,
			       cpu_set_t *known)
{
	char text[TOPOLOGY_TEXT_MAX];
	cpu_set_t siblings;
	unsigned core = 0;

	if (CPU_ISSET(cpu, known))
		return;
	topology->cpu[cpu].core = (uint16_t)cpu;
	if (!topology_text(text, "%s/devices/system/cpu/cpu%u/topology/thread_siblings_list", root,
			   cpu) ||
	    !cpus_parse(&siblings, text) || !CPU_ISSET(cpu, &siblings) ||
	    CPU_COUNT(&siblings) > TOPOLOGY_THREADS_MAX)
		return;
	while (!CPU_ISSET(core, &siblings))
		core++;
	for (unsigned i = core; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &siblings))
			topology->cpu[i].core = (uint16_t)core;
	CPU_OR(known, known, &siblings);
}

static void topology_read_kinds(struct topology *topology, const char *root)
{
	static const char *const names[] = {
		[TOPOLOGY_PERFORMANCE] = "cpu_core",
		[TOPOLOGY_EFFICIENCY] = "cpu_atom",
		[TOPOLOGY_LOW_POWER] = "cpu_lowpower",
	};

	for (unsigned kind = TOPOLOGY_PERFORMANCE; kind < ARRAY_SIZE(names); kind++) {
		char text[TOPOLOGY_TEXT_MAX];
		cpu_set_t cpus;

		if (!topology_text(text, "%s/devices/%s/cpus", root, names[kind]) ||
		    !cpus_parse(&cpus, text))
			continue;
		for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &cpus))
				topology->cpu[cpu].kind = (uint8_t)kind;
	}
}

static void topology_read_nodes(struct topology *topology, const char *root)
{
	char text[TOPOLOGY_TEXT_MAX];
	cpu_set_t nodes, cpus;

	/* Nodes are numbered like CPUs, and no more of them. */
	if (!topology_text(text, "%s/devices/system/node/online", root) ||
	    !cpus_parse(&nodes, text))
		return;
	for (unsigned node = 0; node < CPU_SETSIZE; node++) {
		if (!CPU_ISSET(node, &nodes) ||
		    !topology_text(text, "%s/devices/system/node/node%u/cpulist", root, node) ||
		    !cpus_parse(&cpus, text))
			continue;
		for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &cpus))
				topology->cpu[cpu].node = (uint16_t)node;
	}
}

/* All speeds in one unit: capacities if there is any, else frequencies. */
static void topology_read_speeds(struct topology *topology, const char *root)
{
	static const char *const names[] = {"cpu_capacity", "cpufreq/cpuinfo_max_freq"};
	bool found = false;

	for (unsigned i = 0; i < ARRAY_SIZE(names) && !found; i++)
		for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			char text[TOPOLOGY_TEXT_MAX];

			if (!CPU_ISSET(cpu, &topology->cpus) ||
			    !topology_text(text, "%s/devices/system/cpu/cpu%u/%s", root, cpu,
					   names[i]))
				continue;
			topology->cpu[cpu].speed = topology_number(text);
			found |= topology->cpu[cpu].speed > 0;
		}
}

/* The fastest CPU that has no class yet; NULL: there is none. */
static const struct topology_cpu *topology_anchor(const struct topology *topology,
						  const cpu_set_t *open)
{
	const struct topology_cpu *best = NULL;

	for (unsigned i = 0; i < CPU_SETSIZE; i++) {
		const struct topology_cpu *cpu = &topology->cpu[i];

		if (CPU_ISSET(i, open) && (!best || cpu->kind < best->kind ||
					   (cpu->kind == best->kind && cpu->speed > best->speed)))
			best = cpu;
	}
	return best;
}

static void topology_classify(struct topology *topology)
{
	cpu_set_t open = topology->cpus;
	const struct topology_cpu *anchor;

	while ((anchor = topology_anchor(topology, &open))) {
		unsigned index = topology->n_classes;
		bool last = index == TOPOLOGY_CLASSES_MAX - 1;

		for (unsigned i = 0; i < CPU_SETSIZE; i++) {
			struct topology_cpu *cpu = &topology->cpu[i];
			bool alike = cpu->kind == anchor->kind &&
				     (!cpu->speed || cpu->speed * 5 > anchor->speed * 4);

			if (!CPU_ISSET(i, &open) || (cpu != anchor && !alike && !last))
				continue;
			cpu->class_index = (uint8_t)index;
			CPU_CLR(i, &open);
		}
		topology->n_classes++;
	}
}

void topology_read(struct topology *ret, const char *root, const cpu_set_t *cpus)
{
	cpu_set_t known;

	*ret = (struct topology){.cpus = *cpus};
	CPU_ZERO(&known);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus))
			topology_read_core(ret, root, cpu, &known);
	topology_read_kinds(ret, root);
	topology_read_nodes(ret, root);
	topology_read_speeds(ret, root);
	topology_classify(ret);
}

void topology_class(cpu_set_t *ret, const struct topology *topology, unsigned class_index)
{
	CPU_ZERO(ret);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &topology->cpus) &&
		    topology->cpu[cpu].class_index == class_index)
			CPU_SET(cpu, ret);
}

unsigned topology_core(unsigned ret[TOPOLOGY_THREADS_MAX], const struct topology *topology,
		       const cpu_set_t *cpus, unsigned cpu)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CPU_SETSIZE && n < TOPOLOGY_THREADS_MAX; i++)
		if (CPU_ISSET(i, cpus) && CPU_ISSET(i, &topology->cpus) &&
		    topology->cpu[i].core == topology->cpu[cpu].core)
			ret[n++] = i;
	return n;
}

const char *topology_kind_name(enum topology_kind kind)
{
	switch (kind) {
	case TOPOLOGY_PERFORMANCE:
		return "performance cores";
	case TOPOLOGY_EFFICIENCY:
		return "efficiency cores";
	case TOPOLOGY_LOW_POWER:
		return "low-power cores";
	case TOPOLOGY_PLAIN:
		break;
	}
	return "cores";
}
