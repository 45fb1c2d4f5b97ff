/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The topology of the CPUs by sysfs: which CPUs are threads of one core, the class of each core,
 * and its NUMA node. Defaults for what sysfs does not have: each CPU is a core, there is one class,
 * and node 0. See Documentation/admin-guide/cputopology.rst of Linux. Any thread.
 */
#include <sched.h>
#include <stdint.h>

enum {
	TOPOLOGY_CLASSES_MAX = 8,
	TOPOLOGY_THREADS_MAX = 8, /* of a core; longer lists of virtual machines are ignored */
};

/* The kind of a class, where the kernel names it. */
enum topology_kind {
	TOPOLOGY_PLAIN,
	TOPOLOGY_PERFORMANCE, /* cpu_core of Intel's hybrid CPUs */
	TOPOLOGY_EFFICIENCY,  /* cpu_atom */
	TOPOLOGY_LOW_POWER,   /* cpu_lowpower */
};

struct topology_cpu {
	uint16_t core; /* the lowest number of the CPUs of its core */
	uint16_t node;
	uint8_t class_index; /* 0: the fastest class */
	uint8_t kind;	     /* enum topology_kind */
	uint64_t speed;	     /* cpu_capacity, or the highest frequency in kHz; 0: not known */
};

struct topology {
	cpu_set_t cpus; /* the requested ones; cpu[] holds nothing about others */
	unsigned n_classes;
	struct topology_cpu cpu[CPU_SETSIZE];
};

/*
 * Reads the topology of cpus. root: where sysfs is mounted ("/sys"). A class is all CPUs of one
 * kind whose speeds differ by less than a fifth: the clock rates of cores of one design differ
 * somewhat, those of different designs much more.
 */
void topology_read(struct topology *ret, const char *root, const cpu_set_t *cpus);

/* The CPUs of that class. */
void topology_class(cpu_set_t *ret, const struct topology *topology, unsigned class_index);

/* The CPUs among cpus that are threads of the same core as cpu, in order. Returns their number. */
unsigned topology_core(unsigned ret[TOPOLOGY_THREADS_MAX], const struct topology *topology,
		       const cpu_set_t *cpus, unsigned cpu);

/* "performance cores"; for TOPOLOGY_PLAIN just "cores". */
const char *topology_kind_name(enum topology_kind kind);
